/**
 * What one apiserver costs: creates against raw etcd transactions (node:http2, ../raw-etcd.ts) from one Node process in the same
 * run, and CPU per create, merge patch, get, list and watch event, as measured and scaled to the machine of upstream's figures.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { realClock, silentLogger, systemRandom } from '@drydock/base'
import { EtcdStore } from '@drydock/storage'
import { createCluster } from '../../e2e/cluster.ts'
import { type ApiLoad, apiLoad, flood } from '../api-load.ts'
import { calibrate, type Calibration } from '../calibration.ts'
import { cpuMs, median, type Bench, type Figure } from '../measure.ts'
import { rawEtcd } from '../raw-etcd.ts'

/** Rounds before anything counts: so many creates until all of the path is compiled. */
const warmRounds = 3
const clients = 64, creates = 1000, rounds = 5, pods = 10_000, reads = 5
const pad = 'x'.repeat(1700)
const maps = '/api/v1/namespaces/default/configmaps', podsPath = '/api/v1/namespaces/default/pods'

const configMap = (name: string) => ({ metadata: { name, labels: { app: 'bench' } }, data: { pad } })
const pod = (i: number) => ({
  metadata: { name: `p${i}`, labels: { app: `a${i % 100}` } },
  spec: { nodeName: `node-${i % 100}`, containers: [{ name: 'c', image: 'registry.example/app:1', ports: [{ containerPort: 80 }], env: Array.from({ length: 8 }, (_, k) => ({ name: `E${k}`, value: `value-${k}` })), resources: { requests: { cpu: '100m', memory: '64Mi' } } }] },
})

interface Rig {
  load: ApiLoad
  calibration: Calibration
  /** CPU of the apiserver meanwhile, ms. */
  spent(work: () => Promise<unknown>): Promise<number>
  say(line: string): void
}

export const bench: Bench = async (say) => {
  const c = await createCluster('bapi', ['--components', 'etcd,nats,apiserver', '--set', 'apiserver.disable-admission-plugins=ServiceAccount'])
  const base = 10_000 + (JSON.parse(readFileSync(join(c.folder, 'cluster.json'), 'utf8')) as { slot: number }).slot * 40, file = (f: string) => join(c.folder, 'pki', f), pem = (f: string) => readFileSync(file(f))
  let calibration: Calibration | undefined
  try {
    const load = apiLoad(base, { ca: pem('ca.crt'), cert: pem('admin.crt'), key: pem('admin.key') }), pid = await c.pid('apiserver')
    calibration = await calibrate({ ca: file('ca.crt'), cert: file('apiserver.crt'), key: file('apiserver.key') }, flood, (port) => load.call('GET', '/', undefined, { port }))
    const rig: Rig = { load, calibration, say, async spent(work) { const t = cpuMs(pid); await work(); return cpuMs(pid) - t } }
    const etcd = { endpoint: `https://127.0.0.1:${base + 10}`, tls: { ca: pem('ca.crt'), cert: pem('apiserver-etcd-client.crt'), key: pem('apiserver-etcd-client.key') } }
    const out = await writes(rig, etcd)
    out.push(...await podsAndLists(rig), ...await watches(rig))
    return [...out, { name: 'CPU of a GET of 2 KB, bare node:https', value: calibration.bareMs, unit: 'ms' }]
  } finally {
    calibration?.stop()
    await c.down()
  }
}

/** As measured, and what it would be on the machine of upstream's figures, against the bar. */
const costs = (r: Rig, name: string, ms: number, atMost: number): Figure[] => [
  { name, value: ms, unit: 'ms' },
  { name: `${name}, scaled`, value: r.calibration.scaled(ms), unit: 'ms', target: { atMost } },
]

