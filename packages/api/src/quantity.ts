/**
 * Quantities (k8s.io/apimachinery/pkg/api/resource): parsing, the canonical form, arithmetic. A value is a decimal number with
 * a format (binary suffixes, decimal suffixes, or an exponent). Values are exact: BigInt billionths, the finest that upstream
 * keeps. Parsed and canonical forms are cached by their text, since a cluster writes the same few hundred over and over.
 */

export type QuantityFormat = 'BinarySI' | 'DecimalSI' | 'DecimalExponent'

export class QuantityError extends Error {}

export const quantityFormatMessage = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"

const nano = 1_000_000_000n
const decimalSuffix: Record<string, number> = { n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 }
const decimalNames: Record<number, string> = { [-9]: 'n', [-6]: 'u', [-3]: 'm', 0: '', 3: 'k', 6: 'M', 9: 'G', 12: 'T', 15: 'P', 18: 'E' }
const binarySuffix: Record<string, bigint> = { Ki: 1n << 10n, Mi: 1n << 20n, Gi: 1n << 30n, Ti: 1n << 40n, Pi: 1n << 50n, Ei: 1n << 60n }
const binaryNames = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'] as const
/** Decimal exponents beyond this are refused; upstream's limit is the memory. */
const maxExponent = 1000

/** A parsed quantity: an exact number of billionths, and the format it is written in. */
export interface ParsedQuantity {
  readonly nanos: bigint
  readonly format: QuantityFormat
  /** What was written, where upstream keeps it: number and suffix are minimal already, though maybe spelled oddly (`+5k`, `1E3`). */
  readonly text?: string
}

const cache = new Map<string, ParsedQuantity>()
const cacheLimit = 4096

/** Parses; undefined where the text is no quantity. */
export function parseQuantity(text: string | number): ParsedQuantity | undefined {
  try {
    return mustParseQuantity(text)
  } catch {
    return undefined
  }
}

/** Parses; throws QuantityError with upstream's words. */
export function mustParseQuantity(text: string | number): ParsedQuantity {
  const s = typeof text === 'number' ? String(text) : text
  const known = cache.get(s)
  if (known) return known
  const q = parse(s)
  if (cache.size >= cacheLimit) cache.clear()
  cache.set(s, q)
  return q
}

const shape = /^([+-]?)(\d*)(?:\.(\d*))?([A-Za-z]*)([+-]?\d+)?$/

function parse(s: string): ParsedQuantity {
  if (s === '') throw new QuantityError(quantityFormatMessage)
  const m = shape.exec(s)
  if (!m) throw new QuantityError(quantityFormatMessage)
  const [, sign, whole = '', fraction = '', suffix = '', exponent] = m
  if (whole === '' && fraction === '') throw new QuantityError(/[^eEinumkKMGTP]/.test(suffix) ? quantityFormatMessage : 'unable to parse numeric part of quantity')
  let format: QuantityFormat = 'DecimalSI', scale = 0, factor = 1n
  if (exponent !== undefined) {
    if (suffix !== 'e' && suffix !== 'E') throw new QuantityError(suffixError)
    format = 'DecimalExponent'
    scale = Number(exponent)
  } else if (suffix in binarySuffix) {
    format = 'BinarySI'
    factor = binarySuffix[suffix]!
  } else if (suffix in decimalSuffix) scale = decimalSuffix[suffix]!
  else throw new QuantityError(/[^eEinumkKMGTP]/.test(suffix) ? quantityFormatMessage : suffixError)
  if (Math.abs(scale) > maxExponent) throw new QuantityError('unable to parse numeric part of quantity')
  const mantissa = BigInt(whole + fraction || '0')
  const exp = 9 + scale - fraction.length
  let nanos = mantissa * factor
  if (exp >= 0) nanos *= 10n ** BigInt(exp)
  else {
    // Finer than a billionth is rounded up, away from zero.
    const d = 10n ** BigInt(-exp)
    nanos = (nanos + d - 1n) / d
  }
  if (sign === '-') nanos = -nanos
  const minimal = format === 'BinarySI'
    ? fraction === '' && mantissa % 1024n !== 0n
    : mantissa % 1000n !== 0n && exp >= 0 && exp % 3 === 0 && whole.length + fraction.length <= 18
  return minimal ? { nanos, format, text: s } : { nanos, format }
}
const suffixError = "unable to parse quantity's suffix"

