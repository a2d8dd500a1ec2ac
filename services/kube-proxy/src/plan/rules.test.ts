import type { EndpointSlice, Node, Service } from '@drydock/api'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { diff } from '../nft/diff.ts'
import { emptyRuleset, type Ruleset } from '../nft/ruleset.ts'
import { loopbackRules } from './loopback.ts'
import { Planner, rules, type ProxyNode } from './rules.ts'

const node: ProxyNode = { name: 'a', zone: '', nodePortAddresses: ['10.9.0.2'], clusterCIDR: '10.244.0.0/16', masqueradeAll: false }
const service = (spec: Service['spec'] = {}, status: Service['status'] = {}): Service => ({
  metadata: { namespace: 'n', name: 's', creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: { type: 'ClusterIP', clusterIP: '10.96.0.9', ports: [{ name: 'http', port: 80, protocol: 'TCP', nodePort: 30_080 }], ...spec }, status,
})
type E = [ip: string, node?: string, conditions?: { ready?: boolean, serving?: boolean, terminating?: boolean }]
const slice = (...eps: E[]): EndpointSlice => ({
  addressType: 'IPv4', metadata: { namespace: 'n', name: 's-1', labels: { 'kubernetes.io/service-name': 's' } }, ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
  endpoints: eps.map(([ip, nodeName = 'a', conditions = { ready: true }]) => ({ addresses: [ip], nodeName, conditions })),
})
const element = (r: Ruleset, set: string, key: string): string | undefined => r.sets.get(set)?.elements.get(key)
const chain = (r: Ruleset, prefix: string): readonly string[] | undefined => [...r.chains].find(([n]) => n.startsWith(prefix) && /^[A-Z2-7]{8}-/.test(n.slice(prefix.length)))?.[1].rules
const short = (s: readonly string[] | undefined): string[] | undefined => s?.map((r) => r.replaceAll(/-[A-Z2-7]{8}-n\/s\/tcp\/http/g, ''))

const terminating = { ready: false, serving: true, terminating: true }
const dead = { ready: false, serving: false, terminating: true }

describe('cluster IP', () => {
  const key = '10.96.0.9 . tcp . 80'
  test('balances evenly over ready endpoints', () => {
    const r = rules([service()], [slice(['10.244.0.2'], ['10.244.1.2', 'b'], ['10.244.1.3', 'b', { ready: false }])], node)
    expect(element(r, 'service-ips', key)).toMatch(/^goto service-/)
    expect(short(chain(r, 'service-'))).toEqual([
      'ip daddr 10.96.0.9 tcp dport 80 ip saddr != 10.244.0.0/16 jump mark-for-masquerade',
      'numgen random mod 2 0 goto endpoint__10.244.0.2/8080',
      'goto endpoint__10.244.1.2/8080',
    ])
    expect(chain(r, 'endpoint-')).toEqual(['ip saddr 10.244.0.2 jump mark-for-masquerade', 'meta l4proto tcp dnat to 10.244.0.2:8080'])
  })
  test.each([
    ['no slice', [], 'goto reject-chain'],
    ['none ready', [slice(['10.244.0.2', 'a', { ready: false }])], 'goto reject-chain'],
    ['terminating and not serving', [slice(['10.244.0.2', 'a', dead])], 'goto reject-chain'],
  ])('%s: rejects', (_, slices, verdict) => {
    const r = rules([service()], slices, node)
    expect(element(r, 'no-endpoint-services', key)).toBe(verdict)
    expect(element(r, 'service-ips', key)).toBeUndefined()
    expect(r.sets.get('cluster-ips')?.elements.has('10.96.0.9')).toBe(true)
  })
  test('falls back to terminating endpoints that serve, only without ready ones', () => {
    const only = rules([service()], [slice(['10.244.0.2', 'a', terminating])], node)
    expect(chain(only, 'service-')?.at(-1)).toContain('__10.244.0.2/')
    const both = rules([service()], [slice(['10.244.0.2', 'a', terminating], ['10.244.0.3'])], node)
    expect(chain(both, 'service-')?.at(-1)).not.toContain('__10.244.0.2/')
  })
  test('session affinity looks clients up first and remembers them', () => {
    const r = rules([service({ sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } } })], [slice(['10.244.0.2'])], node)
    expect(chain(r, 'service-')?.[1]).toMatch(/^ip saddr @affinity-\S+ goto endpoint-/)
    expect(chain(r, 'endpoint-')?.[1]).toMatch(/^update @affinity-\S+_60s \{ ip saddr \}$/)
    expect([...r.sets].find(([n]) => n.startsWith('affinity-'))?.[1].spec).toContain('timeout 60s')
  })
  test('internalTrafficPolicy Local uses this node alone, and drops without one here', () => {
    const local = service({ internalTrafficPolicy: 'Local' })
    const r = rules([local], [slice(['10.244.0.2'], ['10.244.1.2', 'b'])], node)
    expect(element(r, 'service-ips', key)).toMatch(/^goto local-/)
    expect(short(chain(r, 'local-'))?.at(-1)).toBe('goto endpoint__10.244.0.2/8080')
    expect(element(rules([local], [slice(['10.244.1.2', 'b'])], node), 'no-endpoint-services', key)).toBe('drop')
  })
  test.each(['None', ''])('headless or unset (%j) is left alone', (clusterIP) => {
    expect(rules([service({ clusterIP })], [slice(['10.244.0.2'])], node).sets.get('cluster-ips')?.elements.size).toBe(0)
  })
  test('ports of other names and protocols do not mix', () => {
    const two = service({ ports: [{ name: 'http', port: 80, protocol: 'TCP' }, { name: 'dns', port: 53, protocol: 'UDP' }] })
    const r = rules([two], [slice(['10.244.0.2'])], node)
    expect(element(r, 'no-endpoint-services', '10.96.0.9 . udp . 53')).toBe('goto reject-chain')
    expect(element(r, 'service-ips', key)).toBeDefined()
  })
})