async function writes(r: Rig, etcd: { endpoint: string, tls: { ca: Buffer, cert: Buffer, key: Buffer } }): Promise<Figure[]> {
  const { load, calibration, spent, say } = r, value = Buffer.from(JSON.stringify(configMap('x')))
  const store = new EtcdStore({ endpoints: [etcd.endpoint], tls: etcd.tls, clock: realClock, random: systemRandom, log: silentLogger }), raw = rawEtcd(etcd.endpoint, etcd.tls)
  const taken: Record<'rate' | 'rawRate' | 'create' | 'patch' | 'get' | 'raw' | 'ours', number>[] = []
  // In turns, so that whatever else the machine does meets all alike.
  for (let round = 1 - warmRounds; round <= rounds; round++) {
    let rate = 0, rawRate = 0
    const name = (i: number) => `c${round}-${i}`
    const create = await spent(async () => { rate = await flood(creates, clients, (i) => load.call('POST', maps, configMap(name(i)))) }) / creates
    const rawMs = await ownMs(async () => { rawRate = await flood(creates, clients, (i) => raw.create(`/bench/raw/${round}-${i}`, value)) }) / creates
    const ours = await ownMs(() => flood(creates, clients, (i) => store.create(`/bench/store/${round}-${i}`, value))) / creates
    const patch = await spent(() => flood(creates, 16, (i) => load.call('PATCH', `${maps}/${name(i)}`, { metadata: { annotations: { t: String(i) } } }))) / creates
    const get = await spent(() => flood(creates, 32, (i) => load.call('GET', `${maps}/${name(i)}`))) / creates
    if (round < 1) continue
    await calibration.measure()
    say(`creates: ${rate.toFixed(0)} per s; transactions: ${rawRate.toFixed(0)} per s`)
    taken.push({ rate, rawRate, create, patch, get, raw: rawMs, ours })
  }
  store.close(); raw.close()
  const of = (k: keyof typeof taken[number]) => median(taken.map((t) => t[k]))
  return [
    { name: 'creates of 2 KB, 64 clients', value: of('rate'), unit: 'per s', limit: { name: 'etcd transactions from one Node process', value: of('rawRate') }, target: { atLeast: 0.5 } },
    ...costs(r, 'CPU of a create', of('create'), 0.39),
    ...costs(r, 'CPU of a merge patch', of('patch'), 0.63),
    ...costs(r, 'CPU of a get', of('get'), 0.08),
    { name: 'CPU of a transaction through packages/storage', value: of('ours'), unit: 'ms', limit: { name: 'node:http2', value: of('raw') }, target: { atMost: 0.7 } },
  ]
}

async function podsAndLists(r: Rig): Promise<Figure[]> {
  const { load, spent, calibration } = r
  const podMs = await spent(() => flood(pods, 32, (i) => load.call('POST', podsPath, pod(i)))) / pods
  const lists: number[] = []
  for (let i = 0; i <= reads; i++) {
    const ms = await spent(() => load.call('GET', podsPath))
    if (i) lists.push(ms)
    await calibration.measure()
  }
  return [...costs(r, 'CPU of a pod create', podMs, 0.66), ...costs(r, 'CPU of a list of 10,000 pods', median(lists), 60)]
}

/** Events to so many HTTP watchers; the creates that make them count in, as they do in upstream's figures. */
async function watches(r: Rig): Promise<Figure[]> {
  const { load, spent, calibration } = r, out: Figure[] = [], path = '/api/v1/namespaces/default/secrets'
  for (const [watchers, atMost] of [[10, 0.062], [100, 0.014], [1000, 0.0107]] as const) {
    const events = watchers === 1000 ? 100 : 300
    let got = 0
    const from = JSON.parse(await load.call('GET', `${path}?limit=1`)) as { metadata: { resourceVersion: string } }
    const stops = await Promise.all(Array.from({ length: watchers }, () => load.watch(`${path}?watch=1&resourceVersion=${from.metadata.resourceVersion}`, (n) => { got += n })))
    const ms = await spent(async () => {
      await flood(events, 4, (i) => load.call('POST', path, { metadata: { name: `s${watchers}-${i}` }, stringData: { pad } }))
      const until = realClock.monotonic() + 60_000
      while (got < events * watchers && realClock.monotonic() < until) await realClock.sleep(5)
    })
    for (const stop of stops) stop()
    await calibration.measure()
    if (got < events * watchers) throw new Error(`${watchers} watchers got ${got} of ${events * watchers} events`)
    out.push(...costs(r, `CPU per event and HTTP watcher, ${watchers} watchers`, ms / got, atMost))
  }
  return out
}

/** CPU of this process meanwhile. */
async function ownMs(work: () => Promise<unknown>): Promise<number> {
  const t = process.cpuUsage()
  await work()
  const used = process.cpuUsage(t)
  return (used.user + used.system) / 1000
}
