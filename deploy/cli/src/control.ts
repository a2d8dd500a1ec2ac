/** Talks to a cluster's launcher over its socket, and starts the launcher when it is not there. */
import { spawn } from 'node:child_process'
import { request } from 'node:http'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { realClock } from '@drydock/base'
import { launcherSocket, layoutOf, stopMark } from './cluster.ts'
import type { ClusterConfig } from './config.ts'
import { compileCache, launcherBundle } from './programs.ts'
import type { ProcessState } from './supervisor.ts'

export interface LauncherStatus {
  pid: number
  watchdog?: number
  /** What kept the last start from its end. */ failure?: string
  config: ClusterConfig
  processes: (ProcessState & { alive: boolean })[]
}

/** One command; where no launcher runs, or it ends meanwhile, it rejects with what `noLauncher` knows. */
export function call<T>(c: ClusterConfig, command: string, body: object = {}): Promise<T> {
  return new Promise((resolve, reject) => {
    // The host is for the header alone; one that is no IPv4 address makes Node compile its expression for IPv6, which takes milliseconds.
    const r = request({ socketPath: launcherSocket(c), host: '127.0.0.1', path: `/${command}`, method: 'POST' }, (res) => {
      const b: Buffer[] = []
      res.on('data', (d: Buffer) => b.push(d))
      res.on('end', () => {
        const v = JSON.parse(Buffer.concat(b).toString() || '{}') as T & { error?: string }
        if (res.statusCode === 200) resolve(v)
        else reject(new Error(v.error ?? `the launcher answered ${res.statusCode}`))
      })
    })
    r.on('error', reject)
    r.end(JSON.stringify(body))
  })
}

/** What a launcher ends with when another one of the same cluster is at work. */
export const anotherRuns = 3

export const noLauncher = (e: unknown): boolean => ['ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE'].includes((e as { code?: string }).code ?? '')

export async function launcherStatus(c: ClusterConfig): Promise<LauncherStatus | undefined> {
  if (!existsSync(launcherSocket(c))) return undefined
  try { return await call<LauncherStatus>(c, 'status') } catch (e) { if (noLauncher(e)) return undefined; throw e }
}

export interface Starting {
  /** The cluster is written down: start it. Waits for its certificates and configuration; throws what kept the launcher from them. */ go(): Promise<void>
  /** It is not to be started after all; nothing once the word was given. */ cancel(): Promise<void>
}

/** Starts a launcher, which loads and waits for the word: meanwhile the command finds out whether the cluster can start at all. */
export function beginLauncher(c: ClusterConfig): Starting {
  const l = layoutOf(c), log = join(l.folder, 'logs', 'launcher.log'), isNew = !existsSync(l.folder)
  for (const d of ['logs', 'run']) mkdirSync(join(l.folder, d), { recursive: true, mode: 0o700 })
  const fd = openSync(log, 'a')
  let ended: number | null | undefined, told = false
  const gone = Promise.withResolvers<void>()
  const child = spawn(process.execPath, [launcherBundle(), c.name, '--wait'], { detached: true, stdio: ['pipe', fd, fd], cwd: l.folder, env: { ...process.env, NODE_COMPILE_CACHE: compileCache } }), word = child.stdin!
  closeSync(fd)
  child.on('exit', (code) => { ended = code; gone.resolve() }); child.on('error', () => { ended = 1; gone.resolve() }); child.unref()
  word.on('error', () => undefined)
  return {
    async cancel() {
      if (told) return
      word.destroy()
      // It stands in the folder.
      await Promise.race([gone.promise, realClock.sleep(2_000)])
      if (isNew) rmSync(l.folder, { recursive: true, force: true })
    },
    async go() {
      told = true
      rmSync(stopMark(c), { force: true })
      word.end('go')
      for (const end = realClock.monotonic() + 10_000; ; await realClock.sleep(5)) {
        try { if (existsSync(launcherSocket(c))) { await call(c, 'prepared'); return } } catch (e) { if (!noLauncher(e)) throw e }
        // One that finds another at work leaves it to that.
        if ((ended !== undefined && ended !== anotherRuns) || realClock.monotonic() > end) throw new Error(`the launcher did not come up; its log ${log} ends with:\n${readFileSync(log, 'utf8').trim().split('\n').slice(-5).join('\n')}`)
      }
    },
  }
}
