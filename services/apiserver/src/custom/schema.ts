/** A structural schema in the form of the table of types: what decoding, pruning and managed fields work with. */
import type { FieldSchema, StructSchema, TypeSchema } from '@drydock/api/schema'
import { structNamed } from '@drydock/api/schema'
import { pruned } from '../kinds/apiextensions/schema/prune.ts'
import { itemsOf, type Schema, valuesOf } from '../kinds/apiextensions/schema/types.ts'

const string: TypeSchema = { kind: 'string', go: 'string' }
const own = new Set(['apiVersion', 'kind', 'metadata'])

/** The type of a version's objects. */
export function schemaOfVersion(gvk: { group: string, version: string, kind: string }, root: Schema): StructSchema {
  const metadata: TypeSchema = { kind: 'struct', go: 'v1.ObjectMeta', struct: structNamed('io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta')! }
  const fields = [field('apiVersion', string, false), field('kind', string, false), { ...field('metadata', metadata, false), absent: 'zero' as const }]
  for (const [k, p] of Object.entries(root.properties ?? {})) if (!own.has(k)) fields.push(property(k, p))
  const name = `${gvk.group}.${gvk.version}.${gvk.kind}`
  const open = root['x-kubernetes-preserve-unknown-fields'] === true
  return { ...struct(name, fields), gvks: [gvk], ...(open && { rest: field('', { kind: 'json', go: 'any' }) }) }
}

const struct = (name: string, fields: readonly FieldSchema[]): StructSchema => ({
  name, short: name.slice(name.lastIndexOf('.') + 1), gvks: [], fields, byName: new Map(fields.map((f) => [f.name, f])), always: fields.filter((f) => f.absent !== 'omit'), atomic: false, embedded: [],
})

/** `pointer`: a zero value is a value. */
const field = (name: string, type: TypeSchema, pointer = true): FieldSchema =>
  ({ name, type, goPath: name, required: false, pointer, absent: 'omit', listType: undefined, listMapKeys: [], mapType: undefined, patchStrategy: [], patchMergeKey: undefined, proto: 0, protoType: '' })

function property(name: string, s: Schema): FieldSchema {
  const listType = s['x-kubernetes-list-type'] as FieldSchema['listType']
  return { ...field(name, custom(s)), listType, listMapKeys: s['x-kubernetes-list-map-keys'] ?? [], mapType: s['x-kubernetes-map-type'] as FieldSchema['mapType'] }
}

/** Whatever the value, it is taken without what the schema does not know; whether it fits is validation's to say. */
function custom(s: Schema): TypeSchema {
  let inner: TypeSchema | undefined
  return {
    kind: 'custom', go: 'any',
    prune(value, unknown) {
      const gone: string[] = []
      const out = pruned(value, s, false, unknown && gone)
      if (unknown) for (const at of gone.sort()) unknown(at)
      return out
    },
    get inner() { return (inner ??= innerOf(s)) },
  }
}

function innerOf(s: Schema): TypeSchema {
  const json: TypeSchema = { kind: 'json', go: 'any' }
  if (s['x-kubernetes-int-or-string']) return json
  const items = itemsOf(s), values = valuesOf(s)
  switch (s.type) {
    case 'array': return { kind: 'list', go: '[]any', elem: items ? custom(items) : json }
    case 'object':
      if (values) return { kind: 'map', go: 'map[string]any', elem: custom(values) }
      if (s['x-kubernetes-preserve-unknown-fields'] || s['x-kubernetes-embedded-resource'] || !s.properties) return { kind: 'map', go: 'map[string]any', elem: json }
      return { kind: 'struct', go: 'any', struct: struct('any', Object.entries(s.properties).map(([k, p]) => property(k, p))) }
    case 'string': return string
    case 'boolean': return { kind: 'boolean', go: 'bool' }
    case 'integer': case 'number': return { kind: 'double', go: 'float64' }
    default: return json
  }
}
