/** Rotates container logs that have grown (--container-log-max-size, --container-log-max-files): the runtime reopens its file. */
import { readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Clock, Logger } from '@drydock/base'
import * as cri from '@drydock/proto/cri'
import type { Cri } from '../cri/client.ts'

export interface RotateOptions { cri: Cri, clock: Clock, log: Logger, maxBytes: number, maxFiles: number }

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
  await rename(path, `${path}.${new Date(o.clock.now()).toISOString().replace(/[-:T]/g, '').slice(0, 14)}`)
  await o.cri.reopenContainerLog(id, { signal })
  const old = (await readdir(dirname(path))).filter((f) => f.startsWith(`${basename(path)}.`)).sort()
  for (const f of old.slice(0, Math.max(0, old.length - (o.maxFiles - 1)))) await rm(join(dirname(path), f), { force: true })
}
