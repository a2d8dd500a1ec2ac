/** The rules in a real kernel: a host, two nodes and a pod on each, as network namespaces. Needs root; skipped without. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EndpointSlice, Node, Service } from '@drydock/api'
import { exec, type Exec } from '@drydock/base'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loopbackRules } from '../plan/loopback.ts'
import { rules, type ProxyNode } from '../plan/rules.ts'
import { Applier } from './applier.ts'

const sh = (...line: string[]): string => execFileSync(line[0]!, line.slice(1), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
const able = (() => { try { sh('ip', 'netns', 'add', 'ddnet-probe'); sh('ip', 'netns', 'delete', 'ddnet-probe'); sh('busybox', 'httpd', '--help'); return true } catch (e) { return /applet|BusyBox/i.test(String(e)) } })() && process.getuid?.() === 0
const ns = { host: 'ddnet-h', a: 'ddnet-a', b: 'ddnet-b', podA: 'ddnet-pa', podB: 'ddnet-pb' }
const at = (n: string, ...line: string[]): string => sh('ip', 'netns', 'exec', n, ...line)
const inside = (n: string): Exec => (file, args, o) => exec('ip', ['netns', 'exec', n, file, ...args], o)
const servers: ChildProcess[] = []
let folder = ''

/** A link between two namespaces, each end with an address. */
function link(a: string, da: string, ia: string, b: string, db: string, ib: string): void {
  sh('ip', '-n', a, 'link', 'add', da, 'type', 'veth', 'peer', 'name', db, 'netns', b)
  for (const [n, d, i] of [[a, da, ia], [b, db, ib]] as const) { if (i) sh('ip', '-n', n, 'addr', 'add', i, 'dev', d); sh('ip', '-n', n, 'link', 'set', d, 'up') }
}

function serve(n: string): void {
  mkdirSync(join(folder, n))
  writeFileSync(join(folder, n, 'index.html'), n)
  servers.push(spawn('ip', ['netns', 'exec', n, 'busybox', 'httpd', '-f', '-p', '8080', '-h', join(folder, n)], { stdio: 'ignore' }))
}

const node = (name: string, address: string): Node => ({ metadata: { name }, status: { addresses: [{ type: 'InternalIP', address }], conditions: [{ type: 'Ready', status: 'True' } as never] } })
const proxyNode = (name: string, address: string): ProxyNode => ({ name, zone: '', nodePortAddresses: [address], clusterCIDR: '10.98.0.0/16', masqueradeAll: false })
const service = (spec: Service['spec'] = {}): Service => ({ metadata: { namespace: 'n', name: 's' }, spec: { type: 'NodePort', clusterIP: '10.97.0.9', ports: [{ port: 80, nodePort: 30_080, protocol: 'TCP' }], ...spec } })
const slice = (...eps: Array<[ip: string, node: string]>): EndpointSlice => ({
  addressType: 'IPv4', metadata: { namespace: 'n', name: 's-1', labels: { 'kubernetes.io/service-name': 's' } }, ports: [{ port: 8080, protocol: 'TCP' }],
  endpoints: eps.map(([ip, nodeName]) => ({ addresses: [ip], nodeName, conditions: { ready: true } })),
})
const both = slice(['10.98.1.2', 'a'], ['10.98.2.2', 'b'])
const get = (n: string, url: string): string => { try { return at(n, 'curl', '-s', '-m', '2', url).trim() } catch (e) { return `exit ${(e as { status: number }).status}` } }
const count = (n: string, url: string, times: number): Record<string, number> => {
  const out: Record<string, number> = {}
  for (const x of at(n, 'sh', '-c', `for i in $(seq ${times}); do curl -s -m 2 ${url}; echo; done`).split('\n').filter(Boolean)) out[x] = (out[x] ?? 0) + 1
  return out
}

