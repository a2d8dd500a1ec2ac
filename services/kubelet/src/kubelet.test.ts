/** A whole kubelet in this process: the API and the runtime in memory, time that moves when told, files in a directory of its own. */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { resources, type ConfigMap, type Container, type Lease, type Node, type Pod, type PodSpec } from '@drydock/api'
import { silentLogger } from '@drydock/base'
import { FakeClock, seededRandom } from '@drydock/testkit'
import { afterEach, expect, test } from 'vitest'
import { createKubelet, type Kubelet } from './kubelet.ts'
import { createFakeApi } from './testing/fake-api.ts'
import { box } from './testing/builders.ts'
import { createFakeCri, type Script } from './testing/fake-cri.ts'

const cleanups: (() => Promise<void>)[] = []
afterEach(async () => { for (const f of cleanups.splice(0).reverse()) await f() })

async function rig(script?: (name: string, attempt: number) => Script) {
  const clock = new FakeClock(), api = createFakeApi(), runtime = createFakeCri(clock, script), rootDir = await mkdtemp(join(tmpdir(), 'kubelet-test-'))
  cleanups.push(() => rm(rootDir, { recursive: true, force: true }))
  const shown = (name: string) => api.get<Pod>(resources.pods, `n/${name}`)
  const r = {
    clock, api, runtime, rootDir, shown,
    /** Starts a kubelet; answers how to end it as if killed. */
    async start(): Promise<{ kubelet: Kubelet, kill(): Promise<void> }> {
      const stop = new AbortController()
      const kubelet = await createKubelet({
        nodeName: 'node-1', nodeIPs: ['192.168.0.1'], port: 1, rootDir, podLogsDir: join(rootDir, 'logs'), cgroupRoot: '/', cgroupDriver: 'none', clusterDNS: [], clusterDomain: 'c', resolvConf: '/none', nodeLabels: {}, taints: [],
        registerNode: true, registerSchedulable: true, maxPods: 10, reserved: {}, statusFrequencyMs: 10_000, leaseSeconds: 40, endpoint: 'unix:///none', allowedSysctls: [],
      }, { client: api.client, informers: api.informers, events: api.events, cri: runtime.cri, clock, random: seededRandom(1), log: silentLogger }, stop.signal)
      const run = kubelet.run(stop.signal).catch(() => {}), kill = async () => { stop.abort(new Error('killed')); await run }
      cleanups.push(kill)
      return { kubelet, kill }
    },
    pod: (name: string, spec: Partial<PodSpec> = {}, more: Pod['metadata'] = {}): Pod => api.put<Pod>(resources.pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'n', ...more }, spec: { nodeName: 'node-1', restartPolicy: 'Always', terminationGracePeriodSeconds: 10, containers: [box()], dnsPolicy: 'Default', ...spec }, status: { phase: 'Pending' } } as Pod),
    delete(name: string, grace: number) { const p = shown(name)!; api.put<Pod>(resources.pods, { ...p, metadata: { ...p.metadata!, deletionTimestamp: '2026-01-01T00:00:10Z', deletionGracePeriodSeconds: grace } }) },
    /** Lets time pass, in small steps between which files are written, until `done`. */
    async until(what: string, done: () => unknown, withinMs = 60_000) {
      for (let passed = 0; !done(); passed += 50) {
        if (passed > withinMs) throw new Error(`${what}: not within ${withinMs} ms; ${JSON.stringify(api.history.at(-1)?.status)}; ${runtime.calls.join(', ')}`)
        clock.advance(50)
        await new Promise((resolve) => { setTimeout(resolve, 1) })
      }
    },
    phases: (name: string) => api.history.filter((p) => p.metadata!.name === name).map((p) => { const s = p.status?.containerStatuses?.[0], st = s?.state ?? {}; return `${p.status?.phase} ${st.running ? 'running' : st.terminated ? `exit ${st.terminated.exitCode}` : st.waiting?.reason ?? ''}` }).filter((x, i, l) => x !== l[i - 1]),
    told: (name: string) => api.seen.filter((e) => e.object === name).map((e) => e.reason),
  }
  return r
}
const state = (p: Pod | undefined, c = 'a') => [...(p?.status?.containerStatuses ?? []), ...(p?.status?.initContainerStatuses ?? [])].find((s) => s.name === c)

