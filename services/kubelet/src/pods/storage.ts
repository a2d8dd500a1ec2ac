/**
 * Ends pods that use more of the node's disk than they may: an emptyDir's sizeLimit, limits of ephemeral-storage (upstream's
 * localStorageEviction). Looks every ten seconds, and only at pods that have such limits.
 */
import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { addQuantities, formatQuantity, parseQuantity, quantityValue, type Container, type Pod } from '@drydock/api'
import type { Clock, Logger } from '@drydock/base'
import type { Cri } from '../cri/client.ts'
import { podLogDir } from '../runtime/names.ts'
import { labels } from '../runtime/types.ts'
import { whole } from './quantity.ts'

/** Bytes on disk: of each emptyDir by its name, of each container with its logs. */
export interface DiskUse { volumes: ReadonlyMap<string, number>, containers: ReadonlyMap<string, number> }

const storage = 'ephemeral-storage'
const onDisk = (pod: Pod) => (pod.spec?.volumes ?? []).filter((v) => v.emptyDir && v.emptyDir.medium !== 'Memory')
const limitOf = (c: Container) => c.resources?.limits?.[storage]
export const isLimited = (pod: Pod): boolean => onDisk(pod).some((v) => v.emptyDir!.sizeLimit !== undefined) || (pod.spec?.containers ?? []).some((c) => limitOf(c) !== undefined)

/** Why the pod is to end, in upstream's words; undefined while it keeps to its limits. Pure. */
export function overLimit(pod: Pod, use: DiskUse): string | undefined {
  for (const v of onDisk(pod)) {
    const limit = v.emptyDir!.sizeLimit
    if (limit !== undefined && whole(limit) > 0 && (use.volumes.get(v.name) ?? 0) > whole(limit)) return `Usage of EmptyDir volume "${v.name}" exceeds the limit "${limit}". `
  }
  const limits = (pod.spec?.containers ?? []).flatMap((c) => { const q = parseQuantity(limitOf(c) ?? ''); return q ? [q] : [] }), total = limits.length ? limits.reduce(addQuantities) : undefined
  const used = [...use.volumes.values(), ...use.containers.values()].reduce((a, b) => a + b, 0)
  if (total && used > quantityValue(total)) return `Pod ephemeral local storage usage exceeds the total limit of containers ${formatQuantity(total)}. `
  for (const c of pod.spec?.containers ?? []) {
    const limit = limitOf(c)
    if (limit !== undefined && (use.containers.get(c.name) ?? 0) > whole(limit)) return `Container ${c.name} exceeded its local ephemeral storage limit "${limit}". `
  }
  return undefined
}

export interface StorageOptions { cri: Cri, clock: Clock, log: Logger, pods: () => readonly Pod[], /** Where an emptyDir is. */ volumeDir(pod: Pod, volume: string): string, podLogsDir: string, evict(uid: string, message: string): void }

const everyMs = 10_000

export async function runStorageLimits(o: StorageOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try { await o.clock.sleep(everyMs, signal) } catch { return }
    try {
      const limited = o.pods().filter(isLimited)
      if (limited.length === 0) continue
      const layers = await writableLayers(o.cri)
      for (const pod of limited) {
        const why = overLimit(pod, await diskUse(o, pod, layers))
        if (why) o.evict(pod.metadata!.uid!, why)
      }
    } catch (e) {
      if (!signal.aborted) o.log.warn({ error: String(e) }, "pods' use of the disk cannot be measured")
    }
  }
}

/** By pod and container. */
async function writableLayers(cri: Cri): Promise<Map<string, number>> {
  const out = new Map<string, number>()
  for (const s of await cri.listContainerStats()) { const l = s.attributes?.labels ?? {}; out.set(`${l[labels.podUID]}/${l[labels.containerName]}`, s.writableLayer?.usedBytes?.value ?? 0) }
  return out
}

async function diskUse(o: StorageOptions, pod: Pod, layers: ReadonlyMap<string, number>): Promise<DiskUse> {
  const m = pod.metadata!, logs = podLogDir(o.podLogsDir, { namespace: m.namespace!, name: m.name!, uid: m.uid! })
  const volumes = new Map<string, number>(), containers = new Map<string, number>()
  for (const v of onDisk(pod)) volumes.set(v.name, await bytesBelow(o.volumeDir(pod, v.name)))
  for (const c of pod.spec?.containers ?? []) containers.set(c.name, (layers.get(`${m.uid}/${c.name}`) ?? 0) + await bytesBelow(join(logs, c.name)))
  return { volumes, containers }
}

/** Blocks in use, as du counts them; what vanishes meanwhile counts as nothing. */
async function bytesBelow(dir: string): Promise<number> {
  let sum = 0
  for (const e of await readdir(dir, { recursive: true, withFileTypes: true }).catch(() => [])) if (e.isFile()) sum += ((await lstat(join(e.parentPath, e.name)).catch(() => undefined))?.blocks ?? 0) * 512
  return sum
}
