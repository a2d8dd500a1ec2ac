import type { Pod, ReplicaSetStatus } from '@drydock/api'
import { condition, findCondition, omitZero, setCondition } from '../shared/conditions.ts'
import { byDeletionOrder, isActive, isAvailable, isFinished, isReady, isTerminating } from '../shared/pods.ts'

/** Most pods that one round makes or deletes (upstream's BurstReplicas). */
export const BURST = 500

export interface ReplicaPlan { readonly create: number, readonly remove: readonly Pod[] }

/**
 * How many pods to make, or which to delete. `pods` are the owner's; `related` those of owners beside it (the other
 * ReplicaSets of its Deployment): nodes with many of all of them lose one first.
 */
export function planReplicas(desired: number, pods: readonly Pod[], related: readonly Pod[], nowMs: number): ReplicaPlan {
  const active = pods.filter(isActive)
  const diff = active.length - desired
  if (diff < 0) return { create: Math.min(-diff, BURST), remove: [] }
  if (diff === 0) return { create: 0, remove: [] }
  const perNode = new Map<string, number>()
  for (const p of related) if (isActive(p) && p.spec?.nodeName) perNode.set(p.spec.nodeName, (perNode.get(p.spec.nodeName) ?? 0) + 1)
  const sorted = active.toSorted(byDeletionOrder((p) => perNode.get(p.spec?.nodeName ?? '') ?? 0, nowMs))
  return { create: 0, remove: sorted.slice(0, Math.min(diff, BURST)) }
}

export interface StatusInput {
  before: ReplicaSetStatus | undefined
  desired: number
  minReadySeconds: number
  templateLabels: Record<string, string>
  pods: readonly Pod[]
  generation: number
  /** What went wrong this round, and how many pods the round wanted to change. */
  failure?: { message: string, diff: number } | undefined
  /** ReplicationControllers do not count terminating pods. */
  countTerminating: boolean
  nowMs: number
}

export function replicaStatus(i: StatusInput): ReplicaSetStatus {
  const active = i.pods.filter(isActive)
  const labelled = Object.entries(i.templateLabels)
  let conditions = i.before?.conditions
  const failed = findCondition(conditions, 'ReplicaFailure')
  if (i.failure && !failed) conditions = setCondition(conditions, condition('ReplicaFailure', 'True', i.failure.diff < 0 ? 'FailedCreate' : 'FailedDelete', i.failure.message, i.nowMs))
  else if (!i.failure && failed) conditions = conditions?.filter((c) => c.type !== 'ReplicaFailure')
  return omitZero<ReplicaSetStatus>({
    replicas: active.length,
    fullyLabeledReplicas: active.filter((p) => labelled.every(([k, v]) => p.metadata?.labels?.[k] === v)).length,
    readyReplicas: active.filter(isReady).length,
    availableReplicas: active.filter((p) => isAvailable(p, i.minReadySeconds, i.nowMs)).length,
    ...(i.countTerminating && { terminatingReplicas: i.pods.filter((p) => isTerminating(p) && !isFinished(p)).length }),
    observedGeneration: i.generation,
    conditions,
  }, ['replicas', 'terminatingReplicas'])
}
