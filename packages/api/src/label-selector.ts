import type { LabelSelector } from './types.gen.ts'

/** Labels as objects carry them; none is as good as empty. */
export type Labels = Readonly<Record<string, string>> | undefined
export type LabelMatcher = (labels: Labels) => boolean

const none: LabelMatcher = () => false

/**
 * Compiles a selector into a test. As upstream: no selector selects nothing, an empty one everything. An operator that
 * is not known makes it select nothing (validation keeps such objects out).
 */
export function labelMatcher(selector: LabelSelector | undefined): LabelMatcher {
  if (!selector) return none
  const equal = Object.entries(selector.matchLabels ?? {})
  const rest = (selector.matchExpressions ?? []).map((e) => requirement(e.key, e.operator, e.values ?? []))
  if (rest.length === 0) return equalTo(equal)
  const all = equalTo(equal)
  return (labels) => all(labels) && rest.every((r) => r(labels))
}

/** The test of a plain map (a Service's selector, a nodeSelector). Empty: everything. */
export const mapMatcher = (map: Record<string, string> | undefined): LabelMatcher => equalTo(Object.entries(map ?? {}))

function equalTo(pairs: readonly [string, string][]): LabelMatcher {
  return (labels) => {
    for (const [k, v] of pairs) if (labels?.[k] !== v) return false
    return true
  }
}

/** One requirement, for label selectors and for node selectors (which know Gt and Lt as well). */
export function requirement(key: string, operator: string, values: readonly string[]): LabelMatcher {
  switch (operator) {
    case 'In': return (l) => { const v = l?.[key]; return v !== undefined && values.includes(v) }
    case 'NotIn': return (l) => { const v = l?.[key]; return v === undefined || !values.includes(v) }
    case 'Exists': return (l) => l?.[key] !== undefined
    case 'DoesNotExist': return (l) => l?.[key] === undefined
    case 'Gt': return compare(key, values, (a, b) => a > b)
    case 'Lt': return compare(key, values, (a, b) => a < b)
    default: return none
  }
}

function compare(key: string, values: readonly string[], holds: (a: number, b: number) => boolean): LabelMatcher {
  const bound = values.length === 1 && /^-?\d+$/.test(values[0]!) ? Number(values[0]) : undefined
  if (bound === undefined) return none
  return (l) => { const v = l?.[key]; return v !== undefined && /^-?\d+$/.test(v) && holds(Number(v), bound) }
}
