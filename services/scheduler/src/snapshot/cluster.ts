import type { Labels, LabelSelector, Node, PersistentVolume, PersistentVolumeClaim, PodDisruptionBudget, StorageClass } from '@drydock/api'
import { NodeInfo } from './node-info.ts'
import { bump, PodGroup } from './pod-groups.ts'
import type { PodInfo, PodTerm } from './pod-info.ts'

/** What plugins look up beside nodes and pods; the caller reads it from its informers. */
export interface Lookups {
  namespaceLabels(namespace: string): Labels
  claim(namespace: string, name: string): PersistentVolumeClaim | undefined
  volume(name: string): PersistentVolume | undefined
  volumes(): readonly PersistentVolume[]
  storageClass(name: string): StorageClass | undefined
  disruptionBudgets(namespace: string): readonly PodDisruptionBudget[]
  /** What default spreading goes by: the selectors of the pod's services and controller. Undefined: spread nothing. */
  spreadSelector(pod: PodInfo): LabelSelector | undefined
}

/** A term that pods on nodes have, with the topology values where they are. */
export interface ExistingTerm { readonly term: PodTerm, readonly weight: number, readonly values: Map<string, number> }

// Enough for the workloads that are rolled out at one time; the oldest goes when another is asked for.
const MAX_GROUPS = 128

/**
 * The view that decisions are made on: nodes with the pods that are bound to them or assumed to be. One thread, and a
 * decision does not wait for anything, so the view is changed in place between decisions and no copy is taken.
 */
export class Cluster {
  readonly lookups: Lookups
  readonly #nodes = new Map<string, NodeInfo>()
  #order: NodeInfo[] | undefined
  readonly #podNode = new Map<string, { info: PodInfo, node: NodeInfo, assumed: boolean }>()
  readonly #groups = new Map<string, PodGroup>()
  readonly #antiAffinity = new Map<string, ExistingTerm>()
  readonly #preferences = new Map<string, ExistingTerm>()
  /** Image name → how many nodes have it. */
  readonly imageNodes = new Map<string, number>()
  /** What was made of all nodes and their labels alone; forgotten when these change. */
  readonly #ofNodes = new Map<string, unknown>()
  /** How many nodes have what keeps pods off: where none has, nobody need be asked. */
  cordoned = 0
  tainted = 0
  softlyTainted = 0
  readonly #nominated = new Map<string, Map<string, PodInfo>>()

  constructor(lookups: Lookups) { this.lookups = lookups }

