/**
 * From a parsed JSON value to an object of a kind: unknown fields dropped (and named), every value checked against its type
 * with the errors of Go's JSON decoder, and the result in the form that Go would write: zero values left out where the type
 * has `omitempty`, written where it has not; times, quantities and base64 in canonical form; null as Go takes it.
 *
 * `decodeStruct` never changes its input. `normalize` brings an object that code has changed back to that form.
 */
import { canonicalMicroTime, canonicalTime, TimeError } from './gotime.ts'
import { define, duplicateKeys, isObject, jsonKind } from './json.ts'
import { canonicalQuantity, QuantityError } from './quantity.ts'
import { structNamed, type FieldSchema, type StructSchema, type TypeSchema } from './schema.ts'

/** A value that does not fit its type, in Go's words. */
export class DecodeError extends Error {}

interface Context {
  /** unknown and duplicate fields, in document order; undefined: not wanted. */
  strict: string[] | undefined
  duplicates: boolean
  /** Errors in the words of runtime.DefaultUnstructuredConverter instead of the JSON decoder's. */
  unstructured: boolean
  empties: Empties
  /** An empty list or map was kept. */
  kept: boolean
  /** Where we are, for strict errors: field names, list indices, map keys. */
  path: (string | number)[]
  /** Where we are in Go's eyes: fields of structs only. */
  fields: string[]
  struct: string
}

/** Go's decoder stops counting there. */
const maxStrictErrors = 100

export interface Decoded { object: Record<string, unknown>, strictErrors: string[] }

/**
 * What becomes of empty lists and maps that somebody wrote. `none`: what is stored, where Go's encoder leaves them out or makes
 * null of them. `written`: lists stay where the field is written anyway. `all`: as Go holds them in memory, where validation
 * tells an empty list from none; the object then says so (`holdsEmpties`), and its empty maps have no prototype.
 */
export type Empties = 'none' | 'written' | 'all'

const kept = Symbol('empties')
/** True for an object that was decoded with `empties: 'all'` and has some. A spread keeps that, `clone` does not. */
export const holdsEmpties = (o: object): boolean => kept in o

/** Checks and prunes. `duplicates`: the text had keys twice (parseJSON says). Throws DecodeError. */
export function decodeStruct(schema: StructSchema, value: unknown, o: { duplicates?: boolean, strict?: boolean, unstructured?: boolean, empties?: Empties } = {}): Decoded {
  const c: Context = { strict: o.strict === false ? undefined : [], duplicates: o.duplicates ?? false, unstructured: o.unstructured ?? false, empties: o.empties ?? 'none', kept: false, path: [], fields: [], struct: '' }
  if (!isObject(value)) {
    if (value !== null && value !== undefined) throw new DecodeError(`json: cannot unmarshal ${jsonKind(value)} into Go value of type ${goOf(schema)}`)
    value = {}
  }
  const object = struct(schema, value as Record<string, unknown>, c)
  if (c.kept) Object.defineProperty(object, kept, { value: true, enumerable: true })
  return { object, strictErrors: c.strict ?? [] }
}

/** The form Go would write, of an object made or changed by code. Throws DecodeError where a value has the wrong type. */
export const normalize = <T>(schema: StructSchema, value: T, empties: Empties = 'none'): T => decodeStruct(schema, value, { strict: false, empties }).object as T

const goOf = (s: StructSchema) => s.name.split('.').slice(-2).join('.')

function struct(schema: StructSchema, value: Record<string, unknown>, c: Context): Record<string, unknown> {
  const out: Record<string, unknown> = {}
  const twice = c.duplicates ? duplicateKeys.get(value) : undefined
  const outer = c.struct
  for (const key in value) {
    const f = schema.byName.get(key) ?? schema.rest
    if (!f) {
      if (c.strict) strictError(c, 'unknown field', key)
      continue
    }
    const v = value[key]
    if (v === null || v === undefined) { reportDuplicate(twice, key, c); continue }
    c.struct = schema.short
    c.fields.push(f.goPath)
    c.path.push(key)
    const got = convert(f.type, v, c)
    c.fields.pop()
    c.path.pop()
    c.struct = outer
    reportDuplicate(twice, key, c)
    if (got !== undefined && (f.pointer || isRaw(f.type) || !isZero(got) || (c.empties !== 'none' && keepsEmpty(f, c)))) out[key] = got
  }
  for (const f of schema.always) if (!(f.name in out)) out[f.name] = absentValue(f)
  return out
}

function keepsEmpty(f: FieldSchema, c: Context): boolean {
  if (f.type.kind !== 'list' && (f.type.kind !== 'map' || c.empties !== 'all')) return false
  if (c.empties === 'written') return f.absent === 'zero'
  return c.kept = true
}