// Skipped where there is no right to make network namespaces: nothing of this can be seen without one.
describe.skipIf(!able)('in the kernel', () => {
  const appliers = { a: new Applier({ table: 'kube-proxy', exec: inside(ns.a) }), b: new Applier({ table: 'kube-proxy', exec: inside(ns.b) }), host: new Applier({ table: 'drydock-t', exec: inside(ns.host) }) }
  const program = async (s: Service, e: EndpointSlice): Promise<void> => {
    await appliers.a.apply(rules([s], [e], proxyNode('a', '10.99.0.2')))
    await appliers.b.apply(rules([s], [e], proxyNode('b', '10.99.0.3')))
    await appliers.host.apply(loopbackRules([s], () => [e], [node('a', '10.99.0.2'), node('b', '10.99.0.3')]))
  }

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'ddnet-'))
    for (const n of Object.values(ns)) { sh('ip', 'netns', 'add', n); sh('ip', '-n', n, 'link', 'set', 'lo', 'up'); at(n, 'sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward') }
    sh('ip', '-n', ns.host, 'link', 'add', 'sw0', 'type', 'bridge')
    sh('ip', '-n', ns.host, 'addr', 'add', '10.99.0.1/24', 'dev', 'sw0')
    sh('ip', '-n', ns.host, 'link', 'set', 'sw0', 'up')
    at(ns.host, 'sh', '-c', 'echo 1 > /proc/sys/net/ipv4/conf/sw0/route_localnet')
    link(ns.host, 'va', '', ns.a, 'eth0', '10.99.0.2/24')
    link(ns.host, 'vb', '', ns.b, 'eth0', '10.99.0.3/24')
    for (const d of ['va', 'vb']) sh('ip', '-n', ns.host, 'link', 'set', d, 'master', 'sw0')
    link(ns.a, 'pod', '10.98.1.1/24', ns.podA, 'eth0', '10.98.1.2/24')
    link(ns.b, 'pod', '10.98.2.1/24', ns.podB, 'eth0', '10.98.2.2/24')
    for (const [n, gw] of [[ns.podA, '10.98.1.1'], [ns.podB, '10.98.2.1'], [ns.a, '10.99.0.1'], [ns.b, '10.99.0.1']] as const) sh('ip', '-n', n, 'route', 'add', 'default', 'via', gw)
    sh('ip', '-n', ns.a, 'route', 'add', '10.98.2.0/24', 'via', '10.99.0.3')
    sh('ip', '-n', ns.b, 'route', 'add', '10.98.1.0/24', 'via', '10.99.0.2')
    serve(ns.podA)
    serve(ns.podB)
  })
  afterAll(() => {
    for (const s of servers) s.kill('SIGKILL')
    for (const n of Object.values(ns)) try { sh('ip', 'netns', 'delete', n) } catch { /* not made */ }
    rmSync(folder, { recursive: true, force: true })
  })

  test('a ClusterIP from pods and nodes, evenly', async () => {
    await program(service(), both)
    await expect.poll(() => [get(ns.a, 'http://10.98.1.2:8080/'), get(ns.a, 'http://10.98.2.2:8080/')]).toEqual([ns.podA, ns.podB])
    const seen = count(ns.podA, 'http://10.97.0.9/', 100)
    expect(seen[ns.podA]! + seen[ns.podB]!).toBe(100)
    expect(Math.min(seen[ns.podA]!, seen[ns.podB]!)).toBeGreaterThan(25)
    expect(Object.keys(count(ns.a, 'http://10.97.0.9/', 20)).sort()).toEqual([ns.podA, ns.podB])
    // Curl's 7: refused at once, not timed out.
    expect(get(ns.podA, 'http://10.97.0.9:81/')).toBe('exit 7')
  })
  test('a node port: on the node, from outside, and on the loopback address of the host', async () => {
    await program(service(), both)
    expect(Object.keys(count(ns.host, 'http://10.99.0.2:30080/', 20)).sort()).toEqual([ns.podA, ns.podB])
    expect(get(ns.a, 'http://10.99.0.2:30080/')).toMatch(/^ddnet-p/)
    expect(get(ns.podB, 'http://10.99.0.2:30080/')).toMatch(/^ddnet-p/)
    const seen = count(ns.host, 'http://127.0.0.1:30080/', 40)
    expect(Object.keys(seen).sort()).toEqual([ns.podA, ns.podB])
    // What listens on the host's loopback stays out of reach of the nodes.
    expect(at(ns.host, 'nft', 'list', 'chain', 'ip', 'drydock-t', 'guard')).toContain('drop')
  })
  test('affinity keeps a client with its endpoint, also over a restart of the proxy', async () => {
    const sticky = service({ sessionAffinity: 'ClientIP' })
    await program(sticky, both)
    const first = count(ns.podA, 'http://10.97.0.9/', 15)
    expect(Object.keys(first)).toHaveLength(1)
    await new Applier({ table: 'kube-proxy', exec: inside(ns.a) }).apply(rules([sticky], [both], proxyNode('a', '10.99.0.2')))
    appliers.a.forget()
    expect(Object.keys(count(ns.podA, 'http://10.97.0.9/', 15))).toEqual(Object.keys(first))
    expect(Object.keys(count(ns.host, 'http://127.0.0.1:30080/', 15))).toHaveLength(1)
  })
  test('Local policies: this node alone; the client\'s address is kept; none here is dropped', async () => {
    await program(service({ externalTrafficPolicy: 'Local' }), slice(['10.98.2.2', 'b']))
    expect(get(ns.host, 'http://10.99.0.3:30080/')).toBe(ns.podB)
    expect(get(ns.host, 'http://10.99.0.2:30080/')).toBe('exit 28')
    expect(get(ns.a, 'http://10.99.0.2:30080/')).toBe(ns.podB)
    expect(Object.keys(count(ns.host, 'http://127.0.0.1:30080/', 10))).toEqual([ns.podB])
    await program(service({ internalTrafficPolicy: 'Local' }), both)
    expect(Object.keys(count(ns.podA, 'http://10.97.0.9/', 10))).toEqual([ns.podA])
  }, 30_000)
  test('without endpoints connections are refused at once; the table goes back and forth by differences', async () => {
    await program(service(), slice())
    expect([get(ns.podA, 'http://10.97.0.9/'), get(ns.a, 'http://10.97.0.9/'), get(ns.host, 'http://10.99.0.2:30080/')]).toEqual(['exit 7', 'exit 7', 'exit 7'])
    const back = await appliers.a.apply(rules([service()], [both], proxyNode('a', '10.99.0.2')))
    expect(back.full).toBe(false)
    expect(get(ns.podA, 'http://10.97.0.9/')).toMatch(/^ddnet-p/)
    await appliers.a.apply(rules([], [], proxyNode('a', '10.99.0.2')))
    expect(at(ns.a, 'nft', 'list', 'table', 'ip', 'kube-proxy')).not.toContain('chain endpoint-')
  })
  test('a table that someone changed is replaced after the failure', async () => {
    await program(service(), both)
    at(ns.a, 'nft', 'delete', 'table', 'ip', 'kube-proxy')
    await expect(appliers.a.apply(rules([service()], [slice()], proxyNode('a', '10.99.0.2')))).rejects.toThrow(/nft/)
    expect((await appliers.a.apply(rules([service()], [both], proxyNode('a', '10.99.0.2')))).full).toBe(true)
    expect(get(ns.podA, 'http://10.97.0.9/')).toMatch(/^ddnet-p/)
  })
})
