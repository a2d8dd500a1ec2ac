/** Whether a pod may run here, next to the others: the kubelet's own predicates, with upstream's reasons and words. Pure. */
import type { Container, Node, NodeSelectorTerm, Pod, Taint } from '@drydock/api'
import { allContainers } from '../runtime/types.ts'
import { podTotal } from './resources.ts'
import { milli, whole } from './quantity.ts'
import { forbiddenSysctl } from './sysctls.ts'

export interface Rejection { reason: string, message: string }
/** What the node can enforce. */
export interface NodeAbilities { appArmor: boolean, /** Kernel parameters allowed beside the safe ones. */ allowedSysctls: readonly string[] }

export function admit(pod: Pod, others: readonly Pod[], node: Node, can: NodeAbilities): Rejection | undefined {
  return unsupported(pod, node) ?? unfit(pod, others, node) ?? notHere(pod, node) ?? portTaken(pod, others) ?? untolerated(pod, node) ?? unenforceable(pod, can)
}

function unsupported(pod: Pod, node: Node): Rejection | undefined {
  const os = 'kubernetes.io/os', wanted = pod.spec?.nodeSelector?.[os]
  if (wanted !== undefined && wanted !== node.metadata?.labels?.[os]) return { reason: 'PodOSSelectorNodeLabelDoesNotMatch', message: 'Failed to admit pod as the `kubernetes.io/os` label doesn\'t match node label' }
  if (pod.spec?.os && pod.spec.os.name !== 'linux') return { reason: 'PodOSNotSupported', message: "Failed to admit pod as the OS field doesn't match node OS" }
  const groups = pod.spec?.securityContext?.supplementalGroupsPolicy
  if (groups === 'Strict' && !node.status?.features?.supplementalGroupsPolicy) return { reason: 'SupplementalGroupsPolicyNotSupported', message: `SupplementalGroupsPolicy=${groups} is not supported in this node` }
  return undefined
}

/** Of taints only NoExecute is the kubelet's affair. */
function untolerated(pod: Pod, node: Node): Rejection | undefined {
  const tolerated = (t: Taint) => pod.spec?.tolerations?.some((x) => (!x.effect || x.effect === t.effect) && (!x.key || x.key === t.key) && (x.operator === 'Exists' || (x.key && (x.value ?? '') === (t.value ?? ''))))
  return node.spec?.taints?.some((t) => t.effect === 'NoExecute' && !tolerated(t)) ? { reason: 'TaintToleration', message: "Predicate TaintToleration failed: node(s) had taints that the pod didn't tolerate" } : undefined
}

function unenforceable(pod: Pod, can: NodeAbilities): Rejection | undefined {
  const sysctl = forbiddenSysctl(pod, can.allowedSysctls)
  if (sysctl) return { reason: 'SysctlForbidden', message: `forbidden sysctl: ${sysctl}` }
  const confined = [pod, ...allContainers(pod)].some((x) => { const c = 'spec' in x ? x.spec?.securityContext : (x as Container).securityContext; return c?.appArmorProfile && c.appArmorProfile.type !== 'Unconfined' })
  return confined && !can.appArmor ? { reason: 'AppArmor', message: 'Cannot enforce AppArmor: AppArmor is not enabled on the host' } : undefined
}

const active = (p: Pod) => p.status?.phase !== 'Succeeded' && p.status?.phase !== 'Failed'

function unfit(pod: Pod, others: readonly Pod[], node: Node): Rejection | undefined {
  const allocatable = node.status?.allocatable ?? {}, wanted = podTotal(pod, 'requests'), running = others.filter(active)
  const capacity = (k: string) => (k === 'cpu' ? milli(allocatable[k]) : whole(allocatable[k]))
  const reject = (k: string, requested: number, used: number) => ({ reason: `OutOf${k}`, message: `Node didn't have enough resource: ${k}, requested: ${requested}, used: ${used}, capacity: ${capacity(k)}` })
  if (running.length + 1 > capacity('pods')) return reject('pods', 1, running.length)
  const used: Record<string, number> = {}
  for (const p of running) for (const [k, v] of Object.entries(podTotal(p, 'requests'))) used[k] = (used[k] ?? 0) + v
  for (const k of [...new Set(['cpu', 'memory', 'ephemeral-storage', ...Object.keys(wanted)])]) {
    const v = wanted[k] ?? 0
    if (v > 0 && (k in allocatable || k === 'cpu' || k === 'memory') && v + (used[k] ?? 0) > capacity(k)) return reject(k, v, used[k] ?? 0)
  }
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
