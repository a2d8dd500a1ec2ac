/** Whether a pod may run here, next to the others: the kubelet's own predicates, with upstream's reasons and words. Pure. */
import type { Node, NodeSelectorTerm, Pod } from '@drydock/api'
import { podTotal } from './resources.ts'
import { milli, whole } from './quantity.ts'

export interface Rejection { reason: string, message: string }

export function admit(pod: Pod, others: readonly Pod[], node: Node): Rejection | undefined {
  return unfit(pod, others, node) ?? notHere(pod, node) ?? portTaken(pod, others)
}

const active = (p: Pod) => p.status?.phase !== 'Succeeded' && p.status?.phase !== 'Failed'

function unfit(pod: Pod, others: readonly Pod[], node: Node): Rejection | undefined {
  const allocatable = node.status?.allocatable ?? {}, wanted = podTotal(pod, 'requests'), running = others.filter(active)
  const capacity = (k: string) => (k === 'cpu' ? milli(allocatable[k]) : whole(allocatable[k]))
  const reject = (k: string, requested: number, used: number) => ({ reason: `OutOf${k}`, message: `Node didn't have enough resource: ${k}, requested: ${requested}, used: ${used}, capacity: ${capacity(k)}` })
  if (running.length + 1 > capacity('pods')) return reject('pods', 1, running.length)
  const used: Record<string, number> = {}
  for (const p of running) for (const [k, v] of Object.entries(podTotal(p, 'requests'))) used[k] = (used[k] ?? 0) + v
  for (const [k, v] of Object.entries(wanted)) if (v > 0 && (k in allocatable || k === 'cpu' || k === 'memory') && v + (used[k] ?? 0) > capacity(k)) return reject(k, v, used[k] ?? 0)
  return undefined
}

function notHere(pod: Pod, node: Node): Rejection | undefined {
  const labels = node.metadata?.labels ?? {}
  const terms = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms
  const fits = Object.entries(pod.spec?.nodeSelector ?? {}).every(([k, v]) => labels[k] === v) && (!terms || terms.some((t) => termFits(t, labels, node.metadata?.name ?? '')))
  return fits ? undefined : { reason: 'NodeAffinity', message: `Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector` }
}

function termFits(t: NodeSelectorTerm, labels: Record<string, string>, name: string): boolean {
  const all = [...(t.matchExpressions ?? []).map((e) => ({ e, value: labels[e.key] })), ...(t.matchFields ?? []).map((e) => ({ e, value: e.key === 'metadata.name' ? name : undefined }))]
  return all.length > 0 && all.every(({ e, value }) => {
    const values = e.values ?? []
    switch (e.operator) {
      case 'In': return value !== undefined && values.includes(value)
      case 'NotIn': return value === undefined || !values.includes(value)
      case 'Exists': return value !== undefined
      case 'DoesNotExist': return value === undefined
      case 'Gt': return value !== undefined && Number(value) > Number(values[0])
      case 'Lt': return value !== undefined && Number(value) < Number(values[0])
      default: return false
    }
  })
}

const hostPorts = (p: Pod) => [...(p.spec?.containers ?? []), ...(p.spec?.initContainers ?? []).filter((c) => c.restartPolicy === 'Always')].flatMap((c) => (c.ports ?? []).filter((x) => x.hostPort)
  .map((x) => ({ port: x.hostPort!, protocol: x.protocol ?? 'TCP', ip: x.hostIP || '0.0.0.0' })))

function portTaken(pod: Pod, others: readonly Pod[]): Rejection | undefined {
  const taken = others.filter(active).flatMap(hostPorts)
  const clash = hostPorts(pod).some((a) => taken.some((b) => a.port === b.port && a.protocol === b.protocol && (a.ip === b.ip || a.ip === '0.0.0.0' || b.ip === '0.0.0.0')))
  return clash ? { reason: 'NodePorts', message: `Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports` } : undefined
}
