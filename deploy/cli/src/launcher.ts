/**
 * The launcher: the one process that keeps a cluster's processes running. It is started by the `drydock` command, outlives
 * it, and answers on a socket in the cluster's folder. Started again after a kill, it takes over what still runs.
 */
import { createServer, type IncomingMessage } from 'node:http'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { realClock } from '@drydock/base'
import { layoutOf, prepare, readCluster, removeNodeFolder, startAll, stopAll, stopNode, writeCluster } from './cluster.ts'
import { programs } from './programs.ts'
import { Supervisor } from './supervisor.ts'
import type { ClusterConfig } from './config.ts'

const name = process.argv[2] ?? ''
let config = readCluster(name)
if (!config) { console.error(`launcher: there is no cluster "${name}"`); process.exit(1) }
const l = layoutOf(config), socket = join(l.folder, 'run', 'launcher.sock')
const supervisor = new Supervisor({ folder: l.folder, clock: realClock, restart: config.restart })
const say = (message: string) => console.log(JSON.stringify({ time: new Date(realClock.now()).toISOString(), message }))

const body = async (r: IncomingMessage): Promise<unknown> => { const b: Buffer[] = []; for await (const d of r) b.push(d as Buffer); return b.length ? JSON.parse(Buffer.concat(b).toString()) : {} }

async function addNodes(n: number): Promise<string[]> {
  const next = Math.max(0, ...config!.nodes)
  const added = Array.from({ length: n }, (_, i) => next + 1 + i)
  config = { ...config!, nodes: [...config!.nodes, ...added] }
  await apply()
  return added.map((i) => l.node(i).name)
}

async function apply(): Promise<void> {
  writeCluster(config!)
  await prepare(config!, realClock.now())
  await startAll(config!, supervisor, programs(), realClock)
  // nats-server reads its users again at SIGHUP: a new node is a new user.
  const nats = supervisor.get('nats')?.pid
  if (nats !== undefined) process.kill(nats, 'SIGHUP')
}

async function removeNode(node: string): Promise<void> {
  const i = config!.nodes.find((x) => l.node(x).name === node || String(x) === node)
  if (i === undefined) throw new Error(`there is no node "${node}" here; there are ${config!.nodes.map((x) => l.node(x).name).join(', ') || 'none'}`)
  await stopNode(config!, i, supervisor)
  removeNodeFolder(config!, i)
  config = { ...config!, nodes: config!.nodes.filter((x) => x !== i) }
  writeCluster(config)
}

const known = (p: string) => { if (!supervisor.get(p)) throw new Error(`there is no process "${p}" here; there are ${supervisor.list().map((x) => x.spec.name).join(', ')}`); return p }

const commands: Record<string, (b: Record<string, unknown>) => Promise<unknown>> = {
  status: async () => ({ pid: process.pid, config, processes: supervisor.list().map((p) => ({ ...p, alive: supervisor.isAlive(p.spec.name) })) }),
  apply: async (b) => { config = b['config'] as ClusterConfig; await apply(); return {} },
  'node-add': async (b) => ({ added: await addNodes(Number(b['count'] ?? 1)) }),
  'node-remove': async (b) => { await removeNode(String(b['node'])); return {} },
  'process-stop': async (b) => { await supervisor.stop(known(String(b['process']))); return {} },
  'process-start': async (b) => { supervisor.start(supervisor.get(known(String(b['process'])))!.spec); return {} },
  'process-restart': async (b) => { await supervisor.restart(known(String(b['process']))); return {} },
  'node-stop': async (b) => { const i = config!.nodes.find((x) => l.node(x).name === b['node']); if (i === undefined) throw new Error(`there is no node "${String(b['node'])}" here`); await stopNode(config!, i, supervisor); return {} },
  'node-start': async () => { await startAll(config!, supervisor, programs(), realClock); return {} },
  stop: async () => { await stopAll(config!, supervisor); realClock.timer(50, () => process.exit(0)); return {} },
}

// One command after another: two at once would fight over the same processes. Looking is free.
let busy: Promise<unknown> = Promise.resolve()
const server = createServer((req, res) => {
  const command = req.url?.slice(1) ?? '', answer = (code: number, v: unknown) => { res.writeHead(code, { 'content-type': 'application/json' }); res.end(JSON.stringify(v)) }
  const run = commands[command]
  if (!run) return answer(404, { error: `the launcher knows no command "${command}"` })
  const work = async () => run(await body(req) as Record<string, unknown>)
  const done = command === 'status' ? work() : (busy = busy.catch(() => undefined).then(work))
  done.then((v) => answer(200, v), (e: unknown) => { say(`${command}: ${String((e as Error).stack ?? e)}`); answer(500, { error: (e as Error).message }) })
})
rmSync(socket, { force: true })
server.listen(socket, () => { say(`launcher ${process.pid} of cluster ${name} is up`) })
// Ending the launcher ends nothing else: that is what the command `stop` is for.
for (const s of ['SIGTERM', 'SIGINT'] as const) process.on(s, () => { say(`${s}: the launcher ends, the cluster's processes stay`); rmSync(socket, { force: true }); process.exit(0) })

supervisor.adopt()
busy = prepare(config, realClock.now()).then(() => startAll(config!, supervisor, programs(), realClock)).catch((e: unknown) => { say(`start: ${String((e as Error).stack ?? e)}`) })
