import type { NodeInfo } from './node-info.ts'
import type { PodInfo } from './pod-info.ts'

/**
 * Counts of the pods that some selector selects, by node and by topology value, kept pod by pod. What upstream counts
 * anew for every pod over all nodes is here a look-up, because pods of one workload ask the same question.
 */
export class PodGroup {
  readonly matches: (pod: PodInfo) => boolean
  readonly byNode = new Map<NodeInfo, number>()
  /** Topology key → value → pods on nodes with that label. Holds no zeros. */
  readonly #byTopology = new Map<string, Map<string, number>>()

  constructor(matches: (pod: PodInfo) => boolean) { this.matches = matches }

  /** Pods by value of a topology key, over all nodes that have it. Live: it follows later changes. */
  byTopology(key: string): ReadonlyMap<string, number> {
    let counts = this.#byTopology.get(key)
    if (!counts) {
      counts = new Map()
      for (const [node, n] of this.byNode) bump(counts, node.labels?.[key], n)
      this.#byTopology.set(key, counts)
    }
    return counts
  }

  change(pod: PodInfo, node: NodeInfo, by: 1 | -1): void {
    if (!this.matches(pod)) return
    bump(this.byNode, node, by)
    for (const [key, counts] of this.#byTopology) bump(counts, node.labels?.[key], by)
  }
}

/** Adds to a counter; removes it at zero. */
export function bump<K>(counts: Map<K, number>, key: K | undefined, by: number): void {
  if (key === undefined) return
  const n = (counts.get(key) ?? 0) + by
  if (n === 0) counts.delete(key)
  else counts.set(key, n)
}
