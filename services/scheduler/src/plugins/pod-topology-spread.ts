import { labelMatcher, untoleratedTaint, type LabelSelector, type TopologySpreadConstraint } from '@drydock/api'
import { MAX_NODE_SCORE, rejection, type FilterPlugin, type ScorePlugin } from '../framework/types.ts'
import type { Cluster } from '../snapshot/cluster.ts'
import type { NodeInfo } from '../snapshot/node-info.ts'
import type { PodGroup } from '../snapshot/pod-groups.ts'
import type { PodInfo } from '../snapshot/pod-info.ts'

const name = 'PodTopologySpread'
const HOSTNAME = 'kubernetes.io/hostname'
const uneven = rejection(name, true, "node(s) didn't match pod topology spread constraints")
const unlabelled = rejection(name, false, "node(s) didn't match pod topology spread constraints (missing required label)")

interface Constraint {
  readonly key: string
  readonly maxSkew: number
  readonly minDomains: number
  readonly group: PodGroup
  /** Whether the pod counts itself. */
  readonly self: number
  /** Whether a node's pods count at all for the pod; undefined: every node's. */
  readonly includes: ((node: NodeInfo) => boolean) | undefined
}

/** Constraints with DoNotSchedule: no topology may have more than maxSkew pods above the emptiest one. */
export const podTopologySpread: FilterPlugin = {
  name,
  requeueOn: [
    { on: 'AssignedPodAdd' }, { on: 'AssignedPodUpdate' }, { on: 'AssignedPodDelete' },
    { on: 'NodeAdd' }, { on: 'NodeDelete' }, { on: 'NodeLabel' }, { on: 'NodeTaint' }, { on: 'PodUpdate' },
  ],
  prepare(pod, cluster) {
    const hard = pod.spec.topologySpreadConstraints?.filter((c) => c.whenUnsatisfiable === 'DoNotSchedule')
    if (!hard?.length) return undefined
    const constraints = hard.map((c) => compile(c, pod, cluster))
    const checks = constraints.map((c) => {
      const { counts, min, places } = emptiest(cluster, constraints, c)
      return { c, counts, min: places < c.minDomains ? 0 : min }
    })
    return {
      filter(node) {
        for (const { c, counts, min } of checks) {
          const value = node.labels?.[c.key]
          if (value === undefined) return unlabelled
          if ((counts.get(value) ?? 0) + c.self - (min === Infinity ? 0 : min) > c.maxSkew) return uneven
        }
        return undefined
      },
    }
  },
}

function compile(c: TopologySpreadConstraint, pod: PodInfo, cluster: Cluster): Constraint {
  const selector = withLabelKeys(c, pod)
  const matches = labelMatcher(selector)
  const group = cluster.group(`spread ${pod.namespace} ${JSON.stringify(selector ?? null)}`, (p) => p.namespace === pod.namespace && !p.terminating && matches(p.labels))
  const byAffinity = (c.nodeAffinityPolicy ?? 'Honor') === 'Honor' ? pod.nodeMatcher : undefined
  const byTaints = c.nodeTaintsPolicy === 'Honor'
  const includes = byAffinity || byTaints
    ? (node: NodeInfo) => (!byAffinity || byAffinity(node)) && (!byTaints || !untoleratedTaint(node.taints, pod.tolerations, ['NoSchedule', 'NoExecute']))
    : undefined
  return { key: c.topologyKey, maxSkew: c.maxSkew, minDomains: c.minDomains ?? 1, group, self: matches(pod.labels) ? 1 : 0, includes }
}

// The apiserver merges the keys into the selector when the pod is made; doing it again changes nothing.
function withLabelKeys(c: TopologySpreadConstraint, pod: PodInfo): LabelSelector | undefined {
  const keys = (c.matchLabelKeys ?? []).filter((k) => pod.labels?.[k] !== undefined)
  if (keys.length === 0) return c.labelSelector
  return { ...c.labelSelector, matchExpressions: [...(c.labelSelector?.matchExpressions ?? []), ...keys.map((key) => ({ key, operator: 'In', values: [pod.labels![key]!] }))] }
}

interface Emptiest { readonly counts: ReadonlyMap<string, number>, readonly min: number, readonly places: number }

/** How many matching pods the places have, and the emptiest of them; where every node counts, without a look at each. */
function emptiest(cluster: Cluster, all: readonly Constraint[], c: Constraint): Emptiest {
  const values = c.includes ? undefined : cluster.ofNodes(`places ${c.key} of ${all.map((x) => x.key).join()}`, (nodes) => (domains(cluster, all, c).length === nodes.length ? [...new Set(nodes.map((n) => n.labels![c.key]!))] : []))
  let min = Infinity
  if (values?.length) {
    const counts = c.group.byTopology(c.key)
    for (const v of values) min = Math.min(min, counts.get(v) ?? 0)
    return { counts, min, places: values.length }
  }
  const counts = countsIn(domains(cluster, all, c), c, cluster)
  for (const n of counts.values()) min = Math.min(min, n)
  return { counts, min, places: counts.size }
}

