import { dns1123Label, dns1123Subdomain, duplicate, fieldForbidden, inclusiveRange, invalid, isQualifiedName, isValidLabelValue, notSupported, mustParseQuantity, regexError, required } from '@drydock/api'
import type { FieldError, LabelSelector } from '@drydock/api'

/** Checks that many kinds share, in upstream's words (pkg/apis/core/validation and apimachinery's util/validation). */

export type Rule = (s: string) => string[]
export type Errors = FieldError[]

/** The reasons of a name rule as errors of a field. */
export const byRule = (path: string, value: string, rule: Rule): Errors => rule(value).map((m) => invalid(path, value, m))
export const label = (path: string, value: string): Errors => byRule(path, value, dns1123Label)
export const subdomain = (path: string, value: string): Errors => byRule(path, value, dns1123Subdomain)
export const qualified = (path: string, value: string): Errors => byRule(path, value, isQualifiedName)

export const MIN_ZERO = 'must be greater than or equal to 0'
export const nonNegative = (path: string, value: number | undefined): Errors => ((value ?? 0) < 0 ? [invalid(path, value, MIN_ZERO)] : [])
export const positive = (path: string, value: number | undefined): Errors => ((value ?? 0) <= 0 ? [invalid(path, value, 'must be greater than zero')] : [])

export const within = (path: string, value: number, lo: number, hi: number): Errors => (value < lo || value > hi ? [invalid(path, value, inclusiveRange(lo, hi))] : [])
export const port = (path: string, value: number): Errors => within(path, value, 1, 65535)

/** One of a closed set; empty is `missing`'s to judge. */
export const oneOf = (path: string, value: unknown, supported: readonly string[]): Errors =>
  (typeof value === 'string' && supported.includes(value) ? [] : [notSupported(path, value ?? '', supported)])

export const requiredText = (path: string, value: string | undefined, detail = ''): Errors => (value ? [] : [required(path, detail)])

/** Applies a check to each element with its path. */
export function each<T>(list: readonly T[] | undefined | null, path: string, check: (x: T, path: string, i: number) => Errors): Errors {
  const out: Errors = []
  if (list) for (let i = 0; i < list.length; i++) out.push(...check(list[i]!, `${path}[${i}]`, i))
  return out
}

/** Duplicate value errors of a list by a key; absent keys are not compared. */
export function unique<T>(list: readonly T[] | undefined | null, path: string, key: (x: T) => string | undefined, value: (x: T) => unknown = key, field = ''): Errors {
  const seen = new Set<string>()
  return each(list, path, (x, at) => {
    const k = key(x)
    if (k === undefined) return []
    if (seen.has(k)) return [duplicate(at + field, value(x))]
    seen.add(k)
    return []
  })
}

/** metav1validation.ValidateLabels. */
export function labels(path: string, map: Record<string, string> | undefined): Errors {
  return Object.entries(map ?? {}).flatMap(([k, v]) => [...labelKey(path, k), ...byRule(path, v, isValidLabelValue)])
}

export const labelKey = (path: string, key: string): Errors => byRule(path, key, isQualifiedName)

const TOTAL_ANNOTATION_BYTES = 256 * 1024

/** apivalidation.ValidateAnnotations. */
export function annotations(path: string, map: Record<string, string> | undefined): Errors {
  const out: Errors = []
  let total = 0
  for (const [k, v] of Object.entries(map ?? {})) {
    for (const m of isQualifiedName(k.toLowerCase())) out.push(invalid(path, k, m))
    total += Buffer.byteLength(k) + Buffer.byteLength(v)
  }
  if (total > TOTAL_ANNOTATION_BYTES) out.push(invalid(path, '', `must have at most ${TOTAL_ANNOTATION_BYTES} bytes`))
  return out
}

/** metav1validation.ValidateLabelSelector. */
export function labelSelector(path: string, s: LabelSelector | undefined, o: { invalidValues?: boolean } = {}): Errors {
  if (!s) return []
  return [...labels(`${path}.matchLabels`, s.matchLabels), ...each(s.matchExpressions, `${path}.matchExpressions`, (e, at) => selectorRequirement(at, e, o.invalidValues ?? false))]
}

