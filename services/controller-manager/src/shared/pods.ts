import type { Pod } from '@drydock/api'

/** What controllers ask of pods; upstream's podutil and controller_utils. */

export const podCondition = (pod: Pod, type: string) => pod.status?.conditions?.find((c) => c.type === type)
export const isReady = (pod: Pod): boolean => podCondition(pod, 'Ready')?.status === 'True'
export const isFinished = (pod: Pod): boolean => pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
export const isTerminating = (pod: Pod): boolean => pod.metadata?.deletionTimestamp !== undefined
/** Neither finished nor on its way out. */
export const isActive = (pod: Pod): boolean => !isFinished(pod) && !isTerminating(pod)

/** Ready for at least `minReadySeconds`. */
export function isAvailable(pod: Pod, minReadySeconds: number, nowMs: number): boolean {
  if (!isReady(pod)) return false
  return minReadySeconds === 0 || readySinceMs(pod) + minReadySeconds * 1000 <= nowMs
}

export const readySinceMs = (pod: Pod): number => Date.parse(podCondition(pod, 'Ready')?.lastTransitionTime ?? '') || 0

/** Milliseconds until the first ready pod that is not available yet becomes so; undefined where none will. */
export function nextAvailabilityMs(pods: readonly Pod[], minReadySeconds: number, nowMs: number): number | undefined {
  let soonest: number | undefined
  for (const p of pods) {
    if (!isReady(p) || minReadySeconds === 0) continue
    const left = readySinceMs(p) + minReadySeconds * 1000 - nowMs
    if (left > 0 && (soonest === undefined || left < soonest)) soonest = left
  }
  return soonest
}

const maxRestarts = (pod: Pod): number => Math.max(0, ...(pod.status?.containerStatuses ?? []).map((s) => s.restartCount))
const deletionCost = (pod: Pod): number => Number(pod.metadata?.annotations?.['controller.kubernetes.io/pod-deletion-cost'] ?? 0) || 0
const phaseRank: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 }
const createdMs = (pod: Pod): number => Date.parse(pod.metadata?.creationTimestamp ?? '') || 0

// Differences of age count by powers of two, so that pods of about the same age go by chance of their uid.
const logAge = (sinceMs: number, nowMs: number): number => Math.floor(Math.log2(Math.max(1, nowMs - sinceMs)))

/**
 * Upstream's ActivePodsWithRanks: whom to delete first. Unassigned, then pending, then not ready, then cheap, then those
 * on nodes with many of the same, then young readiness, then many restarts, then young.
 */
export function byDeletionOrder(sameNode: (p: Pod) => number, nowMs: number): (a: Pod, b: Pod) => number {
  return (a, b) =>
    Number(!!a.spec?.nodeName) - Number(!!b.spec?.nodeName)
    || (phaseRank[a.status?.phase ?? ''] ?? 0) - (phaseRank[b.status?.phase ?? ''] ?? 0)
    || Number(isReady(a)) - Number(isReady(b))
    || deletionCost(a) - deletionCost(b)
    || sameNode(b) - sameNode(a)
    || (isReady(a) && isReady(b) ? logAge(readySinceMs(a), nowMs) - logAge(readySinceMs(b), nowMs) : 0)
    || maxRestarts(b) - maxRestarts(a)
    || logAge(createdMs(a), nowMs) - logAge(createdMs(b), nowMs)
    || ((a.metadata?.uid ?? '') < (b.metadata?.uid ?? '') ? -1 : 1)
}
