import type { Pod, PodCondition } from '@drydock/api'
import { formatTime } from '@drydock/base'

/** podutil.UpdatePodCondition: replaces the condition of that type; the transition time moves only when the status does. */
export function setPodCondition(pod: Pod, wanted: PodCondition, now: number): void {
  const status = pod.status ??= {}
  const conditions = status.conditions ??= []
  const at = conditions.findIndex((c) => c.type === wanted.type)
  const old = conditions[at]
  const lastTransitionTime = old && old.status === wanted.status ? old.lastTransitionTime : formatTime(now)
  const next = { lastProbeTime: null, ...wanted, lastTransitionTime } as unknown as PodCondition
  if (at < 0) conditions.push(next)
  else conditions[at] = next
}
