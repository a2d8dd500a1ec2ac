import type { Quantity } from './types.gen.ts'

/**
 * Quantities exactly: an integer of nano-units (upstream's finest scale) and the format it was written in, which sums
 * keep. `value` and `milliValue` are rounded up, as upstream's, and exact up to 2^53.
 */
export interface ParsedQuantity { readonly nanos: bigint, readonly format: QuantityFormat }
export type QuantityFormat = 'DecimalSI' | 'BinarySI' | 'DecimalExponent'

const NANO = 1_000_000_000n
const decimal: Readonly<Record<string, bigint>> = {
  n: 1n, u: 1000n, m: 1_000_000n, '': NANO, k: NANO * 10n ** 3n, M: NANO * 10n ** 6n, G: NANO * 10n ** 9n, T: NANO * 10n ** 12n, P: NANO * 10n ** 15n, E: NANO * 10n ** 18n,
}
const binary: Readonly<Record<string, bigint>> = {
  Ki: NANO << 10n, Mi: NANO << 20n, Gi: NANO << 30n, Ti: NANO << 40n, Pi: NANO << 50n, Ei: NANO << 60n,
}
const shape = /^([+-]?)(\d*)(?:\.(\d*))?(?:([KMGTPE]i|[numkMGTPE]|)|[eE]([+-]?\d{1,3}))$/

const ceilDiv = (a: bigint, b: bigint): bigint => (a > 0n ? (a + b - 1n) / b : a / b)

/** Undefined where the text is no quantity. Fractions below a nano-unit are rounded away from zero. */
export function parseQuantity(text: string | number): ParsedQuantity | undefined {
  const m = shape.exec(String(text))
  if (!m || (m[2] === '' && !m[3])) return undefined
  const [, sign, whole = '', fraction = '', suffix = '', exponent] = m
  const digits = BigInt(whole + fraction || '0')
  const scale = 10n ** BigInt(fraction.length)
  let scaled: bigint
  let format: QuantityFormat = 'DecimalSI'
  if (exponent !== undefined) {
    format = 'DecimalExponent'
    const e = Number(exponent)
    scaled = e >= 0 ? ceilDiv(digits * NANO * 10n ** BigInt(e), scale) : ceilDiv(digits * NANO, scale * 10n ** BigInt(-e))
  } else {
    if (suffix.endsWith('i')) format = 'BinarySI'
    const unit = decimal[suffix] ?? binary[suffix]
    if (unit === undefined) return undefined
    scaled = ceilDiv(digits * unit, scale)
  }
  return { nanos: sign === '-' ? -scaled : scaled, format }
}

/** Canonical text: the largest suffix that leaves no fraction. */
export function formatQuantity(q: ParsedQuantity): string {
  if (q.nanos === 0n) return '0'
  const sign = q.nanos < 0n ? '-' : ''
  const n = q.nanos < 0n ? -q.nanos : q.nanos
  if (q.format === 'BinarySI' && n % NANO === 0n && n >= NANO << 10n) return sign + inUnits(n, Object.entries(binary).reverse(), NANO)
  if (q.format === 'DecimalExponent') return sign + inExponents(n)
  return sign + inUnits(n, Object.entries(decimal).reverse(), 1n)
}

function inUnits(n: bigint, units: readonly (readonly [string, bigint])[], smallest: bigint): string {
  for (const [suffix, unit] of units) if (n % unit === 0n) return `${n / unit}${suffix}`
  return `${n / smallest}`
}

function inExponents(n: bigint): string {
  for (let e = 18; e >= -9; e -= 3) {
    const unit = e >= 0 ? NANO * 10n ** BigInt(e) : 10n ** BigInt(9 + e)
    if (n % unit === 0n) return e === 0 ? `${n / unit}` : `${n / unit}e${e}`
  }
  return `${n}e-9`
}

/** The sum, in the format of the first that is not zero. */
export function addQuantities(a: ParsedQuantity, b: ParsedQuantity): ParsedQuantity {
  return { nanos: a.nanos + b.nanos, format: a.nanos === 0n ? b.format : a.format }
}

// Objects repeat few quantities many times over: a bounded memory of texts seen makes a look-up of most parses.
const seen = new Map<string, number>()
const SEEN_MAX = 10_000

function rounded(text: string | number | undefined, unit: bigint, kind: string): number {
  if (text === undefined) return 0
  const key = kind + text
  const known = seen.get(key)
  if (known !== undefined) return known
  const q = parseQuantity(text)
  const n = q ? Number(ceilDiv(q.nanos, unit)) : 0
  if (seen.size >= SEEN_MAX) seen.clear()
  seen.set(key, n)
  return n
}

/** In whole units, rounded up: bytes, counts. Nothing and nonsense are 0. */
export const quantityValue = (q: Quantity | undefined): number => rounded(q, NANO, 'v')
/** In thousandths, rounded up: CPU. */
export const quantityMilli = (q: Quantity | undefined): number => rounded(q, 1_000_000n, 'm')
