/** Helpers of table cells: k8s.io/apimachinery/pkg/util/duration and pkg/printers/internalversion. */

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** duration.HumanDuration: two units at most, coarser with age. */
export function humanDuration(ms: number): string {
  const seconds = Math.trunc(ms / SECOND)
  if (seconds < -1) return '<invalid>'
  if (seconds < 0) return '0s'
  if (seconds < 120) return `${seconds}s`
  const minutes = Math.trunc(ms / MINUTE)
  if (minutes < 10) return withRest(minutes, 'm', seconds % 60, 's')
  if (minutes < 180) return `${minutes}m`
  const hours = Math.trunc(ms / HOUR)
  if (hours < 8) return withRest(hours, 'h', minutes % 60, 'm')
  if (hours < 48) return `${hours}h`
  const days = Math.trunc(hours / 24)
  if (hours < 24 * 8) return withRest(days, 'd', hours % 24, 'h')
  if (hours < 24 * 365 * 2) return `${days}d`
  const years = Math.trunc(days / 365)
  if (hours < 24 * 365 * 8) return withRest(years, 'y', days % 365, 'd')
  return `${years}y`
}

const withRest = (n: number, unit: string, rest: number, restUnit: string): string => (rest === 0 ? `${n}${unit}` : `${n}${unit}${rest}${restUnit}`)

/** How long ago a timestamp was; `<unknown>` where there is none. */
export function since(time: string | undefined | null, now: number): string {
  return time ? humanDuration(now - Date.parse(time)) : '<unknown>'
}

/** translateTimestampUntil. */
export function until(time: string | undefined | null, now: number): string {
  return time ? humanDuration(Date.parse(time) - now) : '<unknown>'
}

export const age = (o: { metadata: { creationTimestamp?: string } }, now: number): string => since(o.metadata.creationTimestamp, now)

/** labels.Set as text: sorted, `<none>` when empty. */
export function formatLabels(labels: Record<string, string> | undefined): string {
  const pairs = Object.entries(labels ?? {}).map(([k, v]) => `${k}=${v}`).sort(byBytes)
  return pairs.length ? pairs.join(',') : '<none>'
}

interface Selector { matchLabels?: Record<string, string> | undefined, matchExpressions?: ReadonlyArray<{ key: string, operator: string, values?: readonly string[] | undefined }> | undefined }

/** metav1.FormatLabelSelector. */
export function formatSelector(s: Selector | undefined): string {
  if (!s) return '<none>'
  const requirements = [
    ...Object.entries(s.matchLabels ?? {}).map(([key, v]) => ({ key, text: `${key}=${v}` })),
    ...(s.matchExpressions ?? []).map((e) => ({ key: e.key, text: formatRequirement(e.key, e.operator, e.values ?? []) })),
  ]
  requirements.sort((a, b) => byBytes(a.key, b.key))
  return requirements.length ? requirements.map((r) => r.text).join(',') : '<none>'
}

function formatRequirement(key: string, operator: string, values: readonly string[]): string {
  const set = `(${[...values].sort(byBytes).join(',')})`
  switch (operator) {
    case 'In': return `${key} in ${set}`
    case 'NotIn': return `${key} notin ${set}`
    case 'Exists': return key
    case 'DoesNotExist': return `!${key}`
    default: return '<error>'
  }
}

/** A list joined by commas, `<none>` when empty. */
export const joined = (list: readonly string[] | undefined): string => (list?.length ? list.join(',') : '<none>')

/** Go's order of strings. */
export const byBytes = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** A list cut to its first `max`, the rest counted: formatWithMore of many printers. */
export function withMore(list: readonly string[], max: number): string {
  return list.length > max ? `${list.slice(0, max).join(',')} + ${list.length - max} more...` : list.join(',')
}
