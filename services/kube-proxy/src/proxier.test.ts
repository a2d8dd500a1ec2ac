import { type AddressInfo, createServer } from 'node:net'
import type { EndpointSlice, Service } from '@drydock/api'
import { type Exec, silentLogger } from '@drydock/base'
import { FakeClock } from '@drydock/testkit'
import { describe, expect, test } from 'vitest'
import { Conntrack } from './conntrack.ts'
import { healthCheck, HealthCheckPorts } from './health-check-ports.ts'
import { Applier } from './nft/applier.ts'
import { staleFlows, udpView } from './plan/udp.ts'
import { createSync, NodeProgram } from './proxier.ts'
import { SyncLoop } from './sync-loop.ts'

const service = (name: string, spec: Service['spec']): Service => ({ metadata: { namespace: 'n', name }, spec: { type: 'ClusterIP', clusterIP: '10.96.0.10', ...spec } })
const dns = service('dns', { type: 'NodePort', ports: [{ name: 'dns', port: 53, protocol: 'UDP', nodePort: 30_053 }] })
const slice = (name: string, protocol: string, port: string, ips: readonly string[], node = 'a'): EndpointSlice => ({
  addressType: 'IPv4', metadata: { namespace: 'n', name: `${name}-1`, labels: { 'kubernetes.io/service-name': name } }, ports: [{ name: port, port: 53, protocol }],
  endpoints: ips.map((ip) => ({ addresses: [ip], nodeName: node, conditions: { ready: true } })),
})
const view = (...ips: string[]) => udpView(dns, [slice('dns', 'UDP', 'dns', ips)])

describe('stale UDP flows', () => {
  test.each([
    ['an endpoint goes', view('10.244.0.2', '10.244.0.3'), view('10.244.0.2'), [['-D', '-p', 'udp', '--orig-dst', '10.96.0.10', '--dst-nat', '10.244.0.3'], ['-D', '-p', 'udp', '--dport', '30053', '--dst-nat', '10.244.0.3']]],
    ['the first endpoint comes', view(), view('10.244.0.2'), [['-D', '-p', 'udp', '--orig-dst', '10.96.0.10'], ['-D', '-p', 'udp', '--dport', '30053']]],
    ['one more comes', view('10.244.0.2'), view('10.244.0.2', '10.244.0.3'), []],
    ['nothing changes', view('10.244.0.2'), view('10.244.0.2'), []],
  ])('%s', (_, before, after, flows) => expect(staleFlows(before, after)).toEqual(flows))
  test('without the tool nothing fails, and it is asked for once', async () => {
    let calls = 0
    const missing: Exec = () => { calls++; return Promise.reject(Object.assign(new Error('spawn conntrack ENOENT'), { code: 'ENOENT' })) }
    const conntrack = new Conntrack({ exec: missing, log: silentLogger })
    await conntrack.forget([['-D'], ['-D']])
    await conntrack.forget([['-D']])
    expect(calls).toBe(1)
  })
})

describe('sync', () => {
  const signal = new AbortController().signal
  test('replaces the table, then sends differences, then replaces again after a failure', async () => {
    const scripts: string[] = [], forgotten: string[] = []
    let slices = [slice('dns', 'UDP', 'dns', ['10.244.0.2'])], broken = false
    const program = new NodeProgram({ name: 'a', clusterCIDR: '', masqueradeAll: false, nodePortAddresses: [] }, { service: () => dns, services: () => [dns], slices: () => slices, nodes: () => [] })
    const run: Exec = (file, args, o) => {
      if (file !== 'nft') { forgotten.push(args.join(' ')); return Promise.resolve('') }
      if (broken) return Promise.reject(new Error('nft: no'))
      scripts.push(o.input ?? '')
      return Promise.resolve('')
    }
    const sync = createSync({ program, applier: new Applier({ table: 't', exec: run }), conntrack: new Conntrack({ exec: run, log: silentLogger }), log: silentLogger })
    await sync(signal)
    await sync(signal)
    expect(scripts).toHaveLength(1)
    expect(scripts[0]).toMatch(/^add table ip t\ndelete table ip t\n/)
    slices = [slice('dns', 'UDP', 'dns', ['10.244.0.2', '10.244.0.3'])]
    program.changed('n/dns')
    await sync(signal)
    expect(scripts[1]).not.toContain('delete table')
    broken = true
    slices = []
    program.changed('n/dns')
    await expect(sync(signal)).rejects.toThrow('nft: no')
    broken = false
    await sync(signal)
    expect(scripts[2]).toMatch(/^add table ip t\ndelete table ip t\n/)
    expect(forgotten).toContain('-D -p udp --orig-dst 10.96.0.10 --dst-nat 10.244.0.2')
  })
})

describe('loop', () => {
  const start = (sync: (at: number) => Promise<void>) => {
    const clock = new FakeClock(), stop = new AbortController()
    const loop = new SyncLoop({ clock, log: silentLogger, sync: () => sync(clock.monotonic()), minSyncPeriodMs: 50, fullSyncPeriodMs: 30_000 })
    const running = loop.run(stop.signal)
    return { clock, loop, end: async () => { stop.abort(new Error('end')); await running } }
  }
  test('waits between runs, gathers changes, and looks again in the end', async () => {
    const runs: number[] = []
    const { clock, loop, end } = start(async (at) => { runs.push(at) })
    loop.changed()
    loop.changed()
    await clock.advanceAsync(1000)
    expect(runs).toEqual([0, 50])
    loop.changed()
    await clock.advanceAsync(1000)
    expect(runs).toEqual([0, 50, 1000])
    await clock.advanceAsync(31_000)
    expect(runs).toEqual([0, 50, 1000, 31_050])
    await end()
  })
  test('backs off after failures and tells of them', async () => {
    const runs: number[] = []
    const { clock, loop, end } = start(async (at) => { runs.push(at); throw new Error('no') })
    await clock.advanceAsync(1500)
    expect(runs).toEqual([0, 200, 600, 1400])
    expect(String(loop.failure)).toContain('no')
    await end()
  })
})

describe('health check node ports', () => {
  const lb = service('lb', { type: 'LoadBalancer', externalTrafficPolicy: 'Local', healthCheckNodePort: 1, ports: [{ port: 80 }] })
  test('count this node\'s endpoints', () => {
    expect(healthCheck(lb, [slice('lb', 'TCP', '', ['10.244.0.2'])], 'a')).toEqual({ namespace: 'n', name: 'lb', port: 1, localEndpoints: 1 })
    expect(healthCheck(lb, [slice('lb', 'TCP', '', ['10.244.0.2'], 'b')], 'a')?.localEndpoints).toBe(0)
    expect(healthCheck(dns, [], 'a')).toBeUndefined()
  })
  test('answer 200 with endpoints and 503 without, and close', async () => {
    const port = await new Promise<number>((resolve) => { const s = createServer().listen(0, '127.0.0.1', () => { const p = (s.address() as AddressInfo).port; s.close(() => resolve(p)) }) })
    const ports = new HealthCheckPorts({ log: silentLogger, healthy: () => true, address: '127.0.0.1' })
    const check = { namespace: 'n', name: 'lb', port, localEndpoints: 1 }
    ports.update([check])
    const ask = async () => (await fetch(`http://127.0.0.1:${port}/healthz`)).status
    await expect.poll(() => ask().catch(() => 0)).toBe(200)
    ports.update([{ ...check, localEndpoints: 0 }])
    expect(await ask()).toBe(503)
    ports.close()
    await expect(ask()).rejects.toThrow()
  })
})
