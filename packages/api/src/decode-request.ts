/**
 * A request's body made an object of the kind that the request is about: upstream's UniversalDeserializer, defaulting of
 * apiVersion and kind, and transformDecodeError, with fieldValidation. Errors are BadRequest in upstream's words.
 */
import { badRequest } from './status-error.ts'
import { DecodeError, decodeStruct, type Decoded } from './decode.ts'
import { isObject, jsonKind, JSONSyntaxError, parseJSON } from './json.ts'
import { structForKind, type GVK, type StructSchema } from './schema.ts'
import { parseYAML, YAMLSyntaxError } from './yaml.ts'
import type { JSONObject } from './object.ts'

export type FieldValidation = 'Strict' | 'Warn' | 'Ignore'

export interface DecodeRequest {
  body: Uint8Array | string
  /** `json` or `yaml`; other media types are the caller's to refuse. */
  format: 'json' | 'yaml'
  /** What the request takes. */
  kind: GVK
  /** The schema of that kind, where it is not in the table. */
  schema?: StructSchema | undefined
  fieldValidation: FieldValidation
}

export interface DecodedRequest {
  object: JSONObject
  /** The kind that the body said, or the expected one: the group may have several versions. */
  kind: GVK
  /** Warning headers, with fieldValidation=Warn. */
  warnings: string[]
}

export function decodeRequest(r: DecodeRequest): DecodedRequest {
  const text = typeof r.body === 'string' ? r.body : utf8(r.body)
  const parsed = parse(text, r)
  if (!isObject(parsed.value) && parsed.value !== null) throw unrecognized(r, `couldn't get version/kind; json parse error: json: cannot unmarshal ${jsonKind(parsed.value)} into Go value of type ${typeMeta}`, text)
  const value = (parsed.value ?? {}) as Record<string, unknown>
  const actual = kindOf(value, r, text)
  return finish(value, actual, parsed, r)
}

const typeMeta = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }'
const decoder = new TextDecoder()
const utf8 = (b: Uint8Array): string => (Buffer.isBuffer(b) ? b.toString('utf8') : decoder.decode(b))

interface Parsed { value: unknown, duplicates: boolean, yaml: string[] }

function parse(text: string, r: DecodeRequest): Parsed {
  if (r.format === 'json') {
    try {
      const p = parseJSON(text)
      return { ...p, yaml: [] }
    } catch (e) {
      if (e instanceof JSONSyntaxError) throw unrecognized(r, `couldn't get version/kind; json parse error: ${e.message}`, text)
      throw e
    }
  }
  try {
    const p = parseYAML(text)
    return { value: p.value, duplicates: false, yaml: p.duplicates }
  } catch (e) {
    if (e instanceof YAMLSyntaxError) throw unrecognized(r, e.message.replace('error converting YAML to JSON: ', ''), text)
    throw e
  }
}

/** The kind that the body says, what is missing taken from the request. */
function kindOf(value: Record<string, unknown>, r: DecodeRequest, text: string): GVK {
  for (const k of ['apiVersion', 'kind'] as const) {
    const v = value[k]
    if (v !== undefined && v !== null && typeof v !== 'string') throw unrecognized(r, `couldn't get version/kind; json parse error: json: cannot unmarshal ${jsonKind(v)} into Go struct field .${k} of type string`, text)
  }
  const apiVersion = (value['apiVersion'] ?? '') as string, kind = (value['kind'] ?? '') as string
  const gvk = parseKind(apiVersion, kind, r.kind)
  if (!gvk) throw unrecognized(r, `unexpected GroupVersion string: ${apiVersion}`, text)
  return gvk
}

/** apiVersion and kind as a body says them, what is empty taken from `defaults`; undefined for a malformed apiVersion. */
export function parseKind(apiVersion: string, kind: string, defaults: GVK): GVK | undefined {
  const parts = apiVersion.split('/')
  if (parts.length > 2) return undefined
  const gv = apiVersion === '' ? defaults : parts.length === 1 ? { group: '', version: parts[0]! } : { group: parts[0]!, version: parts[1]! }
  return { group: gv.group, version: gv.version, kind: kind || defaults.kind }
}