test('the node is registered, told of and kept alive', async () => {
  const r = await rig()
  await r.start()
  await r.until('ready', () => r.api.get<Node>(resources.nodes, 'node-1')?.status?.conditions?.find((c) => c.type === 'Ready')?.status === 'True')
  const { status } = r.api.get<Node>(resources.nodes, 'node-1')!
  expect(status).toMatchObject({ capacity: { pods: '10' }, addresses: [{ type: 'InternalIP', address: '192.168.0.1' }, { type: 'Hostname', address: 'node-1' }], nodeInfo: { containerRuntimeVersion: 'fake://1.0.0' } })
  expect(r.told('node-1').slice(0, 4)).toEqual(['Starting', 'NodeHasSufficientMemory', 'NodeHasNoDiskPressure', 'NodeHasSufficientPID'])
  const renewed = () => r.api.get<Lease>(resources.leases, 'kube-node-lease/node-1')?.spec?.renewTime
  await r.until('a lease', renewed)
  const first = renewed()
  await r.until('renewed', () => renewed() !== first, 15_000)
})
test('a pod runs: its statuses and events in order', async () => {
  const r = await rig()
  await r.start()
  r.pod('p')
  await r.until('running', () => state(r.shown('p'))?.ready)
  expect(r.phases('p')).toEqual(['Pending ', 'Pending ContainerCreating', 'Running running'])
  expect(r.told('p')).toEqual(['Pulled', 'Created', 'Started'])
  expect(r.shown('p')?.status).toMatchObject({ podIP: '10.0.0.7', hostIP: '192.168.0.1', qosClass: 'BestEffort' })
  expect(r.runtime.calls).toEqual(['sandbox p', 'start a'])
})
test('one that ends stays ended; its sandbox is stopped, its state kept for logs', async () => {
  const r = await rig(() => ({ afterMs: 500, exitCode: 3 }))
  await r.start()
  r.pod('p', { restartPolicy: 'Never' })
  await r.until('failed', () => r.shown('p')?.status?.phase === 'Failed')
  expect(state(r.shown('p'))?.state?.terminated).toMatchObject({ exitCode: 3, reason: 'Error' })
  await r.until('stopped', () => r.runtime.calls.includes('stop sandbox p'))
  expect(r.runtime.calls.filter((c) => c.startsWith('start'))).toHaveLength(1)
})
test('one that crashes runs again, first at once, then after ten seconds and twenty', async () => {
  const r = await rig(() => ({ afterMs: 100, exitCode: 1 })), starts = () => r.runtime.calls.filter((c) => c === 'start a').length
  await r.start()
  r.pod('p')
  await r.until('the second start', () => starts() === 2, 3_000)
  const second = r.clock.now()
  await r.until('the third', () => starts() === 3)
  const third = r.clock.now()
  await r.until('the fourth', () => starts() === 4)
  expect([third - second, r.clock.now() - third].map((ms) => Math.floor(ms / 10_000))).toEqual([1, 2])
  expect(r.told('p')).toContain('BackOff')
  expect(r.phases('p')).toContain('Running CrashLoopBackOff')
})
test('deletion: the grace period, then the last status, then it goes, and nothing of it is left', async () => {
  const r = await rig(() => ({ termMs: 3_000, exitCode: 4 }))
  await r.start()
  r.pod('p')
  await r.until('running', () => state(r.shown('p'))?.ready)
  const from = r.clock.now()
  r.delete('p', 10)
  await r.until('gone', () => !r.shown('p'))
  expect(r.clock.now() - from).toBeGreaterThanOrEqual(3_000)
  expect(r.runtime.calls.slice(2)).toEqual(['stop a 10', 'stop sandbox p'])
  expect(r.api.history.at(-1)?.status?.containerStatuses?.[0]?.state?.terminated?.exitCode).toBe(4)
  await r.until('tidied', () => r.runtime.running().length === 0)
  await expect.poll(async () => { r.clock.advance(100); return (await readdir(join(r.rootDir, 'pods')).catch(() => [])).length }).toBe(0)
})
test('one deaf to SIGTERM is killed when a shorter grace period comes', async () => {
  const r = await rig(() => ({ termMs: Infinity }))
  await r.start()
  r.pod('p')
  await r.until('running', () => state(r.shown('p'))?.ready)
  const from = r.clock.now()
  r.delete('p', 1_000)
  await r.until('told to stop', () => r.runtime.calls.includes('stop a 1000'))
  r.delete('p', 2)
  await r.until('gone', () => !r.shown('p'))
  expect(r.clock.now() - from).toBeLessThan(8_000)
  expect(r.told('p').filter((x) => x === 'Killing')).toHaveLength(1)
})
test('another kubelet finds what runs, touches nothing, and ends what the API no longer knows', async () => {
  const r = await rig(), first = await r.start()
  r.pod('kept'); r.pod('lost', { containers: [box('l')] })
  await r.until('both run', () => state(r.shown('kept'))?.ready && state(r.shown('lost'), 'l')?.ready)
  await first.kill()
  r.api.remove(resources.pods, 'n/lost')
  const before = r.runtime.calls.length
  await r.start()
  await r.until('the lost one ends', () => r.runtime.calls.includes('stop sandbox lost'))
  await r.until('some time passes', () => r.clock.monotonic() > 70_000, 200_000)
  expect(r.runtime.calls.slice(before)).toEqual(['stop l 2', 'stop sandbox lost'])
  expect([r.runtime.running(), state(r.shown('kept'))?.restartCount]).toEqual([['a'], 0])
})
test('a volume whose source is missing holds the pod back until it is there', async () => {
  const r = await rig()
  await r.start()
  r.pod('p', { volumes: [{ name: 'v', configMap: { name: 'late' } }], containers: [box('a', { volumeMounts: [{ name: 'v', mountPath: '/v' }] })] })
  await r.until('told', () => r.told('p').includes('FailedMount'))
  expect(r.runtime.calls).toEqual([])
  r.api.put<ConfigMap>(resources.configmaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'late', namespace: 'n' }, data: { k: 'v' } })
  await r.until('running', () => state(r.shown('p'))?.ready, 10_000)
})
test('every volume that is missing is told of, and once more when the pod has waited for long', async () => {
  const r = await rig(), missing = (name: string) => ({ name, secret: { secretName: name } })
  await r.start()
  r.pod('p', { volumes: [missing('v'), missing('w'), { name: 'e', emptyDir: {} }] })
  await r.until('told', () => r.told('p').length === 2)
  expect(r.api.seen.filter((e) => e.object === 'p').map((e) => e.message)).toEqual(['v', 'w'].map((v) => `MountVolume.SetUp failed for volume "${v}" : secret "${v}" not found`))
  await r.until('told again', () => r.api.seen.some((e) => e.message === 'Unable to attach or mount volumes: unmounted volumes=[v w], unattached volumes=[], failed to process volumes=[]: context deadline exceeded'), 300_000)
})
test('init containers one after the other, a sidecar beside them; the sidecar ends last', async () => {
  const r = await rig((name) => (name === 'i' ? { afterMs: 300 } : name === 'a' ? { termMs: 1_000 } : { termMs: 200 }))
  const init: Container[] = [box('s', { restartPolicy: 'Always' }), box('i')]
  await r.start()
  r.pod('p', { initContainers: init })
  await r.until('running', () => state(r.shown('p'))?.ready)
  expect(r.runtime.calls).toEqual(['sandbox p', 'start s', 'start i', 'start a'])
  r.delete('p', 10)
  await r.until('gone', () => !r.shown('p'))
  expect(r.runtime.calls.slice(4)).toEqual(['stop a 10', expect.stringMatching(/^stop s [89]$/), 'stop sandbox p'])
})
test('a killed container counts, and the others are not touched', async () => {
  const r = await rig()
  await r.start()
  r.pod('p', { containers: [box('a'), box('b')] })
  await r.until('running', () => state(r.shown('p'))?.ready && state(r.shown('p'), 'b')?.ready)
  r.runtime.kill('b', 9)
  await r.until('counted', () => state(r.shown('p'), 'b')?.restartCount === 1 && state(r.shown('p'), 'b')?.ready)
  expect([state(r.shown('p'), 'b')?.lastState?.terminated?.exitCode, state(r.shown('p'))?.restartCount]).toEqual([9, 0])
})
test('a pod past its deadline is ended, and says why', async () => {
  const r = await rig()
  await r.start()
  r.pod('p', { activeDeadlineSeconds: 2 })
  await r.until('failed', () => r.shown('p')?.status?.phase === 'Failed')
  expect(r.shown('p')?.status).toMatchObject({ reason: 'DeadlineExceeded', message: 'Pod was active on the node longer than the specified deadline' })
  expect(r.phases('p')).toEqual(['Pending ', 'Pending ContainerCreating', 'Running running', 'Failed exit 0'])
  expect(r.told('p').slice(3)).toEqual(['DeadlineExceeded', 'DeadlineExceeded', 'Killing', 'DeadlineExceeded'])
})
test('a pod that fills its volume beyond the limit is evicted', async () => {
  const r = await rig(() => ({ termMs: Infinity }))
  await r.start()
  const { metadata } = r.pod('p', { volumes: [{ name: 'v', emptyDir: { sizeLimit: '64Ki' } }], terminationGracePeriodSeconds: 100 })
  await r.until('running', () => state(r.shown('p'))?.ready)
  await writeFile(join(r.rootDir, 'pods', metadata!.uid!, 'volumes/kubernetes.io~empty-dir/v/big'), Buffer.alloc(100_000, 1))
  await r.until('failed', () => r.shown('p')?.status?.phase === 'Failed')
  expect(r.shown('p')?.status).toMatchObject({ reason: 'Evicted', message: 'Usage of EmptyDir volume "v" exceeds the limit "64Ki". ' })
  expect([r.told('p').slice(3), r.runtime.calls.slice(2)]).toEqual([['Evicted', 'Killing'], ['stop a 2', 'stop sandbox p']])
})
test('an image that is not there', async () => {
  const r = await rig()
  await r.start()
  r.pod('p', { containers: [box('a', { image: 'none:1' })] })
  await r.until('it waits', () => state(r.shown('p'))?.state?.waiting?.reason === 'ImagePullBackOff')
  expect(r.told('p').slice(0, 5)).toEqual(['Pulling', 'Failed', 'Failed', 'BackOff', 'Failed'])
})
test('what does not fit is refused', async () => {
  const r = await rig()
  await r.start()
  r.pod('p', { containers: [box('a', { resources: { requests: { cpu: '4k' } } })] })
  await r.until('refused', () => r.shown('p')?.status?.phase === 'Failed')
  expect([r.shown('p')?.status?.reason, r.runtime.calls]).toEqual(['OutOfcpu', []])
})
