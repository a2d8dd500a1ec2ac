/** kube-proxy with many Services: what the first load and one change cost, here and in the kernel (a network namespace of its own). */
import { execFileSync, spawn } from 'node:child_process'
import type { EndpointSlice, Node, Service } from '@drydock/api'
import type { Exec } from '@drydock/base'
import { Applier } from '../../../services/kube-proxy/src/nft/applier.ts'
import { NodeProgram, type View } from '../../../services/kube-proxy/src/proxier.ts'
import { median, type Bench, type Figure } from '../measure.ts'

const small = 1000, large = 5000, changes = 9
const table = 'kube-proxy'

const ip = (first: string, i: number): string => `${first}.${(i >> 8) & 255}.${i & 255}`
const keyOf = (i: number): string => `ns-${i % 50}/s${i}`
const service = (i: number): Service => ({
  metadata: { namespace: `ns-${i % 50}`, name: `s${i}`, creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: { type: i % 10 ? 'ClusterIP' : 'NodePort', clusterIP: ip('10.96', i), ports: [{ port: 80, protocol: 'TCP', ...(i % 10 === 0 && { nodePort: 30_000 + i / 10 }) }] },
})
const slice = (i: number, endpoints: number): EndpointSlice => ({
  addressType: 'IPv4', metadata: { namespace: `ns-${i % 50}`, name: `s${i}-1`, labels: { 'kubernetes.io/service-name': `s${i}` } }, ports: [{ port: 8080, protocol: 'TCP' }],
  endpoints: Array.from({ length: endpoints }, (_, k) => ({ addresses: [ip(`10.${244 + k}`, i)], nodeName: `n${k}`, conditions: { ready: true } })),
})
const node: Node = { metadata: { name: 'n0' }, status: { addresses: [{ type: 'InternalIP', address: '10.9.0.2' }] } }

export const bench: Bench = async (say) => {
  const a = await load(small), b = await load(large)
  say(`${large} Services: ${b.firstMs.toFixed(0)} ms here, ${b.nftMs.toFixed(0)} ms in nft; a change ${b.changeMs.toFixed(2)} and ${b.nftChangeMs.toFixed(0)} ms`)
  const perService = (name: string, of: (l: Load) => number): Figure => ({ name: `${name}, per Service at ${large}`, value: of(b) / large, unit: 'ms', limit: { name: `at ${small}`, value: of(a) / small }, target: { atMost: 2 } })
  return [
    perService('CPU of the first load', (l) => l.firstMs), perService('CPU of nft loading it', (l) => l.nftMs),
    { name: `CPU of one change among ${large} Services`, value: b.changeMs, unit: 'ms', target: { atMost: 20 } },
    { name: 'CPU of nft for it', value: b.nftChangeMs, unit: 'ms' },
  ]
}

interface Load { firstMs: number, nftMs: number, changeMs: number, nftChangeMs: number }

async function load(n: number): Promise<Load> {
  const slices = new Map(Array.from({ length: n }, (_, i) => [keyOf(i), [slice(i, 2)]])), services = new Map(Array.from({ length: n }, (_, i) => [keyOf(i), service(i)]))
  const view: View = { service: (k) => services.get(k), services: () => [...services.values()], slices: (k) => slices.get(k) ?? [], nodes: () => [node] }
  const program = new NodeProgram({ name: 'n0', clusterCIDR: '10.244.0.0/16', masqueradeAll: false, nodePortAddresses: [] }, view)
  const ns = `ddbench-${process.pid}`
  execFileSync('ip', ['netns', 'add', ns])
  try {
    const nft = { ms: 0 }, applier = new Applier({ table, exec: timedIn(ns, nft) })
    const step = async () => {
      nft.ms = 0
      const cpu = process.cpuUsage(), u = program.update()
      await applier.apply(u.rules, undefined, u.changes)
      const used = process.cpuUsage(cpu)
      return { ms: (used.user + used.system) / 1000, nftMs: nft.ms }
    }
    const first = await step(), each: { ms: number, nftMs: number }[] = []
    for (let i = 0; i < changes; i++) {
      slices.set(keyOf(i), [slice(i, 1)])
      program.changed(keyOf(i))
      each.push(await step())
    }
    return { firstMs: first.ms, nftMs: first.nftMs, changeMs: median(each.map((e) => e.ms)), nftChangeMs: median(each.map((e) => e.nftMs)) }
  } finally {
    execFileSync('ip', ['netns', 'delete', ns])
  }
}

/** Runs in the namespace; adds up the CPU that the children took, as bash says it. */
const timedIn = (ns: string, into: { ms: number }): Exec => (file, args, o) => new Promise((resolve, reject) => {
  const p = spawn('bash', ['-c', 'TIMEFORMAT="%U %S"; time ip netns exec "$@" 2>/dev/null', 'x', ns, file, ...args], { stdio: ['pipe', 'pipe', 'pipe'] })
  let out = '', said = ''
  p.stdout.on('data', (d: Buffer) => { out += d.toString() })
  p.stderr.on('data', (d: Buffer) => { said += d.toString() })
  p.on('error', reject)
  p.on('close', (code) => {
    const times = said.trim().split('\n').at(-1)?.split(' ') ?? []
    into.ms += times.reduce((sum, t) => sum + Number(t) * 1000, 0)
    if (code === 0) resolve(out)
    else reject(new Error(`${file} ${args.join(' ')}: exit code ${code}`))
  })
  p.stdin.end(o?.input ?? '')
})
