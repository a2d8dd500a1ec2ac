/** The overlay in a real kernel: two nodes as network namespaces. Needs root; skipped without. */
import { execFileSync } from 'node:child_process'
import { exec, type Exec } from '@drydock/base'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Network } from './overlay.ts'
import type { Peer } from './peers.ts'
import { tableScript } from './table.ts'

const sh = (...line: string[]): string => execFileSync(line[0]!, line.slice(1), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
const able = (() => { try { const probe = `ddnet-probe-${process.pid}`; sh('ip', 'netns', 'add', probe); sh('ip', 'netns', 'delete', probe); return true } catch { return false } })()
const a = 'ddnet-oa', b = 'ddnet-ob'
const inside = (ns: string): Exec => (file, args, o) => exec('ip', ['netns', 'exec', ns, file, ...args], o)
const network = (ns: string, self: string, nodeIP: string, backend: 'vxlan' | 'host-gw' = 'vxlan', vni = 77): Network => new Network({ exec: inside(ns), backend, vni, port: 8472, self, nodeIP })
const peerA: Peer = { name: 'a', address: '10.99.1.2', podCIDR: '10.98.1.0/24' }, peerB: Peer = { name: 'b', address: '10.99.1.3', podCIDR: '10.98.2.0/24' }
const stray: Peer = { name: 'c', address: '10.99.1.4', podCIDR: '10.98.3.0/24' }
const both = [peerA, peerB]
const state = (ns: string): string => [sh('ip', '-n', ns, 'route'), sh('ip', '-n', ns, 'neigh', 'show', 'nud', 'permanent'), sh('ip', 'netns', 'exec', ns, 'bridge', 'fdb')].join('\n')

// Skipped where there is no right to make network namespaces: nothing of this can be seen without one.
describe.skipIf(!able)('in the kernel', () => {
  beforeAll(() => {
    for (const n of [a, b]) { sh('ip', 'netns', 'add', n); sh('ip', '-n', n, 'link', 'set', 'lo', 'up') }
    sh('ip', '-n', a, 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', b)
    for (const [n, p] of [[a, peerA], [b, peerB]] as const) {
      sh('ip', '-n', n, 'addr', 'add', `${p.address}/24`, 'dev', 'eth0')
      sh('ip', '-n', n, 'link', 'set', 'eth0', 'up')
      // Stands for a pod: an address of the node's range.
      sh('ip', '-n', n, 'addr', 'add', p.podCIDR.replace('.0/24', '.5/32'), 'dev', 'lo')
    }
  })
  afterAll(() => { for (const n of [a, b]) try { sh('ip', 'netns', 'delete', n) } catch { /* not made */ } })

  test('pods of two nodes reach each other; a second run changes nothing', async () => {
    expect(await network(a, 'a', peerA.address).ensure(both, peerA.podCIDR)).toEqual({ mtu: 1450 })
    await network(b, 'b', peerB.address).ensure(both, peerB.podCIDR)
    expect(sh('ip', 'netns', 'exec', a, 'busybox', 'ping', '-c', '1', '-W', '2', '-I', '10.98.1.5', '10.98.2.5')).toContain(' 0% packet loss')
    const before = state(a)
    await network(a, 'a', peerA.address).ensure(both, peerA.podCIDR)
    expect(state(a)).toBe(before)
  })
  test('a node that goes takes its routes with it; one that changes its address keeps its range', async () => {
    await network(a, 'a', peerA.address).ensure([...both, stray], peerA.podCIDR)
    expect(state(a)).toMatch(/10\.98\.3\.0\/24/)
    await network(a, 'a', peerA.address).ensure([...both, { ...stray, address: '10.99.1.9' }], peerA.podCIDR)
    expect(state(a)).toMatch(/dst 10\.99\.1\.9/)
    expect(state(a)).not.toMatch(/dst 10\.99\.1\.4/)
    await network(a, 'a', peerA.address).ensure(both, peerA.podCIDR)
    expect(state(a)).not.toMatch(/10\.98\.3\.|10\.99\.1\.9/)
  })
  test('another network identifier makes the device anew; plain routes do without one; removal leaves nothing', async () => {
    const gw = { a: network(a, 'a', peerA.address, 'host-gw'), b: network(b, 'b', peerB.address, 'host-gw') }
    await network(a, 'a', peerA.address).remove()
    await network(b, 'b', peerB.address).remove()
    expect(sh('ip', '-n', a, 'link')).not.toContain('drydock.')
    await gw.a.ensure(both, peerA.podCIDR)
    await gw.b.ensure(both, peerB.podCIDR)
    expect(sh('ip', 'netns', 'exec', a, 'busybox', 'ping', '-c', '1', '-W', '2', '-I', '10.98.1.5', '10.98.2.5')).toContain(' 0% packet loss')
    await gw.a.remove()
    expect(sh('ip', '-n', a, 'route')).not.toContain('10.98.')
  })
  test('the table is valid, empty and full', async () => {
    const o = { table: 'netd', podCIDR: peerA.podCIDR, clusterCIDR: '10.98.0.0/16' }
    const port = { protocol: 'tcp', hostIP: '', hostPort: 8080, podIP: '10.98.1.7', containerPort: 80 }
    for (const hostPorts of [[], [port, { ...port, hostIP: '10.99.1.2', protocol: 'sctp' }, { ...port, podIP: '10.98.1.8' }]]) await inside(a)('nft', ['-f', '-'], { input: tableScript({ ...o, hostPorts }) })
    expect(sh('ip', 'netns', 'exec', a, 'nft', 'list', 'map', 'ip', 'netd', 'host-ports')).toContain('tcp . 8080 : 10.98.1.7 . 80')
  })
})
