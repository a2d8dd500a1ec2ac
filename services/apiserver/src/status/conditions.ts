import { formatTime } from '@drydock/base'

export interface Condition { type: string, status: string, reason?: string | undefined, message?: string | undefined, lastTransitionTime?: string | null | undefined }

/** The list with a condition set, as it was where it says the same; its time moves with its status alone. */
export function withCondition(list: readonly Condition[], set: Condition, now: number): Condition[] {
  const was = list.find((c) => c.type === set.type)
  const lastTransitionTime = was?.status === set.status && was.lastTransitionTime ? was.lastTransitionTime : formatTime(now)
  const next: Condition = { ...was, ...set, lastTransitionTime }
  return was ? list.map((c) => (c === was ? next : c)) : [...list, next]
}

/** True when a list says what is to be said, whatever its times. */
export const says = (list: readonly Condition[] | undefined | null, want: Condition): boolean =>
  (list ?? []).some((c) => c.type === want.type && c.status === want.status && (c.reason ?? '') === (want.reason ?? '') && (c.message ?? '') === (want.message ?? ''))
