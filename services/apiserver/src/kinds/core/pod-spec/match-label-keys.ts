import type { LabelSelector, PodSpec } from '@drydock/api'

interface Keyed { matchLabelKeys?: string[] | undefined, mismatchLabelKeys?: string[] | undefined, labelSelector?: LabelSelector | undefined }

/**
 * At its creation a pod's own values of the labels that matchLabelKeys and mismatchLabelKeys name go into the selectors
 * (applyMatchLabelKeysAndMismatchLabelKeys): the scheduler then has selectors alone to look at.
 */
export function mergeMatchLabelKeys(spec: PodSpec, labels: Record<string, string> | undefined): void {
  for (const side of [spec.affinity?.podAffinity, spec.affinity?.podAntiAffinity]) {
    for (const t of side?.requiredDuringSchedulingIgnoredDuringExecution ?? []) merge(t, labels)
    for (const t of side?.preferredDuringSchedulingIgnoredDuringExecution ?? []) if (t.podAffinityTerm) merge(t.podAffinityTerm, labels)
  }
  for (const c of spec.topologySpreadConstraints ?? []) merge(c, labels)
}

function merge(t: Keyed, labels: Record<string, string> | undefined): void {
  if (!t.labelSelector) return
  const add = (keys: readonly string[] | undefined, operator: 'In' | 'NotIn') => {
    for (const key of keys ?? []) {
      const value = labels?.[key]
      if (value === undefined) continue
      t.labelSelector = { ...t.labelSelector, matchExpressions: [...(t.labelSelector?.matchExpressions ?? []), { key, operator, values: [value] }] }
    }
  }
  add(t.matchLabelKeys, 'In')
  add(t.mismatchLabelKeys, 'NotIn')
}
