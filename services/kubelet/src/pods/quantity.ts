/** Resource quantities as numbers, as far as a node needs them: milli-CPU, bytes, counts. Exact up to 2^53. */
const suffixes: Record<string, number> = { '': 1, n: 1e-9, u: 1e-6, m: 1e-3, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60 }
const pattern = /^([+-]?[0-9.]+)(?:([eE][+-]?[0-9]+)|([numkMGTPE]|[KMGTPE]i))?$/

/** The value; NaN for what is no quantity. */
export function quantity(q: string | number | undefined): number {
  if (q === undefined) return 0
  const m = pattern.exec(String(q))
  if (!m) return NaN
  return m[2] ? Number(m[1] + m[2]) : Number(m[1]) * suffixes[m[3] ?? '']!
}
/** Rounded up, as Quantity.MilliValue. */
export const milli = (q: string | number | undefined): number => Math.ceil(Number((quantity(q) * 1000).toFixed(6)))
/** Rounded up, as Quantity.Value. */
export const whole = (q: string | number | undefined): number => Math.ceil(Number(quantity(q).toFixed(9)))
