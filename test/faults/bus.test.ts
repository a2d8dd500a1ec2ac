/** The bus away for a whole minute in a running cluster: everything goes on, and the fan-out returns with it. */
import { readFileSync } from 'node:fs'
import { get } from 'node:http'
import { request } from 'node:https'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { realClock } from '@drydock/base'
import { createCluster, traces, until, type Cluster } from '../e2e/cluster.ts'

const AWAY_MS = 60_000

let c: Cluster
beforeAll(async () => { c = await createCluster('bus', ['--no-sample']) })
afterAll(async () => {
  const { name, folder } = c
  await c.down()
  expect(traces(name, folder)).toEqual([])
})

const http = "mkdir -p /w; hostname > /w/index.html; trap 'exit 0' TERM; busybox httpd -p 8080 -h /w; sleep 3600 & wait"
const deployment = (version: string, replicas = 3) => ({
  apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'default' },
  spec: { replicas, selector: { matchLabels: { app: 'web' } }, template: { metadata: { labels: { app: 'web', version } }, spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'a', image: 'docker.io/library/busybox:1', command: ['sh', '-c', http], readinessProbe: { httpGet: { port: 8080 }, periodSeconds: 1 } }] } } },
})
const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'default' }, spec: { type: 'NodePort', selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] } }

interface Pod { metadata: { name: string, labels: Record<string, string>, deletionTimestamp?: string }, status: { conditions?: { type: string, status: string }[] } }
const running = async (version: string): Promise<string[]> => ((await c.get('pods', '-l', 'app=web')).items as Pod[])
  .filter((p) => !p.metadata.deletionTimestamp && p.metadata.labels['version'] === version && p.status.conditions?.some((x) => x.type === 'Ready' && x.status === 'True')).map((p) => p.metadata.name)
const rolledOut = async (version: string, n: number) => { const l = await running(version); return l.length === n && (await c.get('pods', '-l', 'app=web')).items.length === n && l }

interface Process { name: string, component: string, ports: number[], node: string | null }

/** Value of a metric by its labels, from a process of the control plane. */
async function metric(process: Process, name: string): Promise<Record<string, number>> {
  const pki = (f: string) => readFileSync(join(c.folder, 'pki', f))
  const text = await new Promise<string>((resolve, reject) => {
    const r = request({ host: '127.0.0.1', port: process.component === 'apiserver' ? process.ports[0] : process.ports.at(-1), path: '/metrics', ca: pki('ca.crt'), cert: pki('admin.crt'), key: pki('admin.key'), checkServerIdentity: () => undefined, agent: false }, (a) => { let s = ''; a.setEncoding('utf8'); a.on('data', (d: string) => { s += d }); a.on('end', () => resolve(s)) })
    r.on('error', reject).end()
  })
  return Object.fromEntries([...text.matchAll(new RegExp(`^${name}(?:\\{(\\S*)\\})? (\\S+)$`, 'gm'))].map((m) => [m[1] ?? '', Number(m[2])]))
}
const processes = async () => (JSON.parse((await c.drydock('status', '-o', 'json')).stdout) as { processes: Process[] }).processes
const feeds = async (name: string) => { const m = await metric((await processes()).find((p) => p.name === name)!, 'drydock_informers'); return { bus: m['feed="bus"'] ?? 0, direct: m['feed="direct"'] ?? 0 } }
const components = ['controller-manager', 'scheduler']
// Secrets, and leases of one namespace alone, are never on it.
const onBus = async (name: string) => { const f = await feeds(name); return f.bus > 0 && f.direct <= 2 }
const sent = async () => (await metric((await processes()).find((p) => p.name === 'apiserver')!, 'drydock_relay_events_total'))['result="sent"'] ?? 0

const page = (port: number) => new Promise<string>((resolve) => {
  get({ host: '127.0.0.1', port, agent: false, timeout: 2000 }, (r) => { let t = ''; r.setEncoding('utf8'); r.on('data', (d: string) => { t += d }); r.on('end', () => resolve(t.trim())) }).on('error', () => resolve('')).on('timeout', function (this: { destroy(): void }) { this.destroy() })
})
/** Pods that answer at the Service's port. */
async function answering(times: number): Promise<Set<string>> {
  const port = (await c.get('service', 'web')).spec.ports[0].nodePort as number
  return new Set((await Promise.all(Array.from({ length: times }, () => page(port)))).filter(Boolean))
}

describe('NATS killed for a minute', () => {
  it('a Deployment runs behind a Service, told of over the bus', async () => {
    await c.apply(service)
    await c.apply(deployment('1'))
    await until('three replicas', () => rolledOut('1', 3), 60_000)
    for (const name of components) await until(`${name} on the bus`, () => onBus(name))
  })

  it('deployments roll, pods start, Services follow', async () => {
    const before = await running('1')
    await until('an answer of every pod', async () => (await answering(30)).size === before.length)
    await c.drydock('process', 'stop', 'nats')
    const gone = realClock.monotonic()
    await c.apply(deployment('2', 4))
    const rolled = await until('the new version without the bus', () => rolledOut('2', 4), 50_000)
    await until('the Service to lead to the new pods alone', async () => { const seen = await answering(40); return seen.size === 4 && [...seen].every((n) => rolled.includes(n)) }, 50_000)
    await c.kubectl('delete', 'pod', rolled[0]!, '--wait=false')
    await until('a pod in the place of the one that was deleted', async () => { const l = await rolledOut('2', 4); return l && !l.includes(rolled[0]!) }, 50_000)
    for (const name of components) expect((await feeds(name)).bus, name).toBe(0)
    // Heartbeats come through without the bus too: nobody is lost for the want of it.
    await realClock.sleep(Math.max(0, AWAY_MS - (realClock.monotonic() - gone)))
    for (const n of (await c.get('nodes')).items) expect(n.status.conditions.find((x: { type: string }) => x.type === 'Ready').status).toBe('True')
    await c.kubectl('scale', 'deployment', 'web', '--replicas=2')
    await until('two replicas', () => rolledOut('2', 2), 50_000)
  })

  it('the fan-out returns with it', async () => {
    await c.drydock('process', 'start', 'nats')
    for (const name of components) await until(`${name} back on the bus`, () => onBus(name), 60_000)
    const before = await sent()
    await c.kubectl('scale', 'deployment', 'web', '--replicas=3')
    await until('three replicas', () => rolledOut('2', 3))
    expect(await sent()).toBeGreaterThan(before)
    await until('an answer of every pod', async () => (await answering(30)).size === 3)
  })
})