const scheme = 'pkg/api/legacyscheme/scheme.go:30'
const sameKind = (a: GVK, b: GVK) => a.kind === b.kind && a.group === b.group && a.version === b.version
// What every group version knows (metav1.AddToGroupVersion), and v1 alone.
const everywhere = new Set(['DeleteOptions', 'CreateOptions', 'UpdateOptions', 'PatchOptions', 'GetOptions', 'ListOptions', 'WatchEvent'])
const unversioned = new Set(['Status', 'APIVersions', 'APIGroupList', 'APIGroup', 'APIResourceList'])

function schemaOf(actual: GVK, expected: GVK, own: StructSchema | undefined): StructSchema {
  const schema = own && sameKind(actual, expected) ? own : structForKind(actual)
  if (sameKind(actual, expected) && schema) return schema
  const known = schema ?? (everywhere.has(actual.kind) || (actual.group === '' && actual.version === 'v1' && (unversioned.has(actual.kind) || actual.kind === 'List')))
  if (!known) {
    const version = actual.group ? `${actual.group}/${actual.version}` : actual.version
    throw new DecodeError(`no kind ${JSON.stringify(actual.kind)} is registered for version ${JSON.stringify(version)} in scheme ${JSON.stringify(scheme)}`)
  }
  if (actual.group === expected.group && actual.kind === expected.kind && schema) {
    throw badRequest(`the API version in the data (${actual.group}/${actual.version}) does not match the expected API version (${expected.group}/${expected.version})`)
  }
  return schema ?? { name: 'none', short: actual.kind, gvks: [], fields: [], byName: new Map(), always: [], atomic: false, embedded: [] }
}

/** A value that says it is `actual`, decoded for a request that takes `expected`. Throws DecodeError. */
export function decodeAs(value: Record<string, unknown>, actual: GVK, expected: GVK, o: { duplicates?: boolean, strict?: boolean }, own?: StructSchema): Decoded {
  const decoded = decodeStruct(schemaOf(actual, expected, own), value, { ...o, empties: 'all' })
  if (!sameKind(actual, expected)) throw new DecodeError(`converting (${goName(actual)}) to (${internalName(expected)}): unknown conversion`)
  return decoded
}

function finish(value: Record<string, unknown>, actual: GVK, parsed: Parsed, r: DecodeRequest): DecodedRequest {
  let decoded
  try {
    decoded = decodeAs(value, actual, r.kind, { duplicates: parsed.duplicates, strict: r.fieldValidation !== 'Ignore' }, r.schema)
  } catch (e) {
    if (e instanceof DecodeError) throw cannotHandle(actual, r, e.message)
    throw e
  }
  const strict = r.fieldValidation === 'Ignore' ? [] : decoded.strictErrors
  if (r.fieldValidation === 'Strict' && (strict.length || parsed.yaml.length)) {
    const yaml = parsed.yaml.length ? [`yaml: unmarshal errors:\n  ${parsed.yaml.join('\n  ')}`] : []
    throw cannotHandle(actual, r, `strict decoding error: ${[...yaml, ...strict].join(', ')}`)
  }
  return { object: { ...decoded.object, apiVersion: r.kind.group ? `${r.kind.group}/${r.kind.version}` : r.kind.version, kind: r.kind.kind }, kind: actual, warnings: r.fieldValidation === 'Warn' ? [...parsed.yaml, ...strict] : [] }
}

const goName = (k: GVK) => `${k.version}.${k.kind}`
/** Internal packages are named for the first part of their group. */
const internalName = (k: GVK) => `${k.group.split('.')[0] || 'core'}.${k.kind}`

const cannotHandle = (actual: GVK, r: DecodeRequest, message: string) =>
  badRequest(`${actual.kind} in version ${JSON.stringify(actual.version)} cannot be handled as a ${r.kind.kind}: ${message}`)

const unrecognized = (r: DecodeRequest, message: string, text: string) =>
  badRequest(`the object provided is unrecognized (must be of type ${r.kind.kind}): ${message} (${summary(text)})`)

const maxSummary = 30
/** The start of the body: as text where it looks like an object, else in hexadecimal. */
function summary(text: string): string {
  const b = Buffer.from(text)
  if (b.length === 0) return '<empty>'
  const cut = b.length > maxSummary
  const head = cut ? b.subarray(0, maxSummary) : b
  return (b[0] === 123 ? head.toString('utf8') : head.toString('hex')) + (cut ? ' ...' : '')
}
