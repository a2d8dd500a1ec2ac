/** The scheduler's CPU per pod on a thousand bare nodes, of its whole process; the bars are upstream's figures on such a machine. */
import { createCluster, until } from '../../e2e/cluster.ts'
import { connect } from '../connect.ts'
import { cpuMs, type Bench, type Figure } from '../measure.ts'

const nodes = 1000, pods = 1000, inFlight = 16
const labels = { app: 'a' }
const term = (topologyKey: string) => [{ labelSelector: { matchLabels: labels }, topologyKey }]
/** What a pod asks for, and upstream's ms per pod for it. */
const kinds: Record<string, [spec: object, upstreamMs: number]> = {
  basic: [{}, 1.1],
  spread: [{ topologySpreadConstraints: [{ maxSkew: 5, topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: labels } }] }, 1.6],
  affinity: [{ affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: term('topology.kubernetes.io/zone') } } }, 2.6],
  'anti-affinity': [{ affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: term('kubernetes.io/hostname') } } }, 2.3],
}

const bare = (i: number) => {
  const amounts = { cpu: '64', memory: '256Gi', pods: '1000' }
  return { apiVersion: 'v1', kind: 'Node', metadata: { name: `bench-${i}`, labels: { 'kubernetes.io/hostname': `bench-${i}`, 'topology.kubernetes.io/zone': `zone-${i % 3}` } }, status: { capacity: amounts, allocatable: amounts, conditions: [{ type: 'Ready', status: 'True', reason: 'Bare', lastHeartbeatTime: '2026-01-01T00:00:00Z', lastTransitionTime: '2026-01-01T00:00:00Z' }] } }
}
const pod = (i: number, spec: object) => ({ metadata: { name: `p${i}`, labels }, spec: { ...spec, containers: [{ name: 'c', image: 'registry.example/pause', resources: { requests: { cpu: '10m', memory: '10Mi' } } }] } })

export const bench: Bench = async (say) => {
  const c = await createCluster('bsched', ['--no-sample', '--components', 'etcd,nats,apiserver,scheduler', '--set', 'apiserver.disable-admission-plugins=ServiceAccount,TaintNodesByCondition'])
  try {
    const api = connect(c), pid = await c.pid('scheduler'), out: Figure[] = []
    const all = async (n: number, f: (i: number) => Promise<number>) => {
      let next = 0
      await Promise.all(Array.from({ length: inFlight }, async () => { for (let i = next++; i < n; i = next++) { const code = await f(i); if (code >= 300) throw new Error(`request ${i}: ${code}`) } }))
    }
    await all(nodes, (i) => api.call('POST', '/api/v1/nodes', bare(i)))
    for (const [kind, [spec, upstreamMs]] of Object.entries(kinds)) {
      const ns = `bench-${kind}`, bound = new Set<string>()
      await api.call('POST', '/api/v1/namespaces', { metadata: { name: ns } })
      let buffer = ''
      await api.call('GET', `/api/v1/namespaces/${ns}/pods?watch=1`, undefined, (d) => {
        buffer += d
        for (let i = buffer.indexOf('\n'); i >= 0; i = buffer.indexOf('\n')) {
          const name = /"name":"(p\d+)"/.exec(buffer.slice(0, i))?.[1]
          if (name && buffer.slice(0, i).includes('"nodeName":"')) bound.add(name)
          buffer = buffer.slice(i + 1)
        }
      })
      const before = cpuMs(pid)
      await all(pods, (i) => api.call('POST', `/api/v1/namespaces/${ns}/pods`, pod(i, spec)))
      await until(`${kind}: all pods bound`, async () => bound.size === pods, 120_000)
      const ms = (cpuMs(pid) - before) / pods
      say(`${kind}: ${ms.toFixed(2)} ms per pod`)
      out.push({ name: `scheduler CPU per pod, ${kind}`, value: ms, unit: 'ms', limit: { name: 'upstream', value: upstreamMs }, target: { atMost: 1 } })
      await api.call('DELETE', `/api/v1/namespaces/${ns}/pods?gracePeriodSeconds=0`)
    }
    return out
  } finally {
    await c.down()
  }
}
