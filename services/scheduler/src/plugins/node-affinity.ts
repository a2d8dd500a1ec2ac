import { nodeTermMatcher } from '@drydock/api'
import { defaultNormalize, rejection, type FilterPlugin, type NodeFilter, type ScorePlugin } from '../framework/types.ts'

const name = 'NodeAffinity'
const mismatch = rejection(name, false, "node(s) didn't match Pod's node affinity/selector")

/** nodeSelector and required node affinity. Affinity to nodes by name looks at no other node. */
export const nodeAffinity: FilterPlugin = {
  name,
  requeueOn: [{ on: 'NodeAdd', worth: fits }, { on: 'NodeLabel', worth: fits }, { on: 'PodUpdate' }],
  prepare(pod) {
    const matches = pod.nodeMatcher
    if (!matches) return undefined
    const filter: NodeFilter['filter'] = (node) => (matches(node) ? undefined : mismatch)
    const only = pod.onlyNodes
    return only ? { filter, only } : { filter }
  },
}

function fits(pod: Parameters<FilterPlugin['prepare']>[0], event: { node?: { name: string, labels: Parameters<NonNullable<typeof pod.nodeMatcher>>[0]['labels'] } }): boolean {
  return !event.node || !pod.nodeMatcher || pod.nodeMatcher(event.node)
}

/** Sums the weights of the preferred terms that a node meets. */
export const nodeAffinityScore: ScorePlugin = {
  name,
  weight: 2,
  prepare(pod) {
    const preferred = pod.spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution
    if (!preferred?.length) return undefined
    const terms = preferred.map((p) => ({ weight: p.weight, matches: nodeTermMatcher(p.preference) }))
    return {
      score: (node) => terms.reduce((sum, t) => (t.matches(node) ? sum + t.weight : sum), 0),
      normalize: (scores, count) => defaultNormalize(scores, count, false),
    }
  },
}
