/** Creates, gets and lists through one apiserver; against raw etcd transactions (node:http2, ../raw-etcd.ts) from one Node process and a bare node:https GET. */
import { Agent, createServer, request } from 'node:https'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { realClock, silentLogger, systemRandom } from '@drydock/base'
import { EtcdStore } from '@drydock/storage'
import { createCluster } from '../../e2e/cluster.ts'
import { cpuMs, median, type Bench, type Figure } from '../measure.ts'
import { rawEtcd } from '../raw-etcd.ts'

const pad = 'x'.repeat(1700)
const clients = 64, creates = 1000, rounds = 5, gets = 5000, pods = 10_000, reads = 5

/** Calls `work` n times, so many at once; answers calls per second. */
async function flood(n: number, at: number, work: (i: number) => Promise<unknown>): Promise<number> {
  let i = 0; const t = realClock.monotonic()
  await Promise.all(Array.from({ length: at }, async () => { for (let k = i++; k < n; k = i++) await work(k) }))
  return n / ((realClock.monotonic() - t) / 1000)
}

export const bench: Bench = async (say) => {
  const c = await createCluster('bapi', ['--components', 'etcd,nats,apiserver', '--set', 'apiserver.disable-admission-plugins=ServiceAccount'])
  try {
    const base = 10_000 + (JSON.parse(readFileSync(join(c.folder, 'cluster.json'), 'utf8')) as { slot: number }).slot * 40, pem = (f: string) => readFileSync(join(c.folder, 'pki', f))
    const agent = new Agent({ keepAlive: true, maxSockets: 200, ca: pem('ca.crt'), cert: pem('admin.crt'), key: pem('admin.key') })
    const call = (port: number, method: string, path: string, body?: object) => new Promise<number>((resolve, reject) => {
      const data = body && Buffer.from(JSON.stringify(body))
      const r = request({ host: '127.0.0.1', port, method, path, agent, ...(data && { headers: { 'content-type': 'application/json', 'content-length': data.length } }) }, (res) => {
        let n = 0; res.on('data', (d: Buffer) => { n += d.length }); res.on('error', reject)
        res.on('end', () => (res.statusCode! < 300 ? resolve(n) : reject(new Error(`${method} ${path}: ${res.statusCode}`))))
      })
      r.on('error', reject); r.end(data)
    })
    const pid = await c.pid('apiserver'), spent = async (work: () => Promise<unknown>) => { const t = cpuMs(pid); await work(); return cpuMs(pid) - t }
    const path = '/api/v1/namespaces/default/configmaps'
    await flood(500, clients, (i) => call(base, 'POST', path, { metadata: { name: `warm-${i}` }, data: { pad } }))
    const etcd = { endpoint: `https://127.0.0.1:${base + 10}`, tls: { ca: pem('ca.crt'), cert: pem('apiserver-etcd-client.crt'), key: pem('apiserver-etcd-client.key') } }
    const store = new EtcdStore({ endpoints: [etcd.endpoint], tls: etcd.tls, clock: realClock, random: systemRandom, log: silentLogger }), raw = rawEtcd(etcd.endpoint, etcd.tls)
    const value = Buffer.from(JSON.stringify({ metadata: { name: 'x' }, data: { pad } }))
    const rates: { create: number, raw: number }[] = [], costs: { create: number, raw: number, ours: number }[] = []
    // In turns, so that whatever else the machine does meets all alike; the first round warms up.
    for (let round = 0; round <= rounds; round++) {
      let create = 0, transactions = 0
      const createMs = await spent(async () => { create = await flood(creates, clients, (i) => call(base, 'POST', path, { metadata: { name: `c${round}-${i}`, labels: { n: String(i % 10) } }, data: { pad } })) }) / creates
      const rawMs = await ownMs(async () => { transactions = await flood(creates, clients, (i) => raw.create(`/bench/raw/${round}-${i}`, value)) }) / creates
      const oursMs = await ownMs(() => flood(creates, clients, (i) => store.create(`/bench/store/${round}-${i}`, value))) / creates
      if (!round) continue
      say(`creates: ${create.toFixed(0)} per s; transactions: ${transactions.toFixed(0)} per s`)
      rates.push({ create, raw: transactions })
      costs.push({ create: createMs, raw: rawMs, ours: oursMs })
    }
    store.close(); raw.close()
    const getMs = await spent(() => flood(gets, 32, (i) => call(base, 'GET', `${path}/c1-${i % creates}`))) / gets
    await flood(pods, 32, (i) => call(base, 'POST', '/api/v1/namespaces/default/pods', { metadata: { name: `p${i}`, labels: { app: `a${i % 100}` } }, spec: { nodeName: `node-${i % 100}`, containers: [{ name: 'c', image: 'registry.example/app:1', env: Array.from({ length: 8 }, (_, k) => ({ name: `E${k}`, value: `value-${k}` })), resources: { requests: { cpu: '100m', memory: '64Mi' } } }] } }))
    const lists: number[] = []
    for (let i = 0; i < reads; i++) lists.push(await spent(() => call(base, 'GET', '/api/v1/namespaces/default/pods')))
    const bare = await bareGetMs(pem('apiserver.crt'), pem('apiserver.key'), (port) => flood(gets, 32, () => call(port, 'GET', '/')))
    const out: Figure[] = [
      { name: 'creates of 2 KB, 64 clients', value: median(rates.map((r) => r.create)), unit: 'per s', limit: { name: 'etcd transactions from one Node process', value: median(rates.map((r) => r.raw)) }, target: { atLeast: 0.5 } },
      { name: 'CPU of a create', value: median(costs.map((r) => r.create)), unit: 'ms', target: { atMost: 0.39 } },
      { name: 'CPU of a transaction through packages/storage', value: median(costs.map((r) => r.ours)), unit: 'ms', limit: { name: 'node:http2', value: median(costs.map((r) => r.raw)) }, target: { atMost: 0.7 } },
      { name: 'CPU of a get', value: getMs, unit: 'ms', limit: { name: 'bare node:https', value: bare } },
      { name: 'CPU of a get', value: getMs, unit: 'ms', target: { atMost: 0.08 } },
      { name: 'CPU of a list of 10,000 pods', value: median(lists), unit: 'ms', target: { atMost: 60 } },
    ]
    return out
  } finally { await c.down() }
}

/** CPU of this process meanwhile. */
async function ownMs(work: () => Promise<unknown>): Promise<number> {
  const t = process.cpuUsage()
  await work()
  const used = process.cpuUsage(t)
  return (used.user + used.system) / 1000
}

/** CPU of one GET of 2 KB from nothing but node:https, load generator in this same process subtracted by halves. */
async function bareGetMs(cert: Buffer, key: Buffer, load: (port: number) => Promise<unknown>): Promise<number> {
  const body = Buffer.from(pad), server = createServer({ cert, key }, (_q, s) => { s.writeHead(200, { 'content-length': body.length }); s.end(body) })
  await new Promise<void>((ok) => { server.listen(0, '127.0.0.1', ok) })
  const used = await ownMs(() => load((server.address() as { port: number }).port))
  server.close(); server.closeAllConnections()
  return used / gets / 2
}