function reportDuplicate(twice: readonly string[] | undefined, key: string, c: Context): void {
  if (twice?.includes(key) && c.strict) strictError(c, 'duplicate field', key)
}

function strictError(c: Context, what: string, key: string): void {
  if (c.strict!.length >= maxStrictErrors) return
  let at = ''
  for (const p of c.path) at += typeof p === 'number' ? `[${p}]` : at ? `.${p}` : p
  const text = `${what} ${JSON.stringify(at ? `${at}.${key}` : key)}`
  if (!c.strict!.includes(text)) c.strict!.push(text)
}

const isZero = (v: unknown): boolean => v === '' || v === 0 || v === false || (Array.isArray(v) && v.length === 0) || isEmptyMap(v)
function isEmptyMap(v: unknown): boolean {
  if (v === null || typeof v !== 'object' || Array.isArray(v)) return v === null
  for (const _ in v) return false
  return true
}

// An empty text of a number or text is no zero: that is the number. A schema without anything is one.
const isRaw = (t: TypeSchema): boolean => t.kind === 'raw' || t.kind === 'json' || t.kind === 'fieldsV1' || t.kind === 'intOrString' || t.kind.startsWith('schemaOr')

// A list's items are never null: the server makes its lists itself.
const absentValue = (f: FieldSchema): unknown => (f.absent === 'null' ? null : f.name === 'items' && f.required ? [] : zeroOf(f.type))

/** What Go writes for a value of the type that nobody set. */
export function zeroOf(t: TypeSchema): unknown {
  switch (t.kind) {
    case 'struct': return zeroStruct(t.struct)
    case 'string': return ''
    case 'quantity': return '0'
    case 'int32': case 'int64': case 'double': case 'intOrString': return 0
    case 'boolean': return false
    default: return null
  }
}
function zeroStruct(s: StructSchema): Record<string, unknown> {
  const out: Record<string, unknown> = {}
  for (const f of s.always) out[f.name] = absentValue(f)
  return out
}

const fail = (c: Context, kind: string, go: string, t?: TypeSchema): never => {
  if (c.unstructured && t) throw new DecodeError(unstructuredError(kind, t))
  throw new DecodeError(c.fields.length
    ? `json: cannot unmarshal ${kind} into Go struct field ${c.struct}.${c.fields.join('.')} of type ${go}`
    : `json: cannot unmarshal ${kind} into Go value of type ${go}`)
}

function unstructuredError(kind: string, t: TypeSchema): string {
  const from = kind === 'object' ? 'map' : kind === 'array' ? 'slice' : kind.startsWith('number') ? (/\D/.test(kind.slice(7)) ? 'float64' : 'int64') : kind
  if (t.kind === 'list') return `cannot restore slice from ${from}`
  if (t.kind === 'map') return `cannot restore map from ${from}`
  if (t.kind === 'struct') return `cannot restore struct from: ${from}`
  const to = t.kind === 'boolean' ? 'bool' : t.kind === 'double' ? 'float64' : t.kind
  const numeric = (k: string) => k === 'int32' || k === 'int64' || k === 'float64'
  return numeric(from) && (to === 'string' || numeric(to)) ? `cannot convert ${from} to ${t.go}` : `unrecognized type: ${to}`
}

function convert(t: TypeSchema, v: unknown, c: Context): unknown {
  switch (t.kind) {
    case 'struct': return isObject(v) ? struct(t.struct, v, c) : fail(c, jsonKind(v), t.go, t)
    case 'list': return list(t, v, c)
    case 'map': return map(t, v, c)
    case 'string': return typeof v === 'string' ? v : fail(c, jsonKind(v), t.go, t)
    case 'boolean': return typeof v === 'boolean' ? v : fail(c, jsonKind(v), t.go, t)
    case 'int32': return integer(v, 2 ** 31, t.go, c, t)
    case 'int64': return integer(v, 2 ** 63, t.go, c, t)
    case 'double': return typeof v === 'number' ? v : fail(c, jsonKind(v), t.go, t)
    case 'bytes': return bytes(v, c)
    case 'time': case 'microtime': return time(t.kind, v, c)
    case 'quantity': return quantity(v, false)
    case 'intOrString': return typeof v === 'string' ? v : integer(v, 2 ** 31, 'int32', c)
    case 'raw': case 'json': case 'fieldsV1': return v
    case 'custom': return t.prune(v, c.strict && ((at) => strictError(c, 'unknown field', at)))
    case 'schemaOrBool': case 'schemaOrArray': case 'schemaOrStringArray': return schemaUnion(t.kind, v, c)
  }
}

function integer(v: unknown, limit: number, go: string, c: Context, t?: TypeSchema): number {
  if (typeof v !== 'number') return fail(c, jsonKind(v), go, t)
  if (!Number.isInteger(v) || v >= limit || v < -limit) return fail(c, `number ${String(v)}`, go, t)
  return v
}

