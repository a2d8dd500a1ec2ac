/** ValidateCustomResourceDefinitionOpenAPISchema: what a definition's schema may say at all, part by part. */
import { fieldForbidden, invalid, notSupported, required } from '@drydock/api'
import type { Errors } from '../../lib/validate.ts'
import { validFieldPath } from './path.ts'
import { compileRules } from './rules.ts'
import { goItems } from './shown.ts'
import { entries, itemsOf, type Schema, valuesOf } from './types.ts'

const types = ['array', 'boolean', 'integer', 'number', 'object', 'string']
const metaFields = new Set(['metadata', 'kind', 'apiVersion'])

interface Place {
  root: boolean
  /** Within what every resource has. */
  meta: boolean
  /** Why there may be no default; undefined: there may. */
  noDefault: string | undefined
  /** Takes errors of expressions; undefined: they are not looked at. */
  expressions: Errors | undefined
}

/** `rules`: the schema is sound as a whole, so that its expressions can be compiled too. */
export function validateOpenAPI(path: string, s: Schema, o: { rules: boolean }): Errors {
  const expressions: Errors = []
  return [...part(path, s, { root: true, meta: false, noDefault: undefined, expressions: o.rules ? expressions : undefined }), ...expressions]
}

function part(path: string, s: Schema, place: Place): Errors {
  const inner: Place = { ...place, root: false }
  const out = standard(path, s, place)
  if (s['uniqueItems']) out.push(fieldForbidden(`${path}.uniqueItems`, 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic'))
  if (s.additionalProperties !== undefined) out.push(...additional(path, s, inner))
  for (const [k, p] of entries(s.properties)) {
    const meta = (place.root || s['x-kubernetes-embedded-resource'] === true) && metaFields.has(k)
    out.push(...part(`${path}.properties[${k}]`, p, { ...inner, meta: inner.meta || meta, noDefault: meta && place.root ? `in top-level ${k}` : inner.noDefault }))
  }
  const bare: Place = { ...inner, expressions: undefined }
  if (s.not) out.push(...part(`${path}.not`, s.not, bare))
  for (const list of ['allOf', 'oneOf', 'anyOf'] as const) for (const [i, x] of (s[list] ?? []).entries()) out.push(...part(`${path}.${list}[${i}]`, x, bare))
  const items = itemsOf(s)
  if (items) out.push(...part(`${path}.items`, items, inner))
  if (Array.isArray(s.items)) for (const [i, x] of s.items.entries()) out.push(...part(`${path}.items[${i}]`, x, inner))
  if (s['x-kubernetes-preserve-unknown-fields'] === false) out.push(invalid(`${path}.x-kubernetes-preserve-unknown-fields`, false, 'must be true or undefined'))
  out.push(...mapType(path, s), ...listType(path, s), ...listKeys(path, s), ...rules(`${path}.x-kubernetes-validations`, s))
  // An unsound schema has no types to compile with.
  if (!out.length && place.expressions) place.expressions.push(...compileRules(`${path}.x-kubernetes-validations`, s, place.root))
  return out
}

/** specStandardValidatorV3. */
function standard(path: string, s: Schema, place: Place): Errors {
  const out: Errors = []
  const no = (field: string, given: unknown, why = `${field} is not supported`) => { if (given) out.push(fieldForbidden(`${path}.${field}`, why)) }
  if (s.type && !types.includes(s.type)) out.push(notSupported(`${path}.type`, s.type, types))
  if (s.default !== undefined && s.default !== null && place.noDefault !== undefined) out.push(fieldForbidden(`${path}.default`, `must not be set ${place.noDefault}`))
  no('id', s['id'])
  no('additionalItems', s['additionalItems'] !== undefined)
  no('patternProperties', Object.keys((s['patternProperties'] ?? {}) as object).length)
  no('definitions', Object.keys((s['definitions'] ?? {}) as object).length)
  no('dependencies', s['dependencies'] !== undefined)
  no('$ref', s['$ref'] !== undefined)
  no('type', s.type === 'null', 'type cannot be set to null, use nullable as an alternative')
  no('items', Array.isArray(s.items) && s.items.length, 'items must be a schema object and not an array')
  no('x-kubernetes-embedded-resource', place.meta && s['x-kubernetes-embedded-resource'], 'must not be used inside of resource meta')
  return out
}

function additional(path: string, s: Schema, place: Place): Errors {
  const out: Errors = []
  if (Object.keys(s.properties ?? {}).length && s.additionalProperties !== true) out.push(fieldForbidden(`${path}.additionalProperties`, 'additionalProperties and properties are mutual exclusive'))
  const values = valuesOf(s)
  if (values) out.push(...part(`${path}.additionalProperties`, values, place.meta ? { ...place, noDefault: 'inside additionalProperties applying to object metadata' } : place))
  return out
}

/** An extension that goes with one type. */
function typed(path: string, s: Schema, type: string, extension: string): Errors {
  if (s.type === type) return []
  const why = `must be ${type} if ${extension} is specified`
  return [s.type ? invalid(`${path}.type`, s.type, why) : required(`${path}.type`, why)]
}

function mapType(path: string, s: Schema): Errors {
  const given = s['x-kubernetes-map-type']
  if (given === undefined) return []
  return [...typed(path, s, 'object', 'x-kubernetes-map-type'), ...(['atomic', 'granular'].includes(given) ? [] : [notSupported(`${path}.x-kubernetes-map-type`, given, ['atomic', 'granular'])])]
}

function listType(path: string, s: Schema): Errors {
  const given = s['x-kubernetes-list-type']
  if (given === undefined) return []
  const out = typed(path, s, 'array', 'x-kubernetes-list-type')
  const items = itemsOf(s)
  if (!out.length && given === 'set' && items) {
    const why = 'must be atomic as item of a list with x-kubernetes-list-type=set'
    const list = items['x-kubernetes-list-type'], map = items['x-kubernetes-map-type']
    if (items.type === 'array' && list !== undefined && list !== 'atomic') out.push(invalid(`${path}.items.x-kubernetes-list-type`, list, why))
    if (items.type === 'object' && map !== 'atomic') out.push(invalid(`${path}.items.x-kubernetes-map-type`, map ?? null, why))
  }
  if (!['atomic', 'set', 'map'].includes(given)) out.push(notSupported(`${path}.x-kubernetes-list-type`, given, ['atomic', 'set', 'map']))
  return out
}

function listKeys(path: string, s: Schema): Errors {
  const out: Errors = []
  const type = s['x-kubernetes-list-type'], keys = s['x-kubernetes-list-map-keys'] ?? []
  const at = `${path}.x-kubernetes-list-map-keys`
  if (keys.length && type !== 'map') {
    const why = 'must be map if x-kubernetes-list-map-keys is non-empty'
    out.push(type === undefined ? required(`${path}.x-kubernetes-list-type`, why) : invalid(`${path}.x-kubernetes-list-type`, type, why))
  }
  const items = itemsOf(s)
  if (type === 'map') {
    if (!keys.length) out.push(required(at, 'must not be empty if x-kubernetes-list-type is map'))
    if (s.items === undefined) out.push(required(`${path}.items`, 'must have a schema if x-kubernetes-list-type is map'))
    else if (!items) out.push(invalid(`${path}.items`, goItems(s.items), 'must only have a single schema if x-kubernetes-list-type is map'))
    else if (items.type !== 'object') out.push(invalid(`${path}.items.type`, items.type ?? '', "must be object if parent array's x-kubernetes-list-type is map"))
    else out.push(...keyProperties(path, items, keys))
  }
  if (!items || (type !== 'set' && type !== 'map')) return out
  if (items.nullable) out.push(fieldForbidden(`${path}.items.nullable`, `cannot be nullable when x-kubernetes-list-type is ${type}`))
  if (type === 'map') for (const k of keys) {
    const p = items.properties?.[k]
    if (p && !items.required?.includes(k) && (p.default === undefined || p.default === null)) out.push(required(`${path}.items.properties[${k}].default`, 'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property'))
  }
  return out
}

function keyProperties(path: string, items: Schema, keys: readonly string[]): Errors {
  const out: Errors = []
  const at = `${path}.x-kubernetes-list-map-keys`
  const seen = new Set<string>()
  for (const k of keys) {
    const p = items.properties?.[k]
    if (!p) out.push(invalid(at, keys, 'entries must all be names of item properties'))
    else if (p.type === 'array' || p.type === 'object') out.push(invalid(`${path}.items.properties[${k}].type`, items.type, "must be a scalar type if parent array's x-kubernetes-list-type is map"))
    if (seen.has(k)) out.push(invalid(at, keys, 'must not contain duplicate entries'))
    seen.add(k)
  }
  return out
}

const reasons = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired']
const broken = (s: string): boolean => /[\n\r]/.test(s)

function rules(path: string, s: Schema): Errors {
  return (s['x-kubernetes-validations'] ?? []).flatMap((r, i) => {
    const at = `${path}[${i}]`, rule = r.rule?.trim() ?? '', message = r.message?.trim() ?? ''
    const out: Errors = []
    if (!rule) out.push(required(`${at}.rule`, 'rule is not specified'))
    else if (r.message && !message) out.push(invalid(`${at}.message`, r.message, 'message must be non-empty if specified'))
    else if (broken(message)) out.push(invalid(`${at}.message`, r.message, 'message must not contain line breaks'))
    else if (broken(rule) && !message) out.push(required(`${at}.message`, 'message must be specified if rule contains line breaks'))
    if (r.messageExpression && !r.messageExpression.trim()) out.push(required(`${at}.messageExpression`, 'messageExpression must be non-empty if specified'))
    if (r.reason !== undefined && !reasons.includes(r.reason)) out.push(notSupported(`${at}.reason`, r.reason, reasons))
    if (r.fieldPath && !r.fieldPath.trim()) out.push(invalid(`${at}.fieldPath`, r.fieldPath, 'fieldPath must be non-empty if specified'))
    if (r.fieldPath && broken(r.fieldPath)) out.push(invalid(`${at}.fieldPath`, r.fieldPath, 'fieldPath must not contain line breaks'))
    if (r.fieldPath && typeof validFieldPath(r.fieldPath, s, true) === 'string') out.push(invalid(`${at}.fieldPath`, r.fieldPath, 'fieldPath must be a valid path'))
    return out
  })
}
