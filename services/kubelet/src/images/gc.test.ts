import { silentLogger } from '@drydock/base'
import { FakeClock } from '@drydock/testkit'
import { expect, test } from 'vitest'
import type { Cri } from '../cri/client.ts'
import { runImageGC } from './gc.ts'

const minute = 60_000
/** A disk of 100 bytes with images of 10 each, looked at every five minutes. */
function rig(ids: string[], o: { other?: number, inUse?: string[], pinned?: string[], highPercent?: number } = {}) {
  const clock = new FakeClock(), stop = new AbortController(), images = new Set(ids), used = new Set(o.inUse ?? []), removed: string[] = [], disk = { other: o.other ?? 0 }
  const cri = {
    listImages: async () => [...images].map((id) => ({ id, size: 10, repoTags: [id], pinned: o.pinned?.includes(id) ?? false })),
    listContainers: async () => [...used].map((imageRef) => ({ imageRef })),
    removeImage: async (id: string) => { images.delete(id); removed.push(id) },
  } as unknown as Cri
  const freeDisk = async () => ({ capacity: 100, available: 100 - disk.other - images.size * 10 })
  void runImageGC({ cri, clock, log: silentLogger, dir: '/', highPercent: o.highPercent ?? 85, lowPercent: 70, minAgeMs: 2 * minute, freeDisk }, stop.signal)
  return { removed, used, disk, round: () => clock.advanceAsync(5 * minute), stop: () => stop.abort() }
}

test('a disk with room loses nothing', async () => {
  const r = rig(['a', 'b'])
  await r.round(); await r.round()
  expect(r.removed).toEqual([])
  r.stop()
})
test('a full one loses what is not used and has been there for a while, the longest unused first, down to the low threshold', async () => {
  const r = rig(['a', 'b', 'c', 'd'], { inUse: ['b', 'd'] })
  await r.round(); await r.round()
  r.used.delete('b')
  r.disk.other = 50
  await r.round()
  expect(r.removed).toEqual(['a', 'c'])
  r.stop()
})
test('what has only just been seen stays for a while', async () => {
  const r = rig(['a'], { other: 80 })
  await r.round()
  expect(r.removed).toEqual([])
  await r.round()
  expect(r.removed).toEqual(['a'])
  r.stop()
})
test('what is used or pinned stays, however full', async () => {
  const r = rig(['a', 'b', 'c'], { other: 70, inUse: ['a'], pinned: ['b'] })
  await r.round(); await r.round(); await r.round()
  expect(r.removed).toEqual(['c'])
  r.stop()
})
test('a threshold of 100 turns it off', async () => {
  const r = rig(['a'], { other: 90, highPercent: 100 })
  await r.round(); await r.round()
  expect(r.removed).toEqual([])
  r.stop()
})
