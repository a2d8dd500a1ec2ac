import { silentLogger } from '@drydock/base'
import type { Bookmark, BusConnection, Claim, OutgoingEvent } from '@drydock/bus'
import { FakeClock } from '@drydock/testkit'
import { expect, test } from 'vitest'
import { encodeStored, Entry } from '../cache/entry.ts'
import { encodings } from '../cache/encodings.ts'
import { type EventType, ResourceCache } from '../cache/resource-cache.ts'
import type { WatchCache } from '../cache/watch-cache.ts'
import { createResourceTypes } from '../registry/resource-type.ts'
import { Relay } from './relay.ts'

const types = createResourceTypes()

async function start() {
  const clock = new FakeClock(), stop = new AbortController()
  const events: OutgoingEvent[] = [], bookmarks: Bookmark[] = [], claims: Claim[] = [], refills: (() => void)[] = [], progress: ((r: number) => void)[] = []
  let heard: (c: Claim) => void = () => {}
  const bus = {
    connected: true, run: async () => {}, flush: async () => {}, publish(e: OutgoingEvent) { if (this.connected) events.push(e); return this.connected },
    bookmark: (b: Bookmark) => void bookmarks.push(b), claim: (c: Claim) => void claims.push(c), onClaim(l: typeof heard) { heard = l; return () => {} },
  }
  const caches = new Map(['pods', 'secrets', 'configmaps'].map((r) => [r, new ResourceCache(types.find('', 'v1', r)!, (e) => { throw e })]))
  const cache = { revision: 10, whenReady: async () => {}, resources: () => caches.values(), onRefill(l: () => void) { refills.push(l); return () => {} }, onProgress(l: (r: number) => void) { progress.push(l); return () => {} } }
  const relay = new Relay({ cache: cache as unknown as WatchCache, bus: bus as unknown as BusConnection, identity: 'b', clock, log: silentLogger })
  const running = relay.run(stop.signal)
  await clock.advanceAsync(2500)
  return {
    relay, bus, events, bookmarks, claims, clock, cache, hear: (c: Claim) => heard(c), refill: () => { for (const l of refills) l() }, progress(r: number) { cache.revision = r; for (const l of progress) l(r) },
    change(resource: string, name: string, revision: number, o: object | undefined): EventType | undefined {
      const c = caches.get(resource)!
      cache.revision = revision
      return c.apply('default', name, o && Entry.fromStored(c.type, 'default', name, revision, encodeStored({ ...o, metadata: { name, namespace: 'default', ...(o as { metadata?: object }).metadata } })), revision, 0)?.type
    },
    async stop() { stop.abort(new Error('stop')); await clock.advanceAsync(1000); await running },
  }
}

test('chains of a resource and of its shards; the stored bytes as they are, encoded once', async () => {
  const t = await start(), before = encodings.objects
  t.change('pods', 'a', 12, { spec: {} })
  t.change('pods', 'a', 14, { spec: { nodeName: 'n1' } })
  t.change('pods', 'b', 17, { spec: { nodeName: 'n2' } })
  t.change('pods', 'a', 20, undefined)
  expect(t.events.map(({ subject, type, rev, prev, prevShard }) => [subject, type, rev, prev, prevShard])).toEqual([
    ['watch.core.pods.-.default.a', 'ADDED', 12, 10, 10], ['watch.core.pods.n1.default.a', 'MODIFIED', 14, 12, 10],
    ['watch.core.pods.n2.default.b', 'ADDED', 17, 14, 10], ['watch.core.pods.n1.default.a', 'DELETED', 20, 17, 14],
  ])
  expect(JSON.parse(Buffer.from(t.events[1]!.bytes).toString())).toEqual({ metadata: { resourceVersion: '14', name: 'a', namespace: 'default' }, spec: { nodeName: 'n1' } })
  expect(encodings.objects - before).toBe(3)
  expect(t.relay.counters.events).toBe(4)
  await t.clock.advanceAsync(1000)
  expect(t.bookmarks.at(-1)).toEqual({ rev: 20, base: 10, prev: { 'core/pods': 20, 'core/pods/': 12, 'core/pods/n1': 20, 'core/pods/n2': 17 } })
  await t.stop()
})

test('of a Secret only what is public', async () => {
  const t = await start()
  t.change('secrets', 's', 12, { metadata: { labels: { a: 'b' }, annotations: { 'kubectl.kubernetes.io/last-applied-configuration': 'aHVzaA==' }, managedFields: [{}] }, data: { p: 'aHVzaA==' }, stringData: { q: 'hush' } })
  expect(JSON.parse(Buffer.from(t.events[0]!.bytes).toString())).toEqual({ metadata: { name: 's', namespace: 'default', resourceVersion: '12', labels: { a: 'b' } } })
  await t.stop()
})

test('nothing is said while another relays, and chains go on', async () => {
  const t = await start()
  t.hear({ id: 'a' })
  expect(t.relay.leading).toBe(false)
  t.change('configmaps', 'x', 12, {})
  expect(t.events).toEqual([])
  t.hear({ id: 'a', leaving: true })
  await t.clock.advanceAsync(500)
  expect(t.relay.leading).toBe(true)
  t.change('configmaps', 'x', 15, {})
  expect(t.events).toMatchObject([{ rev: 15, prev: 12 }])
  await t.stop()
  expect(t.claims.at(-1)).toEqual({ id: 'b', leaving: true })
})

test('what is lost on the way to the bus, too large, or missed by the cache leaves a gap that the next message shows', async () => {
  const t = await start()
  t.bus.connected = false
  t.change('configmaps', 'x', 12, {})
  t.bus.connected = true
  t.change('configmaps', 'big', 13, { data: { x: 'x'.repeat(5 << 20) } })
  t.change('configmaps', 'x', 15, {})
  expect(t.events).toMatchObject([{ rev: 15, prev: 13 }])
  t.refill()
  t.change('configmaps', 'y', 30, {})
  t.change('configmaps', 'z', 25, {})
  await t.clock.advanceAsync(2000)
  expect(t.events).toHaveLength(1)
  t.progress(40)
  t.change('configmaps', 'y', 41, {})
  expect(t.events.at(-1)).toMatchObject({ rev: 41, prev: 40 })
  await t.clock.advanceAsync(1000)
  expect(t.bookmarks.at(-1)).toMatchObject({ rev: 41, base: 40 })
  await t.stop()
})
