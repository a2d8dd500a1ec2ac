import { formatTime } from '@drydock/base'

export interface Condition { type: string, status: string, reason?: string | undefined, message?: string | undefined, lastTransitionTime?: string | undefined, lastUpdateTime?: string | undefined }

export const findCondition = <C extends Condition>(list: readonly C[] | undefined, type: string): C | undefined => list?.find((c) => c.type === type)

/**
 * Sets a condition as workload controllers do: the same status and reason change nothing; the transition time moves
 * with the status only. A new or changed one goes to the end.
 */
export function setCondition<C extends Condition>(list: readonly C[] | undefined, next: C): C[] {
  const before = findCondition(list, next.type)
  if (before && before.status === next.status && before.reason === next.reason) return [...(list ?? [])]
  const kept = (list ?? []).filter((c) => c.type !== next.type)
  return [...kept, before?.status === next.status && before.lastTransitionTime ? { ...next, lastTransitionTime: before.lastTransitionTime } : next]
}

export const condition = (type: string, status: 'True' | 'False' | 'Unknown', reason: string, message: string, nowMs: number) =>
  ({ type, status, lastTransitionTime: formatTime(nowMs), reason, message })

/** Without undefined and zero values, as Go leaves out what is empty; `keep` names those that are always written. */
export function omitZero<T extends object>(o: T, keep: readonly (keyof T)[] = []): T {
  return Object.fromEntries(Object.entries(o).filter(([k, v]) => keep.includes(k as keyof T) || (v !== 0 && v !== undefined && v !== '' && !(Array.isArray(v) && v.length === 0)))) as T
}
