import type { Pod, PodDisruptionBudget, PodDisruptionBudgetStatus } from '@drydock/api'
import { formatTime } from '@drydock/base'
import { scaled } from '../shared/intstr.ts'
import { controllerOf } from '../shared/owner.ts'
import { isReady, isTerminating } from '../shared/pods.ts'

/** How long the word of an eviction counts before the pod is seen to go. */
export const DISRUPTED_TIMEOUT_MS = 120_000

export interface Expected {
  readonly expected: number
  readonly desired: number
  /** Pods that no controller made: they cannot be counted on, and are left out. */
  readonly unmanaged: readonly Pod[]
}

/**
 * How many pods there should be: those there are, or, where it matters, what their controllers are asked for. Throws in
 * upstream's words where a pod's controller tells no size.
 */
export function expectedPods(b: PodDisruptionBudget, pods: readonly Pod[], scaleOf: (p: Pod) => { uid: string, replicas: number } | undefined): Expected {
  const s = b.spec
  if (s?.maxUnavailable === undefined && typeof s?.minAvailable !== 'string') return { expected: pods.length, desired: Number(s?.minAvailable ?? 0), unmanaged: [] }
  const scales = new Map<string, number>()
  const unmanaged: Pod[] = []
  for (const p of pods) {
    const ref = controllerOf(p)
    if (!ref) { unmanaged.push(p); continue }
    if (scales.has(ref.uid)) continue
    const scale = scaleOf(p)
    if (!scale) throw new Error(`found no controllers for pod "${p.metadata?.name}"`)
    scales.set(scale.uid, scale.replicas)
  }
  const expected = [...scales.values()].reduce((n, r) => n + r, 0)
  const desired = s.maxUnavailable !== undefined ? Math.max(0, expected - scaled(s.maxUnavailable, expected, 'up')) : scaled(s.minAvailable, expected, 'up')
  return { expected, desired, unmanaged }
}

export interface BudgetInput { budget: PodDisruptionBudget, pods: readonly Pod[], expected: number, desired: number, nowMs: number }

export function budgetStatus(i: BudgetInput): PodDisruptionBudgetStatus {
  const names = new Map(i.pods.map((p) => [p.metadata?.name ?? '', p]))
  const disrupted = Object.fromEntries(Object.entries(i.budget.status?.disruptedPods ?? {}).filter(([name, at]) => {
    const pod = names.get(name)
    return pod && !isTerminating(pod) && Date.parse(at) + DISRUPTED_TIMEOUT_MS > i.nowMs
  }))
  const healthy = i.pods.filter((p) => !isTerminating(p) && !disrupted[p.metadata?.name ?? ''] && isReady(p)).length
  const allowed = i.expected <= 0 ? 0 : Math.max(0, healthy - i.desired)
  const generation = i.budget.metadata?.generation ?? 0
  const before = i.budget.status?.conditions?.find((c) => c.type === 'DisruptionAllowed')
  const status = allowed > 0 ? 'True' : 'False'
  const condition = {
    type: 'DisruptionAllowed', status, reason: allowed > 0 ? 'SufficientPods' : 'InsufficientPods', message: '', observedGeneration: generation,
    lastTransitionTime: before?.status === status ? before.lastTransitionTime : formatTime(i.nowMs),
  }
  return {
    ...(Object.keys(disrupted).length > 0 && { disruptedPods: disrupted }), currentHealthy: healthy, desiredHealthy: i.desired, expectedPods: i.expected, disruptionsAllowed: allowed,
    observedGeneration: generation, conditions: [...(i.budget.status?.conditions ?? []).filter((c) => c.type !== 'DisruptionAllowed'), condition],
  }
}
