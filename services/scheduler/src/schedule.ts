import type { Random } from '@drydock/base'
import { fitMessage, pluginsOf } from './framework/fit-error.ts'
import { prepareFilters, runFiltersWithNominated, type Prepared, type Profile } from './framework/profile.ts'
import { rejection, type Rejection, type ScorePlugin } from './framework/types.ts'
import { preempt, type Preemption } from './preempt.ts'
import type { Cluster } from './snapshot/cluster.ts'
import type { NodeInfo } from './snapshot/node-info.ts'
import type { PodInfo } from './snapshot/pod-info.ts'

/**
 * The decision: given the cluster as it is seen and a pod, which node. Pure but for trying pods on nodes and taking them
 * off again; no clock, no I/O. Start reading here.
 */
export type Decision =
  | { readonly node: string, readonly evaluated: number, readonly feasible: number }
  | { readonly node: undefined, readonly message: string, readonly rejectedBy: ReadonlySet<string>, readonly preemption?: Preemption }

export interface DecideOptions {
  profile: Profile
  random: Random
  /** How much of the cluster to look at before scoring, in percent; 0 (default): by size, as upstream. */
  percentageOfNodesToScore?: number
}

const MIN_FEASIBLE = 100

/** Keeps what is reused from one decision to the next: where the round over the nodes stopped, and scratch space. */
export class Decider {
  readonly #o: DecideOptions
  readonly #feasible: NodeInfo[] = []
  #totals = new Float64Array(128)
  #scores = new Float64Array(128)
  #start = 0

  constructor(o: DecideOptions) { this.#o = o }

  decide(pod: PodInfo, cluster: Cluster): Decision {
    const nodes = cluster.nodes
    if (nodes.length === 0) return { node: undefined, message: 'no nodes available to schedule pods', rejectedBy: new Set() }
    const prepared = prepareFilters(this.#o.profile, pod, cluster)
    if (prepared.every) {
      // Upstream's dynamic resources, asked afterwards, miss what they would have noted before: hence the odd end.
      const message = fitMessage(nodes.length, { every: prepared.every.reasons.join(', '), after: 'not found' })
      return { node: undefined, message, rejectedBy: pluginsOf([prepared.every]) }
    }
    const refused = new Map<NodeInfo, Rejection>()
    const evaluated = this.#findFeasible(pod, cluster, prepared, refused)
    if (this.#feasible.length === 0) return this.#unschedulable(pod, cluster, refused)
    const chosen = this.#feasible.length === 1 ? this.#feasible[0]! : this.#best(pod, cluster)
    return { node: chosen.name, evaluated, feasible: this.#feasible.length }
  }

  /** Fills the feasible nodes, from where the last round ended, until there are enough to choose from. */
  #findFeasible(pod: PodInfo, cluster: Cluster, prepared: Prepared, refused: Map<NodeInfo, Rejection>): number {
    this.#feasible.length = 0
    if (pod.nominatedNode && this.#takeNominated(pod, cluster, prepared)) return 1
    if (prepared.only) return this.#findAmong(pod, cluster, prepared, refused)
    const nodes = cluster.nodes
    const enough = this.#enough(nodes.length)
    const start = this.#start % nodes.length
    let evaluated = 0
    while (evaluated < nodes.length && this.#feasible.length < enough) {
      const node = nodes[(start + evaluated++) % nodes.length]!
      this.#ask(pod, node, cluster, prepared, refused)
    }
    this.#start = (start + evaluated) % nodes.length
    return evaluated
  }

  #takeNominated(pod: PodInfo, cluster: Cluster, prepared: Prepared): boolean {
    const node = cluster.node(pod.nominatedNode)
    if (!node || runFiltersWithNominated(this.#o.profile, prepared, pod, node, cluster)) return false
    this.#feasible.push(node)
    return true
  }

  #findAmong(pod: PodInfo, cluster: Cluster, prepared: Prepared, refused: Map<NodeInfo, Rejection>): number {
    const { names, plugins } = prepared.only!
    const outside = rejection(plugins[0]!, false, `node(s) didn't satisfy plugin(s) [${plugins.join(' ')}]`)
    for (const node of cluster.nodes) {
      if (names.has(node.name)) this.#ask(pod, node, cluster, prepared, refused)
      else refused.set(node, outside)
    }
    return names.size
  }

  #ask(pod: PodInfo, node: NodeInfo, cluster: Cluster, prepared: Prepared, refused: Map<NodeInfo, Rejection>): void {
    const r = runFiltersWithNominated(this.#o.profile, prepared, pod, node, cluster)
    if (r) refused.set(node, r)
    else this.#feasible.push(node)
  }

  #enough(nodes: number): number {
    if (nodes <= MIN_FEASIBLE) return nodes
    const percent = this.#o.percentageOfNodesToScore || Math.max(5, 50 - Math.floor(nodes / 125))
    return percent >= 100 ? nodes : Math.max(MIN_FEASIBLE, Math.floor((nodes * percent) / 100))
  }

  /** The node with the highest sum of weighted scores; one of them by chance where there are several. */
  #best(pod: PodInfo, cluster: Cluster): NodeInfo {
    const nodes = this.#feasible
    this.#scoreAll(pod, cluster)
    let best = -Infinity, ties = 0, at = 0
    for (let i = 0; i < nodes.length; i++) {
      const s = this.#totals[i]!
      if (s > best) { best = s; ties = 1; at = i } else if (s === best && this.#o.random.next() * ++ties < 1) at = i
    }
    return nodes[at]!
  }

  #scoreAll(pod: PodInfo, cluster: Cluster): void {
    const n = this.#feasible.length
    if (this.#totals.length < n) {
      this.#totals = new Float64Array(2 * n)
      this.#scores = new Float64Array(2 * n)
    }
    this.#totals.fill(0, 0, n)
    for (const plugin of this.#o.profile.scores) this.#score(plugin, pod, cluster, n)
  }

  #score(plugin: ScorePlugin, pod: PodInfo, cluster: Cluster, n: number): void {
    const scorer = plugin.prepare(pod, cluster, this.#feasible)
    if (!scorer) return
    for (let i = 0; i < n; i++) this.#scores[i] = scorer.score(this.#feasible[i]!, i)
    scorer.normalize?.(this.#scores, n)
    for (let i = 0; i < n; i++) this.#totals[i]! += plugin.weight * this.#scores[i]!
  }

  #unschedulable(pod: PodInfo, cluster: Cluster, refused: ReadonlyMap<NodeInfo, Rejection>): Decision {
    const reasons = [...refused.values()].map((r) => r.reasons)
    const rejectedBy = pluginsOf(refused.values())
    const outcome = preempt(pod, cluster, { profile: this.#o.profile, refused, random: this.#o.random })
    if ('victims' in outcome) return { node: undefined, message: fitMessage(cluster.nodes.length, { reasons }), rejectedBy, preemption: outcome }
    const after = `no new claims to deallocate, preemption: ${outcome.message}`
    return { node: undefined, message: fitMessage(cluster.nodes.length, { reasons, after }), rejectedBy }
  }
}
