/** From exec to an answering API and to the first running pod, five fresh clusters; against the raw parts of the same chain. */
import { Agent, get } from 'node:https'
import { spawn, execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { realClock } from '@drydock/base'
import { median, type Bench } from '../measure.ts'
import { rawPodMs } from '../raw-cri.ts'

const root = join(import.meta.dirname, '../../..')
const cli = (home: string, ...a: string[]) => ({ command: process.execPath, args: [join(root, 'deploy/cli/bin/drydock.mjs'), ...a], env: { ...process.env, DRYDOCK_HOME: home } })

async function once(i: number): Promise<{ api: number, pod: number, ready: number }> {
  const home = mkdtempSync(join(tmpdir(), 'ddb-')), name = `cold${i}-${process.pid.toString(36)}`, t = realClock.monotonic(), since = () => realClock.monotonic() - t
  const up = cli(home, 'up', '--name', name, '--no-kubeconfig'), child = spawn(up.command, up.args, { env: up.env, stdio: ['ignore', 'ignore', 'pipe'] })
  let stderr = ''; child.stderr.on('data', (d: Buffer) => { stderr += d.toString() })
  const ended = new Promise<number>((r) => child.on('exit', (c) => r(c ?? 1)))
  try {
    let api = NaN, pod = NaN
    const pki = join(home, name, 'pki')
    let port: number | undefined, agent: Agent | undefined
    const look = async (path: string): Promise<string | undefined> => {
      try {
        port ??= (JSON.parse(readFileSync(join(home, name, 'cluster.json'), 'utf8')) as { slot: number }).slot * 40 + 10_000
        agent ??= new Agent({ keepAlive: true, ca: readFileSync(join(pki, 'ca.crt')), cert: readFileSync(join(pki, 'admin.crt')), key: readFileSync(join(pki, 'admin.key')) })
        return await new Promise((ok) => get({ host: '127.0.0.1', port, path, agent, timeout: 500 }, (r) => { let s = ''; r.on('data', (d: Buffer) => { s += d.toString() }); r.on('end', () => ok(r.statusCode === 200 ? s : undefined)) }).on('error', () => ok(undefined)))
      } catch { return undefined }
    }
    for (let up_ = true; up_ && since() < 60_000; await realClock.sleep(20)) {
      if (Number.isNaN(api) && await look('/readyz') !== undefined) api = since()
      if (!Number.isNaN(api) && (await look('/api/v1/namespaces/default/pods'))?.includes('"phase":"Running"')) { pod = since(); up_ = false }
    }
    if (await ended !== 0) throw new Error(`drydock up: ${stderr}`)
    return { api, pod, ready: since() }
  } finally {
    child.kill()
    const down = cli(home, 'down', '--name', name)
    execFileSync(down.command, down.args, { env: down.env, stdio: 'ignore' })
    rmSync(home, { recursive: true, force: true })
  }
}

async function emptyNodeMs(): Promise<number> {
  const runs: number[] = []
  for (let i = 0; i < 5; i++) { const t = realClock.monotonic(); execFileSync(process.execPath, ['-e', '0']); runs.push(realClock.monotonic() - t) }
  return median(runs)
}

export const bench: Bench = async (say) => {
  const runs: { api: number, pod: number, ready: number }[] = []
  for (let i = 0; i < 5; i++) { const r = await once(i); say(`API ${r.api.toFixed(0)} ms, first pod ${r.pod.toFixed(0)} ms, sample ready ${r.ready.toFixed(0)} ms`); runs.push(r) }
  // The raw parts that stand one after another: the command, a service, etcd's election, a pod by CRI.
  const node = await emptyNodeMs(), cri = await rawPodMs(), parts = 2 * node + 250 + cri
  return [
    { name: 'exec → API answers', value: median(runs.map((r) => r.api)), unit: 'ms', target: { atMost: 800 } },
    { name: 'exec → first pod Running', value: median(runs.map((r) => r.pod)), unit: 'ms', target: { atMost: 3000 } },
    { name: 'the same against its raw parts', value: median(runs.map((r) => r.pod)), unit: 'ms', limit: { name: `two empty Node processes ${node.toFixed(0)}, etcd's election 250, pod by raw CRI ${cri.toFixed(0)}`, value: parts } },
    { name: 'exec → sample ready on both nodes', value: median(runs.map((r) => r.ready)), unit: 'ms' },
  ]
}
