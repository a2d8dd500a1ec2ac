/** Whether a value is what a schema says: kube-openapi's validator, its findings as field errors (ValidateCustomResource). */
import { type FieldError, goJSON, invalid, notSupported, required, tooLong, tooMany, typeInvalid } from '@drydock/api'
import type { Errors } from '../../lib/validate.ts'
import { fitsFormat } from './formats.ts'
import { reflectEqual } from '../../lib/equal.ts'
import { entries, itemsOf, type Schema, valuesOf } from './types.ts'

/** Errors stand at `path`, their words name the place below it (`spec.size in body …`). */
export const validateValue = (path: string, value: unknown, schema: Schema): Errors => check({ path, name: '' }, value, schema)

interface At { path: string, name: string }

const child = (at: At, key: string): At => { const name = at.name ? `${at.name}.${key}` : key; return { path: at.path, name } }
const element = (at: At, i: number): At => ({ path: at.path, name: `${at.name}[${i}]` })
const field = (at: At): string => [at.path, at.name].filter(Boolean).join('.')
const wrong = (at: At, value: unknown, why: string): FieldError => invalid(field(at), value, `${at.name} in body ${why}`)

function check(at: At, value: unknown, s: Schema): Errors {
  const type = typeError(at, value, s)
  if (value === null || value === undefined) return type
  const out: Errors = [...type, ...combined(at, value, s)]
  if (typeof value === 'string') out.push(...text(at, value, s))
  if (typeof value === 'number') out.push(...amount(at, value, s))
  if (Array.isArray(value)) out.push(...list(at, value, s))
  if (s.enum && !s.enum.some((x) => reflectEqual(x, value))) out.push(notSupported(field(at), value, s.enum.map((x) => (typeof x === 'string' ? x : goJSON(x)))))
  if (typeof value === 'object' && !Array.isArray(value)) out.push(...map(at, value as Record<string, unknown>, s))
  return out
}

const kindOf = (v: unknown): [type: string, format: string] => {
  if (Array.isArray(v)) return ['array', '']
  if (typeof v === 'number') return Number.isInteger(v) ? ['integer', 'int64'] : ['number', 'float64']
  return [typeof v, '']
}

function typeError(at: At, value: unknown, s: Schema): Errors {
  const types = s['x-kubernetes-int-or-string'] ? ['integer', 'string'] : s.type ? [s.type] : []
  const be = (want: string, got: string): Errors => [typeInvalid(field(at), got, `${at.name} in body must be of type ${want}: ${JSON.stringify(got)}`)]
  if (value === null || value === undefined) return types.length && !s.nullable ? be(types.join(','), 'null') : []
  const [type, format] = kindOf(value)
  const fits = types.includes(type) || (type === 'integer' && types.includes('number'))
  if (s.format && typeof value !== 'string' && !Array.isArray(value) && typeof value !== 'object' && !fits && format !== s.format) return be(s.format, format)
  return types.length && !fits ? be(types.join(','), type) : []
}

function combined(at: At, value: unknown, s: Schema): Errors {
  const out: Errors = []
  const quoted = JSON.stringify(at.name)
  const good = (x: Schema): boolean => check(at, value, x).length === 0
  if (s.anyOf?.length && !s.anyOf.some(good)) out.push(invalid(field(at), value, `${quoted} must validate at least one schema (anyOf)`), ...closest(at, value, s.anyOf))
  if (s.oneOf?.length) {
    const n = s.oneOf.filter(good).length
    if (n !== 1) out.push(invalid(field(at), value, `${quoted} must validate one and only one schema (oneOf). ${n ? `Found ${n} valid alternatives` : 'Found none valid'}`), ...(n ? [] : closest(at, value, s.oneOf)))
  }
  if (s.allOf?.length) {
    const errors = s.allOf.flatMap((x) => check(at, value, x))
    if (errors.length) out.push(...errors, invalid(field(at), value, `${quoted} must validate all the schemas (allOf)${s.allOf.some(good) ? '' : '. None validated'}`))
  }
  if (s.not && good(s.not)) out.push(invalid(field(at), value, `${quoted} must not validate the schema (not)`))
  return out
}

/** Of alternatives that all fail, what is wrong with the one that fails least. */
function closest(at: At, value: unknown, list: readonly Schema[]): Errors {
  const all = list.map((x) => check(at, value, x))
  return all.reduce((best, e) => (e.length < best.length ? e : best), all[0] ?? [])
}

const size = (s: string): number => [...s].length

function text(at: At, v: string, s: Schema): Errors {
  const out: Errors = []
  const max = s['maxLength'] as number | undefined, min = s['minLength'] as number | undefined, pattern = s['pattern'] as string | undefined
  if (max !== undefined && size(v) > max) out.push(tooLong(field(at), max))
  if (min !== undefined && size(v) < min) out.push(wrong(at, v, `should be at least ${min} chars long`))
  if (pattern && matches(pattern, v) === false) out.push(wrong(at, v, `should match '${pattern}'`))
  if (s.format && fitsFormat(s.format, v) === false) out.push(invalid(field(at), v, `${at.name} in body must be of type ${s.format}: ${JSON.stringify(v)}`))
  return out
}

/** Go's regular expressions are JavaScript's, but for flags at their start; undefined: it is none. */
export function matches(pattern: string, v: string): boolean | undefined {
  const flags = /^\(\?([ims]+)\)/.exec(pattern)
  try {
    return new RegExp(flags ? pattern.slice(flags[0].length) : pattern, flags?.[1] ?? '').test(v)
  } catch {
    return undefined
  }
}

function amount(at: At, v: number, s: Schema): Errors {
  const out: Errors = []
  const max = s['maximum'] as number | undefined, min = s['minimum'] as number | undefined, step = s['multipleOf'] as number | undefined
  if (step !== undefined && !Number.isInteger(v / step)) out.push(wrong(at, v, `should be a multiple of ${step}`))
  if (max !== undefined && (s['exclusiveMaximum'] ? v >= max : v > max)) out.push(wrong(at, v, `should be less than ${s['exclusiveMaximum'] ? '' : 'or equal to '}${max}`))
  if (min !== undefined && (s['exclusiveMinimum'] ? v <= min : v < min)) out.push(wrong(at, v, `should be greater than ${s['exclusiveMinimum'] ? '' : 'or equal to '}${min}`))
  return out
}

function list(at: At, v: readonly unknown[], s: Schema): Errors {
  const items = itemsOf(s)
  const out: Errors = items ? v.flatMap((x, i) => check(element(at, i), x, items)) : []
  const max = s['maxItems'] as number | undefined, min = s['minItems'] as number | undefined
  if (min !== undefined && v.length < min) out.push(wrong(at, v.length, `should have at least ${min} items`))
  if (max !== undefined && v.length > max) out.push(tooMany(field(at), v.length, max))
  return out
}

function map(at: At, v: Record<string, unknown>, s: Schema): Errors {
  const keys = Object.keys(v)
  const max = s['maxProperties'] as number | undefined, min = s['minProperties'] as number | undefined
  if (min !== undefined && keys.length < min) return [wrong(at, min, `should have at least ${min} properties`)]
  if (max !== undefined && keys.length > max) return [tooMany(field(at), keys.length, max)]
  const out: Errors = (s.required ?? []).filter((k) => !(k in v)).map((k) => required(field(child(at, k))))
  const values = valuesOf(s)
  for (const [k, p] of entries(s.properties)) if (k in v) out.push(...check(child(at, k), v[k], p))
  if (values) for (const k of keys) if (!s.properties?.[k]) out.push(...check(child(at, k), v[k], values))
  return out
}
