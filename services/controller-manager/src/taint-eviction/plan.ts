import { tolerates, type Pod, type Taint } from '@drydock/api'

/** When a pod must leave its node for the NoExecute taints there; `never` where it tolerates them all for good. Pure. */
export function evictionTime(pod: Pod, taints: readonly Taint[], o: { nowMs: number, firstSeenMs: number }): number | 'never' {
  const hard = taints.filter((t) => t.effect === 'NoExecute')
  if (hard.length === 0) return 'never'
  let at = Infinity
  for (const taint of hard) {
    const used = (pod.spec?.tolerations ?? []).filter((t) => tolerates(t, taint))
    if (used.length === 0) return o.nowMs
    for (const t of used) {
      if (t.tolerationSeconds === undefined) continue
      const added = Date.parse(taint.timeAdded ?? '')
      const since = added ? Math.max(added, Date.parse(pod.metadata?.creationTimestamp ?? '') || 0) : o.firstSeenMs
      at = Math.min(at, since + Math.max(0, t.tolerationSeconds) * 1000)
    }
  }
  return at === Infinity ? 'never' : at
}