function selectorRequirement(path: string, e: { key: string, operator: string, values?: string[] | undefined }, anyValue: boolean): Errors {
  const out: Errors = []
  switch (e.operator) {
    case 'In': case 'NotIn':
      if (!e.values?.length) out.push(required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'"))
      break
    case 'Exists': case 'DoesNotExist':
      if (e.values?.length) out.push(forbiddenValues(`${path}.values`))
      break
    default: out.push(invalid(`${path}.operator`, e.operator ?? '', 'not a valid selector operator'))
  }
  out.push(...labelKey(`${path}.key`, e.key ?? ''))
  if (!anyValue) out.push(...each(e.values, `${path}.values`, (v, at) => byRule(at, v, isValidLabelValue)))
  return out
}

const forbiddenValues = (path: string) => fieldForbidden(path, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")

/** ValidateResourceQuantityValue's first half: no negative amount. */
export function quantityNotNegative(path: string, q: string): Errors {
  return mustParseQuantity(q).nanos < 0n ? [invalid(path, q, MIN_ZERO)] : []
}
export const isWhole = (q: string): boolean => mustParseQuantity(q).nanos % 1_000_000_000n === 0n

const ipv4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/
/** netip's idea of an address, without zones and without leading zeros. */
export function isIPv4(s: string): boolean {
  const m = ipv4.exec(s)
  return m !== null && m.slice(1).every((p) => Number(p) <= 255 && (p.length === 1 || p[0] !== '0'))
}
export function isIPv6(s: string): boolean {
  if (!s.includes(':') || /[^0-9a-fA-F:.]/.test(s)) return false
  const halves = s.split('::')
  if (halves.length > 2) return false
  const groups = (h: string) => (h === '' ? [] : h.split(':'))
  const all = halves.flatMap(groups)
  const last = all.at(-1)
  const tail = last?.includes('.') ? (isIPv4(last) ? 1 : -100) : 0
  const plain = tail ? all.slice(0, -1) : all
  if (!plain.every((g) => /^[0-9a-fA-F]{1,4}$/.test(g))) return false
  const n = all.length + tail
  return halves.length === 2 ? n <= 7 : n === 8
}
export const isIP = (s: string): boolean => isIPv4(s) || isIPv6(s)
export const ip = (path: string, s: string): Errors => (isIP(s) ? [] : [invalid(path, s, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)')])

export function isCIDR(s: string): boolean {
  const m = /^(.*)\/(\d{1,3})$/.exec(s)
  if (!m || (m[2]!.length > 1 && m[2]![0] === '0')) return false
  return isIPv4(m[1]!) ? Number(m[2]) <= 32 : isIPv6(m[1]!) && Number(m[2]) <= 128
}
export const cidr = (path: string, s: string): Errors => (isCIDR(s) ? [] : [invalid(path, s, 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)')])

/** IsValidPortName. */
export const portName: Rule = (s) => {
  const out: string[] = []
  if (s.length > 15) out.push('must be no more than 15 characters')
  if (!/^[-a-z0-9]+$/.test(s)) out.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)')
  if (!/[a-z]/.test(s)) out.push('must contain at least one letter (a-z)')
  if (s.includes('--')) out.push('must not contain consecutive hyphens')
  if (s.length > 0 && (s.startsWith('-') || s.endsWith('-'))) out.push('must not begin or end with a hyphen')
  return out
}

export const configMapKey: Rule = (s) => {
  const out: string[] = []
  if (s.length > 253) out.push('must be no more than 253 characters')
  if (!/^[-._a-zA-Z0-9]+$/.test(s)) out.push(regexError("a valid config key must consist of alphanumeric characters, '-', '_' or '.'", '[-._a-zA-Z0-9]+', 'key.name', 'KEY_NAME', 'key-name'))
  if (s === '.') out.push("must not be '.'")
  else if (s === '..') out.push("must not be '..'")
  else if (s.startsWith('..')) out.push("must not start with '..'")
  return out
}

/** RelaxedEnvVarNameValidation: any printable ASCII but `=`. */
export const envVarName: Rule = (s) => {
  if (s.length === 0) return ['environment variable name must be non-empty']
  return /^[ -<>-~]+$/.test(s) ? [] : [regexError("a valid environment variable name must consist only of printable ASCII characters other than '='", '^[ -<>-~]+$', 'my.env-name', 'MY_ENV.NAME', 'MyEnvName1')]
}

export const httpHeaderName: Rule = (s) =>
  (/^[-A-Za-z0-9]+$/.test(s) ? [] : [regexError("a valid HTTP header must consist of alphanumeric characters or '-'", '[-A-Za-z0-9]+', 'X-Header-Name')])

const httpPath = '[A-Za-z0-9/\\-._~%!$&\'()*+,;=:]+'
const httpPathForm = new RegExp(`^${httpPath}$`)

/** IsDomainPrefixedPath: `acme.io/foo`. */
export function domainPrefixedPath(path: string, value: string): Errors {
  if (!value) return [required(path)]
  const slash = value.indexOf('/')
  if (slash <= 0 || slash === value.length - 1) return [invalid(path, value, 'must be a domain-prefixed path (such as "acme.io/foo")')]
  const host = value.slice(0, slash), rest = value.slice(slash + 1)
  return [...byRule(path, host, dns1123Subdomain), ...(httpPathForm.test(rest) ? [] : [invalid(path, rest, regexError('Invalid path', httpPath))])]
}

const percentForm = /^[0-9]+%$/
export const isPercent = (v: unknown): v is string => typeof v === 'string' && percentForm.test(v)

/** ValidatePositiveIntOrPercent. */
export function intOrPercent(path: string, v: unknown): Errors {
  if (typeof v === 'string') return isPercent(v) ? [] : [invalid(path, v, regexError("a valid percent string must be a numeric string followed by an ending '%'", '[0-9]+%', '1%', '93%'))]
  return nonNegative(path, v as number)
}
export const notMoreThan100Percent = (path: string, v: unknown): Errors => (isPercent(v) && Number.parseInt(v, 10) > 100 ? [invalid(path, v, 'must not be greater than 100%')] : [])

/** Equal or `field is immutable` with the new value. */
export const IMMUTABLE = 'field is immutable'
