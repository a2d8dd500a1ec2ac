import { invalid, isQualifiedName, isValidLabelValue, labelMatcher, required } from '@drydock/api'
import type { LabelSelector, ObjectMeta } from '@drydock/api'
import { labelSelector, type Errors } from './validate.ts'
import { semanticEqual } from './equal.ts'

/** A selector as Go writes it: its fields in the order of the type, labels sorted. */
export function goSelector(s: LabelSelector | undefined): unknown {
  if (!s) return null
  const labels = Object.keys(s.matchLabels ?? {})
  return {
    ...(labels.length && { matchLabels: sortedMap(s.matchLabels) }),
    ...(s.matchExpressions?.length && { matchExpressions: s.matchExpressions.map((e) => ({ key: e.key ?? '', operator: e.operator ?? '', ...(e.values?.length && { values: e.values }) })) }),
  }
}

/** A map as Go writes it: keys in order; nothing is null. */
export function sortedMap(map: Record<string, string> | undefined): Record<string, string> | null {
  return map ? Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1))) : null
}

/** metav1.LabelSelectorAsSelector takes it. */
export function isUsable(s: LabelSelector | undefined): boolean {
  const good = (key: string, values: readonly string[]) => isQualifiedName(key).length === 0 && values.every((v) => isValidLabelValue(v).length === 0)
  return Object.entries(s?.matchLabels ?? {}).every(([k, v]) => good(k, [v])) && (s?.matchExpressions ?? []).every((e) => good(e.key ?? '', e.values ?? []) && fits(e))
}

function fits(e: { operator: string, values?: string[] | undefined }): boolean {
  const n = e.values?.length ?? 0
  return e.operator === 'In' || e.operator === 'NotIn' ? n > 0 : (e.operator === 'Exists' || e.operator === 'DoesNotExist') && n === 0
}

export const isEmptySelector = (s: LabelSelector | undefined): boolean => !Object.keys(s?.matchLabels ?? {}).length && !s?.matchExpressions?.length

/** A workload's selector: there, not empty, well formed. */
export function workloadSelector(path: string, s: LabelSelector | undefined, what: string): Errors {
  if (!s) return [required(path)]
  return [...labelSelector(path, s), ...(isEmptySelector(s) ? [invalid(path, goSelector(s), `empty selector is invalid for ${what}`)] : [])]
}

/** Whether a template's labels are what the selector asks for; an empty selector asks for nothing, none at all matches nothing. */
export function templateMatches(path: string, s: LabelSelector | undefined, meta: ObjectMeta | undefined): Errors {
  if (s && isEmptySelector(s)) return []
  return labelMatcher(s)(meta?.labels) ? [] : [invalid(`${path}.metadata.labels`, sortedMap(meta?.labels), '`selector` does not match template `labels`')]
}

export const immutable = (path: string, now: unknown, was: unknown, shown: unknown = now): Errors => (semanticEqual(now, was) ? [] : [invalid(path, shown ?? null, 'field is immutable')])
