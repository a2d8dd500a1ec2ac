import { requiredNodeMatcher, untoleratedTaint, type DaemonSet, type DaemonSetStatus, type Node, type Pod, type Toleration } from '@drydock/api'
import { scaled } from '../shared/intstr.ts'
import { isActive, isAvailable, isFinished, isReady, isTerminating } from '../shared/pods.ts'

/** Which nodes a DaemonSet has pods on, and which of them are made, deleted or replaced. Pure. */

export const HASH = 'controller-revision-hash'
const BURST = 250

/** What daemons put up with, whatever becomes of their node. */
export const daemonTolerations = (hostNetwork: boolean): Toleration[] => [
  { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute' },
  ...['disk-pressure', 'memory-pressure', 'pid-pressure', 'unschedulable'].map((k) => ({ key: `node.kubernetes.io/${k}`, operator: 'Exists', effect: 'NoSchedule' })),
  ...(hostNetwork ? [{ key: 'node.kubernetes.io/network-unavailable', operator: 'Exists', effect: 'NoSchedule' }] : []),
]

/** Whether a node is to have a pod, and whether one that is there may stay. */
export function shouldRun(ds: DaemonSet, node: Node): { run: boolean, stay: boolean } {
  const spec = ds.spec?.template.spec
  const facts = { name: node.metadata?.name ?? '', labels: node.metadata?.labels }
  if (!spec || (spec.nodeName && spec.nodeName !== facts.name) || !(requiredNodeMatcher(spec)?.(facts) ?? true)) return { run: false, stay: false }
  const tolerations = [...(spec.tolerations ?? []), ...daemonTolerations(!!spec.hostNetwork)]
  const taints = node.spec?.taints
  if (untoleratedTaint(taints, tolerations, ['NoExecute'])) return { run: false, stay: false }
  return { run: !untoleratedTaint(taints, tolerations, ['NoSchedule']), stay: true }
}

export interface DaemonPlan { readonly create: readonly string[], readonly remove: readonly Pod[], readonly failed: readonly Pod[] }

/** The node that a daemon's pod is bound to, or made for. */
export function targetNode(p: Pod): string {
  if (p.spec?.nodeName) return p.spec.nodeName
  for (const t of p.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []) {
    for (const f of t.matchFields ?? []) if (f.key === 'metadata.name' && f.operator === 'In' && f.values?.length === 1) return f.values[0]!
  }
  return ''
}

const created = (p: Pod): string => p.metadata?.creationTimestamp ?? ''

export interface DaemonInput { set: DaemonSet, nodes: readonly Node[], pods: readonly Pod[], hash: string, nowMs: number, mayReplaceFailed(node: string): boolean }

export function planDaemons(i: DaemonInput): DaemonPlan {
  const byNode = Map.groupBy(i.pods, targetNode)
  const create: string[] = []
  const remove: Pod[] = []
  const failed: Pod[] = []
  for (const node of i.nodes) {
    const name = node.metadata?.name ?? ''
    // One on its way out still has the node; one that has ended there as well has not.
    const holders = (byNode.get(name) ?? []).filter((p) => !isTerminating(p) || !isFinished(p))
    const here = holders.filter((p) => !isTerminating(p))
    byNode.delete(name)
    const { run, stay } = shouldRun(i.set, node)
    if (!stay) { remove.push(...here); continue }
    if (holders.length === 0) { if (run) create.push(name); continue }
    const gone = here.filter(isFinished)
    const broken = gone.some((p) => p.status?.phase === 'Failed')
    if (gone.length > 0) failed.push(...(broken && !i.mayReplaceFailed(name) ? gone.filter((p) => p.status?.phase === 'Succeeded') : gone))
    const running = here.filter((p) => !isFinished(p))
    if (running.length > 1) remove.push(...surplus(i, running))
  }
  // Pods of nodes that are gone are the pod garbage collector's; those never bound would wait for ever.
  for (const [, pods] of byNode) remove.push(...pods.filter((p) => !p.spec?.nodeName && !isTerminating(p)))
  return { create: create.slice(0, BURST), remove: remove.slice(0, BURST), failed: failed.slice(0, BURST) }
}

/** One pod per node; during a surge the old one stays until the new one is available. */
function surplus(i: DaemonInput, here: readonly Pod[]): Pod[] {
  const current = (p: Pod) => p.metadata?.labels?.[HASH] === i.hash
  const oldest = (pods: readonly Pod[]) => pods.toSorted((a, b) => (created(a) < created(b) ? -1 : 1))
  if (fences(i.set, 1).surge === 0) return oldest(here).slice(1)
  const [fresh, old] = [oldest(here.filter(current)), oldest(here.filter((p) => !current(p)))]
  const out = [...fresh.slice(1), ...old.slice(1)]
  if (fresh[0] && old[0] && (isAvailable(fresh[0], i.set.spec?.minReadySeconds ?? 0, i.nowMs) || !isAvailable(old[0], i.set.spec?.minReadySeconds ?? 0, i.nowMs))) out.push(old[0])
  return out
}

function fences(ds: DaemonSet, desired: number): { surge: number, unavailable: number } {
  const r = ds.spec?.updateStrategy?.rollingUpdate
  const surge = scaled(r?.maxSurge, desired, 'up', 0)
  const unavailable = scaled(r?.maxUnavailable, desired, 'up', 1)
  return surge === 0 && unavailable === 0 ? { surge, unavailable: 1 } : { surge, unavailable }
}

/** Old pods to delete, and nodes to make a new pod on beside the old one, so that at most so many are missing. */
export function planRollout(i: DaemonInput): { remove: Pod[], create: string[] } {
  if ((i.set.spec?.updateStrategy?.type ?? 'RollingUpdate') !== 'RollingUpdate') return { remove: [], create: [] }
  const minReady = i.set.spec?.minReadySeconds ?? 0
  const nodes = i.nodes.filter((n) => shouldRun(i.set, n).run)
  const { surge, unavailable } = fences(i.set, nodes.length)
  const byNode = Map.groupBy(i.pods.filter((p) => isActive(p)), targetNode)
  let missing = 0
  const urgent: Pod[] = [], fine: Pod[] = [], beside: string[] = []
  let surging = 0
  for (const node of nodes) {
    const name = node.metadata?.name ?? ''
    const here = byNode.get(name) ?? []
    const old = here.find((p) => p.metadata?.labels?.[HASH] !== i.hash)
    const fresh = here.find((p) => p.metadata?.labels?.[HASH] === i.hash)
    const well = (p: Pod | undefined) => !!p && isAvailable(p, minReady, i.nowMs)
    if (surge > 0) {
      if (!old) continue
      if (fresh) { if (!well(fresh)) surging++; continue }
      if (well(old)) beside.push(name)
      else urgent.push(old)
      continue
    }
    if (!well(old) && !well(fresh)) missing++
    if (!old || fresh) continue
    ;(well(old) ? fine : urgent).push(old)
  }
  if (surge > 0) return { remove: urgent, create: beside.slice(0, Math.max(0, surge - surging)) }
  return { remove: [...urgent, ...fine.slice(0, Math.max(0, unavailable - missing))], create: [] }
}

export function daemonStatus(i: DaemonInput): DaemonSetStatus {
  const byNode = Map.groupBy(i.pods.filter((p) => !isTerminating(p) || !isFinished(p)), targetNode)
  const s = { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0, updatedNumberScheduled: 0, numberAvailable: 0, numberUnavailable: 0 }
  for (const node of i.nodes) {
    const here = byNode.get(node.metadata?.name ?? '') ?? []
    const { run } = shouldRun(i.set, node)
    if (!run) { if (here.length > 0) s.numberMisscheduled++; continue }
    s.desiredNumberScheduled++
    // Of two, the one that has the node longest speaks for it.
    const pod = here.toSorted((a, b) => Number(!a.spec?.nodeName) - Number(!b.spec?.nodeName) || (created(a) < created(b) ? -1 : created(a) > created(b) ? 1 : (a.metadata?.name ?? '') < (b.metadata?.name ?? '') ? -1 : 1))[0]
    if (!pod) continue
    s.currentNumberScheduled++
    if (isReady(pod)) { s.numberReady++; if (isAvailable(pod, i.set.spec?.minReadySeconds ?? 0, i.nowMs)) s.numberAvailable++ }
    if (pod.metadata?.labels?.[HASH] === i.hash) s.updatedNumberScheduled++
  }
  s.numberUnavailable = s.desiredNumberScheduled - s.numberAvailable
  const { updatedNumberScheduled, numberAvailable, numberUnavailable, ...always } = s
  return {
    ...always, ...(updatedNumberScheduled && { updatedNumberScheduled }), ...(numberAvailable && { numberAvailable }), ...(numberUnavailable && { numberUnavailable }),
    observedGeneration: i.set.metadata?.generation ?? 0, ...(i.set.status?.collisionCount !== undefined && { collisionCount: i.set.status.collisionCount }), ...(i.set.status?.conditions && { conditions: i.set.status.conditions }),
  }
}
