import { MAX_NODE_SCORE, rejection, type FilterPlugin, type ScorePlugin } from '../framework/types.ts'
import type { Cluster } from '../snapshot/cluster.ts'
import type { PodInfo, PodTerm } from '../snapshot/pod-info.ts'

const name = 'InterPodAffinity'
const noAffinity = rejection(name, false, "node(s) didn't match pod affinity rules")
const ownAntiAffinity = rejection(name, true, "node(s) didn't match pod anti-affinity rules")
const othersAntiAffinity = rejection(name, true, "node(s) didn't satisfy existing pods anti-affinity rules")

interface Where { readonly key: string, readonly values: ReadonlyMap<string, number> }

/** Required affinity and anti-affinity to other pods: the pod's own, and the anti-affinity of those that are there. */
export const interPodAffinity: FilterPlugin = {
  name,
  requeueOn: [
    { on: 'AssignedPodAdd', worth: (pod, e) => !e.pod || pod.affinity.length > 0 },
    { on: 'AssignedPodUpdate' },
    { on: 'AssignedPodDelete', worth: (pod, e) => !e.pod || pod.antiAffinity.length > 0 || pod.affinity.length > 0 || e.pod.antiAffinity.length > 0 },
    { on: 'NodeAdd' }, { on: 'NodeLabel' }, { on: 'Namespace' }, { on: 'PodUpdate' },
  ],
  prepare(pod, cluster) {
    const labelsOf = cluster.lookups.namespaceLabels
    const forbidden: Where[] = []
    for (const e of cluster.existingAntiAffinity) if (e.term.matches(pod, labelsOf)) forbidden.push({ key: e.term.topologyKey, values: e.values })
    const apart = pod.antiAffinity.map((t) => ({ key: t.topologyKey, values: groupOf(cluster, [t]).byTopology(t.topologyKey) }))
    const together = pod.affinity.length > 0 ? togetherWith(pod, cluster) : undefined
    if (forbidden.length === 0 && apart.length === 0 && !together) return undefined
    return {
      filter(node) {
        if (together && !together(node.labels)) return noAffinity
        for (const a of apart) { const v = node.labels?.[a.key]; if (v !== undefined && a.values.has(v)) return ownAntiAffinity }
        for (const f of forbidden) { const v = node.labels?.[f.key]; if (v !== undefined && f.values.has(v)) return othersAntiAffinity }
        return undefined
      },
    }
  },
}

/** The pods that match all of the terms together. */
function groupOf(cluster: Cluster, terms: readonly PodTerm[]) {
  const labelsOf = cluster.lookups.namespaceLabels
  return cluster.group(`terms ${terms.map((t) => t.signature).join(' ')}`, (p) => terms.every((t) => t.matches(p, labelsOf)))
}

/** Every term's topology must hold a matching pod; the first of a group that wants to be together may go anywhere. */
function togetherWith(pod: PodInfo, cluster: Cluster): (labels: PodInfo['labels']) => boolean {
  const group = groupOf(cluster, pod.affinity)
  const wanted = pod.affinity.map((t) => ({ key: t.topologyKey, values: group.byTopology(t.topologyKey) }))
  const first = wanted.every((w) => w.values.size === 0) && pod.affinity.every((t) => t.matches(pod, cluster.lookups.namespaceLabels))
  return (labels) => {
    for (const w of wanted) {
      const value = labels?.[w.key]
      if (value === undefined || (!first && !w.values.has(value))) return false
    }
    return true
  }
}

/** The pod's preferences, and those of the pods on the node's topology for it; scaled between the worst and the best node. */
export const interPodAffinityScore: ScorePlugin = {
  name,
  weight: 2,
  prepare(pod, cluster) {
    const labelsOf = cluster.lookups.namespaceLabels
    const parts: (Where & { weight: number })[] = []
    const own = (terms: readonly PodTerm[], sign: 1 | -1) => {
      for (const t of terms) {
        const values = groupOf(cluster, [t]).byTopology(t.topologyKey)
        if (values.size > 0) parts.push({ key: t.topologyKey, values, weight: sign * t.weight })
      }
    }
    own(pod.preferredAffinity, 1)
    own(pod.preferredAntiAffinity, -1)
    for (const e of cluster.existingPreferences.values()) if (e.term.matches(pod, labelsOf)) parts.push({ key: e.term.topologyKey, values: e.values, weight: e.weight })
    if (parts.length === 0) return undefined
    return {
      score(node) {
        let sum = 0
        for (const p of parts) { const v = node.labels?.[p.key]; if (v !== undefined) sum += p.weight * (p.values.get(v) ?? 0) }
        return sum
      },
      normalize(scores, count) {
        let min = Infinity, max = -Infinity
        for (let i = 0; i < count; i++) { min = Math.min(min, scores[i]!); max = Math.max(max, scores[i]!) }
        for (let i = 0; i < count; i++) scores[i] = max > min ? Math.floor((MAX_NODE_SCORE * (scores[i]! - min)) / (max - min)) : 0
      },
    }
  },
}
