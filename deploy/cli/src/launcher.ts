/**
 * The launcher: the one process that keeps a cluster's processes running. It is started by the `drydock` command, outlives
 * it, and answers on a socket in the cluster's folder. Killed, it is brought back by its watchdog and takes over what still
 * runs. There is never more than one per cluster.
 */
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { existsSync, readSync, rmSync } from 'node:fs'
import { realClock } from '@drydock/base'
import { layoutOf, launcherLock, launcherSocket, readCluster, releaseNode, removeNodeFolder, startAll, stopAll, stopMark, stopNode, writeCluster } from './cluster.ts'
import type { ClusterConfig } from './config.ts'
import { anotherRuns } from './control.ts'
import { tryLock } from './lock.ts'
import { processes, type ProcessSpec } from './processes.ts'
import { programs } from './programs.ts'
import { Supervisor } from './supervisor.ts'
import { Watchdog } from './watchdog.ts'

const say = (message: string) => console.log(JSON.stringify({ time: new Date(realClock.now()).toISOString(), message }))

class Launcher {
  #config: ClusterConfig
  readonly #supervisor: Supervisor
  readonly #watchdog: Watchdog
  /** One command after another: two at once would fight over the same processes. */
  #busy: Promise<unknown> = Promise.resolve()
  /** What kept the last start from its end. */
  #failure: string | undefined
  readonly #prepared = Promise.withResolvers<void>()
  readonly #api = Promise.withResolvers<void>()
  /** Somebody waits for what has begun. */
  readonly #hurry = Promise.withResolvers<void>()

  constructor(config: ClusterConfig, attempt: number) {
    this.#config = config
    this.#supervisor = new Supervisor({ folder: this.#layout.folder, clock: realClock, restart: config.restart })
    this.#watchdog = new Watchdog({ command: [process.execPath, ...process.execArgv, process.argv[1]!, config.name], attempt, clock: realClock })
    this.#prepared.promise.catch(() => undefined)
  }

  get #layout() { return layoutOf(this.#config) }

  /** `resume`: a killed launcher returns; what it was told to leave stopped stays stopped. */
  begin(resume: boolean): void {
    this.#supervisor.adopt({ holds: resume })
    this.#busy = this.#startAll(resume).catch((e: unknown) => { this.#prepared.reject(e); say(`start: ${String((e as Error).stack ?? e)}`) })
    if (this.#config.restart) this.#prepared.promise.then(() => this.#watchdog.start(), () => undefined)
  }

  #startAll(resume: boolean): Promise<void> {
    this.#failure = undefined
    return startAll(this.#config, this.#supervisor, programs(), { clock: realClock, resume, prepared: () => this.#prepared.resolve(), hurry: this.#hurry.promise, ...(!resume && { api: this.#api.promise }) }).catch((e: unknown) => { this.#failure = (e as Error).message; throw e })
  }

  /** Brings what runs to a new configuration. */
  async #apply(config: ClusterConfig, resume: boolean): Promise<void> {
    this.#config = config
    writeCluster(config)
    await this.#startAll(resume)
    // nats-server reads its users again at SIGHUP: a new node is a new user.
    const nats = this.#supervisor.get('nats')?.pid
    if (nats !== undefined) process.kill(nats, 'SIGHUP')
  }