describe('from outside', () => {
  const nodePort = (spec: Service['spec'] = {}, status: Service['status'] = {}): Service => service({ type: 'NodePort', ...spec }, status)
  test('a node port masquerades and goes anywhere', () => {
    const r = rules([nodePort()], [slice(['10.244.1.2', 'b'])], node)
    expect(element(r, 'service-nodeports', 'tcp . 30080')).toMatch(/^goto external-/)
    expect(short(chain(r, 'external-'))).toEqual(['jump mark-for-masquerade', 'goto service'])
  })
  test('externalTrafficPolicy Local keeps the source, and short-circuits traffic from within', () => {
    const r = rules([nodePort({ externalTrafficPolicy: 'Local' })], [slice(['10.244.0.2'], ['10.244.1.2', 'b'])], node)
    expect(short(chain(r, 'external-'))).toEqual([
      'ip saddr 10.244.0.0/16 goto service', 'fib saddr type local jump mark-for-masquerade', 'fib saddr type local goto service', 'goto local',
    ])
    const none = rules([nodePort({ externalTrafficPolicy: 'Local' })], [slice(['10.244.1.2', 'b'])], node)
    expect(element(none, 'no-endpoint-nodeports', 'tcp . 30080')).toBe('drop')
    expect(element(rules([nodePort()], [], node), 'no-endpoint-nodeports', 'tcp . 30080')).toBe('goto reject-chain')
  })
  test('external and load balancer addresses, with source ranges', () => {
    const lb = nodePort({ type: 'LoadBalancer', externalIPs: ['1.2.3.4'], loadBalancerSourceRanges: ['203.0.113.0/24'] }, { loadBalancer: { ingress: [{ ip: '5.6.7.8' }, { ip: '5.6.7.9', ipMode: 'Proxy' }] } })
    const r = rules([lb], [slice(['10.244.0.2'])], node)
    expect(element(r, 'service-ips', '1.2.3.4 . tcp . 80')).toMatch(/^goto external-/)
    expect(element(r, 'service-ips', '5.6.7.8 . tcp . 80')).toMatch(/^goto external-/)
    expect(element(r, 'service-ips', '5.6.7.9 . tcp . 80')).toBeUndefined()
    expect(element(r, 'firewall-ips', '5.6.7.8 . tcp . 80')).toMatch(/^goto firewall-/)
    expect(chain(r, 'firewall-')).toEqual(['ip saddr 203.0.113.0/24 return', 'drop'])
  })
})

