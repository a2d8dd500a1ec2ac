/** `drydock status`: what runs, with pids, ports and health, at a glance. */
import { request } from 'node:https'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { realClock } from '@drydock/base'
import { layoutOf } from '../cluster.ts'
import type { ClusterConfig } from '../config.ts'
import { launcherStatus } from '../control.ts'
import { processes, type ProcessSpec } from '../processes.ts'
import { programs } from '../programs.ts'
import { leftRunning } from '../supervisor.ts'
import { age, table } from '../ui.ts'

export interface ProcessRow { name: string, component: string, state: 'running' | 'stopped', pid: number | null, ports: number[], node: string | null, health: string, restarts: number, age: string, memoryMiB: number | null, lastExit: string | null, log: string }
export interface ClusterStatus { name: string, launcher: { pid: number, watchdog: number | null } | null, processes: ProcessRow[] }

function ask(address: string, path: string, tls: object): Promise<string> {
  return new Promise((resolve) => {
    const [host, port] = address.split(':')
    const r = request({ host, port, path, timeout: 1500, agent: false, rejectUnauthorized: true, ...tls }, (res) => { res.resume(); resolve(res.statusCode === 200 ? 'ok' : `not well (${res.statusCode})`) })
    r.on('error', (e) => resolve(`no answer (${(e as { code?: string }).code ?? e.message})`)); r.on('timeout', () => r.destroy(new Error('timeout'))); r.end()
  })
}

// Into a node's namespace only a process started there can reach; one asks for all of the node's. Reads URLs as arguments
// after the folder of certificates, answers a line of JSON: a status code or an error's code for each.
const inside = `const [pki,...urls]=process.argv.slice(1),f=require('fs'),h=require('https'),p=n=>f.readFileSync(pki+'/'+n),tls={ca:p('ca.crt'),cert:p('admin.crt'),key:p('admin.key'),timeout:1500}
Promise.all(urls.map(u=>new Promise(ok=>{const r=h.request(u,tls,x=>{x.resume();ok(x.statusCode)});r.on('error',e=>ok(e.code??e.message));r.on('timeout',()=>r.destroy(new Error('no answer')));r.end()}))).then(l=>{console.log(JSON.stringify(l));process.exit()})`

/** Health of the processes in one namespace, in their order. */
const askInside = (netns: string, urls: readonly string[], pki: string): Promise<string[]> => new Promise((resolve) => {
  execFile('nsenter', [`--net=/run/netns/${netns}`, process.execPath, '-e', inside, pki, ...urls], { timeout: 10_000 }, (_e, out) => {
    let answers: unknown[] = []
    try { answers = JSON.parse(out) as unknown[] } catch { /* no answer at all */ }
    resolve(urls.map((_u, i) => (answers[i] === 200 ? 'ok' : `not well (${String(answers[i] ?? 'no answer')})`)))
  })
})

/** What each of these running processes says of itself; `running` where that is all that can be known. */
async function healthOf(running: readonly ProcessSpec[], pki: string, tls: object): Promise<Map<string, string>> {
  const out = new Map(running.map((p) => [p.name, 'running'])), asked = running.filter((p) => p.health)
  const url = (p: ProcessSpec) => `https://${p.health!.address}${p.health!.path}`
  const there = Map.groupBy(asked.filter((p) => p.health!.netns), (p) => p.health!.netns!)
  await Promise.all([
    ...asked.filter((p) => !p.health!.netns).map(async (p) => { out.set(p.name, await ask(p.health!.address, p.health!.path, tls)) }),
    ...[...there].map(async ([netns, list]) => { const said = await askInside(netns, list.map(url), pki); list.forEach((p, i) => out.set(p.name, said[i]!)) }),
  ])
  return out
}

const memory = (pid: number) => { try { return Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024) } catch { return null } }

export async function status(c: ClusterConfig): Promise<ClusterStatus> {
  const l = layoutOf(c), launcher = await launcherStatus(c), pki = join(l.folder, 'pki')
  const tls = (() => { try { return { ca: readFileSync(join(pki, 'ca.crt')), cert: readFileSync(join(pki, 'admin.crt')), key: readFileSync(join(pki, 'admin.key')) } } catch { return {} } })()
  const running = new Map<string, { pid?: number | undefined, alive: boolean, startedAt?: number | undefined, restarts: number, lastExit?: string | undefined }>(launcher ? launcher.processes.map((p) => [p.spec.name, p]) : leftRunning(l.folder).map((p) => [p.name, { ...p, alive: true }]))
  const specs = processes(c, l, programs())
  const health = await healthOf(specs.filter((p) => running.get(p.name)?.alive), pki, tls)
  return {
    name: c.name, launcher: launcher ? { pid: launcher.pid, watchdog: launcher.watchdog ?? null } : null,
    processes: specs.map((p): ProcessRow => {
      const s = running.get(p.name), alive = s?.alive === true
      return {
        name: p.name, component: p.component, state: alive ? 'running' : 'stopped', pid: alive ? s.pid! : null, ports: p.ports, node: p.node ?? null, health: health.get(p.name) ?? '-', restarts: s?.restarts ?? 0,
        age: alive && s.startedAt ? age(realClock.now() - s.startedAt) : '-', memoryMiB: alive ? memory(s.pid!) : null, lastExit: s?.lastExit ?? null, log: join(l.folder, 'logs', `${p.name}.log`),
      }
    }),
  }
}

export function statusText(s: ClusterStatus): string {
  const rows = s.processes.map((p) => [p.name, p.state, p.pid === null ? '-' : String(p.pid), p.health, p.ports.join(',') || '-', String(p.restarts), p.age, p.memoryMiB === null ? '-' : `${p.memoryMiB} MiB`])
  return `cluster ${s.name}   launcher ${s.launcher ? `running (pid ${s.launcher.pid})` : 'stopped'}\n\n${table([['PROCESS', 'STATE', 'PID', 'HEALTH', 'PORTS', 'RESTARTS', 'AGE', 'MEMORY'], ...rows])}`
}
