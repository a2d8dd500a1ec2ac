/**
 * The table of Kubernetes types at run time: what facts/ says of every type, compiled on first use, one struct at a time.
 * Reached as `@drydock/api/schema` so that a process which only needs types and selectors never pays for the tables.
 *
 * A field knows how Go declares it (pointer or value, named types), because that decides which zero values are written out,
 * and what a decoding error says.
 */
import rawTypes from '../facts/kubernetes-types.json' with { type: 'json' }
import rawGo from '../facts/go-types.json' with { type: 'json' }
import { resourceFacts } from './resource-facts.gen.ts'
import type { ResourceFact } from './resource.ts'

export type ScalarKind = 'string' | 'int32' | 'int64' | 'boolean' | 'double' | 'bytes' | 'time' | 'microtime' | 'quantity' | 'intOrString'
/** raw: any JSON object or value, kept as it is; jsonSchema…: the three unions of JSONSchemaProps. */
export type RawKind = 'raw' | 'json' | 'fieldsV1' | 'schemaOrBool' | 'schemaOrArray' | 'schemaOrStringArray'

export type TypeSchema =
  | { readonly kind: ScalarKind | RawKind, readonly go: string }
  | { readonly kind: 'list', readonly go: string, readonly elem: TypeSchema }
  | { readonly kind: 'map', readonly go: string, readonly elem: TypeSchema }
  | { readonly kind: 'struct', readonly go: string, readonly struct: StructSchema }
  | CustomType

/** A part of a custom resource: taken as it is but for what its schema does not know, which `unknown` is told the places of. */
export interface CustomType {
  readonly kind: 'custom'
  readonly go: string
  prune(value: unknown, unknown?: (at: string) => void): unknown
  /** How server-side apply takes it apart. */
  readonly inner: TypeSchema
}

/** What is written for an absent or zero field: nothing, the zero value, or (a pointer without omitempty) null. */
export type Absent = 'omit' | 'zero' | 'null'

export interface FieldSchema {
  readonly name: string
  /** Name in Go's error paths: embedded structs stand before it (`VolumeSource.emptyDir`). */
  readonly goPath: string
  readonly type: TypeSchema
  readonly required: boolean
  /** A pointer keeps its zero value; absent and zero differ. */
  readonly pointer: boolean
  readonly absent: Absent
  readonly listType: 'atomic' | 'set' | 'map' | undefined
  readonly listMapKeys: readonly string[]
  readonly mapType: 'atomic' | 'granular' | undefined
  readonly patchStrategy: readonly string[]
  readonly patchMergeKey: string | undefined
  /** Field number on the protobuf wire; 0 where the field is not its own there. */
  readonly proto: number
  readonly protoType: string
}

export interface StructSchema {
  /** Full name, `io.k8s.api.core.v1.PodSpec`. */
  readonly name: string
  /** Go's name without its package, `PodSpec`. */
  readonly short: string
  readonly gvks: readonly GVK[]
  readonly fields: readonly FieldSchema[]
  readonly byName: ReadonlyMap<string, FieldSchema>
  /** The type of any other field; without one there is none. */
  readonly rest?: FieldSchema
  /** Fields that are written even when nobody set them. */
  readonly always: readonly FieldSchema[]
  /** A struct that server-side apply takes as one value. */
  readonly atomic: boolean
  /** Messages that JSON inlines and protobuf does not: by field number. */
  readonly embedded: ReadonlyArray<{ name: string, number: number, message: string }>
}

export interface GVK { readonly group: string, readonly version: string, readonly kind: string }

export interface RawField {
  type?: string
  required?: boolean
  listType?: string
  listMapKeys?: string[]
  mapType?: string
  patchStrategy?: string
  patchMergeKey?: string
  proto?: number
  protoType?: string
  repeated?: boolean
}
export interface RawType {
  type?: string
  gvk?: string[]
  fields?: Record<string, RawField>
  'map-type'?: string
  protoOnly?: Record<string, { number: number, type: string }>
  protoOnlyMessage?: boolean
}
const types = rawTypes as unknown as Record<string, RawType>
const go = rawGo as unknown as { named: Record<string, string[]>, pointer: Record<string, string[]>, value: Record<string, string[]>, always: Record<string, string[]> }

