/**
 * Rotates container logs that have grown (--container-log-max-size, --container-log-max-files; upstream's logs.ContainerLogManager):
 * the runtime reopens its file, the one before becomes `<log>.<time>`, those before it are compressed, the oldest go.
 */
import { createReadStream, createWriteStream } from 'node:fs'
import { readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Clock, Logger } from '@drydock/base'
import * as cri from '@drydock/proto/cri'
import type { Cri } from '../cri/client.ts'

export interface RotateOptions { cri: Cri, clock: Clock, log: Logger, maxBytes: number, /** With the one that is written: at least 2. */ maxFiles: number }

const everyMs = 10_000

export async function runRotation(o: RotateOptions, signal: AbortSignal): Promise<void> {
  const paths = new Map<string, string>() // by container id
  while (!signal.aborted) {
    try { await o.clock.sleep(everyMs, signal) } catch { return }
    try {
      for (const c of await o.cri.listContainers({ state: { state: cri.ContainerState.CONTAINER_RUNNING } }, { signal })) await rotateOne(o, paths, c.id, signal)
    } catch (e) {
      if (!signal.aborted) o.log.warn({ error: String(e) }, 'container logs cannot be rotated')
    }
  }
}

async function rotateOne(o: RotateOptions, paths: Map<string, string>, id: string, signal: AbortSignal): Promise<void> {
  let path = paths.get(id)
  if (path === undefined) {
    path = (await o.cri.containerStatus(id, { signal })).status?.logPath ?? ''
    if (paths.size > 4_096) paths.clear()
    paths.set(id, path)
  }
  const size = path ? (await stat(path).catch(() => undefined))?.size ?? 0 : 0
  if (size < o.maxBytes) return
  await tidy(path, o.maxFiles)
  await rename(path, `${path}.${stamp(o.clock.now())}`)
  await o.cri.reopenContainerLog(id, { signal })
}

/** `20060102-150405`. */
const stamp = (ms: number) => new Date(ms).toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15)

/** Leaves room for the file that is about to be set aside; what a kubelet before left half compressed goes. */
async function tidy(path: string, maxFiles: number): Promise<void> {
  const dir = dirname(path), all = (await readdir(dir)).filter((f) => f.startsWith(`${basename(path)}.`)).sort()
  for (const f of all.filter((x) => x.endsWith('.tmp'))) await rm(join(dir, f), { force: true })
  const old = all.filter((f) => !f.endsWith('.tmp')), excess = Math.max(0, old.length - Math.max(0, maxFiles - 2))
  for (const f of old.slice(0, excess)) await rm(join(dir, f), { force: true })
  for (const f of old.slice(excess)) if (!f.endsWith('.gz')) await compress(join(dir, f))
}

async function compress(path: string): Promise<void> {
  const { createGzip } = await import('node:zlib')
  await pipeline(createReadStream(path), createGzip(), createWriteStream(`${path}.tmp`))
  await rename(`${path}.tmp`, `${path}.gz`)
  await rm(path)
}
