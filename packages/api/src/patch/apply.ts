/**
 * A PATCH request's body applied to the current object, as kube-apiserver's patch handler does it: the result is decoded like
 * a body, with field validation. Server-side apply is elsewhere (managed-fields/).
 */
import { badRequest, StatusError } from '../status-error.ts'
import { invalid, invalidStatus } from '../field.ts'
import { DecodeError, decodeStruct } from '../decode.ts'
import { decodeAs, parseKind, type FieldValidation } from '../decode-request.ts'
import { duplicateKeys, isObject, jsonKind, JSONSyntaxError, parseJSON } from '../json.ts'
import { clone, type JSONObject } from '../object.ts'
import type { GVK, StructSchema } from '../schema.ts'
import { goFormat } from './go-format.ts'
import { applyJSONPatch, PatchError } from './json-patch.ts'
import { goMarshal } from './marshal.ts'
import { applyMergePatch } from './merge-patch.ts'
import { applyStrategicMergePatch, StrategicPatchError } from './strategic-merge-patch.ts'

export type PatchType = 'json' | 'merge' | 'strategic'

export interface PatchRequest {
  type: PatchType
  body: Uint8Array | string
  schema: StructSchema
  /** The kind that the object must stay. */
  kind: GVK
  fieldValidation: FieldValidation
}

export interface Patched { object: JSONObject, warnings: string[] }

/** `current` carries apiVersion and kind, and is not changed. */
export function applyPatch(current: JSONObject, r: PatchRequest): Patched {
  const text = typeof r.body === 'string' ? r.body : Buffer.from(r.body).toString('utf8')
  switch (r.type) {
    case 'json': return jsonPatch(current, text, r)
    case 'merge': return mergePatch(current, text, r)
    case 'strategic': return strategicPatch(current, text, r)
  }
}

const maxOperations = 10_000

function parse(text: string, prefix: string) {
  try {
    return parseJSON(text)
  } catch (e) {
    if (e instanceof JSONSyntaxError) throw badRequest(prefix + e.message)
    throw e
  }
}

/** Keys that stand twice anywhere in an untyped value, with their paths. */
function duplicatesIn(value: unknown, duplicates: boolean, path = '', out: string[] = []): string[] {
  if (!duplicates) return out
  if (Array.isArray(value)) value.forEach((x, i) => duplicatesIn(x, true, `${path}[${i}]`, out))
  if (!isObject(value)) return out
  const twice = duplicateKeys.get(value)
  for (const k of Object.keys(value)) {
    const at = path ? `${path}.${k}` : k
    duplicatesIn(value[k], true, at, out)
    if (twice?.includes(k)) out.push(`duplicate field ${JSON.stringify(at)}`)
  }
  return out
}

const operationFields = new Set(['op', 'path', 'from', 'value'])

function jsonPatch(current: JSONObject, text: string, r: PatchRequest): Patched {
  const { value, duplicates } = parse(text, 'error decoding patch: ')
  const ops = value ?? []
  if (!Array.isArray(ops)) throw badRequest(`error decoding patch: json: cannot unmarshal ${jsonKind(ops)} into Go value of type []handlers.jsonPatchOp`)
  const strict: string[] = []
  ops.forEach((o: unknown, i) => {
    if (o === null) return
    if (!isObject(o)) throw badRequest(`error decoding patch: json: cannot unmarshal ${jsonKind(o)} into Go value of type handlers.jsonPatchOp`)
    if (duplicates) for (const k of duplicateKeys.get(o) ?? []) strict.push(`json patch duplicate field ${JSON.stringify(`[${i}].${k}`)}`)
    for (const k of Object.keys(o)) if (!operationFields.has(k)) strict.push(`json patch unknown field ${JSON.stringify(`[${i}].${k}`)}`)
  })
  if (ops.length > maxOperations) {
    throw new StatusError({ reason: 'RequestEntityTooLarge', message: `Request entity too large: The allowed maximum operations in a JSON patch is ${maxOperations}, got ${ops.length}` })
  }
  const doc = clone(current), touched = new Set<object>([doc])
  try {
    applyJSONPatch(doc, ops, touched)
  } catch (e) {
    if (e instanceof PatchError) throw new StatusError({ reason: 'Invalid', message: 'the server rejected our request due to an error in our request', details: {}, cause: e })
    throw e
  }
  return finish(doc, () => goMarshal(r.schema, doc, touched), strict, r)
}

function mergePatch(current: JSONObject, text: string, r: PatchRequest): Patched {
  const { value, duplicates } = parse(text, 'error decoding patch: ')
  if (value === null) throw badRequest('Invalid JSON Patch')
  if (!isObject(value)) throw badRequest(`error decoding patch: json: cannot unmarshal ${jsonKind(value)} into Go value of type map[string]interface {}`)
  const doc = clone(current), touched = new Set<object>([doc])
  applyMergePatch(doc, value, touched)
  return finish(doc, () => goMarshal(r.schema, doc, touched), duplicatesIn(value, duplicates), r)
}

function strategicPatch(current: JSONObject, text: string, r: PatchRequest): Patched {
  const { value, duplicates } = parse(text, '')
  const patch = value ?? {}
  if (!isObject(patch)) throw badRequest(`json: cannot unmarshal ${jsonKind(patch)} into Go value of type map[string]interface {}`)
  let doc
  try {
    doc = applyStrategicMergePatch(clone(current), clone(patch), r.schema)
  } catch (e) {
    if (!(e instanceof StrategicPatchError)) throw e
    if (e.code === 400) throw badRequest(e.message)
    throw new StatusError({ reason: '', code: 500, message: e.message, cause: e })
  }
  return finish(doc, () => goFormat(patch), duplicatesIn(patch, duplicates), r, true)
}

function finish(doc: JSONObject, shown: () => string, strict: string[], r: PatchRequest, unstructured = false): Patched {
  const refuse = (why: string) => invalidStatus({ group: '', kind: '' }, '', [invalid('patch', shown(), why)])
  let decoded
  try {
    const strict = r.fieldValidation !== 'Ignore'
    decoded = unstructured ? decodeStruct(r.schema, doc, { strict, unstructured, empties: 'all' }) : decodeAs(doc, kindOf(doc, r), r.kind, { strict }, r.schema)
  } catch (e) {
    if (e instanceof DecodeError) throw refuse(e.message)
    throw e
  }
  const all = r.fieldValidation === 'Ignore' ? [] : [...strict, ...decoded.strictErrors]
  if (all.length && r.fieldValidation === 'Strict') throw refuse(`strict decoding error: ${all.join(', ')}`)
  const apiVersion = r.kind.group ? `${r.kind.group}/${r.kind.version}` : r.kind.version
  return { object: { ...decoded.object, apiVersion, kind: r.kind.kind }, warnings: all }
}

function kindOf(doc: JSONObject, r: PatchRequest): GVK {
  for (const k of ['apiVersion', 'kind']) {
    const v: unknown = doc[k] ?? ''
    if (typeof v !== 'string') throw new DecodeError(`couldn't get version/kind; json parse error: json: cannot unmarshal ${jsonKind(v)} into Go struct field .${k} of type string`)
  }
  const kind = parseKind(doc['apiVersion'] as string ?? '', doc['kind'] as string ?? '', r.kind)
  if (!kind) throw new DecodeError(`unexpected GroupVersion string: ${String(doc['apiVersion'])}`)
  return kind
}
