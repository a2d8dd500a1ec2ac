import { type ConfigMap, isStatus, type Pod, type Resource, resources, type Secret } from '@drydock/api'
import { realClock, silentLogger } from '@drydock/base'
import { type BusEvent, BusConnection, type BusMessage } from '@drydock/bus'
import type { Informer } from '@drydock/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Component, Rig, until } from './rig.ts'

let rig: Rig, admin: Component
beforeAll(async () => { rig = await Rig.start({ apiservers: 2 }); admin = rig.component() })
afterAll(() => rig?.stop())

const onBus = (i: Informer<unknown>) => (i as unknown as { onBus: boolean }).onBus
const configMap = (name: string, n = 0): ConfigMap => ({ metadata: { name, namespace: 'default' }, data: { n: String(n) } })
const pod = (name: string, nodeName?: string): Pod => ({ metadata: { name, namespace: 'default' }, spec: { ...(nodeName && { nodeName }), containers: [{ name: 'c', image: 'i' }] } }) as Pod

/** Writes until told to stop; never more than one write at a time. */
function writer(prefix: string, c: Component) {
  let running = true, n = 0
  const done = (async () => {
    for (; running; n++) {
      const name = `${prefix}-${n % 7}`
      try {
        if (n % 5 === 4) await c.client.delete(resources.configmaps, name, { namespace: 'default' })
        else await c.client.patch(resources.configmaps, name, { type: 'merge', body: { data: { n: String(n) } } }, { namespace: 'default' })
      } catch (e) {
        if (isStatus(e, 'NotFound')) await c.client.create(resources.configmaps, configMap(name, n)).catch(() => {})
      }
    }
  })()
  return { stop: async () => { running = false; await done }, get count() { return n } }
}

/** Fails when any object goes back. */
function watchForRegress(i: Informer<ConfigMap>): () => number {
  let worst = 0
  const last = new Map<string, number>()
  const saw = (o: ConfigMap) => {
    const rv = Number(o.metadata!.resourceVersion), before = last.get(o.metadata!.name!) ?? 0
    if (rv <= before) worst++
    last.set(o.metadata!.name!, rv)
  }
  i.on({ add: saw, update: saw, delete: saw })
  return () => worst
}

async function equalToApi<T>(i: Informer<T>, r: Resource<T>, c: Component): Promise<void> {
  const shape = (items: readonly unknown[]) => items.map((o) => { const m = (o as ConfigMap).metadata!; return `${m.namespace}/${m.name}@${m.resourceVersion}` }).sort()
  await until(async () => JSON.stringify(shape(i.store.list())) === JSON.stringify(shape((await c.client.list(r)).items)), `the informer of ${r.resource} equal to the API`)
}

describe('informers over the bus', () => {
  test('follow the bus, and come back to it after NATS was away', async () => {
    const configMaps = admin.informers.informer(resources.configmaps), regress = watchForRegress(configMaps)
    await configMaps.synced()
    await until(() => onBus(configMaps), 'on the bus')
    const w = writer('nats', admin)
    await until(() => w.count > 50, 'some writes')
    await rig.nats!.kill()
    await until(() => !onBus(configMaps), 'fallen back to gRPC')
    const before = w.count
    await until(() => w.count > before + 50, 'writes go on without NATS')
    rig.nats!.start()
    await until(() => onBus(configMaps), 'back on the bus')
    await w.stop()
    await equalToApi(configMaps, resources.configmaps, admin)
    expect(regress()).toBe(0)
    expect(onBus(configMaps)).toBe(true)
  })

  test('survive a NATS that hangs', async () => {
    const configMaps = admin.informers.informer(resources.configmaps)
    await until(() => onBus(configMaps), 'on the bus')
    rig.nats!.pause()
    await admin.client.create(resources.configmaps, configMap('while-paused'))
    await until(() => configMaps.store.get('default/while-paused') !== undefined, 'the event over gRPC')
    rig.nats!.resume()
    await until(() => onBus(configMaps), 'back on the bus')
  })

  test('survive two relays at once', async () => {
    const configMaps = admin.informers.informer(resources.configmaps), regress = watchForRegress(configMaps)
    // Talks to both apiservers in turn, so that writes go on while one stands still.
    const clients = [rig.component('admin', [0]), rig.component('admin', [1])]
    await until(() => onBus(configMaps), 'on the bus')
    for (const i of [0, 1]) {
      rig.apiservers[i]!.pause()
      const w = writer('two', clients[1 - i]!)
      await until(() => w.count > 100, 'writes')
      await until(() => onBus(configMaps), 'the other one relays')
      // Both believe that they relay until they hear each other.
      rig.apiservers[i]!.resume()
      await until(() => w.count > 300, 'more writes')
      await w.stop()
      await equalToApi(configMaps, resources.configmaps, clients[i]!)
    }
    expect(regress()).toBe(0)
    await Promise.all(clients.map((c) => c.stop()))
  })

  test('survive the apiserver that they talk to, and the relay', async () => {
    const configMaps = admin.informers.informer(resources.configmaps), regress = watchForRegress(configMaps)
    await until(() => onBus(configMaps), 'on the bus')
    const w = writer('api', admin)
    for (const i of [0, 1]) {
      const before = w.count
      await rig.apiservers[i]!.kill()
      await until(() => w.count > before + 30, `writes go on without apiserver ${i}`)
      rig.apiservers[i]!.start()
      await rig.ready(i)
      await until(() => onBus(configMaps), 'relayed again')
    }
    await w.stop()
    await equalToApi(configMaps, resources.configmaps, admin)
    expect(regress()).toBe(0)
  })
})

