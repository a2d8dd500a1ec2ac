import { type ConfigMap, resources, StatusError } from '@drydock/api'
import { silentLogger } from '@drydock/base'
import type { ChainSubscription } from '@drydock/bus'
import { FakeClient, FakeClock, seededRandom, settle } from '@drydock/testkit'
import { describe, expect, test } from 'vitest'
import { ResourceInformer } from './informer.ts'

const configMap = (name: string, n = '0'): ConfigMap => ({ metadata: { name, namespace: 'default' }, data: { n } })
const bytes = (o: ConfigMap, rev: number) => { const { apiVersion: _a, kind: _k, ...rest } = o as ConfigMap & { apiVersion?: string, kind?: string }; return Buffer.from(JSON.stringify({ ...rest, metadata: { ...rest.metadata, resourceVersion: String(rev) } })) }

function start(options = {}, withBus = true) {
  const client = new FakeClient(), clock = new FakeClock(), stop = new AbortController()
  const subscriptions: ChainSubscription[] = []
  const bus = { subscribe(s: ChainSubscription) { subscriptions.push(s); return () => {} }, run: async () => {} }
  const informer = new ResourceInformer<ConfigMap>(resources.configmaps, options, { client, ...(withBus && { bus }), log: silentLogger, clock, random: seededRandom(1) })
  const told: string[] = []
  informer.on({ add: (o) => told.push(`add ${o.metadata!.name} ${o.data!['n']}`), update: (o) => told.push(`update ${o.metadata!.name} ${o.data!['n']}`), delete: (o) => told.push(`delete ${o.metadata!.name} ${o.data!['n']}`) })
  const watches = () => client.open
  return { client, clock, informer, told, bus: () => subscriptions[0]!, subscriptions, watches, stop: () => stop.abort(new Error('stop')), run: () => informer.run(stop.signal) }
}

describe('an informer', () => {
  test('lists, follows the watch, moves to the bus and back', async () => {
    const t = start()
    await t.client.create(resources.configmaps, configMap('a'))
    const running = t.run()
    await settle()
    expect([t.informer.hasSynced, t.told, t.watches()]).toEqual([true, ['add a 0'], 1])
    await t.client.update(resources.configmaps, configMap('a', '1'))
    await settle()
    expect(t.told).toEqual(['add a 0', 'update a 1'])
    const r = t.informer.revision
    t.bus().onMessage({ rev: r, prev: r })
    await settle()
    expect([t.informer.onBus, t.watches()]).toEqual([true, 0])
    t.bus().onMessage({ rev: r + 5, prev: r, event: { type: 'ADDED', bytes: bytes(configMap('b', '7'), r + 5) } })
    expect(t.informer.store.get('default/b')).toMatchObject({ kind: 'ConfigMap', apiVersion: 'v1', data: { n: '7' } })
    t.bus().onMessage({ rev: r + 9, prev: r + 5, event: { type: 'DELETED', bytes: bytes(configMap('b', '8'), r + 9) } })
    expect(t.told.slice(2)).toEqual(['add b 7', 'delete b 8'])
    t.bus().onSilence()
    await settle()
    expect([t.informer.onBus, t.watches()]).toEqual([false, 1])
    t.stop()
    await running
  })

  test('a second list tells only what differs, and never takes an older one', async () => {
    const t = start()
    await t.client.create(resources.configmaps, configMap('same'))
    await t.client.create(resources.configmaps, configMap('gone'))
    await t.client.create(resources.configmaps, configMap('changed'))
    t.client.failWatch = new StatusError({ reason: 'Expired', message: 'too old resource version' })
    let lists = 0
    t.client.react = (a) => {
      if (a.verb === 'list' && ++lists === 2) { t.client.failWatch = undefined }
      return undefined
    }
    const running = t.run()
    await settle()
    expect(lists).toBe(2)
    expect(t.told).toEqual(['add same 0', 'add gone 0', 'add changed 0'])
    const before = t.informer.revision
    t.client.list = async () => ({ items: [], resourceVersion: String(before - 1) })
    t.client.breakWatches(new StatusError({ reason: 'Expired', message: 'too old resource version' }))
    await settle()
    expect([t.informer.store.size, t.informer.revision]).toEqual([3, before])
    delete (t.client as { list?: unknown }).list
    await t.client.delete(resources.configmaps, 'gone', { namespace: 'default' })
    await t.client.update(resources.configmaps, configMap('changed', '1'))
    await t.clock.advanceAsync(10_000)
    expect(t.told.slice(3).sort()).toEqual(['delete gone 0', 'update changed 1'])
    t.stop()
    await running
  })

  test('a watch that breaks is opened again from where it was', async () => {
    const t = start({}, false)
    const running = t.run()
    await settle()
    t.client.breakWatches(new StatusError({ reason: 'ServiceUnavailable', message: 'gone' }))
    await settle()
    await t.client.create(resources.configmaps, configMap('meanwhile'))
    await t.clock.advanceAsync(1000)
    expect(t.told).toEqual(['add meanwhile 0'])
    expect(t.client.actions.filter((a) => a.verb === 'list')).toHaveLength(1)
    t.stop()
    await running
  })

  test('a list that fails is tried again with back-off; a handler that throws harms nobody', async () => {
    const t = start()
    let failures = 3
    t.client.react = (a) => { if (a.verb === 'list' && failures-- > 0) throw new StatusError({ reason: 'ServiceUnavailable', message: 'not up' }); return undefined }
    t.informer.on({ add() { throw new Error('bad handler') } })
    await t.client.create(resources.configmaps, configMap('a'))
    const running = t.run()
    await t.clock.advanceAsync(2000)
    expect(t.told).toEqual(['add a 0'])
    t.stop()
    await running
  })

  test.each([['a label selector', { labelSelector: 'a=b' }, 0], ['a namespace', { namespace: 'default' }, 0], ['everything', {}, 1], ['a shard', { shard: 'n1' }, 1]])('%s and the bus', async (_name, options, want) => {
    const t = start(options)
    const running = t.run()
    await settle()
    expect(t.subscriptions).toHaveLength(want)
    t.stop()
    await running
  })
})
