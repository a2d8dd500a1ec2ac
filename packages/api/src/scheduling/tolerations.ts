import type { Taint, Toleration } from '../types.gen.ts'

/** As upstream's Toleration.ToleratesTaint: an empty effect fits every effect, an empty key with Exists every taint. */
export function tolerates(t: Toleration, taint: Taint): boolean {
  if (t.effect && t.effect !== taint.effect) return false
  if (t.key && t.key !== taint.key) return false
  switch (t.operator ?? '') {
    case '': case 'Equal': return (t.value ?? '') === (taint.value ?? '') && !!t.key
    case 'Exists': return true
    case 'Lt': case 'Gt': {
      const [a, b] = [t.value ?? '', taint.value ?? '']
      if (!/^-?\d+$/.test(a) || !/^-?\d+$/.test(b)) return false
      return t.operator === 'Lt' ? Number(b) < Number(a) : Number(b) > Number(a)
    }
    default: return false
  }
}

/** The first taint with one of the effects that no toleration covers. */
export function untoleratedTaint(taints: readonly Taint[] | undefined, tolerations: readonly Toleration[] | undefined, effects: readonly string[]): Taint | undefined {
  return taints?.find((taint) => effects.includes(taint.effect) && !tolerations?.some((t) => tolerates(t, taint)))
}
