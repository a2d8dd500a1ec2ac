import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { componentNames, didYouMean, parseSet, readConfigFile, resolveConfig, UsageError, type UpOptions } from './config.ts'
import { checkName, layout, preferredSlot, slots } from './layout.ts'
import { processes } from './processes.ts'

describe('parseSet', () => {
  it.each<[entries: string[], set: object]>([
    [[], {}],
    [['apiserver.v=4'], { apiserver: { v: '4' } }],
    [['apiserver.v=4', 'apiserver.v=5', 'etcd.x=a=b.c'], { apiserver: { v: '5' }, etcd: { x: 'a=b.c' } }],
    [['kubelet@drydock-node-1.max-pods=3', 'nats.max_payload='], { 'kubelet@drydock-node-1': { 'max-pods': '3' }, nats: { max_payload: '' } }],
  ])('%j', (entries, set) => { expect(parseSet(entries)).toEqual(set) })
  it.each(['apiserver', 'apiserver.v', '.v=4', 'apiserver.=4', 'API.v=4'])('refuses %s', (e) => { expect(() => parseSet([e])).toThrow(UsageError) })
})

describe('resolveConfig', () => {
  const c = (o: Partial<UpOptions> = {}, before?: UpOptions) => resolveConfig({ name: 'x', ...o }, 7, before && resolveConfig(before, 7))
  it('has two nodes and one of everything else', () => {
    expect(c()).toMatchObject({ slot: 7, nodes: [1, 2], apiservers: 1, etcd: 1, schedulers: 1, controllerManagers: 1, components: componentNames, set: {}, restart: true })
  })
  it('has no nodes where nothing runs on them', () => { expect(c({ components: ['etcd', 'nats', 'apiserver'] }).nodes).toEqual([]) })
  it('keeps what a cluster was made with, flag by flag', () => {
    expect(c({ set: { apiserver: { v: '5' } } }, { name: 'x', nodes: 3, set: { apiserver: { v: '4', a: 'b' }, etcd: { c: 'd' } }, restart: false }))
      .toMatchObject({ nodes: [1, 2, 3], set: { apiserver: { v: '5', a: 'b' }, etcd: { c: 'd' } }, restart: false })
  })
  it.each<[o: Partial<UpOptions>, says: RegExp]>([
    [{ nodes: 101 }, /--nodes 101: expected a whole number from 0 to 100/], [{ nodes: -1 }, /--nodes -1/], [{ nodes: 1.5 }, /--nodes 1\.5/], [{ apiservers: 6 }, /--apiservers 6/], [{ etcd: 4 }, /even number/],
    [{ components: ['kublet'] }, /no "kublet" \(did you mean "kubelet"\?\)/], [{ serviceCidr: '10.96.0.0' }, /--service-cidr/], [{ clusterCidr: '10.300.0.0/16' }, /--cluster-cidr/], [{ serviceCidr: '10.0.0.0/30' }, /--service-cidr/],
  ])('refuses %j', (o, says) => { expect(() => c(o)).toThrow(says) })
  it('does not change the members of etcd', () => { expect(() => c({ etcd: 3 }, { name: 'x' })).toThrow(/made with 1/) })
})

describe('readConfigFile', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dd-config-')), file = join(folder, 'c.yaml')
  const read = (text: string) => { writeFileSync(file, text); return readConfigFile(file) }
  it('says everything that flags can', async () => {
    const text = 'name: a\nnodes: 3\napiservers: 2\netcd: 3\nschedulers: 2\ncontroller-managers: 2\ncomponents: [etcd]\nservice-cidr: 10.1.0.0/16\nclusterCidr: 10.2.0.0/16\nrestart: false\nsample: false\nkubeconfig: false\nwait: 9\nset:\n  apiserver: {v: 4, enable-admission-plugins: [A, B], anonymous-auth: false}\n'
    expect(await read(text)).toEqual({
      name: 'a', nodes: 3, apiservers: 2, etcd: 3, schedulers: 2, controllerManagers: 2, components: ['etcd'], serviceCidr: '10.1.0.0/16', clusterCidr: '10.2.0.0/16', restart: false, sample: false, kubeconfig: false, wait: 9,
      set: { apiserver: { v: '4', 'enable-admission-plugins': 'A,B', 'anonymous-auth': 'false' } },
    })
  })
  it.each([['- a', /expected a map/], ['', /expected a map/], ['a: [', /not YAML/], ['nods: 1', /did you mean "nodes"/], ['nodes: "1"', /expected a number/], ['set: {apiserver: 1}', /set\.apiserver: expected a map/], ['components: etcd', /expected a list/]])('refuses %j', async (text, says) => {
    await expect(read(text)).rejects.toThrow(says)
  })
  it('refuses a file that is not there', async () => { rmSync(folder, { recursive: true }); await expect(readConfigFile(file)).rejects.toThrow(/no such file/) })
})

describe('layout', () => {
  it.each([['drydock', true], ['a-1', true], ['', false], ['A', false], ['1a', false], ['a-', false], ['..', false], ['a/b', false], ['a'.repeat(25), false]])('name %j: %s', (name, good) => { expect(checkName(name) === undefined).toBe(good) })
  it('gives each slot ports and a network of its own', () => {
    const all = Array.from({ length: slots }, (_, s) => layout('x', s, '/h')), ports = all.map((l) => [l.port.apiserver(0), l.port.apiserver(4), l.port.grpc(4), l.port.etcd(4), l.port.etcdPeer(4), l.port.nats, l.port.scheduler(4), l.port.controllerManager(4), l.port.hostProxy])
    expect(new Set(ports.flat()).size).toBe(ports.flat().length)
    expect(new Set(all.map((l) => l.subnet)).size).toBe(slots)
    expect(Math.max(...ports.flat())).toBeLessThan(30_000)
  })
  it('puts the default name first', () => { expect([preferredSlot('drydock'), preferredSlot('other')]).toEqual([0, expect.toSatisfy((n: number) => n > 0 && n < slots)]) })
})

describe('processes', () => {
  const list = (o: Partial<UpOptions>) => processes(resolveConfig({ name: 'x', ...o }, 1), layout('x', 1, '/h'), { node: ['node'], service: (n) => `/d/${n}.mjs`, etcd: 'etcd', nats: 'nats-server', containerd: 'containerd' })
  it('are the control plane, four of each node, and the proxy of the host', () => {
    expect(list({ nodes: 1 }).map((p) => p.name)).toEqual(['etcd', 'nats', 'apiserver', 'scheduler', 'controller-manager', 'containerd@x-node-1', 'kubelet@x-node-1', 'kube-proxy@x-node-1', 'netd@x-node-1', 'host-proxy'])
  })
  it('take --set for a component and, over it, for one process', () => {
    const args = Object.fromEntries(list({ apiservers: 2, set: { apiserver: { v: '4' }, 'apiserver-2': { v: '5' }, nats: { max_payload: '1' }, containerd: { 'log-level': 'debug' } } }).map((p) => [p.name, p.args]))
    expect([args['apiserver'], args['apiserver-2']].map((a) => a!.filter((x) => x.startsWith('--v=')))).toEqual([['--v=4'], ['--v=5']])
    expect(args['nats']).toContain('--max_payload=1')
    expect(args['containerd@x-node-2']).toContain('--log-level=debug')
  })
})

it.each([['apiserve', 'apiserver'], ['kublet', 'kubelet'], ['zzz', undefined], ['ap', undefined], ['controller', 'controller-manager']])('didYouMean %s: %s', (word, near) => {
  expect(didYouMean(word, componentNames)).toBe(near ? ` (did you mean "${near}"?)` : '')
})