/** Nodes whose topology values are places to spread over: those that have every constraint's label, and are included. */
function domains(cluster: Cluster, all: readonly Constraint[], of: Constraint): NodeInfo[] {
  return cluster.nodes.filter((n) => all.every((c) => n.labels?.[c.key] !== undefined) && (!of.includes || of.includes(n)))
}

/** Matching pods by topology value; a value without any counts as zero. */
function countsIn(nodes: readonly NodeInfo[], c: Constraint, cluster: Cluster): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  if (nodes.length === cluster.nodes.length) {
    const known = c.group.byTopology(c.key)
    for (const n of nodes) { const v = n.labels![c.key]!; if (!counts.has(v)) counts.set(v, known.get(v) ?? 0) }
  } else {
    for (const n of nodes) { const v = n.labels![c.key]!; counts.set(v, (counts.get(v) ?? 0) + (c.group.byNode.get(n) ?? 0)) }
  }
  return counts
}

/** Upstream's system defaults, for pods that say nothing themselves but belong to something. */
const systemDefaults = [{ topologyKey: HOSTNAME, maxSkew: 3 }, { topologyKey: 'topology.kubernetes.io/zone', maxSkew: 5 }] as const

interface Soft { readonly constraints: readonly Constraint[], readonly needEveryLabel: boolean }

function softConstraints(pod: PodInfo, cluster: Cluster): Soft | undefined {
  const given = pod.spec.topologySpreadConstraints
  if (given?.length) {
    const soft = given.filter((c) => c.whenUnsatisfiable === 'ScheduleAnyway')
    return soft.length > 0 ? { constraints: soft.map((c) => compile(c, pod, cluster)), needEveryLabel: true } : undefined
  }
  const labelSelector = cluster.lookups.spreadSelector(pod)
  if (!labelSelector) return undefined
  return { constraints: systemDefaults.map((d) => compile({ ...d, whenUnsatisfiable: 'ScheduleAnyway', labelSelector }, pod, cluster)), needEveryLabel: false }
}

/** Constraints with ScheduleAnyway and the system's defaults: fewer matching pods in a node's topologies are better. */
export const podTopologySpreadScore: ScorePlugin = {
  name,
  weight: 2,
  prepare(pod, cluster, nodes) {
    const soft = softConstraints(pod, cluster)
    if (!soft) return undefined
    const ignored = soft.needEveryLabel ? nodes.map((n) => soft.constraints.some((c) => n.labels?.[c.key] === undefined)) : undefined
    const parts = soft.constraints.map((c) => weigh(c, nodes, ignored, cluster))
    return {
      score(node, i) {
        if (ignored?.[i]) return -1
        let sum = 0
        for (const p of parts) {
          const value = node.labels?.[p.key]
          if (value !== undefined) sum += (p.byNode ? (p.byNode.get(node) ?? 0) : (p.byValue.get(value) ?? 0)) * p.weight + (p.maxSkew - 1)
        }
        return Math.round(sum)
      },
      normalize: fewestIsBest,
    }
  },
}

function weigh(c: Constraint, nodes: readonly NodeInfo[], ignored: readonly boolean[] | undefined, cluster: Cluster) {
  const counted = ignored ? nodes.filter((_, i) => !ignored[i]) : nodes
  const byHost = c.key === HOSTNAME
  const size = byHost ? counted.length : new Set(counted.map((n) => n.labels?.[c.key]).filter((v) => v !== undefined)).size
  const byValue = byHost ? new Map<string, number>() : c.includes ? countsIn(cluster.nodes.filter((n) => n.labels?.[c.key] !== undefined && c.includes!(n)), c, cluster) : c.group.byTopology(c.key)
  return { key: c.key, maxSkew: c.maxSkew, weight: Math.log(size + 2), byValue, byNode: byHost ? c.group.byNode : undefined }
}

/** Ignored nodes (−1) come out as 0. */
function fewestIsBest(scores: Float64Array, count: number): void {
  let min = Infinity, max = 0
  for (let i = 0; i < count; i++) if (scores[i]! >= 0) { min = Math.min(min, scores[i]!); max = Math.max(max, scores[i]!) }
  for (let i = 0; i < count; i++) {
    if (scores[i]! < 0) scores[i] = 0
    else scores[i] = max === 0 ? MAX_NODE_SCORE : Math.floor((MAX_NODE_SCORE * (max + min - scores[i]!)) / max)
  }
}
