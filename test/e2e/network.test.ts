/** The pod network and Services of a cluster of two nodes, from pods, from the host and from outside the cluster. */
import { execFile } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { realClock } from '@drydock/base'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCluster, until, type Cluster } from './cluster.ts'

const image = 'docker.io/library/busybox:1'
const exec = promisify(execFile)
interface Pod { metadata: { name: string, deletionTimestamp?: string }, spec: { nodeName: string }, status: { podIP: string, containerStatuses?: { ready: boolean }[] } }

let c: Cluster
const nodes = { a: { name: '', ip: '' }, b: { name: '', ip: '' } }

const container = (command: string, more: object = {}): object => ({ name: 'c', image, command: ['sh', '-c', command], ...more })
// Says its name: enough to know who answered.
const page = 'hostname > /tmp/index.html; exec httpd -f -p 8080 -h /tmp'
const probe = { readinessProbe: { httpGet: { path: '/', port: 8080 }, periodSeconds: 1 } }
const pod = (name: string, nodeName: string, labels: object, command: string, more: object = {}): object =>
  ({ apiVersion: 'v1', kind: 'Pod', metadata: { name, labels }, spec: { nodeName, terminationGracePeriodSeconds: 1, containers: [container(command, more)] } })
const service = (name: string, app: string, spec: object = {}): object =>
  ({ apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { selector: { app }, ports: [{ port: 80, targetPort: 8080 }], ...spec } })

const pods = async (app: string): Promise<Pod[]> => (await c.get('pods', '-l', `app=${app}`)).items as Pod[]
const ready = async (app: string, n: number): Promise<Pod[] | false> => {
  const all = (await pods(app)).filter((p) => !p.metadata.deletionTimestamp && p.status.containerStatuses?.every((s) => s.ready))
  return all.length === n && all
}
const clusterIP = async (name: string): Promise<string> => (await c.get('service', name)).spec.clusterIP as string
const nodePort = async (name: string): Promise<number> => (await c.get('service', name)).spec.ports[0].nodePort as number

/** Who answered how often, of `times` requests that a pod makes. By nc: the static busybox's wget has no timeout. */
async function fromPod(name: string, url: string, times: number): Promise<Record<string, number>> {
  const u = new URL(url)
  const ask = `printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 2 ${u.hostname} ${u.port || '80'} 2>/dev/null | tail -n 1 | grep . || echo failed`
  const r = await c.kubectl('exec', name, '--', 'sh', '-c', `i=0; while [ $i -lt ${times} ]; do ${ask}; i=$((i+1)); done`)
  return tally(r.stdout)
}
async function fromHost(url: string, times: number): Promise<Record<string, number>> {
  return tally((await exec('sh', ['-c', `for i in $(seq ${times}); do curl -s -m 2 ${url} || echo failed; done`])).stdout)
}
function tally(text: string): Record<string, number> {
  const out: Record<string, number> = {}
  for (const line of text.split('\n').filter(Boolean)) out[line] = (out[line] ?? 0) + 1
  return out
}

beforeAll(async () => {
  c = await createCluster('net', ['--no-sample', '--nodes', '2'])
  const list = await until('two ready nodes', async () => {
    const all = (await c.get('nodes')).items as Array<{ metadata: { name: string }, status: { addresses: Array<{ type: string, address: string }>, conditions: Array<{ type: string, status: string }> } }>
    return all.length === 2 && all.every((n) => n.status.conditions.some((x) => x.type === 'Ready' && x.status === 'True')) && all
  })
  const [a, b] = list.map((n) => ({ name: n.metadata.name, ip: n.status.addresses.find((x) => x.type === 'InternalIP')!.address }))
  Object.assign(nodes, { a, b })
  const sleep = 'trap "exit 0" TERM; sleep 3600 & wait'
  await c.apply(
    pod('web-1', nodes.a.name, { app: 'web' }, page, probe), pod('web-2', nodes.a.name, { app: 'web' }, page, probe), pod('web-3', nodes.b.name, { app: 'web' }, page, probe), pod('web-4', nodes.b.name, { app: 'web' }, page, probe),
    pod('client-a', nodes.a.name, { app: 'client' }, sleep), pod('client-b', nodes.b.name, { app: 'client' }, sleep),
    pod('alone', nodes.b.name, { app: 'alone' }, page, { ...probe, ports: [{ containerPort: 8080, hostPort: 18_080 }] }),
    service('web', 'web', { type: 'NodePort' }), service('sticky', 'web', { type: 'NodePort', sessionAffinity: 'ClientIP' }), service('local', 'alone', { type: 'NodePort', externalTrafficPolicy: 'Local' }),
    service('alone', 'alone'), service('nobody', 'nobody', { type: 'NodePort' }),
  )
  await until('all pods', async () => (await ready('web', 4)) && (await ready('client', 2)) && (await ready('alone', 1)), 60_000)
})
afterAll(() => c.down())