/** The canonical form: as few digits as keep the value, the largest suffix that needs no fraction. */
export function formatQuantity(q: ParsedQuantity): string {
  let { nanos } = q
  if (nanos === 0n) return '0'
  let { format } = q
  const negative = nanos < 0n
  if (negative) nanos = -nanos
  if (format === 'BinarySI' && (nanos < 1024n * nano || nanos % nano !== 0n)) format = 'DecimalSI'
  const sign = negative ? '-' : ''
  if (format === 'BinarySI') {
    let v = nanos / nano, i = 0
    while (i < 6 && v % 1024n === 0n) { v /= 1024n; i++ }
    return `${sign}${v}${binaryNames[i]!}`
  }
  let exponent = -9
  while (nanos % 1000n === 0n && exponent < 18) { nanos /= 1000n; exponent += 3 }
  if (format === 'DecimalExponent') return exponent === 0 ? `${sign}${nanos}` : `${sign}${nanos}e${exponent}`
  return `${sign}${nanos}${decimalNames[exponent]!}`
}

const canonical = new Map<string, string>()
/** `1024Mi` → `1Gi`: what is stored for what was written. `milli`: finer than a thousandth is rounded up, as in resource lists. */
export function canonicalQuantity(text: string | number, milli = false): string {
  const s = String(text)
  const key = milli ? s : `n${s}`
  let c = canonical.get(key)
  if (c === undefined) {
    const q = mustParseQuantity(s)
    c = milli && q.nanos % 1_000_000n !== 0n ? formatQuantity({ nanos: roundAway(q.nanos, 1_000_000n), format: q.format }) : q.text ?? formatQuantity(q)
    if (canonical.size >= cacheLimit) canonical.clear()
    canonical.set(key, c)
  }
  return c
}
const roundAway = (n: bigint, unit: bigint): bigint => (n >= 0n ? (n + unit - 1n) / unit : -((-n + unit - 1n) / unit)) * unit

type Amount = ParsedQuantity | string | number

/** In thousandths, rounded up: CPU. Nothing and nonsense are 0. */
export const quantityMilli = (q: Amount | undefined): number => roundUp(of(q).nanos, 1_000_000n)
export { quantityMilli as milliValue }
/** In whole units, rounded up: bytes, counts. Nothing and nonsense are 0. */
export const quantityValue = (q: Amount | undefined): number => roundUp(of(q).nanos, nano)

const zero: ParsedQuantity = { nanos: 0n, format: 'DecimalSI' }
const of = (q: Amount | undefined): ParsedQuantity => (typeof q === 'object' ? q : q === undefined ? zero : parseQuantity(q) ?? zero)
function roundUp(n: bigint, unit: bigint): number {
  const d = n / unit
  return Number(n > 0n && n % unit !== 0n ? d + 1n : d)
}

export const compareQuantities = (a: Amount, b: Amount): -1 | 0 | 1 => {
  const d = of(a).nanos - of(b).nanos
  return d < 0n ? -1 : d > 0n ? 1 : 0
}
/** The sum, in the format of the first that is not zero. */
export const addQuantities = (a: ParsedQuantity, b: ParsedQuantity): ParsedQuantity => ({ nanos: a.nanos + b.nanos, format: a.nanos === 0n ? b.format : a.format })
export const subtractQuantities = (a: ParsedQuantity, b: ParsedQuantity): ParsedQuantity => ({ nanos: a.nanos - b.nanos, format: a.nanos === 0n ? b.format : a.format })
export const quantityFromMilli = (milli: number, format: QuantityFormat = 'DecimalSI'): ParsedQuantity => ({ nanos: BigInt(Math.round(milli)) * 1_000_000n, format })
export const quantityFromValue = (value: number, format: QuantityFormat = 'DecimalSI'): ParsedQuantity => ({ nanos: BigInt(Math.round(value)) * nano, format })
export const isQuantity = (text: unknown): text is string => (typeof text === 'string' || typeof text === 'number') && parseQuantity(text) !== undefined