  /** All nodes that exist, taking zones in turn, as upstream's node tree does. The array is not changed, but replaced. */
  get nodes(): readonly NodeInfo[] { return (this.#order ??= interleaveZones([...this.#nodes.values()].filter((n) => n.node))) }
  node(name: string): NodeInfo | undefined { const n = this.#nodes.get(name); return n?.node ? n : undefined }
  pod(key: string): PodInfo | undefined { return this.#podNode.get(key)?.info }
  nodeOf(key: string): string | undefined { return this.#podNode.get(key)?.node.name }
  isAssumed(key: string): boolean { return this.#podNode.get(key)?.assumed ?? false }

  setNode(node: Node): void {
    const name = node.metadata?.name ?? ''
    const info = this.#info(name)
    const had = info.node !== undefined
    const same = had && sameLabels(info.labels, node.metadata?.labels)
    if (had && !same) this.#index(info, -1)
    if (had) this.#count(info, -1)
    const zone = had ? zoneOf(info) : undefined
    info.setNode(node)
    this.#count(info, 1)
    if (!same) { this.#index(info, 1); this.#ofNodes.clear() }
    if (!had || zoneOf(info) !== zone) this.#order = undefined
  }

  removeNode(name: string): void {
    const info = this.#nodes.get(name)
    if (!info?.node) return
    this.#index(info, -1)
    this.#count(info, -1)
    info.node = undefined
    this.#order = undefined
    this.#ofNodes.clear()
    if (info.pods.size === 0) this.#nodes.delete(name)
  }

  /** A pod that is bound to `nodeName`: confirms what was assumed, or moves it where the store says it is. */
  setPod(pod: PodInfo, nodeName: string, o: { assumed?: boolean } = {}): void {
    const before = this.#podNode.get(pod.key)
    if (before?.node.name === nodeName && pod.countsAs(before.info)) {
      // What was assumed is confirmed: nothing counts differently.
      before.node.swap(pod)
      this.#podNode.set(pod.key, { info: pod, node: before.node, assumed: o.assumed ?? false })
      return
    }
    this.removePod(pod.key)
    const node = this.#info(nodeName)
    this.#podNode.set(pod.key, { info: pod, node, assumed: o.assumed ?? false })
    this.place(pod, node)
  }

  removePod(key: string): void {
    const at = this.#podNode.get(key)
    if (!at) return
    this.#podNode.delete(key)
    this.displace(at.info, at.node)
    if (!at.node.node && at.node.pods.size === 0) this.#nodes.delete(at.node.name)
  }

  /** For trying out: counts the pod on the node without remembering where it is. Undone by `displace`. */
  place(pod: PodInfo, node: NodeInfo): void {
    node.add(pod)
    if (node.node) this.#indexPod(pod, node, 1)
  }

  displace(pod: PodInfo, node: NodeInfo): void {
    if (!node.pods.has(pod.key)) return
    node.remove(pod)
    if (node.node) this.#indexPod(pod, node, -1)
  }

  /** Pods that a preemption made room for, and that still wait. */
  nominate(pod: PodInfo, nodeName: string): void {
    this.unnominate(pod.key)
    if (!nodeName) return
    let on = this.#nominated.get(nodeName)
    if (!on) this.#nominated.set(nodeName, (on = new Map()))
    on.set(pod.key, pod)
  }

  unnominate(key: string): void {
    for (const [node, on] of this.#nominated) if (on.delete(key) && on.size === 0) this.#nominated.delete(node)
  }

  get anyNominated(): boolean { return this.#nominated.size > 0 }
  nominatedOn(nodeName: string): readonly PodInfo[] { return [...(this.#nominated.get(nodeName)?.values() ?? [])] }

  /** The counts of the pods that `matches` selects; `signature` says which question this is. */
  group(signature: string, matches: (pod: PodInfo) => boolean): PodGroup {
    const known = this.#groups.get(signature)
    if (known) return known
    const group = new PodGroup(matches)
    for (const node of this.nodes) for (const pod of node.pods.values()) group.change(pod, node, 1)
    if (this.#groups.size >= MAX_GROUPS) this.#groups.delete(this.#groups.keys().next().value!)
    this.#groups.set(signature, group)
    return group
  }

  /** Something that follows from the nodes and their labels alone, made once for all pods that ask; `signature` says what. */
  ofNodes<T>(signature: string, make: (nodes: readonly NodeInfo[]) => T): T {
    const known = this.#ofNodes.get(signature) as T | undefined
    if (known !== undefined) return known
    if (this.#ofNodes.size >= MAX_GROUPS) this.#ofNodes.clear()
    const made = make(this.nodes)
    this.#ofNodes.set(signature, made)
    return made
  }

  /** Required anti-affinity of pods on nodes, each different term once. */
  get existingAntiAffinity(): Iterable<ExistingTerm> { return this.#antiAffinity.values() }
  /** Preferences of pods on nodes; the weight of what they would rather not have beside them is negative. */
  get existingPreferences(): ReadonlyMap<string, ExistingTerm> { return this.#preferences }

  /** Namespaces' labels changed: what was counted through namespace selectors no longer holds. */
  forgetGroups(): void { this.#groups.clear() }

  #info(name: string): NodeInfo {
    let n = this.#nodes.get(name)
    if (!n) this.#nodes.set(name, (n = new NodeInfo(name)))
    return n
  }

  #index(node: NodeInfo, by: 1 | -1): void { for (const p of node.pods.values()) this.#indexPod(p, node, by) }

  #indexPod(pod: PodInfo, node: NodeInfo, by: 1 | -1): void {
    for (const g of this.#groups.values()) g.change(pod, node, by)
    for (const t of pod.antiAffinity) this.#term(this.#antiAffinity, t, 1, node, by)
    for (const t of pod.affinity) this.#term(this.#preferences, t, HARD_POD_AFFINITY_WEIGHT, node, by)
    for (const t of pod.preferredAffinity) this.#term(this.#preferences, t, t.weight, node, by)
    for (const t of pod.preferredAntiAffinity) this.#term(this.#preferences, t, -t.weight, node, by)
  }

  #term(into: Map<string, ExistingTerm>, term: PodTerm, weight: number, node: NodeInfo, by: 1 | -1): void {
    const key = `${weight} ${term.topologyKey} ${term.signature}`
    let e = into.get(key)
    if (!e) into.set(key, (e = { term, weight, values: new Map() }))
    bump(e.values, node.labels?.[term.topologyKey], by)
    if (e.values.size === 0) into.delete(key)
  }

  #count(info: NodeInfo, by: 1 | -1): void {
    if (info.unschedulable) this.cordoned += by
    if (info.hasHardTaint) this.tainted += by
    if (info.hasSoftTaint) this.softlyTainted += by
    for (const name of info.images.keys()) bump(this.imageNodes, name, by)
  }
}

/** Upstream's default hardPodAffinityWeight: what others require counts a little for them as a preference. */
const HARD_POD_AFFINITY_WEIGHT = 1

const zoneOf = (n: NodeInfo): string => `${n.labels?.['topology.kubernetes.io/region'] ?? ''}/${n.labels?.['topology.kubernetes.io/zone'] ?? ''}`

function interleaveZones(nodes: NodeInfo[]): NodeInfo[] {
  const zones = [...Map.groupBy(nodes, zoneOf).values()]
  if (zones.length < 2) return nodes
  const out: NodeInfo[] = []
  for (let i = 0; out.length < nodes.length; i++) for (const z of zones) if (i < z.length) out.push(z[i]!)
  return out
}

function sameLabels(a: Labels, b: Labels): boolean {
  const keys = Object.keys(a ?? {})
  return keys.length === Object.keys(b ?? {}).length && keys.every((k) => a![k] === b?.[k])
}