describe('many endpoints', () => {
  const of = (n: number) => chain(rules([service()], [slice(...Array.from({ length: n }, (_, i): E => [`10.244.0.${i + 2}`]))], node), 'service-')!.slice(1)
  test('a rule each, one in as many as are left', () => expect(of(3).map((r) => r.replace(/ goto .*|^goto .*/, ''))).toEqual(['numgen random mod 3 0', 'numgen random mod 2 0', '']))
  test('a map where that would be long', () => expect(of(40)).toEqual([expect.stringMatching(/^numgen random mod 40 vmap \{ 0 : goto /)]))
})

describe('planner', () => {
  test('tells what has changed, and nothing else', () => {
    const planner = new Planner(node)
    planner.set('n/s', service(), [slice(['10.244.0.2'])])
    planner.set('n/t', { ...service({ clusterIP: '10.96.0.10' }), metadata: { namespace: 'n', name: 't' } }, [])
    planner.takeChanges()
    planner.set('n/s', service(), [slice(['10.244.0.2'], ['10.244.0.3'])])
    const { from, to } = planner.takeChanges()
    const script = diff('ip x', from, to)
    expect(script).toContain('add rule ip x endpoint-')
    expect(script.split('\n').filter((l) => l && !l.includes('n/s/'))).toEqual([])
    const nothing = planner.takeChanges()
    expect(diff('ip x', nothing.from, nothing.to)).toBe('')
  })
  test('piece by piece comes to the same as all at once, and so does every difference on the way', () => {
    const names = ['a', 'b', 'c']
    const change = fc.record({
      name: fc.constantFrom(...names), gone: fc.boolean(), at: fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'), shared: fc.boolean(), sticky: fc.boolean(), local: fc.boolean(),
      endpoints: fc.array(fc.constantFrom('10.244.0.2', '10.244.0.3', '10.244.0.4'), { maxLength: 3 }),
    })
    fc.assert(fc.property(fc.array(change, { maxLength: 12 }), (changes) => {
      const planner = new Planner(node)
      const services = new Map<string, Service>(), slices = new Map<string, EndpointSlice>()
      const kernel = { chains: new Map(planner.rules.chains), sets: new Map([...planner.rules.sets].map(([n, s]) => [n, new Map(s.elements)])) }
      for (const c of changes) {
        const spec = { type: 'NodePort', clusterIP: `10.96.0.${names.indexOf(c.name) + 1}`, ports: [{ name: 'http', port: 80, protocol: 'TCP', nodePort: 30_080 + names.indexOf(c.name) }], externalIPs: c.shared ? ['1.2.3.4'] : [], ...(c.sticky && { sessionAffinity: 'ClientIP' }), externalTrafficPolicy: c.local ? 'Local' : 'Cluster' }
        const made = { ...slice(...c.endpoints.map((ip): E => [ip])), metadata: { namespace: 'n', name: `${c.name}-1`, labels: { 'kubernetes.io/service-name': c.name } } }
        if (c.gone) services.delete(c.name)
        else services.set(c.name, { metadata: { namespace: 'n', name: c.name, creationTimestamp: c.at }, spec })
        slices.set(c.name, made)
        planner.set(`n/${c.name}`, services.get(c.name), [made])
        const { from, to } = planner.takeChanges()
        for (const [n, old] of from.chains) expect(kernel.chains.get(n)).toEqual(old)
        for (const n of from.chains.keys()) if (!to.chains.has(n)) kernel.chains.delete(n)
        for (const [n, x] of to.chains) kernel.chains.set(n, x)
        for (const [n, old] of from.sets) { for (const [k, v] of old.elements) expect(kernel.sets.get(n)?.get(k)).toBe(v); for (const k of old.elements.keys()) kernel.sets.get(n)?.delete(k); if (!to.sets.has(n)) kernel.sets.delete(n) }
        for (const [n, x] of to.sets) { const of = kernel.sets.get(n) ?? new Map<string, string>(); for (const [k, v] of x.elements) of.set(k, v); kernel.sets.set(n, of) }
        const whole = rules([...services.values()], [...slices.values()], node)
        expect(planner.rules.chains).toEqual(whole.chains)
        expect(kernel.chains).toEqual(whole.chains)
        expect(kernel.sets).toEqual(new Map([...whole.sets].map(([n, x]) => [n, new Map(x.elements)])))
      }
    }), { numRuns: 60 })
  })
  test('two Services with one external address: the older keeps it', () => {
    const late = { ...service({ externalIPs: ['1.2.3.4'], clusterIP: '10.96.0.10' }), metadata: { namespace: 'n', name: 'a', creationTimestamp: '2026-02-01T00:00:00Z' } }
    const r = rules([late, service({ externalIPs: ['1.2.3.4'] })], [slice(['10.244.0.2'])], node)
    expect(element(r, 'service-ips', '1.2.3.4 . tcp . 80')).toContain('n/s/')
  })
})

describe('loopback', () => {
  const made = (name: string, address: string, ready = 'True'): Node => ({ metadata: { name }, status: { addresses: [{ type: 'InternalIP', address }], conditions: [{ type: 'Ready', status: ready } as never] } })
  const nodes = [made('a', '10.9.0.2'), made('b', '10.9.0.3'), made('c', '10.9.0.4', 'Unknown')]
  test('goes to any ready node; under Local, to those with endpoints', () => {
    const r = loopbackRules([service({ type: 'NodePort' })], () => [slice(['10.244.1.2', 'b'])], nodes)
    expect(chain(r, 'any-')).toEqual(['dnat ip to numgen random mod 2 map { 0 : 10.9.0.2, 1 : 10.9.0.3 }'])
    const local = loopbackRules([service({ type: 'NodePort', externalTrafficPolicy: 'Local' })], () => [slice(['10.244.1.2', 'b'])], nodes)
    expect(chain(local, 'any-')).toEqual(['dnat ip to numgen random mod 1 map { 0 : 10.9.0.3 }'])
  })
  test('without nodes, and for cluster IPs alone, nothing is looked up', () => {
    expect(loopbackRules([service({ type: 'NodePort' })], () => [], []).sets.get('node-ports')?.elements.size).toBe(0)
    expect(loopbackRules([service()], () => [], nodes).sets.get('node-ports')?.elements.size).toBe(0)
  })
  test('makes chains before it names them', () => {
    const lines = diff('ip x', emptyRuleset, loopbackRules([service({ type: 'NodePort' })], () => [], nodes)).split('\n')
    expect(lines.findIndex((l) => l.startsWith('add chain ip x any-'))).toBeLessThan(lines.findIndex((l) => l.startsWith('add element')))
  })
})
