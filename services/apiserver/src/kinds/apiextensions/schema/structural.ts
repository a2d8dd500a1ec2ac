/** Structural schemas: apiextensions-apiserver/pkg/apiserver/schema (NewStructural, ValidateStructural). */
import { fieldForbidden, invalid, required } from '@drydock/api'
import type { Errors } from '../../lib/validate.ts'
import { entries, itemsOf, type Schema, valuesOf } from './types.ts'

type Level = 'root' | 'item' | 'field'

const unsupported: Readonly<Record<string, string>> = { id: 'id', additionalItems: 'additionalItems', patternProperties: 'patternProperties', definitions: 'definitions', dependencies: 'dependencies' }

/** Why no structural schema can be made of it; nothing when one can. */
export function structuralError(s: Schema | undefined): string | undefined {
  if (!s) return undefined
  for (const f of Object.keys(unsupported)) if (f === 'id' ? s[f] : s[f] !== undefined) return `OpenAPIV3Schema '${f}' is not supported`
  if (Array.isArray(s.items) && s.items.length) return "OpenAPIV3Schema 'items' must be object, but is an array"
  const parts = [itemsOf(s), valuesOf(s), s.not, ...Object.values(s.properties ?? {}), ...(s.allOf ?? []), ...(s.anyOf ?? []), ...(s.oneOf ?? [])]
  for (const p of parts) {
    const why = structuralError(p)
    if (why) return why
  }
  return undefined
}

export const validateStructural = (path: string, s: Schema): Errors => [...invariants(path, s, 'root'), ...described(s, s, path, path)]

const emptyType: Readonly<Record<Level, string>> = { root: 'must not be empty at the root', item: 'must not be empty for specified array items', field: 'must not be empty for specified object fields' }

function invariants(path: string, s: Schema, level: Level): Errors {
  const out: Errors = []
  const items = itemsOf(s)
  if (s.type === 'array' && !items) out.push(required(`${path}.items`, 'must be specified'))
  if (items) out.push(...invariants(`${path}.items`, items, 'item'))
  for (const [k, p] of entries(s.properties)) out.push(...invariants(`${path}.properties[${k}]`, p, 'field'))
  out.push(...generics(path, s, level), ...extensions(path, s), ...valueValidation(path, s, isIntOrString(s), isIntOrStringWithin(s)))
  return [...out, ...typeOf(path, s, level), ...resourceFields(path, s, level)]
}

function typeOf(path: string, s: Schema, level: Level): Errors {
  const out: Errors = []
  const at = `${path}.type`
  if (s['x-kubernetes-embedded-resource'] && s.type !== 'object') {
    const why = 'must be object if x-kubernetes-embedded-resource is true'
    out.push(s.type ? invalid(at, s.type, why) : required(at, why))
  } else if (!s.type && !s['x-kubernetes-int-or-string'] && !s['x-kubernetes-preserve-unknown-fields']) out.push(required(at, emptyType[level]))
  if (s['x-kubernetes-embedded-resource'] && s.additionalProperties !== undefined) out.push(fieldForbidden(`${path}.additionalProperties`, 'must not be used if x-kubernetes-embedded-resource is set'))
  if (level === 'root' && s.type && s.type !== 'object') out.push(invalid(at, s.type, 'must be object at the root'))
  return out
}

/** What every resource has may be described, but only as it is. */
function resourceFields(path: string, s: Schema, level: Level): Errors {
  const out: Errors = []
  const whole = level === 'root' || Boolean(s['x-kubernetes-embedded-resource'])
  for (const k of ['kind', 'apiVersion']) {
    const p = s.properties?.[k]
    if (p && whole && p.type !== 'string') out.push(invalid(`${path}.properties[${k}].type`, p.type ?? '', 'must be string'))
  }
  const metadata = s.properties?.['metadata']
  if (metadata) out.push(...metadataSchema(`${path}.properties[metadata]`, metadata, whole, level))
  if (s['x-kubernetes-embedded-resource'] && !s['x-kubernetes-preserve-unknown-fields'] && !Object.keys(s.properties ?? {}).length) {
    out.push(required(`${path}.properties`, 'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields'))
  }
  return out
}

function metadataSchema(path: string, s: Schema, whole: boolean, level: Level): Errors {
  const out: Errors = whole && s.type !== 'object' ? [invalid(`${path}.type`, s.type ?? '', 'must be object')] : []
  if (level !== 'root') return out
  const { type: _t, default: _d, properties, ...rest } = s
  const named = Object.keys(properties ?? {}).every((k) => k === 'name' || k === 'generateName')
  if (!named || Object.values(rest).some((v) => v !== undefined && v !== false && v !== '')) {
    out.push(fieldForbidden(path, 'must not specify anything other than name and generateName, but metadata is implicitly specified'))
  }
  return out
}

