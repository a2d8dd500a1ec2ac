/** From a body to an object of the request's kind: media type, schema, fieldValidation, defaults. */
import { clone, StatusError } from '@drydock/api'
import { type DecodedRequest, decodeRequest, type Empties, type GVK, holdsEmpties, normalize, type StructSchema } from '@drydock/api/schema'
import type { ApiObject } from '../admission/types.ts'
import { isProtobuf, protobufError } from '../protobuf/request.ts'
import { warn, type ResourceRequest } from './parts.ts'
import type { ResourceType } from './resource-type.ts'

export type BodyFormat = 'json' | 'yaml'

export const mediaTypes = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'] as const

/** No type counts as JSON. Throws 415. */
export function bodyFormat(contentType: string): BodyFormat {
  const type = contentType.split(';')[0]!.trim().toLowerCase()
  if (type === '' || type === 'application/json') return 'json'
  if (type === 'application/yaml') return 'yaml'
  throw new StatusError({ reason: 'UnsupportedMediaType', message: `the body of the request was in an unknown format - accepted media types include: ${mediaTypes.join(', ')}` })
}

export function decodeKind(r: Pick<ResourceRequest, 'body' | 'contentType' | 'warnings'>, kind: GVK, fieldValidation: 'Ignore' | 'Warn' | 'Strict', schema?: StructSchema): DecodedRequest {
  if (isProtobuf(r.contentType)) throw protobufError(r.body, kind)
  const decoded = decodeRequest({ body: r.body, format: bodyFormat(r.contentType), kind, schema, fieldValidation })
  for (const w of decoded.warnings) warn(r.warnings, w)
  return decoded
}

/** The object of a write to a resource: decoded, pruned, defaulted. */
export function decodeObject(r: ResourceRequest, fieldValidation: 'Ignore' | 'Warn' | 'Strict'): ApiObject {
  const o = decodeKind(r, r.type, fieldValidation, r.type.schema).object as ApiObject
  return defaulted(r.type, o)
}

/** Applies the kind's defaults, in place. */
export function defaulted(type: ResourceType, o: ApiObject): ApiObject {
  o.metadata ??= {}
  type.spec?.defaults?.(o)
  return o
}

/** The form in which an object is validated: empty lists and maps that the client sent are still there. */
export const inMemory = (type: ResourceType, o: ApiObject): ApiObject => canonical(type, o, holdsEmpties(o) ? 'all' : 'none')

/** What validation has seen in the form that is stored. */
export const settled = (type: ResourceType, o: ApiObject): ApiObject => (holdsEmpties(o) ? canonical(type, o) : o)

/** A copy that may be changed, with its empty lists and maps. */
export const copyOf = (type: ResourceType, o: ApiObject): ApiObject => (holdsEmpties(o) ? inMemory(type, o) : clone(o))

/** The form in which an object is stored and answered, whatever code did to it. */
export function canonical(type: ResourceType, o: ApiObject, empties: Empties = 'none'): ApiObject {
  const n = normalize(type.schema, o, empties)
  n.kind = type.kind
  n.apiVersion = type.apiVersion
  return n
}
