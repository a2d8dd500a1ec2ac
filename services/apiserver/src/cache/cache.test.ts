import { realClock, silentLogger } from '@drydock/base'
import { MemoryStore, objectKey } from '@drydock/storage'
import { afterEach, expect, test } from 'vitest'
import { createResourceTypes } from '../registry/resource-type.ts'
import { encodeStored, Entry, splice } from './entry.ts'
import type { CacheEvent } from './resource-cache.ts'
import { WatchCache } from './watch-cache.ts'
import { Watch, type WatchSink } from './watch.ts'

const types = createResourceTypes(), configMaps = types.find('', 'v1', 'configmaps')!
const stopping: AbortController[] = []
afterEach(() => { for (const s of stopping.splice(0)) s.abort() })

const object = (name: string, labels?: Record<string, string>) => ({ kind: 'ConfigMap', apiVersion: 'v1', metadata: { name, namespace: 'n', ...(labels && { labels }) }, data: { k: 'v' } })
const key = (name: string) => objectKey({ group: '', resource: 'configmaps', namespace: 'n', name })

async function started() {
  const store = new MemoryStore(), stop = new AbortController()
  stopping.push(stop)
  const cache = new WatchCache({ store, types, clock: realClock, log: silentLogger })
  void cache.run(stop.signal)
  await cache.whenReady()
  return { store, cache, maps: cache.resource('', 'configmaps')! }
}

const put = async (store: MemoryStore, name: string, labels?: Record<string, string>) => {
  const bytes = encodeStored(object(name, labels)), { stored } = await store.get(key(name))
  const r = stored ? await store.update(key(name), bytes, stored.revision) : await store.create(key(name), bytes)
  return r.revision
}
const remove = async (store: MemoryStore, name: string) => store.delete(key(name), (await store.get(key(name))).stored!.revision)

function watched(cache: WatchCache, o: { from: number | 'state', match?: (e: Entry) => boolean, initialEventsEnd?: boolean }) {
  const out: string[] = []
  const sink: WatchSink = {
    event: (type, e) => out.push(`${type} ${e.name}@${e.revision} ${e.labels?.['l'] ?? '-'}`),
    bookmark: (revision, end) => out.push(`BOOKMARK ${revision} ${end}`), end: () => out.push('END'),
  }
  const watch = new Watch({ cache: cache.resource('', 'configmaps')!, current: () => cache.revision, namespace: 'n', match: o.match, from: o.from, bookmarks: true, initialEventsEnd: o.initialEventsEnd ?? false, timeoutMs: 60_000, clock: realClock })
  return { out, stop: watch.start(sink) }
}

test('the version is spliced into the stored bytes', () => {
  const bytes = splice(encodeStored(object('a')), 7)
  expect(bytes.toString()).toBe('{"metadata":{"resourceVersion":"7","name":"a","namespace":"n"},"data":{"k":"v"}}')
  const e = new Entry(configMaps, 'n', 'a', 7, bytes)
  expect(e.at(12).bytes.toString()).toBe('{"metadata":{"resourceVersion":"12","name":"a","namespace":"n"},"data":{"k":"v"}}')
  expect(e.object).toMatchObject({ kind: 'ConfigMap', apiVersion: 'v1', metadata: { resourceVersion: '7' } })
})

test('lists are in key order, of one namespace or all', async () => {
  const { store, cache, maps } = await started()
  for (const name of ['b', 'c', 'a', 'a-b', 'a.b']) await put(store, name)
  await cache.waitFor(await store.currentRevision())
  expect(maps.list('n').map((e) => e.name)).toEqual(['a', 'a-b', 'a.b', 'b', 'c'])
  expect(maps.list('', 'n/b').map((e) => e.name)).toEqual(['b', 'c'])
  expect(maps.list('other')).toEqual([])
})

test('a watch replays from its revision, then follows', async () => {
  const { store, cache } = await started()
  const first = await put(store, 'a')
  const second = await put(store, 'a')
  await cache.waitFor(second)
  const w = watched(cache, { from: first })
  const third = await put(store, 'b')
  await remove(store, 'a')
  await cache.waitFor(await store.currentRevision())
  expect(w.out).toEqual([`MODIFIED a@${second} -`, `ADDED b@${third} -`, `DELETED a@${third + 1} -`])
  w.stop()
  await put(store, 'c')
  await cache.waitFor(await store.currentRevision())
  expect(w.out).toHaveLength(3)
})

test('selectors turn changes into coming and going, with the object as it last matched', async () => {
  const { store, cache } = await started()
  const w = watched(cache, { from: 'state', match: (e) => e.labels?.['l'] === '1', initialEventsEnd: true })
  await put(store, 'a')
  const added = await put(store, 'a', { l: '1' }), modified = await put(store, 'a', { l: '1' }), left = await put(store, 'a', { l: '2' })
  await remove(store, 'a')
  await cache.waitFor(await store.currentRevision())
  expect(w.out.slice(1)).toEqual([`ADDED a@${added} 1`, `MODIFIED a@${modified} 1`, `DELETED a@${left} 1`])
  expect(w.out[0]).toMatch(/^BOOKMARK \d+ true$/)
})

test('events name the one before them in the resource', async () => {
  const { store, cache, maps } = await started()
  const events: CacheEvent[] = []
  maps.listen((e) => events.push(e))
  const a = await put(store, 'a'), b = await put(store, 'b')
  await cache.waitFor(b)
  expect(events.map((e) => [e.revision, e.previousRevision])).toEqual([[a, 0], [b, a]])
})

test('a revision before the window is refused', async () => {
  const store = new MemoryStore()
  await put(store, 'a')
  const newest = await put(store, 'b')
  const cache = new WatchCache({ store, types, clock: realClock, log: silentLogger }), stop = new AbortController()
  stopping.push(stop)
  void cache.run(stop.signal)
  await cache.whenReady()
  expect(() => watched(cache, { from: newest - 1 })).toThrow(/too old resource version/)
  expect(watched(cache, { from: newest }).out).toEqual([])
})
