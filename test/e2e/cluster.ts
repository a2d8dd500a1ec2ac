/** A whole cluster for a test: made by the `drydock` command as a user makes it, removed afterwards whatever happened. */
import { execFile, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { realClock } from '@drydock/base'

const exec = promisify(execFile)
const root = join(import.meta.dirname, '../..')

export interface Ran { code: number, stdout: string, stderr: string }

export interface Cluster {
  name: string
  /** Folder of everything that the cluster keeps. */ folder: string
  /** Runs kubectl; never throws for its exit code. */ kubectl(...args: string[]): Promise<Ran>
  /** The same with more environment and with input. */ kubectlWith(o: { env?: NodeJS.ProcessEnv, input?: string }, ...args: string[]): Promise<Ran>
  /** Runs kubectl until the caller has what it wants: for port-forward. */ kubectlWhile<T>(env: NodeJS.ProcessEnv, args: string[], work: () => Promise<T>): Promise<T>
  /** kubectl get … -o json; throws when it fails. */ get(...args: string[]): Promise<any>
  /** kubectl apply -f of objects. */ apply(...objects: object[]): Promise<void>
  drydock(...args: string[]): Promise<Ran>
  /** Pid of a process by its name in `drydock status`. */ pid(process: string): Promise<number>
  down(): Promise<void>
}

/** Runs the `drydock` command as a user does, with a folder of clusters of its own; never throws for its exit code. */
export const drydock = (home: string, ...args: string[]): Promise<Ran> => run(process.execPath, [join(root, 'deploy/cli/bin/drydock.mjs'), ...args], { ...process.env, DRYDOCK_HOME: home, KUBECONFIG: join(home, 'kubeconfig') })

async function run(command: string, args: string[], env: NodeJS.ProcessEnv, input?: string): Promise<Ran> {
  const p = exec(command, args, { env, maxBuffer: 64 << 20, timeout: 170_000 })
  if (input !== undefined) p.child.stdin!.end(input)
  else p.child.stdin!.end()
  return p.then((r) => ({ code: 0, ...r }), (e: { code?: number, stdout?: string, stderr?: string, message: string }) => ({ code: typeof e.code === 'number' ? e.code : 1, stdout: e.stdout ?? '', stderr: e.stderr || e.message }))
}

/** Makes a cluster whose name carries this process, so that runs side by side never meet. */
export async function createCluster(label: string, args: string[] = []): Promise<Cluster> {
  const name = `${label}-${process.pid.toString(36)}`, home = mkdtempSync(join(tmpdir(), 'dd-')), env = { ...process.env, DRYDOCK_HOME: home, KUBECONFIG: join(home, 'kubeconfig') }
  const command = (...a: string[]) => drydock(home, ...a)
  const folder = join(home, name)
  const cluster: Cluster = {
    name, folder,
    kubectl: (...a) => cluster.kubectlWith({}, ...a),
    kubectlWith: (o, ...a) => run('kubectl', a, { ...env, KUBECONFIG: join(folder, 'kubeconfig'), ...o.env }, o.input),
    async kubectlWhile(more, a, work) {
      const p = spawn('kubectl', a, { env: { ...env, KUBECONFIG: join(folder, 'kubeconfig'), ...more }, stdio: 'ignore' }), ended = new Promise((r) => { p.on('exit', r) })
      try { return await work() } finally { p.kill(); await ended }
    },
    async get(...a) { const r = await cluster.kubectl('get', ...a, '-o', 'json'); if (r.code) throw new Error(`kubectl get ${a.join(' ')}: ${r.stderr}`); return JSON.parse(r.stdout) as unknown },
    async apply(...objects) {
      const file = join(home, `apply-${objects.length}-${realClock.monotonic()}.json`)
      writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }))
      const r = await cluster.kubectl('apply', '-f', file)
      if (r.code) throw new Error(`kubectl apply: ${r.stderr}`)
    },
    drydock: (...a) => command(...a, '--name', name),
    async pid(p) { const s = JSON.parse((await cluster.drydock('status', '-o', 'json')).stdout) as { processes: { name: string, pid: number | null }[] }; const pid = s.processes.find((x) => x.name === p)?.pid; if (!pid) throw new Error(`no process ${p} runs`); return pid },
    async down() { const r = await command('down', '--name', name); rmSync(home, { recursive: true, force: true }); if (r.code) throw new Error(`down: ${r.stderr}`) },
  }
  const r = await command('up', '--name', name, '--no-kubeconfig', ...args)
  if (r.code) {
    const logs = (() => { try { return readdirSync(join(folder, 'logs')).map((f) => `--- ${f}\n${readFileSync(join(folder, 'logs', f), 'utf8').split('\n').slice(-8).join('\n')}`).join('\n') } catch { return '' } })()
    await cluster.down().catch(() => undefined)
    throw new Error(`drydock up: ${r.stderr}\n${logs}`)
  }
  return cluster
}

/** Waits until `look` is true (or gives a value), for at most `withinMs`; says what was last seen when it never came. */
export async function until<T>(what: string, look: () => Promise<T | false | undefined | null | ''>, withinMs = 30_000): Promise<T> {
  let last: unknown
  for (const end = realClock.monotonic() + withinMs; ;) {
    try { const v = await look(); if (v) return v; last = v } catch (e) { last = e }
    if (realClock.monotonic() > end) throw new Error(`${what}: not within ${withinMs / 1000} s; last seen: ${last instanceof Error ? last.message : JSON.stringify(last)}`)
    await realClock.sleep(100)
  }
}

/** What a cluster's name still marks on the machine; empty when `down` left nothing. */
export function traces(name: string, folder: string): string[] {
  const out = (c: string, ...a: string[]) => { try { return execFileSync(c, a, { encoding: 'utf8' }) } catch { return '' } }
  const found: string[] = []
  for (const p of readdirSync('/proc')) if (/^\d+$/.test(p)) try { const cmd = readFileSync(`/proc/${p}/cmdline`, 'utf8'); if (cmd.includes(folder + '/')) found.push(`process ${p}: ${cmd.replaceAll('\0', ' ').slice(0, 120)}`) } catch { /* ended */ }
  found.push(...out('ip', 'netns').split('\n').filter((l) => l.startsWith(`${name}-node`)).map((l) => `namespace ${l}`))
  found.push(...readFileSync('/proc/self/mountinfo', 'utf8').split('\n').filter((l) => l.includes(` ${folder}/`)).map((l) => `mount ${l}`))
  found.push(...out('nft', 'list', 'tables').split('\n').filter((l) => l.includes(`drydock-${name}`)).map((l) => `table ${l}`))
  found.push(...out('find', '/sys/fs/cgroup', '-maxdepth', '2', '-name', `drydock-${name}`).split('\n').filter(Boolean).map((l) => `cgroup ${l}`))
  return found
}