/** Everything that a certificate hears of a resource. */
function listen(name: string, group: string, resource: string, shard?: string) {
  const bus = new BusConnection({ servers: [`127.0.0.1:${rig.natsPort}`], tls: rig.pem(name), name: 'listener', clock: realClock, log: silentLogger })
  const messages: (BusMessage<BusEvent>)[] = [], stop = new AbortController()
  let silent = 0
  bus.subscribe({ group, resource, shard, onMessage: (m) => { if (m.event) messages.push(m) }, onSilence: () => { silent++ } })
  const running = bus.run(stop.signal)
  return { bus, messages, text: () => messages.map((m) => Buffer.from(m.event!.bytes).toString()).join('\n'), get silent() { return silent }, stop: async () => { stop.abort(); await running } }
}

/** Connected, and the server has seen the subscriptions. */
async function listening(l: { bus: BusConnection }): Promise<void> {
  await until(() => l.bus.connected, 'connected')
  await l.bus.flush()
}

describe('who hears what', () => {
  test('a kubelet hears of its own pods only, from the moment of binding', async () => {
    const mine = listen('kubelet-a', '', 'pods', 'node-a'), others = listen('kubelet-a', '', 'pods', 'node-b'), all = listen('kubelet-a', '', 'pods')
    await Promise.all([listening(mine), listening(others), listening(all)])
    await admin.client.create(resources.pods, pod('on-b', 'node-b'))
    await admin.client.create(resources.pods, pod('unbound'))
    await admin.client.create(resources.pods, { metadata: { name: 'unbound' }, target: { kind: 'Node', name: 'node-a' } } as never, { name: 'unbound', namespace: 'default', subresource: 'binding' })
    await until(() => mine.messages.length > 0, 'the bound pod')
    expect(mine.messages.map((m) => m.event!.type)).toEqual(['MODIFIED'])
    expect(mine.text()).toContain('"nodeName":"node-a"')
    expect([others.messages, all.messages]).toEqual([[], []])
    expect(others.silent + all.silent).toBeGreaterThan(0)
    await Promise.all([mine.stop(), others.stop(), all.stop()])
  })

  test('Secrets travel without data', async () => {
    const heard = listen('controller-manager', '', 'secrets')
    await listening(heard)
    await admin.client.create(resources.secrets, { metadata: { name: 's', namespace: 'default', annotations: { 'kubectl.kubernetes.io/last-applied-configuration': 'aHVzaA==' } }, data: { password: 'aHVzaA==' } } as Secret)
    await until(() => heard.messages.length > 0, 'the event')
    expect(heard.text()).toContain('"name":"s"')
    expect(heard.text()).not.toContain('aHVzaA')
    await heard.stop()
    const secrets = admin.informers.informer(resources.secrets)
    await secrets.synced()
    expect(secrets.store.get('default/s')!.data).toEqual({ password: 'aHVzaA==' })
    expect(onBus(secrets)).toBe(false)
  })

  test('nobody but the apiserver publishes', async () => {
    const victim = listen('kubelet-a', '', 'pods', 'node-a'), forger = listen('kubelet-b', '', 'pods', 'node-b')
    await Promise.all([listening(victim), listening(forger)])
    forger.bus.publish({ subject: 'watch.core.pods.node-a.default.forged', type: 'ADDED', rev: 1e9, prev: 0, prevShard: 0, bytes: Buffer.from('{}') })
    await forger.bus.flush()
    await admin.client.create(resources.pods, pod('real', 'node-a'))
    await until(() => victim.messages.length > 0, 'the real pod')
    expect(victim.text()).not.toContain('{}\n')
    expect(victim.messages.every((m) => m.rev < 1e9)).toBe(true)
    await Promise.all([victim.stop(), forger.stop()])
  })

  test('a shard informer is the same as a list by node', async () => {
    const kubelet = rig.component('kubelet-b')
    const pods = kubelet.informers.informer(resources.pods, { shard: 'node-b' })
    await pods.synced()
    await until(() => onBus(pods), 'on the bus')
    await admin.client.create(resources.pods, pod('late', 'node-b'))
    await admin.client.create(resources.pods, pod('elsewhere', 'node-a'))
    await until(() => pods.store.get('default/late') !== undefined, 'the pod')
    expect(pods.store.list().every((p) => p.spec!.nodeName === 'node-b')).toBe(true)
    expect(onBus(pods)).toBe(true)
    await admin.client.delete(resources.pods, 'late', { namespace: 'default', gracePeriodSeconds: 0 })
    await until(() => pods.store.get('default/late') === undefined, 'the deletion')
    await kubelet.stop()
  })
})
