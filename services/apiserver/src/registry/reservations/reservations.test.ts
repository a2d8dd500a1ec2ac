import { describe, expect, it } from 'vitest'
import { resources } from '@drydock/api'
import { realClock, silentLogger, systemRandom } from '@drydock/base'
import { MemoryStore } from '@drydock/storage'
import type { ApiObject } from '../../admission/types.ts'
import { services } from '../../kinds/core/service/service.ts'
import { fakeCluster } from '../../testing/fake-cluster.ts'
import { createAddressPool } from './addresses.ts'
import { createPortPool } from './ports.ts'
import { repairReservations } from './repair.ts'
import { createServiceReservation } from './services.ts'

const options = { dryRun: false, signal: new AbortController().signal }

function setUp(cidr = '10.96.0.0/24', range = '30000-30099') {
  const c = fakeCluster(), store = new MemoryStore()
  const addresses = [createAddressPool({ cidr, reader: c, writer: c, random: systemRandom })], ports = createPortPool({ range, store, random: systemRandom })
  const reservation = createServiceReservation({ addresses, ports, log: silentLogger })
  const make = (spec: object, name = 's') => {
    const o = { metadata: { name, namespace: 'n' }, spec: { ports: [{ port: 80 }], ...structuredClone(spec) } } as ApiObject
    services.defaults!(o)
    return o
  }
  const create = async (spec: object, name = 's', stored = true) => {
    const o = make(spec, name)
    await (await reservation.create(o, options))(stored)
    return o['spec']
  }
  const taken = async () => ({ addresses: c.list(resources.ipaddresses).map((a) => a.metadata?.name), ports: (await store.range({ prefix: '/registry/ranges/' })).items.map((i) => Number(i.key.split('/').pop())) })
  return { c, store, addresses, ports, reservation, make, create, taken }
}