/** A type's facts as they stand in the table: for OpenAPI and protobuf, which need more than the compiled form. */
export const rawType = (name: string): RawType | undefined => types[name]
export const rawTypeNames = (): string[] => Object.keys(types)

const wrappers: Record<string, ScalarKind | RawKind> = {
  'io.k8s.apimachinery.pkg.api.resource.Quantity': 'quantity',
  'io.k8s.apimachinery.pkg.apis.meta.v1.Time': 'time',
  'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime': 'microtime',
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': 'intOrString',
  'io.k8s.apimachinery.pkg.runtime.RawExtension': 'raw',
  'io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1': 'fieldsV1',
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON': 'json',
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrBool': 'schemaOrBool',
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrArray': 'schemaOrArray',
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrStringArray': 'schemaOrStringArray',
}
const scalarGo: Record<string, [ScalarKind, string]> = {
  string: ['string', 'string'], int32: ['int32', 'int32'], int64: ['int64', 'int64'], boolean: ['boolean', 'bool'], double: ['double', 'float64'], byte: ['bytes', '[]uint8'],
}

/** A reference to a struct, which is compiled when it is first looked into: types refer to each other in circles. */
class StructType {
  readonly kind = 'struct'
  readonly go: string
  readonly #name: string
  #struct: StructSchema | undefined
  constructor(name: string, go: string) { this.#name = name; this.go = go }
  get struct(): StructSchema { return (this.#struct ??= structNamed(this.#name)!) }
}

const shortName = (full: string) => full.slice(full.lastIndexOf('.') + 1)
/** `v1.PodSpec` of `io.k8s.api.core.v1.PodSpec`: as Go prints a type. */
const goName = (full: string) => full.split('.').slice(-2).join('.')

// The hand-made table names structs by their short name, or with as much of the package as tells two of them apart.
function goFacts(table: Record<string, string[]>, full: string): Set<string> {
  const parts = full.split('.')
  return new Set([...(table[parts.slice(-1).join('.')] ?? []), ...(table[parts.slice(-3).join('.')] ?? [])])
}
let namedIndex: Map<string, string> | undefined
function namedType(full: string, field: string): string | undefined {
  if (!namedIndex) {
    namedIndex = new Map()
    for (const [t, names] of Object.entries(go.named)) for (const n of names) namedIndex.set(n, t)
  }
  const parts = full.split('.')
  return namedIndex.get(`${parts.slice(-3).join('.')}.${field}`) ?? namedIndex.get(`${parts.at(-1)!}.${field}`)
}

const elementGo = (g: string | undefined): string | undefined =>
  g?.startsWith('[]') ? g.slice(2) : g?.startsWith('map[') ? g.slice(g.indexOf(']') + 1) : g === 'v1.ExtraValue' ? 'string' : undefined

function compileType(t: string, named?: string): TypeSchema {
  if (t.startsWith('[]')) {
    const elem = compileType(t.slice(2), elementGo(named))
    return { kind: 'list', elem, go: named ?? `[]${elem.go}` }
  }
  if (t.startsWith('map[string]')) {
    const elem = compileType(t.slice(11), elementGo(named))
    return { kind: 'map', elem, go: named ?? `map[string]${elem.go}` }
  }
  const s = scalarGo[t]
  if (s) return { kind: s[0], go: named ?? s[1] }
  const w = wrappers[t]
  if (w) return { kind: w, go: named ?? goName(t) }
  if (types[t]?.fields) return new StructType(t, named ?? goName(t))
  if (t.endsWith('.CustomResourceSubresourceStatus')) return { kind: 'map', elem: { kind: 'json', go: 'any' }, go: goName(t) }
  if (t === 'object' || t === 'any' || types[t]) return { kind: 'json', go: goName(t) }
  throw new Error(`no such type in the table: ${t}`)
}

/** The full name of a type that `protoType` mentions, seen from `from`. */
export function resolveProtoName(protoType: string, from: string): string {
  if (protoType.startsWith('.')) return 'io.' + protoType.slice(1).replace(/^k8s\.io\./, 'k8s.')
  return from.slice(0, from.lastIndexOf('.') + 1) + protoType
}

function embeddedPaths(full: string): Map<string, string> {
  const out = new Map<string, string>()
  for (const e of Object.values(types[full]?.protoOnly ?? {})) {
    const inner = resolveProtoName(e.type, full)
    const t = types[inner]
    if (!t?.fields || /^x[A-Z]/.test(e.type)) continue
    if (e.type === 'ValidationRule') continue
    for (const f of Object.keys(t.fields)) out.set(f, `${shortName(e.type)}.${f}`)
    for (const [f, p] of embeddedPaths(inner)) out.set(f, `${shortName(e.type)}.${p}`)
  }
  return out
}

const structs = new Map<string, StructSchema>()

/** The compiled form of a type that has fields, by its full name. */
export function structNamed(full: string): StructSchema | undefined {
  const known = structs.get(full)
  if (known) return known
  const raw = types[full]
  if (!raw?.fields) return undefined
  const made = compileStruct(full, raw)
  structs.set(full, made)
  return made
}

function compileStruct(full: string, raw: RawType): StructSchema {
  const pointers = goFacts(go.pointer, full), values = goFacts(go.value, full), always = goFacts(go.always, full)
  const paths = embeddedPaths(full)
  const topLevel = Boolean(raw.gvk) || /\.(PodTemplateSpec|JobTemplateSpec|PersistentVolumeClaimTemplate|ResourceClaimTemplateSpec|ScaleStatus)$/.test(full)
  const fields = Object.entries(raw.fields!).filter(([, f]) => f.type).map(([name, f]): FieldSchema => {
    const type = compileType(f.type!, namedType(full, name))
    const required = f.required ?? false
    const isValueStruct = type.kind === 'struct' && (required || values.has(name) || (topLevel && (name === 'metadata' || name === 'spec' || name === 'status')))
    const isValueTime = (type.kind === 'time' || type.kind === 'microtime') && !pointers.has(name) && !(shortName(full) === 'ObjectMeta')
    const isValue = isValueStruct || isValueTime || ((type.kind === 'quantity' || type.kind === 'intOrString') && !pointers.has(name))
    const pointer = pointers.has(name) || (type.kind === 'struct' && !isValueStruct)
    return {
      name, type, required, pointer,
      goPath: paths.get(name) ?? name,
      absent: always.has(name) ? (pointer ? 'null' : 'zero') : pointer ? 'omit' : required || isValue ? 'zero' : 'omit',
      listType: f.listType as FieldSchema['listType'], listMapKeys: f.listMapKeys ?? [],
      mapType: f.mapType as FieldSchema['mapType'],
      patchStrategy: f.patchStrategy?.split(',') ?? [], patchMergeKey: f.patchMergeKey,
      proto: f.proto ?? 0, protoType: f.protoType ?? '',
    }
  })
  return {
    name: full, short: shortName(full), fields,
    gvks: (raw.gvk ?? []).map(parseGVK),
    byName: new Map(fields.map((f) => [f.name, f])),
    always: fields.filter((f) => f.absent !== 'omit'),
    atomic: raw['map-type'] === 'atomic',
    embedded: Object.entries(raw.protoOnly ?? {}).map(([name, e]) => ({ name, number: e.number, message: resolveProtoName(e.type, full) })),
  }
}

function parseGVK(s: string): GVK {
  const [group = '', version = '', kind = ''] = s.split('/')
  return { group, version, kind }
}

let byGVK: Map<string, string> | undefined

/** The struct of a kind; undefined for a kind that the table does not have. */
export function structForKind(g: GVK): StructSchema | undefined {
  if (!byGVK) {
    byGVK = new Map()
    for (const [name, t] of Object.entries(types)) for (const k of t.gvk ?? []) byGVK.set(k, name)
  }
  const name = byGVK.get(`${g.group}/${g.version}/${g.kind}`)
  return name === undefined ? undefined : structNamed(name)
}

let factByKey: Map<string, ResourceFact> | undefined
/** What the table says of a resource: verbs, short names, subresources, columns. */
export function resourceFact(r: { group: string, version: string, resource: string }): ResourceFact | undefined {
  factByKey ??= new Map(resourceFacts.map((i) => [`${i.group}/${i.version}/${i.resource}`, i]))
  return factByKey.get(`${r.group}/${r.version}/${r.resource}`)
}
