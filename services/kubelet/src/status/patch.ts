/** The strategic merge patch from one pod status to another; undefined if they say the same. Pure. */
import type { PodCondition, PodStatus } from '@drydock/api'
import { ownConditions } from '../pods/conditions.ts'

/** Equal up to absent and null, and the order of keys. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b || (a ?? undefined) === (b ?? undefined)) return true
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((x, i) => same(x, b[i]))
  if (typeof a !== 'object' || typeof b !== 'object' || !a || !b || Array.isArray(a) || Array.isArray(b)) return false
  const x = a as Record<string, unknown>, y = b as Record<string, unknown>
  for (const k of new Set([...Object.keys(x), ...Object.keys(y)])) if (!same(x[k], y[k])) return false
  return true
}

export function statusPatch(from: PodStatus, to: PodStatus): Record<string, unknown> | undefined {
  const out: Record<string, unknown> = {}
  for (const k of new Set([...Object.keys(from), ...Object.keys(to)]) as Set<keyof PodStatus>) {
    if (same(from[k], to[k])) continue
    if (k === 'conditions') {
      const changed = conditionPatch(from.conditions ?? [], to.conditions ?? [])
      if (changed.length) out[k] = changed
    } else if (to[k] === undefined) { if (k !== 'qosClass' && k !== 'nominatedNodeName' && k !== 'resourceClaimStatuses') out[k] = null }
    else out[k] = k === 'podIPs' || k === 'hostIPs' ? [...(from[k]?.length ? [{ $patch: 'replace' }] : []), ...to[k]!] : to[k]
  }
  return Object.keys(out).length ? out : undefined
}

/** Only conditions of the kubelet's own. */
function conditionPatch(from: readonly PodCondition[], to: readonly PodCondition[]): object[] {
  const out: object[] = []
  for (const c of to) {
    const before = from.find((x) => x.type === c.type)
    if (!ownConditions.has(c.type) || (before && same(before, c))) continue
    out.push({ ...(before && { reason: null, message: null }), ...c })
  }
  for (const c of from) if (ownConditions.has(c.type) && !to.some((x) => x.type === c.type)) out.push({ $patch: 'delete', type: c.type })
  return out
}
