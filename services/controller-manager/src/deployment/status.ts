import type { Deployment, DeploymentCondition, DeploymentStatus, ReplicaSet } from '@drydock/api'
import { formatTime } from '@drydock/base'
import { findCondition, omitZero, setCondition } from '../shared/conditions.ts'
import { maxUnavailable, replicas, totalSize } from './plan.ts'

/** What a Deployment says of itself: counts, and how its rollout is getting on. Pure. */

export const deploymentCondition = (type: string, status: 'True' | 'False' | 'Unknown', reason: string, message: string, nowMs: number): DeploymentCondition =>
  ({ type, status, lastUpdateTime: formatTime(nowMs), lastTransitionTime: formatTime(nowMs), reason, message })

export const hasDeadline = (d: Deployment): boolean => d.spec?.progressDeadlineSeconds !== undefined && d.spec.progressDeadlineSeconds !== 2 ** 31 - 1
const total = (sets: readonly ReplicaSet[], of: (s: NonNullable<ReplicaSet['status']>) => number | undefined): number => sets.reduce((n, rs) => n + (rs.status ? (of(rs.status) ?? 0) : 0), 0)

/** Counts and availability; the other conditions as they were. */
export function countedStatus(d: Deployment, all: readonly ReplicaSet[], newSet: ReplicaSet | undefined, nowMs: number): DeploymentStatus {
  const available = total(all, (s) => s.availableReplicas)
  const enough = available >= replicas(d) - maxUnavailable(d)
  const counted = all.every((rs) => rs.status?.terminatingReplicas !== undefined)
  return omitZero<DeploymentStatus>({
    observedGeneration: d.metadata?.generation ?? 0,
    replicas: total(all, (s) => s.replicas),
    updatedReplicas: newSet?.status?.replicas ?? 0,
    readyReplicas: total(all, (s) => s.readyReplicas),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, totalSize(all) - available),
    ...(counted && { terminatingReplicas: total(all, (s) => s.terminatingReplicas) }),
    collisionCount: d.status?.collisionCount,
    conditions: setCondition(d.status?.conditions, enough
      ? deploymentCondition('Available', 'True', 'MinimumReplicasAvailable', 'Deployment has minimum availability.', nowMs)
      : deploymentCondition('Available', 'False', 'MinimumReplicasUnavailable', 'Deployment does not have minimum availability.', nowMs)),
  }, ['terminatingReplicas'])
}

export const isComplete = (d: Deployment, s: DeploymentStatus): boolean =>
  (s.updatedReplicas ?? 0) === replicas(d) && (s.replicas ?? 0) === replicas(d) && (s.availableReplicas ?? 0) === replicas(d) && (s.observedGeneration ?? 0) >= (d.metadata?.generation ?? 0)

function isProgressing(before: DeploymentStatus | undefined, s: DeploymentStatus): boolean {
  const oldOnes = (x: DeploymentStatus | undefined) => (x?.replicas ?? 0) - (x?.updatedReplicas ?? 0)
  return (s.updatedReplicas ?? 0) > (before?.updatedReplicas ?? 0) || oldOnes(s) < oldOnes(before)
    || (s.readyReplicas ?? 0) > (before?.readyReplicas ?? 0) || (s.availableReplicas ?? 0) > (before?.availableReplicas ?? 0)
}

function timedOut(d: Deployment, s: DeploymentStatus, nowMs: number): boolean {
  const c = findCondition(s.conditions, 'Progressing')
  if (!hasDeadline(d) || !c || c.reason === 'NewReplicaSetAvailable') return false
  if (c.reason === 'ProgressDeadlineExceeded') return true
  return Date.parse(c.lastUpdateTime ?? '') + d.spec!.progressDeadlineSeconds! * 1000 < nowMs
}

/** The status in the middle of a rollout: progress, its end, or that the deadline has passed; and failures of the sets. */
export function rolloutStatus(d: Deployment, all: readonly ReplicaSet[], newSet: ReplicaSet | undefined, nowMs: number): DeploymentStatus {
  const s = countedStatus(d, all, newSet, nowMs)
  const what = newSet ? `ReplicaSet "${newSet.metadata?.name}"` : `Deployment "${d.metadata?.name}"`
  const current = findCondition(d.status?.conditions, 'Progressing')
  let conditions = s.conditions ?? []
  if (!hasDeadline(d)) conditions = conditions.filter((c) => c.type !== 'Progressing')
  const settled = (s.replicas ?? 0) === (s.updatedReplicas ?? 0) && current?.reason === 'NewReplicaSetAvailable'
  if (hasDeadline(d) && !settled) {
    if (isComplete(d, s)) conditions = setCondition(conditions, deploymentCondition('Progressing', 'True', 'NewReplicaSetAvailable', `${what} has successfully progressed.`, nowMs))
    else if (isProgressing(d.status, s)) {
      const next = deploymentCondition('Progressing', 'True', 'ReplicaSetUpdated', `${what} is progressing.`, nowMs)
      if (current?.status === 'True' && current.lastTransitionTime) next.lastTransitionTime = current.lastTransitionTime
      conditions = [...conditions.filter((c) => c.type !== 'Progressing'), next]
    } else if (timedOut(d, s, nowMs)) conditions = setCondition(conditions, deploymentCondition('Progressing', 'False', 'ProgressDeadlineExceeded', `${what} has timed out progressing.`, nowMs))
  }
  const failure = replicaFailure(all, newSet, nowMs)
  conditions = failure ? setCondition(conditions, failure) : conditions.filter((c) => c.type !== 'ReplicaFailure')
  return { ...s, conditions }
}

function replicaFailure(all: readonly ReplicaSet[], newSet: ReplicaSet | undefined, nowMs: number): DeploymentCondition | undefined {
  for (const rs of newSet ? [newSet, ...all] : all) {
    const c = findCondition(rs.status?.conditions, 'ReplicaFailure')
    if (c) return { ...deploymentCondition('ReplicaFailure', c.status as 'True', c.reason ?? '', c.message ?? '', nowMs), ...(c.lastTransitionTime && { lastTransitionTime: c.lastTransitionTime }) }
  }
  return undefined
}

/** When to look whether the deadline has passed; undefined where there is nothing to wait for. */
export function deadlineCheckMs(d: Deployment, s: DeploymentStatus, nowMs: number): number | undefined {
  const c = findCondition(s.conditions, 'Progressing')
  if (!hasDeadline(d) || !c || isComplete(d, s) || c.reason === 'ProgressDeadlineExceeded' || c.reason === 'NewReplicaSetAvailable') return undefined
  return Math.max(0, Date.parse(c.lastUpdateTime ?? '') + d.spec!.progressDeadlineSeconds! * 1000 - nowMs) + 1000
}

/** The Progressing condition of a Deployment that was paused or resumed since; undefined where it says so already. */
export function pauseCondition(d: Deployment, nowMs: number): DeploymentCondition | undefined {
  const c = findCondition(d.status?.conditions, 'Progressing')
  if (!hasDeadline(d) || c?.reason === 'ProgressDeadlineExceeded') return undefined
  const saysPaused = c?.reason === 'DeploymentPaused'
  if (d.spec?.paused && !saysPaused) return deploymentCondition('Progressing', 'Unknown', 'DeploymentPaused', 'Deployment is paused', nowMs)
  if (!d.spec?.paused && saysPaused) return deploymentCondition('Progressing', 'Unknown', 'DeploymentResumed', 'Deployment is resumed', nowMs)
  return undefined
}