function list(t: TypeSchema & { kind: 'list' }, v: unknown, c: Context): unknown[] {
  if (!Array.isArray(v)) return fail(c, jsonKind(v), t.go, t)
  const out = new Array<unknown>(v.length)
  for (let i = 0; i < v.length; i++) {
    c.path.push(i)
    const x: unknown = v[i]
    out[i] = x === null || x === undefined ? nullElement(t.elem) : convert(t.elem, x, c)
    c.path.pop()
  }
  return out
}

function map(t: TypeSchema & { kind: 'map' }, v: unknown, c: Context): Record<string, unknown> {
  if (!isObject(v)) return fail(c, jsonKind(v), t.go, t)
  const twice = c.duplicates ? duplicateKeys.get(v) : undefined
  const out: Record<string, unknown> = c.empties === 'all' && isEmptyMap(v) ? Object.create(null) as Record<string, unknown> : {}
  const resources = t.go === 'v1.ResourceList'
  for (const k in v) {
    c.path.push(k)
    const x = v[k]
    define(out, k, x === null || x === undefined ? nullElement(t.elem) : resources ? quantity(x, true) : convert(t.elem, x, c))
    c.path.pop()
    reportDuplicate(twice, k, c)
  }
  return out
}

// A null inside a list or map is the element's zero value; a list or byte slice of nothing stays null.
const nullElement = (t: TypeSchema): unknown => zeroOf(t)

function bytes(v: unknown, c: Context): string {
  if (Array.isArray(v)) return Buffer.from(v.map((x) => integer(x, 256, 'uint8', c))).toString('base64')
  if (typeof v !== 'string') return fail(c, jsonKind(v), '[]uint8')
  const bad = base64Error(v)
  if (bad !== undefined) throw new DecodeError(`illegal base64 data at input byte ${bad}`)
  return v.includes('\n') || v.includes('\r') ? v.replace(/[\r\n]/g, '') : v
}

const wellFormed = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
// encoding/base64's CorruptInputError: the offset of the first byte that cannot stand where it stands.
function base64Error(s: string): number | undefined {
  if (wellFormed.test(s)) return undefined
  let quantum = 0
  for (let i = 0; i < s.length; i++) {
    const ch = s[i]!
    if (ch === '\n' || ch === '\r') continue
    if (/[A-Za-z0-9+/]/.test(ch)) { quantum = (quantum + 1) % 4; continue }
    if (ch !== '=' || quantum < 2) return i
    let j = i + 1
    const skip = () => { while (s[j] === '\n' || s[j] === '\r') j++ }
    skip()
    if (quantum === 2) {
      if (j >= s.length) return s.length
      if (s[j] !== '=') return i - 1 + 1
      j++
      skip()
    }
    return j < s.length ? j : undefined
  }
  return quantum === 0 ? undefined : s.length - quantum
}

function time(kind: 'time' | 'microtime', v: unknown, c: Context): string {
  if (typeof v !== 'string') return fail(c, jsonKind(v), 'string')
  try {
    return kind === 'time' ? canonicalTime(v) : canonicalMicroTime(v)
  } catch (e) {
    if (e instanceof TimeError) throw new DecodeError(e.message)
    throw e
  }
}

// Resource lists are rounded up to thousandths (SetDefaults_ResourceList).
function quantity(v: unknown, milli: boolean): string {
  try {
    return canonicalQuantity(typeof v === 'string' ? v.trim() : typeof v === 'number' ? v : JSON.stringify(v), milli)
  } catch (e) {
    if (e instanceof QuantityError) throw new DecodeError(e.message)
    throw e
  }
}

const schemaProps = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps'
// Their UnmarshalJSON starts a decoder of its own, which is not strict.
function schemaUnion(kind: 'schemaOrBool' | 'schemaOrArray' | 'schemaOrStringArray', v: unknown, outer: Context): unknown {
  const c: Context = { ...outer, strict: undefined }
  const one = (x: unknown) => (isObject(x) ? struct(structNamed(schemaProps)!, x, c) : fail(c, jsonKind(x), 'v1.JSONSchemaProps'))
  if (kind === 'schemaOrBool') {
    if (typeof v === 'boolean') return v
    if (isObject(v)) return one(v)
    throw new DecodeError('boolean or JSON schema expected')
  }
  if (isObject(v)) return one(v)
  if (Array.isArray(v)) return v.map((x) => (kind === 'schemaOrArray' ? one(x) : typeof x === 'string' ? x : fail(c, jsonKind(x), 'string')))
  // Given, but as nothing.
  return false
}

/** Fields in an order of our choosing for the stored bytes: `metadata` first, so that a resourceVersion can be spliced in. */
export function encodeStored(o: Record<string, unknown>): string {
  const { metadata, ...rest } = o
  return JSON.stringify({ metadata: metadata ?? {}, ...rest })
}

