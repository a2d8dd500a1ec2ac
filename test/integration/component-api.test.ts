import { type ConfigMap, isStatus, type Pod, resources } from '@drydock/api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Component, Rig } from './rig.ts'

let rig: Rig, admin: Component
beforeAll(async () => { rig = await Rig.start({ nats: false }); admin = rig.component() })
afterAll(() => rig?.stop())

const configMap = (name: string, data: Record<string, string> = {}): ConfigMap => ({ metadata: { name, namespace: 'default' }, data })
const reason = async (p: Promise<unknown>) => p.then(() => 'none', (e: unknown) => (e as { reason?: string }).reason)

describe('CRUD over gRPC', () => {
  test('create, get, update, patch, delete', async () => {
    const { client } = admin
    const made = await client.create(resources.configmaps, configMap('a', { x: 'ä€𝄞' }))
    expect(made).toMatchObject({ kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'a', namespace: 'default' }, data: { x: 'ä€𝄞' } })
    expect(await client.get(resources.configmaps, 'a', { namespace: 'default' })).toEqual(made)
    const updated = await client.update(resources.configmaps, { ...made, data: { x: '2' } })
    expect(updated.metadata!.resourceVersion).not.toBe(made.metadata!.resourceVersion)
    expect(await reason(client.update(resources.configmaps, { ...made, data: { x: '3' } }))).toBe('Conflict')
    const patched = await client.patch(resources.configmaps, 'a', { type: 'merge', body: { data: { y: '1' } } }, { namespace: 'default' })
    expect(patched.data).toEqual({ x: '2', y: '1' })
    const json = await client.patch(resources.configmaps, 'a', { type: 'json', body: [{ op: 'remove', path: '/data/y' }] }, { namespace: 'default' })
    expect(json.data).toEqual({ x: '2' })
    await client.delete(resources.configmaps, 'a', { namespace: 'default', preconditions: { uid: made.metadata!.uid! } })
    expect(await reason(client.get(resources.configmaps, 'a', { namespace: 'default' }))).toBe('NotFound')
  })

  test('refusals are Kubernetes\' own Status', async () => {
    const { client } = admin
    const error = await client.create(resources.configmaps, configMap('Not_Valid')).catch((e: unknown) => e)
    expect(isStatus(error, 'Invalid')).toBe(true)
    expect(error).toMatchObject({ code: 422, details: { name: 'Not_Valid', kind: 'ConfigMap', causes: [{ reason: 'FieldValueInvalid', field: 'metadata.name' }] } })
    await client.create(resources.configmaps, configMap('twice'))
    expect(await reason(client.create(resources.configmaps, configMap('twice')))).toBe('AlreadyExists')
    expect(await reason(client.get(resources.configmaps, 'a/b', { namespace: 'default' }))).toBe('BadRequest')
    expect(await reason(client.create(resources.configmaps, configMap('big', { x: 'x'.repeat(4 << 20) })))).toMatch(/RequestEntityTooLarge|ServiceUnavailable/)
    expect((await client.create(resources.configmaps, configMap('dry'), { dryRun: true })).metadata!.uid).toBeTruthy()
    expect(await reason(client.get(resources.configmaps, 'dry', { namespace: 'default' }))).toBe('NotFound')
  })

  test('a component is authorized as anybody else', async () => {
    const scheduler = rig.component('scheduler')
    expect(await reason(scheduler.client.create(resources.configmaps, configMap('x')))).toBe('Forbidden')
    expect((await scheduler.client.list(resources.nodes)).items).toEqual([])
    await scheduler.stop()
  })

  test('lists by selector, in pages, in order', async () => {
    const { client } = admin
    for (let i = 0; i < 25; i++) await client.create(resources.configmaps, { ...configMap(`page-${String(i).padStart(2, '0')}`), metadata: { name: `page-${String(i).padStart(2, '0')}`, namespace: 'default', labels: { odd: String(i % 2) } } })
    const odd = await client.list(resources.configmaps, { namespace: 'default', labelSelector: 'odd=1' })
    expect(odd.items.map((o) => o.metadata!.name)).toEqual(Array.from({ length: 12 }, (_, i) => `page-${String(2 * i + 1).padStart(2, '0')}`))
    expect(Number(odd.resourceVersion)).toBeGreaterThan(1)
    const first = await client.list(resources.configmaps, { namespace: 'default', labelSelector: 'odd', limit: 10 })
    expect(first.items).toHaveLength(10)
    const second = await client.list(resources.configmaps, { namespace: 'default', labelSelector: 'odd', limit: 20, continue: first.continue! })
    expect([...first.items, ...second.items].map((o) => o.metadata!.name)).toEqual(Array.from({ length: 25 }, (_, i) => `page-${String(i).padStart(2, '0')}`))
    await client.deleteCollection(resources.configmaps, { namespace: 'default', labelSelector: 'odd' })
    expect((await client.list(resources.configmaps, { namespace: 'default', labelSelector: 'odd' })).items).toEqual([])
  })

  test('a large list comes whole, in many messages', async () => {
    const { client } = admin, data = { pad: 'ä'.repeat(60_000) }
    await Promise.all(Array.from({ length: 120 }, (_, i) => client.create(resources.configmaps, { metadata: { name: `large-${i}`, namespace: 'kube-public' }, data })))
    const { items } = await client.list(resources.configmaps, { namespace: 'kube-public' })
    const large = items.filter((o) => o.metadata!.name!.startsWith('large-'))
    expect(large).toHaveLength(120)
    expect(large.every((o) => o.data!['pad'] === data.pad)).toBe(true)
    const events: string[] = [], stop = new AbortController()
    const { resourceVersion } = await client.list(resources.configmaps, { namespace: 'default' })
    await Promise.all(items.map((o) => client.delete(resources.configmaps, o.metadata!.name!, { namespace: 'kube-public' })))
    for await (const e of client.watch(resources.configmaps, { namespace: 'kube-public', resourceVersion, signal: stop.signal })) {
      if (e.type === 'DELETED') events.push(e.object.metadata!.name!)
      if (events.length === items.length) break
    }
    expect(new Set(events).size).toBe(items.length)
  })

  test('watches replay from a revision, then follow', async () => {
    const { client } = admin
    const { resourceVersion } = await client.list(resources.configmaps)
    await client.create(resources.configmaps, configMap('w', { n: '0' }))
    const seen: string[] = [], stop = new AbortController()
    const watching = (async () => {
      for await (const e of client.watch(resources.configmaps, { resourceVersion, fieldSelector: 'metadata.name=w', signal: stop.signal })) {
        if (e.type === 'BOOKMARK') { if (seen.length === 1) await client.patch(resources.configmaps, 'w', { type: 'merge', body: { data: { n: '1' } } }, { namespace: 'default' }); continue }
        seen.push(`${e.type} ${(e.object as ConfigMap).data!['n']}`)
        if (seen.length === 2) await client.delete(resources.configmaps, 'w', { namespace: 'default' })
        if (e.type === 'DELETED') return
      }
    })()
    await watching
    expect(seen).toEqual(['ADDED 0', 'MODIFIED 1', 'DELETED 1'])
  })

  test('an informer keeps its indexes and tells its handlers', async () => {
    const { client, informers } = admin
    const pods = informers.informer(resources.pods, { indexers: { node: (p: Pod) => (p.spec?.nodeName ? [p.spec.nodeName] : []) } })
    const told: string[] = []
    pods.on({ add: (p) => told.push(`add ${p.metadata!.name}`), update: (p, old) => told.push(`update ${p.metadata!.labels?.['v']} was ${old.metadata!.labels?.['v']}`), delete: (p) => told.push(`delete ${p.metadata!.name}`) })
    await pods.synced()
    expect(informers.informer(resources.pods)).toBe(pods)
    await client.create(resources.pods, { metadata: { name: 'p', namespace: 'default', labels: { v: '1' } }, spec: { nodeName: 'n1', containers: [{ name: 'c', image: 'i' }] } } as Pod)
    await client.patch(resources.pods, 'p', { type: 'merge', body: { metadata: { labels: { v: '2' } } } }, { namespace: 'default' })
    await expect.poll(() => told).toEqual(['add p', 'update 2 was 1'])
    expect(pods.store.byIndex('node', 'n1').map((p) => p.metadata!.name)).toEqual(['p'])
    expect(pods.store.list('default')).toHaveLength(1)
    expect(pods.store.get('default/p')!.kind).toBe('Pod')
    await client.delete(resources.pods, 'p', { namespace: 'default', gracePeriodSeconds: 0 })
    await expect.poll(() => told).toContain('delete p')
    expect(pods.store.byIndex('node', 'n1')).toEqual([])
  })
})
