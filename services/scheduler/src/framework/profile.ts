import type { Cluster } from '../snapshot/cluster.ts'
import type { NodeInfo } from '../snapshot/node-info.ts'
import type { PodInfo } from '../snapshot/pod-info.ts'
import type { FilterPlugin, NodeFilter, Rejection, ScorePlugin } from './types.ts'

/** The plugins that decide, in order. */
export interface Profile { readonly filters: readonly FilterPlugin[], readonly scores: readonly ScorePlugin[] }

/** The filters that have something to say about a pod; or why no node can take it. */
export interface Prepared {
  readonly filters: readonly NodeFilter[]
  readonly every?: Rejection
  /** Set where plugins name the only nodes that can be right, with the names of those plugins. */
  readonly only?: { readonly names: ReadonlySet<string>, readonly plugins: readonly string[] }
}

export function prepareFilters(profile: Profile, pod: PodInfo, cluster: Cluster): Prepared {
  const filters: NodeFilter[] = []
  const plugins: string[] = []
  let names: ReadonlySet<string> | undefined
  for (const p of profile.filters) {
    const prepared = p.prepare(pod, cluster)
    if (!prepared) continue
    if ('every' in prepared) return { filters, every: prepared.every }
    filters.push(prepared)
    if (prepared.only) {
      const before: ReadonlySet<string> | undefined = names
      names = before ? new Set([...before].filter((n) => prepared.only!.has(n))) : prepared.only
      plugins.push(p.name)
    }
  }
  return names ? { filters, only: { names, plugins } } : { filters }
}

/** The first refusal, or undefined where the node can take the pod. */
export function runFilters(filters: readonly NodeFilter[], node: NodeInfo): Rejection | undefined {
  for (const f of filters) {
    const r = f.filter(node)
    if (r) return r
  }
  return undefined
}

/**
 * As runFilters, but the node must also take the pod beside those that preemption made room for there and that are as
 * important (upstream runs its filters twice then: what helps with them there may hurt without them).
 */
export function runFiltersWithNominated(profile: Profile, prepared: Prepared, pod: PodInfo, node: NodeInfo, cluster: Cluster): Rejection | undefined {
  if (cluster.anyNominated) {
    const others = cluster.nominatedOn(node.name).filter((p) => p.key !== pod.key && p.priority >= pod.priority && !node.pods.has(p.key))
    if (others.length > 0) {
      for (const p of others) cluster.place(p, node)
      const with_ = prepareFilters(profile, pod, cluster)
      const refused = with_.every ?? runFilters(with_.filters, node)
      for (const p of others) cluster.displace(p, node)
      if (refused) return refused
    }
  }
  return runFilters(prepared.filters, node)
}