describe('between pods', () => {
  it('reaches every pod from both nodes', async () => {
    for (const from of ['client-a', 'client-b']) for (const p of await pods('web')) expect(await fromPod(from, `http://${p.status.podIP}:8080/`, 1), `${from} → ${p.metadata.name}`).toEqual({ [p.metadata.name]: 1 })
  })
  it('goes out under the address of the node', async () => {
    const seen: string[] = []
    const server = createServer((q, r) => { seen.push(q.socket.remoteAddress ?? ''); r.end('outside\n') })
    const gateway = nodes.a.ip.replace(/\.\d+$/, '.1')
    await new Promise<void>((resolve) => server.listen(0, gateway, resolve))
    try {
      expect(await fromPod('client-a', `http://${gateway}:${(server.address() as AddressInfo).port}/`, 1)).toEqual({ outside: 1 })
      expect(seen).toEqual([nodes.a.ip])
    } finally { server.close() }
  })
})

describe('a ClusterIP', () => {
  it('is balanced evenly over pods of both nodes', async () => {
    await until('four endpoints in the rules', async () => Object.keys(await fromPod('client-a', `http://${await clusterIP('web')}/`, 40)).length === 4)
    const seen = await fromPod('client-a', `http://${await clusterIP('web')}/`, 200)
    expect(Object.keys(seen).sort()).toEqual(['web-1', 'web-2', 'web-3', 'web-4'])
    // Fifty each are expected; the chance of fewer than 25 from one is below one in ten thousand.
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(24)
  })
  it('stays with one pod under session affinity', async () => {
    const ip = await clusterIP('sticky')
    for (const from of ['client-a', 'client-b']) expect(Object.values(await fromPod(from, `http://${ip}/`, 20))).toEqual([20])
  })
  it('leads a pod back to itself', async () => {
    expect(await fromPod('alone', `http://${await clusterIP('alone')}/`, 3)).toEqual({ alone: 3 })
  })
  it('is refused at once without endpoints', async () => {
    const began = realClock.monotonic()
    const r = await c.kubectl('exec', 'client-a', '--', 'nc', '-w', '5', await clusterIP('nobody'), '80')
    expect(r.stderr).toContain('refused')
    expect(realClock.monotonic() - began).toBeLessThan(3000)
  })
  it('reaches the API from pods', async () => {
    for (const from of ['client-a', 'client-b']) expect((await c.kubectl('exec', from, '--', 'nc', '-w', '2', await clusterIP('kubernetes'), '443')).code).toBe(0)
  })
})

describe('from the host', () => {
  it('answers on 127.0.0.1 and on every node', async () => {
    const port = await nodePort('web')
    for (const at of ['127.0.0.1', nodes.a.ip, nodes.b.ip]) expect(Object.keys(await fromHost(`http://${at}:${port}/`, 60)).sort(), at).toEqual(['web-1', 'web-2', 'web-3', 'web-4'])
    expect(Object.keys(await fromHost(`http://127.0.0.1:${await nodePort('sticky')}/`, 15))).toHaveLength(1)
  })
  it('asks only nodes with endpoints under externalTrafficPolicy Local', async () => {
    const port = await nodePort('local')
    expect(await fromHost(`http://127.0.0.1:${port}/`, 10)).toEqual({ alone: 10 })
    expect(await fromHost(`http://${nodes.b.ip}:${port}/`, 3)).toEqual({ alone: 3 })
    expect(await fromHost(`http://${nodes.a.ip}:${port}/`, 1)).toEqual({ failed: 1 })
  })
  it('reaches a host port', async () => {
    expect(await fromHost(`http://${nodes.b.ip}:18080/`, 2)).toEqual({ alone: 2 })
    expect(await fromPod('client-a', `http://${nodes.b.ip}:18080/`, 2)).toEqual({ alone: 2 })
    expect(await fromPod('alone', `http://${nodes.b.ip}:18080/`, 2)).toEqual({ alone: 2 })
  })
})

describe('change', () => {
  it('takes a pod out of the Service soon after its deletion', async () => {
    const ip = await clusterIP('web')
    await c.kubectl('delete', 'pod', 'web-1', '--wait=false')
    const began = realClock.monotonic()
    await until('no more answers from web-1', async () => { const seen = await fromPod('client-a', `http://${ip}/`, 30); return !seen['web-1'] && !seen['failed'] }, 10_000)
    expect(realClock.monotonic() - began).toBeLessThan(8000)
    const seen = await fromPod('client-a', `http://${ip}/`, 100)
    expect(Object.keys(seen).sort()).toEqual(['web-2', 'web-3', 'web-4'])
  })
  it('goes on while kube-proxy and netd are killed and come back', async () => {
    const ip = await clusterIP('web')
    for (const p of [`kube-proxy@${nodes.a.name}`, `netd@${nodes.a.name}`]) process.kill(await c.pid(p), 'SIGKILL')
    expect((await fromPod('client-a', `http://${ip}/`, 60))['failed']).toBeUndefined()
    await c.apply(pod('web-5', nodes.a.name, { app: 'web' }, page, probe))
    await until('the new pod answers', async () => (await fromPod('client-a', `http://${ip}/`, 30))['web-5'])
  })
})