  #index(node: string): number {
    const i = this.#config.nodes.find((x) => this.#layout.node(x).name === node || String(x) === node)
    if (i === undefined) throw new Error(`there is no node "${node}" here; there are ${this.#config.nodes.map((x) => this.#layout.node(x).name).join(', ') || 'none'}`)
    return i
  }

  #spec(name: unknown): ProcessSpec {
    const all = processes(this.#config, this.#layout, programs()), spec = all.find((p) => p.name === name)
    if (!spec) throw new Error(`there is no process "${String(name)}" here; there are ${all.map((p) => p.name).join(', ')}`)
    return spec
  }

  async #addNodes(n: number): Promise<string[]> {
    const next = Math.max(0, ...this.#config.nodes), added = Array.from({ length: n }, (_, i) => next + 1 + i)
    await this.#apply({ ...this.#config, nodes: [...this.#config.nodes, ...added] }, true)
    return added.map((i) => this.#layout.node(i).name)
  }

  async #removeNode(node: string): Promise<void> {
    const i = this.#index(node)
    await stopNode(this.#config, i, this.#supervisor)
    releaseNode(this.#config, i, this.#supervisor)
    removeNodeFolder(this.#config, i)
    this.#config = { ...this.#config, nodes: this.#config.nodes.filter((x) => x !== i) }
    writeCluster(this.#config)
  }

  readonly #commands: Record<string, (b: Record<string, unknown>) => Promise<unknown>> = {
    status: async () => ({ pid: process.pid, watchdog: this.#watchdog.pid, failure: this.#failure, config: this.#config, processes: this.#supervisor.list().map((p) => ({ ...p, alive: this.#supervisor.isAlive(p.spec.name) })) }),
    prepared: () => this.#prepared.promise.then(() => ({})),
    'api-answers': async () => { this.#api.resolve(); return {} },
    apply: async (b) => { await this.#apply(b['config'] as ClusterConfig, false); return {} },
    'node-add': async (b) => ({ added: await this.#addNodes(Number(b['count'] ?? 1)) }),
    'node-remove': async (b) => { await this.#removeNode(String(b['node'])); return {} },
    'node-stop': async (b) => { await stopNode(this.#config, this.#index(String(b['node'])), this.#supervisor); return {} },
    'node-start': async (b) => { releaseNode(this.#config, this.#index(String(b['node'])), this.#supervisor); await this.#startAll(true); return {} },
    'process-stop': async (b) => { await this.#supervisor.stop(this.#spec(b['process']).name); return {} },
    'process-start': async (b) => { this.#supervisor.start(this.#spec(b['process'])); return {} },
    'process-kill': async (b) => { this.#supervisor.crash(this.#spec(b['process']).name); return {} },
    'process-restart': async (b) => { await this.#supervisor.restart(this.#spec(b['process'])); return {} },
    stop: async () => { this.#watchdog.end(); await stopAll(this.#config, this.#supervisor); realClock.timer(50, () => process.exit(0)); return {} },
  }

  serve(): Server {
    return createServer((req, res) => {
      const command = req.url?.slice(1) ?? '', answer = (code: number, v: unknown) => { res.writeHead(code, { 'content-type': 'application/json' }); res.end(JSON.stringify(v)) }
      const run = this.#commands[command]
      if (!run) return answer(404, { error: `the launcher knows no command "${command}"` })
      const work = async () => run(await body(req) as Record<string, unknown>)
      // Looking, and telling what one has seen, is free.
      const free = ['status', 'prepared', 'api-answers'].includes(command)
      if (!free) this.#hurry.resolve()
      const done = free ? work() : (this.#busy = this.#busy.catch(() => undefined).then(work))
      done.then((v) => answer(200, v), (e: unknown) => { say(`${command}: ${String((e as Error).stack ?? e)}`); answer(500, { error: (e as Error).message }) })
    })
  }

  /** Ending the launcher on purpose ends nothing else: that is what the command `stop` is for. */
  end(why: string): never {
    say(`${why}: the launcher ends, the cluster's processes stay`)
    this.#watchdog.end()
    rmSync(launcherSocket(this.#config), { force: true })
    process.exit(0)
  }
}

const body = async (r: IncomingMessage): Promise<unknown> => { const b: Buffer[] = []; for await (const d of r) b.push(d as Buffer); return b.length ? JSON.parse(Buffer.concat(b).toString()) : {} }

/**
 * `launcher <cluster>`. With --attempt=<n> it is the watchdog that starts it, in place of one that was killed; with --wait it
 * does nothing before the word comes on standard input, and ends where that ends.
 */
async function main(name: string, attempt: number): Promise<void> {
  const config = readCluster(name)
  if (!config) throw new Error(`there is no cluster "${name}"`)
  if (!await tryLock(launcherLock(config))) { say(`another launcher of cluster ${name} is at work`); process.exit(anotherRuns) }
  const launcher = new Launcher(config, attempt), socket = launcherSocket(config)
  rmSync(socket, { force: true })
  await new Promise<void>((ok, bad) => { launcher.serve().on('error', bad).listen(socket, ok) })
  // Who stops a cluster without a launcher leaves a mark first and looks for the socket then: one of both sees the other.
  if (attempt > 0 && existsSync(stopMark(config))) { rmSync(socket, { force: true }); process.exit(0) }
  say(`launcher ${process.pid} of cluster ${name} is up${attempt ? ', in place of one that was killed' : ''}`)
  launcher.begin(attempt > 0)
  for (const s of ['SIGTERM', 'SIGINT'] as const) process.on(s, () => launcher.end(s))
}

if (process.argv[3] === '--wait' && readSync(0, Buffer.alloc(2)) === 0) process.exit(0)
const attempt = Number(/^--attempt=(\d+)$/.exec(process.argv[3] ?? '')?.[1] ?? 0)
main(process.argv[2] ?? '', attempt).catch((e: unknown) => { console.error(`launcher: ${(e as Error).message}`); process.exit(1) })
