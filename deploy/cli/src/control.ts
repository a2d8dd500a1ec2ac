/** Talks to a cluster's launcher over its socket, and starts the launcher when it is not there. */
import { spawn } from 'node:child_process'
import { request } from 'node:http'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { realClock } from '@drydock/base'
import { layoutOf } from './cluster.ts'
import type { ClusterConfig } from './config.ts'
import { launcherBundle } from './programs.ts'
import type { ProcessState } from './supervisor.ts'

export interface LauncherStatus { pid: number, config: ClusterConfig, processes: (ProcessState & { alive: boolean })[] }

const socketOf = (c: ClusterConfig) => join(layoutOf(c).folder, 'run', 'launcher.sock')

/** One command; rejects with code ENOENT or ECONNREFUSED where no launcher runs. */
export function call<T>(c: ClusterConfig, command: string, body: object = {}): Promise<T> {
  return new Promise((resolve, reject) => {
    const r = request({ socketPath: socketOf(c), path: `/${command}`, method: 'POST' }, (res) => {
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

export const noLauncher = (e: unknown): boolean => ['ENOENT', 'ECONNREFUSED'].includes((e as { code?: string }).code ?? '')

export async function launcherStatus(c: ClusterConfig): Promise<LauncherStatus | undefined> {
  try { return await call<LauncherStatus>(c, 'status') } catch (e) { if (noLauncher(e)) return undefined; throw e }
}

/** Starts the launcher and waits until it answers. */
export async function startLauncher(c: ClusterConfig): Promise<LauncherStatus> {
  const l = layoutOf(c), log = join(l.folder, 'logs', 'launcher.log')
  mkdirSync(join(l.folder, 'logs'), { recursive: true }); mkdirSync(join(l.folder, 'run'), { recursive: true })
  const fd = openSync(log, 'a')
  let ended: number | null | undefined
  const child = spawn(process.execPath, [launcherBundle(), c.name], { detached: true, stdio: ['ignore', fd, fd], cwd: l.folder })
  closeSync(fd)
  child.on('exit', (code) => { ended = code }); child.unref()
  for (const end = realClock.monotonic() + 10_000; ;) {
    const s = existsSync(socketOf(c)) ? await launcherStatus(c) : undefined
    if (s) return s
    if (ended !== undefined || realClock.monotonic() > end) throw new Error(`the launcher did not come up; its log ${log} ends with:\n${readFileSync(log, 'utf8').trim().split('\n').slice(-5).join('\n')}`)
    await realClock.sleep(10)
  }
}
