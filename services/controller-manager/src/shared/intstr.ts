import type { IntOrString } from '@drydock/api'

/** The number that `value` means of `total`; percentages are rounded up or down. Nonsense is `otherwise`. */
export function scaled(value: IntOrString | undefined, total: number, round: 'up' | 'down', otherwise = 0): number {
  if (value === undefined || value === null) return otherwise
  if (typeof value === 'number') return value
  const m = /^(\d+)%$/.exec(value)
  if (!m) return /^\d+$/.test(value) ? Number(value) : otherwise
  return round === 'up' ? Math.ceil((Number(m[1]) * total) / 100) : Math.floor((Number(m[1]) * total) / 100)
}
