import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Node, Pod } from '@drydock/api'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { confFile, conflist, networkName, writeConf } from './cni.ts'
import { hostPortsOf } from './host-ports.ts'
import { type Overlay, overlayCommands, wantedOverlay } from './overlay-plan.ts'
import { macOf, peersOf, podCIDROf } from './peers.ts'
import { tableScript } from './table.ts'

const node = (name: string, address: string, podCIDR?: string): Node => ({ metadata: { name }, spec: { podCIDR }, status: { addresses: [{ type: 'Hostname', address: name }, { type: 'InternalIP', address }] } })

describe('peers', () => {
  test('need an address and a range; IPv4 ranges count', () => {
    expect(peersOf([node('b', '10.0.0.3', '10.244.1.0/24'), node('a', '10.0.0.2', '10.244.0.0/24'), node('c', '10.0.0.4'), { metadata: { name: 'd' }, spec: { podCIDR: '10.244.3.0/24' } }]).map((p) => p.name)).toEqual(['a', 'b'])
    expect(podCIDROf({ spec: { podCIDR: 'fd00::/64', podCIDRs: ['fd00::/64', '10.244.0.0/24'] } })).toBe('10.244.0.0/24')
    expect(podCIDROf(undefined)).toBeUndefined()
  })
  test('link-layer addresses come from the node addresses', () => expect(macOf('10.0.0.255')).toBe('0a:58:0a:00:00:ff'))
})

describe('overlay', () => {
  const o = { backend: 'vxlan' as const, device: 'drydock.1', self: 'a' }
  const peers = [{ name: 'a', address: '10.0.0.2', podCIDR: '10.244.0.0/24' }, { name: 'b', address: '10.0.0.3', podCIDR: '10.244.1.0/24' }]
  const none: Overlay = { routes: [], neighbours: [], forwards: [] }

  test('makes a route, a neighbour and a forwarding entry per other node', () => {
    expect(overlayCommands(none, wantedOverlay(peers, o), o)).toEqual({
      bridge: ['fdb append 0a:58:0a:00:00:03 dev drydock.1 dst 10.0.0.3 self permanent'],
      ip: ['neigh replace 10.244.1.0 lladdr 0a:58:0a:00:00:03 dev drydock.1 nud permanent', 'route replace 10.244.1.0/24 via 10.244.1.0 dev drydock.1 onlink proto 221'],
    })
  })
  test('does nothing when all is there, and takes away what belongs to nobody', () => {
    const there = wantedOverlay(peers, o)
    expect(overlayCommands(there, there, o)).toEqual({ bridge: [], ip: [] })
    expect(overlayCommands(there, none, o)).toEqual({
      bridge: ['fdb del 0a:58:0a:00:00:03 dev drydock.1 dst 10.0.0.3 self'],
      ip: ['route del 10.244.1.0/24 dev drydock.1 proto 221', 'neigh del 10.244.1.0 dev drydock.1'],
    })
  })
  test('host-gw routes straight to the node', () => {
    const gw = { ...o, backend: 'host-gw' as const, device: 'eth0' }
    expect(overlayCommands(none, wantedOverlay(peers, gw), gw)).toEqual({ bridge: [], ip: ['route replace 10.244.1.0/24 via 10.0.0.3 dev eth0 proto 221'] })
  })
  test('from any state, the commands lead to the wanted one', () => {
    const some = fc.uniqueArray(fc.record({ n: fc.integer({ min: 1, max: 6 }), at: fc.integer({ min: 1, max: 6 }) }), { selector: (x) => x.n })
    fc.assert(fc.property(some, some, (before, after) => {
      const of = (list: ReadonlyArray<{ n: number, at: number }>): Overlay => wantedOverlay(list.map((x) => ({ name: `n${x.n}`, podCIDR: `10.244.${x.n}.0/24`, address: `10.0.0.${x.at}` })), o)
      const has = of(before), wants = of(after), commands = overlayCommands(has, wants, o)
      const routes = new Map(has.routes.map((r) => [r.dst, r.gateway])), neighbours = new Map(has.neighbours.map((x) => [x.ip, x.mac]))
      const forwards = new Set(has.forwards.map((f) => `${f.mac} ${f.dst}`))
      for (const line of commands.ip) {
        const w = line.split(' ')
        if (w[0] === 'route') { if (w[1] === 'replace') routes.set(w[2]!, w[4]!); else expect(routes.delete(w[2]!)).toBe(true) }
        else if (w[1] === 'replace') neighbours.set(w[2]!, w[4]!)
        else expect(neighbours.delete(w[2]!)).toBe(true)
      }
      for (const line of commands.bridge) { const w = line.split(' '), key = `${w[2]} ${w[6]}`; if (w[1] === 'append') forwards.add(key); else forwards.delete(key) }
      expect(routes).toEqual(new Map(wants.routes.map((r) => [r.dst, r.gateway])))
      expect(neighbours).toEqual(new Map(wants.neighbours.map((x) => [x.ip, x.mac])))
      expect(forwards).toEqual(new Set(wants.forwards.map((f) => `${f.mac} ${f.dst}`)))
    }))
  })
})

describe('host ports', () => {
  const pod = (podIP: string | undefined, more: Partial<Pod['spec']> = {}, phase = 'Running'): Pod => ({
    metadata: { name: 'p' }, spec: { nodeName: 'a', containers: [{ name: 'c', ports: [{ containerPort: 80, hostPort: 8080 }, { containerPort: 53, hostPort: 53, hostIP: '10.0.0.2', protocol: 'UDP' }, { containerPort: 81 }] }], ...more } as NonNullable<Pod['spec']>,
    status: { phase, podIP },
  })
  test.each([
    ['running', pod('10.244.0.5'), 2], ['without an address yet', pod(undefined), 0], ['on the host network', pod('10.0.0.2', { hostNetwork: true }), 0],
    ['ended', pod('10.244.0.5', {}, 'Succeeded'), 0], ['of another node', pod('10.244.1.5', { nodeName: 'b' }), 0],
  ])('%s', (_, p, n) => expect(hostPortsOf([p], 'a')).toHaveLength(n))
  test('stand in the table, with a way back for the pod itself', () => {
    const script = tableScript({ table: 'netd', podCIDR: '10.244.0.0/24', clusterCIDR: '10.244.0.0/16', hostPorts: hostPortsOf([pod('10.244.0.5')], 'a') })
    expect(script).toContain('elements = { tcp . 8080 : 10.244.0.5 . 80 }')
    expect(script).toContain('elements = { 10.0.0.2 . udp . 53 : 10.244.0.5 . 53 }')
    expect(script).toContain('elements = { 10.244.0.5 . 10.244.0.5 }')
    expect(script).toContain('ip saddr 10.244.0.0/24 ip daddr != 10.244.0.0/16')
  })
})

describe('CNI configuration', () => {
  test('is written once, whole, under a name of the node', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ddnet-'))
    try {
      const text = conflist({ name: networkName('a'), bridge: 'cni0', podCIDR: '10.244.0.0/24', mtu: 1450, dataDir: '/x' })
      expect([writeConf(folder, text), writeConf(folder, text)]).toEqual([true, false])
      expect(readdirSync(folder)).toEqual([confFile])
      expect(JSON.parse(readFileSync(join(folder, confFile), 'utf8'))).toMatchObject({ name: 'drydock-a', plugins: [{ type: 'bridge', mtu: 1450, hairpinMode: true, ipMasq: false }] })
    } finally { rmSync(folder, { recursive: true, force: true }) }
  })
})
