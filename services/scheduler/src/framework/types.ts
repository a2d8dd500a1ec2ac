import type { PodInfo } from '../snapshot/pod-info.ts'
import type { NodeInfo } from '../snapshot/node-info.ts'
import type { Cluster } from '../snapshot/cluster.ts'

/**
 * What a plugin is. Upstream's framework in the small: `prepare` is PreFilter or PreScore, done once per pod; what it
 * returns is asked once per node and must not allocate where a node passes. Plugins read the cluster and never change it.
 */

/** Why a node (or every node) is refused. Preemption helps only where `resolvable`. */
export interface Rejection {
  readonly plugin: string
  readonly reasons: readonly string[]
  /** False is upstream's UnschedulableAndUnresolvable: no victim's going would help. */
  readonly resolvable: boolean
}

export const rejection = (plugin: string, resolvable: boolean, ...reasons: string[]): Rejection => ({ plugin, reasons, resolvable })

/** Asked once per node. */
export interface NodeFilter {
  filter(node: NodeInfo): Rejection | undefined
  /** Only these nodes can be right (by name); the others are refused without being asked. */
  readonly only?: ReadonlySet<string>
}

/** `every`: no node can take the pod, whatever it has; the message stands in place of the nodes' reasons. */
export interface RejectEvery { readonly every: Rejection }

export interface FilterPlugin {
  readonly name: string
  /** Undefined: the pod asks nothing of this plugin (upstream's Skip). */
  prepare(pod: PodInfo, cluster: Cluster): NodeFilter | RejectEvery | undefined
  /** What may make a pod that this plugin refused schedulable. */
  readonly requeueOn: readonly Hint[]
}

/** Scores are 0 … 100 after `normalize`. */
export interface NodeScorer {
  score(node: NodeInfo, index: number): number
  /** In place over the first `count` scores; default: they are final. */
  normalize?(scores: Float64Array, count: number): void
}

export interface ScorePlugin {
  readonly name: string
  readonly weight: number
  /** Undefined: all nodes are alike to this plugin. */
  prepare(pod: PodInfo, cluster: Cluster, nodes: readonly NodeInfo[]): NodeScorer | undefined
}

export const MAX_NODE_SCORE = 100

/** Kinds of change that can make a waiting pod schedulable (upstream's ClusterEvent). */
export type EventKind =
  | 'NodeAdd' | 'NodeAllocatable' | 'NodeLabel' | 'NodeTaint' | 'NodeDelete'
  | 'AssignedPodAdd' | 'AssignedPodUpdate' | 'AssignedPodDelete' | 'PodUpdate'
  | 'PersistentVolumeClaim' | 'PersistentVolume' | 'StorageClass' | 'Namespace' | 'Force'

/** `old` is what the pod was before an update. */
export interface ClusterEvent { readonly kind: EventKind, readonly pod?: PodInfo, readonly old?: PodInfo, readonly node?: NodeInfo }

/** An event kind, and whether this event of it is worth another try for the pod (upstream's queueing hints). */
export interface Hint { readonly on: EventKind, worth?(pod: PodInfo, event: ClusterEvent): boolean }

/** Scales scores so that the highest is 100; `reverse` makes the highest the lowest. */
export function defaultNormalize(scores: Float64Array, count: number, reverse: boolean): void {
  let max = 0
  for (let i = 0; i < count; i++) if (scores[i]! > max) max = scores[i]!
  for (let i = 0; i < count; i++) {
    const s = max === 0 ? 0 : Math.floor((MAX_NODE_SCORE * scores[i]!) / max)
    scores[i] = reverse ? MAX_NODE_SCORE - s : s
  }
}
