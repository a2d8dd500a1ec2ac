/** Image garbage collection: when the disk is fuller than the high threshold, unused images go, oldest use first, down to the low one. */
import type { Clock, Logger } from '@drydock/base'
import type { Cri } from '../cri/client.ts'
import { freeDisk as realDisk } from '../node/machine.ts'

export interface GcOptions { cri: Cri, clock: Clock, log: Logger, dir: string, highPercent: number, lowPercent: number, minAgeMs: number, /** For tests. */ freeDisk?: typeof realDisk }

const everyMs = 300_000

export async function runImageGC(o: GcOptions, signal: AbortSignal): Promise<void> {
  const lastUsed = new Map<string, number>(), freeDisk = o.freeDisk ?? realDisk // by image id; when first seen, for one that never was
  while (!signal.aborted) {
    try { await o.clock.sleep(everyMs, signal) } catch { return }
    if (o.highPercent >= 100) continue
    try {
      const [images, containers, disk] = await Promise.all([o.cri.listImages({ signal }), o.cri.listContainers({}, { signal }), freeDisk(o.dir)])
      const now = o.clock.now(), used = new Set(containers.flatMap((c) => [c.imageRef, c.image?.image ?? '']))
      for (const i of images) if (used.has(i.id) || !lastUsed.has(i.id)) lastUsed.set(i.id, now)
      for (const id of lastUsed.keys()) if (!images.some((i) => i.id === id)) lastUsed.delete(id)
      const percent = (1 - disk.available / disk.capacity) * 100
      if (percent < o.highPercent) continue
      let toFree = disk.capacity * (percent - o.lowPercent) / 100
      const unused = images.filter((i) => !used.has(i.id) && !i.pinned && now - (lastUsed.get(i.id) ?? now) >= o.minAgeMs).sort((a, b) => lastUsed.get(a.id)! - lastUsed.get(b.id)!)
      for (const i of unused) {
        if (toFree <= 0) break
        await o.cri.removeImage(i.id, { signal })
        lastUsed.delete(i.id)
        toFree -= i.size
        o.log.info({ image: i.repoTags[0] ?? i.id, bytes: i.size }, 'removed an unused image: the disk is full')
      }
    } catch (e) {
      if (!signal.aborted) o.log.warn({ error: String(e) }, 'image garbage collection failed')
    }
  }
}