function generics(path: string, s: Schema, level: Level): Errors {
  if (s.additionalProperties === undefined) return []
  const out: Errors = level === 'root' ? [fieldForbidden(`${path}.additionalProperties`, 'must not be used at the root')] : []
  const values = valuesOf(s)
  return values ? [...out, ...invariants(`${path}.additionalProperties`, values, 'field')] : out
}

function extensions(path: string, s: Schema): Errors {
  const why = 'must be false if x-kubernetes-int-or-string is true'
  if (!s['x-kubernetes-int-or-string']) return []
  return (['x-kubernetes-preserve-unknown-fields', 'x-kubernetes-embedded-resource'] as const).flatMap((f) => (s[f] ? [invalid(`${path}.${f}`, true, why)] : []))
}

/** The two forms in which numbers or texts may name their types. */
const isIntOrString = (s: Schema): boolean => s['x-kubernetes-int-or-string'] === true && s.anyOf?.length === 2 && s.anyOf[0]!.type === 'integer' && s.anyOf[1]!.type === 'string'
const isIntOrStringWithin = (s: Schema): boolean => s['x-kubernetes-int-or-string'] === true && isIntOrString({ ...s.allOf?.[0], 'x-kubernetes-int-or-string': true })

function valueValidation(path: string, s: Schema, skipAnyOf: boolean, skipFirstAllOf: boolean): Errors {
  return [
    ...(skipAnyOf ? [] : (s.anyOf ?? []).flatMap((x, i) => nested(`${path}.anyOf[${i}]`, x, false))),
    ...(s.allOf ?? []).flatMap((x, i) => nested(`${path}.allOf[${i}]`, x, skipFirstAllOf && i === 0)),
    ...(s.oneOf ?? []).flatMap((x, i) => nested(`${path}.oneOf[${i}]`, x, false)),
    ...(s.not ? nested(`${path}.not`, s.not, false) : []),
  ]
}

const EMPTY = 'must be empty to be structural', FALSE = 'must be false to be structural', UNDEFINED = 'must be undefined to be structural'
/** What a schema within allOf, anyOf, oneOf or not may not say. */
const forbidden: ReadonlyArray<readonly [field: string, why: string]> = [
  ['type', EMPTY], ['additionalProperties', UNDEFINED], ['default', UNDEFINED], ['title', EMPTY], ['description', EMPTY], ['nullable', FALSE],
  ['x-kubernetes-preserve-unknown-fields', FALSE], ['x-kubernetes-embedded-resource', FALSE], ['x-kubernetes-int-or-string', FALSE],
  ['x-kubernetes-list-map-keys', EMPTY], ['x-kubernetes-list-type', UNDEFINED], ['x-kubernetes-map-type', UNDEFINED],
]

function nested(path: string, s: Schema, skipAnyOf: boolean): Errors {
  const out = valueValidation(path, s, skipAnyOf, false)
  const items = itemsOf(s)
  if (items) out.push(...nested(`${path}.items`, items, false))
  for (const [k, p] of entries(s.properties)) out.push(...nested(`${path}.properties[${k}]`, p, false))
  for (const [f, why] of forbidden) {
    const v = s[f]
    if (why === UNDEFINED ? v !== undefined && v !== null : Array.isArray(v) ? v.length : v) out.push(fieldForbidden(`${path}.${f}`, why))
  }
  if (s.properties?.['metadata']) out.push(fieldForbidden(`${path}.properties[metadata]`, 'must not be specified in a nested context'))
  return out
}

/** Whatever is constrained within must be described without; upstream looks at the root alone. */
function described(v: Schema, s: Schema, path: string, from: string): Errors {
  return [
    ...(v.not ? within(v.not, s, path, `${from}.not`) : []), ...(v.allOf ?? []).flatMap((x, i) => within(x, s, path, `${from}.allOf[${i}]`)),
    ...(v.anyOf ?? []).flatMap((x, i) => within(x, s, path, `${from}.anyOf[${i}]`)), ...(v.oneOf ?? []).flatMap((x, i) => within(x, s, path, `${from}.oneOf[${i}]`)),
  ]
}

function within(v: Schema, s: Schema | undefined, path: string, from: string): Errors {
  if (!s) return [required(path, `because it is defined in ${from}`)]
  const items = itemsOf(v)
  return [
    ...described(v, s, path, from), ...(items ? within(items, itemsOf(s), `${path}.items`, `${from}.items`) : []),
    ...entries(v.properties).flatMap(([k, p]) => within(p, s.properties?.[k], `${path}.properties[${k}]`, `${from}.properties[${k}]`)),
  ]
}
