/** One cluster of two nodes, used as its user would: through kubectl, curl and kill. */
import { readFileSync, writeFileSync } from 'node:fs'
import { get as httpGet } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCluster, traces, until, type Cluster } from './cluster.ts'

let c: Cluster
beforeAll(async () => { c = await createCluster('chain') })
afterAll(async () => {
  const { name, folder } = c
  await c.down()
  expect(traces(name, folder)).toEqual([])
})

const page = (port: number) => new Promise<string>((resolve, reject) => {
  httpGet({ host: '127.0.0.1', port, agent: false, timeout: 2000 }, (r) => { let s = ''; r.setEncoding('utf8'); r.on('data', (d: string) => { s += d }); r.on('end', () => resolve(s)) }).on('error', reject).on('timeout', function (this: { destroy(e: Error): void }) { this.destroy(new Error('timeout')) })
})
const pods = async (selector = 'app=sample') => (await c.get('pods', '-l', selector)).items as { metadata: { name: string, uid: string, deletionTimestamp?: string }, spec: { nodeName: string }, status: { phase: string, podIP: string, containerStatuses?: { restartCount: number, ready: boolean }[] } }[]
const nodePort = async () => (await c.get('service', 'sample')).spec.ports[0].nodePort as number
const readyPods = async (n: number, selector?: string) => { const l = (await pods(selector)).filter((p) => !p.metadata.deletionTimestamp && p.status.containerStatuses?.every((s) => s.ready)); return l.length === n && l }

describe('the sample', () => {
  it('runs three replicas on both nodes', async () => {
    const l = await until('three ready replicas', () => readyPods(3))
    expect(new Set(l.map((p) => p.spec.nodeName)).size).toBe(2)
  })

  it('answers on 127.0.0.1 at its node port, from every pod', async () => {
    const port = await nodePort(), names = new Set((await pods()).map((p) => p.metadata.name)), seen = new Set<string>()
    await until('an answer from every pod', async () => { const m = /hello from (\S+)/.exec(await page(port)); if (m) seen.add(m[1]!); return seen.size === names.size })
    expect([...seen].sort()).toEqual([...names].sort())
  })
})

describe('kubectl', () => {
  it('prints what upstream prints', async () => {
    const r = await c.kubectl('get', 'pods', '-o', 'wide')
    expect(r.stdout.split('\n')[0]!.trim().split(/\s{2,}/)).toEqual(['NAME', 'READY', 'STATUS', 'RESTARTS', 'AGE', 'IP', 'NODE', 'NOMINATED NODE', 'READINESS GATES'])
    expect((await c.kubectl('get', 'nodes')).stdout).toMatch(/node-1\s+Ready\s+<none>\s+\S+\s+v1\.35/)
  })
  it('describes a deployment with its events', async () => {
    const r = await c.kubectl('describe', 'deployment', 'sample')
    expect(r.stdout).toMatch(/ScalingReplicaSet/)
    expect(r.stdout).toMatch(/3 desired \| 3 updated \| 3 total \| 3 available \| 0 unavailable/)
  })
  it('execs, with exit codes', async () => {
    const p = (await pods())[0]!.metadata.name
    expect((await c.kubectl('exec', p, '--', 'hostname')).stdout.trim()).toBe(p)
    expect((await c.kubectl('exec', p, '--', 'sh', '-c', 'exit 7')).code).toBe(7)
  })
  // SPDY is what kubectl before 1.31 speaks, and what newer ones fall back to.
  it.each([['WebSocket', 'true'], ['SPDY', 'false']])('streams by %s: input and output, both ways of cp, attach, forwarded ports', async (_name, socket) => {
    const env = { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: socket, KUBECTL_PORT_FORWARD_WEBSOCKETS: socket }, p = (await pods())[0]!.metadata.name
    const r = await c.kubectlWith({ env, input: 'from outside' }, 'exec', '-i', p, '--', 'sh', '-c', 'cat; echo inside >&2; exit 5')
    expect([r.code, r.stdout]).toEqual([5, 'from outside'])
    expect(r.stderr).toContain('inside')
    const there = join(c.folder, `there-${socket}`), back = join(c.folder, `back-${socket}`), content = 'many words '.repeat(200_000)
    writeFileSync(there, content)
    expect((await c.kubectlWith({ env }, 'cp', there, `${p}:/tmp/there`)).code).toBe(0)
    expect((await c.kubectlWith({ env }, 'cp', `${p}:/tmp/there`, back)).code).toBe(0)
    expect(readFileSync(back, 'utf8') === content).toBe(true)
    // With stdinOnce the end of the input ends the container; without it the runtime lets go at once, whatever is still to come.
    await c.apply({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'echo' }, spec: { restartPolicy: 'Never', containers: [{ name: 'echo', image: 'docker.io/library/busybox:1', command: ['cat'], stdin: true, stdinOnce: true }] } })
    await until('the pod to run', async () => (await c.get('pod', 'echo')).status.phase === 'Running')
    expect((await c.kubectlWith({ env, input: 'spoken to\n' }, 'attach', '-i', 'echo')).stdout).toContain('spoken to')
    await c.kubectl('delete', 'pod', 'echo', '--now')
    const port = 20_000 + process.pid % 10_000 + (socket === 'true' ? 0 : 1)
    await c.kubectlWhile(env, ['port-forward', `pod/${p}`, `${port}:8080`], () => until('an answer through the tunnel', async () => (await page(port)).includes(p)))
  })
  it('reads logs', async () => {
    const made = await c.kubectl('run', 'talker', '--image=docker.io/library/busybox:1', '--restart=Never', '--', 'sh', '-c', 'echo one; echo two')
    expect(made.code, made.stderr).toBe(0)
    await until('the pod to end', async () => (await c.get('pod', 'talker')).status.phase === 'Succeeded')
    expect((await c.kubectl('logs', 'talker')).stdout).toBe('one\ntwo\n')
    expect((await c.kubectl('logs', 'talker', '--tail=1')).stdout).toBe('two\n')
    await c.kubectl('delete', 'pod', 'talker', '--now')
  })
  it('refuses what is wrong in upstream’s words', async () => {
    expect((await c.kubectl('get', 'pod', 'nosuch')).stderr).toContain('Error from server (NotFound): pods "nosuch" not found')
    expect((await c.kubectl('run', 'Bad_Name', '--image=x')).stderr).toContain('a lowercase RFC 1123 subdomain')
    expect((await c.kubectl('get', 'pods', '--as', 'nobody')).stderr).toContain('pods is forbidden: User "nobody" cannot list resource "pods" in API group "" in the namespace "default"')
  })
  it('scales, rolls out and undoes', async () => {
    await c.kubectl('scale', 'deployment', 'sample', '--replicas=4')
    await until('four replicas', () => readyPods(4))
    await c.kubectl('set', 'image', 'deployment/sample', 'web=drydock.local/sample:v2')
    expect((await c.kubectl('rollout', 'status', 'deployment/sample', '--timeout=60s')).stdout).toContain('successfully rolled out')
    const port = await nodePort()
    await until('only answers of v2', async () => (await Promise.all([1, 2, 3, 4, 5].map(() => page(port)))).every((s) => s.includes('sample v2')))
    await c.kubectl('rollout', 'undo', 'deployment/sample')
    expect((await c.kubectl('rollout', 'status', 'deployment/sample', '--timeout=60s')).code).toBe(0)
    await c.kubectl('scale', 'deployment', 'sample', '--replicas=3')
    await until('three replicas', () => readyPods(3))
  })
})

