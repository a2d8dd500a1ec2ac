import { describe, expect, it } from 'vitest'
import { resources } from '@drydock/api'
import { realClock, silentLogger } from '@drydock/base'
import { fakeCluster } from '../testing/fake-cluster.ts'
import { addressOf } from './addresses.ts'
import { bootstrap } from './index.ts'
import { keepKubernetesService } from './kubernetes-service.ts'
import { bootstrapObjects } from './objects.ts'

let now = Date.parse('2026-06-01T00:00:00Z')
const clock = { ...realClock, now: () => now }
const options = (c: ReturnType<typeof fakeCluster>, address = '10.1.0.1', port = 6443) => ({ reader: c, writer: c, clock, log: silentLogger, serviceCidr: '10.96.0.0/16', address, port, identity: `${address}:${port}` })
const signal = new AbortController().signal

describe('bootstrap', () => {
  it('makes everything once, and nothing the second time', async () => {
    const c = fakeCluster()
    await bootstrap(options(c), signal)
    expect(c.list(resources.namespaces).map((n) => n.metadata?.name)).toEqual(['default', 'kube-system', 'kube-public', 'kube-node-lease'])
    expect(c.list(resources.clusterroles)).toHaveLength(71)
    expect(c.get(resources.services, 'default', 'kubernetes')?.spec?.clusterIP).toBe('10.96.0.1')
    expect(c.get(resources.servicecidrs, '', 'kubernetes')?.status?.conditions?.[0]?.type).toBe('Ready')
    const versions = () => bootstrapObjects.length + c.list(resources.clusterroles).map((r) => r.metadata?.resourceVersion).join()
    const before = versions()
    await bootstrap(options(c), signal)
    expect(versions()).toBe(before)
  })

  it('gives back what is lost, keeps what was added, leaves alone what says so', async () => {
    const c = fakeCluster()
    const extra = { apiGroups: ['x'], resources: ['y'], verbs: ['get'] }
    c.put(resources.clusterroles, { metadata: { name: 'system:discovery' }, rules: [extra] },
      { metadata: { name: 'cluster-admin', annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'false' } }, rules: [] })
    await bootstrap(options(c), signal)
    const rules = c.get(resources.clusterroles, '', 'system:discovery')?.rules ?? []
    expect(rules).toContainEqual(extra)
    expect(rules.length).toBeGreaterThan(1)
    expect(c.get(resources.clusterroles, '', 'cluster-admin')?.rules).toEqual([])
  })

  it('lists every apiserver that lives, by port, and forgets those whose lease ran out', async () => {
    const c = fakeCluster()
    await bootstrap(options(c), signal)
    await bootstrap(options(c, '10.1.0.2'), signal)
    await bootstrap(options(c, '10.1.0.2', 6444), signal)
    const ips = () => c.get(resources.endpoints, 'default', 'kubernetes')?.subsets?.map((s) => [s.ports?.[0]?.port, ...s.addresses?.map((a) => a.ip) ?? []])
    expect(ips()).toEqual([[6443, '10.1.0.1', '10.1.0.2'], [6444, '10.1.0.2']])
    expect(c.list(resources.endpointslices).map((s) => s.metadata?.name)).toEqual(['kubernetes', 'kubernetes-6444'])
    now += 60_000
    await bootstrap(options(c), signal)
    expect(ips()).toEqual([[6443, '10.1.0.1']])
    expect(c.list(resources.endpointslices)).toHaveLength(1)
  })

  it('takes itself out when it stops', async () => {
    const c = fakeCluster()
    await bootstrap(options(c), signal)
    await bootstrap(options(c, '10.1.0.2'), signal)
    await keepKubernetesService(options(c), AbortSignal.abort())
    expect(c.get(resources.endpoints, 'default', 'kubernetes')?.subsets?.[0]?.addresses).toEqual([{ ip: '10.1.0.2' }])
  })
})

describe('the last apiserver', () => {
  it('leaves its address standing', async () => {
    const c = fakeCluster()
    await bootstrap(options(c), signal)
    await keepKubernetesService(options(c), AbortSignal.abort())
    expect(c.list(resources.endpointslices)).toHaveLength(1)
    expect(c.get(resources.endpoints, 'default', 'kubernetes')?.subsets?.[0]?.addresses).toEqual([{ ip: '10.1.0.1' }])
  })
})

describe('addressOf', () => {
  it.each([['10.96.0.0/16', 1, '10.96.0.1'], ['10.96.5.7/12', 10, '10.96.0.10'], ['fd00:1::/108', 1, 'fd00:1::1']] as const)('%s %i', (cidr, i, want) => {
    expect(addressOf(cidr, i)).toBe(want)
  })
})