describe('new services', () => {
  it('get an address, families and a node port', async () => {
    const { create, taken } = setUp()
    const s = await create({ type: 'NodePort', ports: [{ name: 'a', port: 80 }, { name: 'b', port: 80, protocol: 'UDP' }, { name: 'c', port: 81 }] })
    expect(s).toMatchObject({ clusterIP: expect.stringMatching(/^10\.96\.0\./), ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' })
    expect(s.clusterIPs).toEqual([s.clusterIP])
    expect(s.ports[0].nodePort).toBe(s.ports[1].nodePort)
    expect(s.ports[2].nodePort).not.toBe(s.ports[0].nodePort)
    expect((await taken()).ports).toHaveLength(2)
  })
  it.each<[string, object, object]>([
    ['headless', { clusterIP: 'None', selector: { a: 'b' } }, { clusterIPs: ['None'], ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' }],
    ['headless, without selector', { clusterIP: 'None' }, { ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'RequireDualStack' }],
    ['external name', { type: 'ExternalName', externalName: 'x.y' }, { type: 'ExternalName' }],
    ['health check', { type: 'LoadBalancer', externalTrafficPolicy: 'Local' }, { healthCheckNodePort: expect.any(Number) }],
    ['no node ports', { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false }, { ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }] }],
  ])('%s', async (_, spec, want) => { expect(await setUp().create(spec)).toMatchObject(want) })

  it.each<[object, string]>([
    [{ clusterIP: '10.200.0.1' }, 'spec.clusterIPs: Invalid value: ["10.200.0.1"]: failed to allocate IP 10.200.0.1: the provided network does not match the current range'],
    [{ clusterIP: '10.96.0.9' }, 'spec.clusterIPs: Invalid value: ["10.96.0.9"]: failed to allocate IP 10.96.0.9: provided IP is already allocated'],
    [{ type: 'NodePort', ports: [{ port: 1, nodePort: 80 }] }, 'spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-30099'],
    [{ type: 'NodePort', ports: [{ port: 1, nodePort: 30001 }] }, 'spec.ports[0].nodePort: Invalid value: 30001: provided port is already allocated'],
    [{ ipFamilyPolicy: 'RequireDualStack' }, 'spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services'],
    [{ ipFamilies: ['IPv6'] }, 'spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster'],
  ])('%o is refused and leaves nothing', async (spec, why) => {
    const { create, taken } = setUp()
    await create({ clusterIP: '10.96.0.9', type: 'NodePort', ports: [{ port: 1, nodePort: 30001 }] }, 'first')
    const before = await taken()
    await expect(create(spec)).rejects.toMatchObject({ code: 422, message: `Service "s" is invalid: ${why}` })
    expect(await taken()).toEqual(before)
  })
  it('give back what they got if they are not stored; a dry run takes nothing', async () => {
    const { create, make, reservation, taken } = setUp()
    await create({ type: 'NodePort' }, 's', false)
    const dry = make({ type: 'NodePort' })
    await (await reservation.create(dry, { ...options, dryRun: true }))(true)
    expect(dry['spec'].clusterIP).toBeTruthy()
    expect(await taken()).toEqual({ addresses: [], ports: [] })
  })
  it('never share an address or a port, and run out in words', async () => {
    const { create } = setUp('10.96.0.0/28', '30000-30007')
    const got = await Promise.all(Array.from({ length: 5 }, (_, i) => create({ type: 'NodePort' }, `s${i}`)))
    expect(new Set(got.map((s) => s.clusterIP)).size).toBe(5)
    expect(new Set(got.map((s) => s.ports[0].nodePort)).size).toBe(5)
    const full = setUp('10.96.0.0/24', '30000-30000')
    await full.create({ type: 'NodePort' }, 'a')
    await expect(full.create({ type: 'NodePort' }, 'b')).rejects.toMatchObject({ code: 500, message: expect.stringContaining('range is full') })
  })
  it('keep what a try that did not end had reserved for the same service', async () => {
    const { create, make, reservation } = setUp()
    await reservation.create(make({ clusterIP: '10.96.0.1' }, 'kubernetes'), options)
    expect((await create({ clusterIP: '10.96.0.1' }, 'kubernetes')).clusterIP).toBe('10.96.0.1')
  })
})

describe('changed services', () => {
  const change = async (t: ReturnType<typeof setUp>, from: object, to: (old: any) => object) => {
    const old = t.make(from)
    await (await t.reservation.create(old, options))(true)
    const now = { metadata: { name: 's', namespace: 'n' }, spec: to(structuredClone(old['spec'])) } as ApiObject
    services.defaults!(now)
    await (await t.reservation.update(now, old, options))(true)
    return { old: old['spec'], now: now['spec'] }
  }
  it('keep what an old client left out', async () => {
    const t = setUp()
    const { old, now } = await change(t, { type: 'NodePort' }, () => ({ type: 'NodePort', ports: [{ port: 80 }] }))
    expect(now).toMatchObject({ clusterIP: old.clusterIP, clusterIPs: old.clusterIPs, ports: [{ nodePort: old.ports[0].nodePort }] })
  })
  it('give ports back when they need none, and get them when they do', async () => {
    const t = setUp()
    await change(t, { type: 'NodePort' }, (s) => ({ ...s, type: 'ClusterIP', ports: [{ port: 80 }] }))
    expect((await t.taken()).ports).toEqual([])
    const u = setUp(), { now } = await change(u, {}, (s) => ({ ...s, type: 'NodePort' }))
    expect((await u.taken()).ports).toEqual([now.ports[0].nodePort])
  })
  it('lose and regain their address with ExternalName', async () => {
    const t = setUp()
    await change(t, {}, () => ({ type: 'ExternalName', externalName: 'x.y', ports: [{ port: 80 }] }))
    expect((await t.taken()).addresses).toEqual([])
    const u = setUp(), { now } = await change(u, { type: 'ExternalName', externalName: 'x.y' }, () => ({ ports: [{ port: 80 }] }))
    expect((await u.taken()).addresses).toEqual([now.clusterIP])
  })
})

describe('repair', () => {
  it('gives back what no service uses, at the second look, and reserves what one uses', async () => {
    const t = setUp()
    await t.create({ type: 'NodePort', clusterIP: '10.96.0.7' }, 'gone')
    t.c.put(resources.services, { metadata: { name: 'there', namespace: 'n' }, spec: { type: 'NodePort', clusterIP: '10.96.0.8', clusterIPs: ['10.96.0.8'], ports: [{ port: 1, nodePort: 30005 }] } })
    const o = { reader: t.c, store: t.store, addresses: t.addresses, ports: t.ports, clock: realClock, log: silentLogger }
    const suspects = await repairReservations(o, new Map(), options.signal)
    expect((await t.taken()).addresses).toEqual(['10.96.0.7', '10.96.0.8'])
    await repairReservations(o, suspects, options.signal)
    expect(await t.taken()).toEqual({ addresses: ['10.96.0.8'], ports: [30005] })
  })
})