describe('healing', () => {
  it('replaces a deleted pod', async () => {
    const before = await until('three replicas', () => readyPods(3)), gone = before[0]!.metadata
    await c.kubectl('delete', 'pod', gone.name, '--wait=false')
    const after = await until('a replacement', () => readyPods(3))
    expect(after.map((p) => p.metadata.uid)).not.toContain(gone.uid)
  })

  it('restarts a killed container and counts it', async () => {
    const p = (await until('three replicas', () => readyPods(3)))[0]!.metadata.name
    await c.kubectl('exec', p, '--', 'sh', '-c', 'kill -TERM 1')
    await until('one restart', async () => ((await pods()).find((x) => x.metadata.name === p)?.status.containerStatuses?.[0]?.restartCount ?? 0) >= 1)
    await until('three replicas', () => readyPods(3))
  })

  it.each(['apiserver', 'scheduler', 'controller-manager', 'etcd', 'nats'])('%s killed with -9 comes back, and nothing is lost', async (name) => {
    const marker = `before-${name}`, pid = await c.pid(name), uids = (await until('three replicas', () => readyPods(3))).map((p) => p.metadata.uid).sort()
    await c.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: marker, namespace: 'default' }, data: { a: 'b' } })
    process.kill(pid, 'SIGKILL')
    await until('the process again', async () => (await c.pid(name)) !== pid)
    await until('the object again', async () => (await c.get('configmap', marker)).data.a === 'b')
    await c.kubectl('scale', 'deployment', 'sample', '--replicas=4')
    await until('a fourth replica', () => readyPods(4), 60_000)
    await c.kubectl('scale', 'deployment', 'sample', '--replicas=3')
    const after = await until('three replicas', () => readyPods(3), 60_000)
    expect(after.filter((p) => uids.includes(p.metadata.uid)).length).toBeGreaterThanOrEqual(2)
  })

  it('kubelet and containerd killed with -9 leave containers running', async () => {
    const node = `${c.name}-node-1`, before = await until('three replicas', () => readyPods(3))
    for (const p of [`kubelet@${node}`, `containerd@${node}`]) {
      const pid = await c.pid(p)
      process.kill(pid, 'SIGKILL')
      await until(`${p} again`, async () => (await c.pid(p)) !== pid)
    }
    await until('the node to be ready', async () => (await c.get('node', node)).status.conditions.some((x: { type: string, status: string }) => x.type === 'Ready' && x.status === 'True'))
    const after = await until('three replicas', () => readyPods(3))
    const restarts = (l: typeof before) => l.map((p) => `${p.metadata.uid} ${p.status.containerStatuses![0]!.restartCount}`).sort()
    expect(restarts(after)).toEqual(restarts(before))
  })
})

describe('the drydock command', () => {
  it('shows what runs', async () => {
    const s = JSON.parse((await c.drydock('status', '-o', 'json')).stdout) as { processes: { name: string, state: string, health: string }[] }
    expect(s.processes.filter((p) => p.state !== 'running' || !['ok', 'running'].includes(p.health))).toEqual([])
  })
  it('stops and starts with the same objects, nodes and pods', async () => {
    const before = (await until('three replicas', () => readyPods(3))).map((p) => `${p.metadata.uid} ${p.spec.nodeName}`).sort()
    expect((await c.drydock('stop')).code).toBe(0)
    expect(traces(c.name, c.folder)).toEqual([])
    const r = await c.drydock('start')
    expect(r.code, r.stderr).toBe(0)
    const after = (await until('three replicas', () => readyPods(3), 60_000)).map((p) => `${p.metadata.uid} ${p.spec.nodeName}`).sort()
    expect(after).toEqual(before)
    await until('the page', async () => (await page(await nodePort())).includes('hello'))
  })
})
