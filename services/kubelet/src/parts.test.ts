/** The small pure parts, in tables. */
import { mkdtemp, readFile, readdir, readlink, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { expand } from './env/expand.ts'
import { fieldValue } from './env/field.ts'
import { serviceEnv } from './env/services.ts'
import { parseReference, withDefaultTag } from './images/reference.ts'
import { parseLine } from './logs/parse.ts'
import { milli, whole } from './pods/quantity.ts'
import { cpuQuota, cpuShares, podTotal, qosClass } from './pods/resources.ts'
import { createBackoff, goSeconds } from './runtime/backoff.ts'
import { hostsFile, podDNS } from './runtime/dns.ts'
import { box, podOf } from './testing/builders.ts'
import { writeAtomically } from './volumes/atomic-writer.ts'
import { resolveSubPath } from './volumes/sub-path.ts'

test.each([['$(A)', 'x'], ['$$(A)', '$(A)'], ['$(B)', '$(B)'], ['a$(A)b$', 'axb$'], ['$(A', '$(A'], ['$A', '$A']])('expand %s', (text, want) => { expect(expand(text, (n) => (n === 'A' ? 'x' : undefined))).toBe(want) })
test.each([['100m', 100], ['1', 1000], ['0.5', 500], ['1e3m', NaN], ['2k', 2_000_000]])('milli %s', (q, want) => { expect(milli(q)).toBe(want) })
test.each([['64Mi', 67_108_864], ['1G', 1e9], ['1e3', 1000], ['100m', 1]])('whole %s', (q, want) => { expect(whole(q)).toBe(want) })
test.each([[0, 2], [10, 10], [1000, 1024], [1e9, 262_144]])('shares of %i', (m, want) => { expect(cpuShares(m)).toBe(want) })
test('quotas', () => { expect([0, 1, 200].map(cpuQuota)).toEqual([0, 1000, 20_000]) })

test('names of images', () => {
  expect(withDefaultTag('busybox')).toBe('busybox:latest')
  expect(withDefaultTag('localhost:5000/x')).toBe('localhost:5000/x:latest')
  expect(parseReference('busybox:1')).toEqual({ domain: 'docker.io', path: 'library/busybox', tag: '1' })
  expect(() => withDefaultTag('Not/An/Image:::')).toThrow(`couldn't parse image name "Not/An/Image:::": invalid reference format: repository name (An/Image) must be lowercase`)
  expect(() => withDefaultTag('a b')).toThrow('invalid reference format')
})
test('quality of service', () => {
  const of = (resources: object) => qosClass({ ...podOf({ containers: [box('a', { resources })] }) })
  expect(of({})).toBe('BestEffort')
  expect(of({ requests: { cpu: '1m' } })).toBe('Burstable')
  expect(of({ limits: { cpu: '1', memory: '1Mi' }, requests: { cpu: '1', memory: '1Mi' } })).toBe('Guaranteed')
})
test('a pod asks for its containers and sidecars, or its greatest init step', () => {
  const r = (cpu: string) => ({ resources: { requests: { cpu } } })
  expect(podTotal(podOf({ containers: [box('a', r('1')), box('b', r('1'))], initContainers: [box('s', { restartPolicy: 'Always', ...r('500m') }), box('i', r('3'))] }), 'requests')).toEqual({ cpu: 3500 })
})
test('DNS', () => {
  const host = { servers: ['1.1.1.1'], searches: ['h.example'], options: [] }, cluster = { servers: ['10.96.0.10'], domain: 'cluster.local' }
  expect(podDNS(podOf(), host, cluster)).toEqual({ dns: { servers: ['10.96.0.10'], searches: ['n.svc.cluster.local', 'svc.cluster.local', 'cluster.local', 'h.example'], options: ['ndots:5'] }, omitted: [] })
  expect(podDNS(podOf({ hostNetwork: true }), host, cluster).dns).toEqual(host)
  expect(podDNS(podOf({ dnsConfig: { options: [{ name: 'ndots', value: '2' }] } }), host, cluster).dns.options).toEqual(['ndots:2'])
})
test('what does not fit a resolv.conf is left out, and told', () => {
  const nameservers = ['1.1.1.1', '2.2.2.2', '3.3.3.3'], { dns, omitted } = podDNS(podOf({ dnsConfig: { nameservers, searches: Array.from({ length: 32 }, (_, i) => `d${i}`) } }), { servers: [], searches: [], options: [] }, { servers: ['10.96.0.10'], domain: 'c' })
  expect([dns.servers, dns.searches.length]).toEqual([['10.96.0.10', '1.1.1.1', '2.2.2.2'], 32])
  expect(omitted[0]).toBe('Nameserver limits were exceeded, some nameservers have been omitted, the applied nameserver line is: 10.96.0.10 1.1.1.1 2.2.2.2')
  expect(omitted[1]).toMatch(/^Search Line limits were exceeded, .* n.svc.c svc.c c d0 /)
})
test('hosts', () => {
  const text = hostsFile(podOf({ hostAliases: [{ ip: '10.1.2.3', hostnames: ['x', 'y'] }] }), { hostname: 'p', domain: 's.n.svc.c' }, ['10.0.0.1'], undefined)
  expect(text).toContain('10.0.0.1\tp.s.n.svc.c\tp\n')
  expect(text).toContain('\n# Entries added by HostAliases.\n10.1.2.3\tx\ty\n')
})
test('variables of services', () => {
  expect(serviceEnv([{ metadata: { name: 'my-db' }, spec: { clusterIP: '10.0.0.9', ports: [{ port: 80, name: 'web' }] } }])).toMatchObject({ MY_DB_SERVICE_HOST: '10.0.0.9', MY_DB_SERVICE_PORT: '80', MY_DB_SERVICE_PORT_WEB: '80', MY_DB_PORT_80_TCP: 'tcp://10.0.0.9:80' })
})
test('fields', () => {
  const pod = podOf({}, { labels: { b: '2', a: '1' } })
  expect(fieldValue(pod, 'metadata.labels', { ips: [], hostIPs: [] })).toBe('a="1"\nb="2"')
  expect(fieldValue(pod, "metadata.labels['b']", { ips: [], hostIPs: [] })).toBe('2')
  expect(() => fieldValue(pod, 'spec.nope', { ips: [], hostIPs: [] })).toThrow('unsupported fieldPath')
})
test('lines of logs', () => {
  expect(parseLine(Buffer.from('2026-01-01T00:00:00.1Z stdout F hello world'))).toMatchObject({ stream: 'stdout', full: true, time: '2026-01-01T00:00:00.1Z' })
  expect(parseLine(Buffer.from('2026-01-01T00:00:00.1Z stderr P part'))?.full).toBe(false)
  expect(parseLine(Buffer.from('garbage'))).toBeUndefined()
})
test('back-off doubles, up to its most, and is counted from the event', () => {
  let now = 0
  const b = createBackoff({ now: () => now } as never, 10_000, 300_000)
  expect(b.remaining('k', 0)).toBe(0)
  for (const want of [10, 20, 40, 80, 160, 300, 300]) { b.next('k', now); expect(b.remaining('k', now)).toBe(want * 1000) }
  now += 100_000
  expect(b.remaining('k', now - 100_000)).toBe(200_000)
  expect([10_000, 80_000, 300_000].map(goSeconds)).toEqual(['10s', '1m20s', '5m0s'])
})
test('files of a volume change all at once', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'kubelet-volume-'))
  try {
    const file = (s: string) => ({ data: Buffer.from(s), mode: 0o640 })
    expect(await writeAtomically(dir, new Map([['a', file('1')], ['d/b', file('2')]]), 0)).toBe(true)
    const first = await readlink(join(dir, '..data'))
    expect([await readFile(join(dir, 'a'), 'utf8'), await readFile(join(dir, 'd/b'), 'utf8'), await readlink(join(dir, 'a'))]).toEqual(['1', '2', '..data/a'])
    expect(await writeAtomically(dir, new Map([['a', file('1')], ['d/b', file('2')]]), 1)).toBe(false)
    expect(await writeAtomically(dir, new Map([['c', file('3')]]), 2)).toBe(true)
    expect((await readdir(dir)).sort()).toEqual([await readlink(join(dir, '..data')), '..data', 'c'].sort())
    expect(await readlink(join(dir, '..data'))).not.toBe(first)
    await expect(writeAtomically(dir, new Map([['../x', file('')]]), 3)).rejects.toThrow('invalid path')
    await expect(resolveSubPath(dir, '../etc', 'x')).rejects.toThrow('SubPath')
    expect(await resolveSubPath(dir, 'made/here', 'x')).toContain('made/here')
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
})
