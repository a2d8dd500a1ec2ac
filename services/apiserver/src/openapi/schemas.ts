/**
 * The table's types as OpenAPI schemas, for version 2 (Swagger) and 3. Descriptions are not in the table. What clients read
 * besides types is: kinds, required fields, merge keys and list types (kubectl explain, apply and edit).
 */
import { type GVK, rawType, type RawField, type RawType, structForKind } from '@drydock/api/schema'

export type Schema = { [key: string]: unknown }
export type OpenAPIVersion = 2 | 3

const prefixes = { 2: '#/definitions/', 3: '#/components/schemas/' } as const

const scalars: Readonly<Record<string, Schema>> = {
  string: { type: 'string' }, boolean: { type: 'boolean' }, int32: { type: 'integer', format: 'int32' }, int64: { type: 'integer', format: 'int64' },
  double: { type: 'number', format: 'double' }, byte: { type: 'string', format: 'byte' }, object: { type: 'object' }, any: {},
}

/** Types that are not what their JSON looks like. */
const special: Readonly<Record<string, Readonly<Record<OpenAPIVersion, Schema>>>> = {
  'io.k8s.apimachinery.pkg.api.resource.Quantity': { 2: { type: 'string' }, 3: { oneOf: [{ type: 'string' }, { type: 'number' }] } },
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': { 2: { type: 'string', format: 'int-or-string' }, 3: { format: 'int-or-string', oneOf: [{ type: 'integer' }, { type: 'string' }] } },
  'io.k8s.apimachinery.pkg.apis.meta.v1.Time': { 2: { type: 'string', format: 'date-time' }, 3: { type: 'string', format: 'date-time' } },
  'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime': { 2: { type: 'string', format: 'date-time' }, 3: { type: 'string', format: 'date-time' } },
}

function typeSchema(t: string, v: OpenAPIVersion): Schema {
  if (t.startsWith('[]')) return { type: 'array', items: typeSchema(t.slice(2), v) }
  if (t.startsWith('map[string]')) return { type: 'object', additionalProperties: typeSchema(t.slice(11), v) }
  return scalars[t] ?? { $ref: prefixes[v] + t }
}

// A reference may not stand beside other keys in version 3: it goes into an allOf.
function fieldSchema(f: RawField, v: OpenAPIVersion): Schema {
  const base = typeSchema(f.type!, v)
  const extra: Schema = {
    ...(f.listMapKeys && { 'x-kubernetes-list-map-keys': f.listMapKeys }), ...(f.listType && { 'x-kubernetes-list-type': f.listType }),
    ...(f.mapType && { 'x-kubernetes-map-type': f.mapType }),
    ...(f.patchMergeKey && { 'x-kubernetes-patch-merge-key': f.patchMergeKey }), ...(f.patchStrategy && { 'x-kubernetes-patch-strategy': f.patchStrategy }),
  }
  if (v === 3 && '$ref' in base) return { allOf: [base], ...extra }
  return { ...base, ...extra }
}

export function definition(name: string, v: OpenAPIVersion): Schema {
  const known = special[name]?.[v]
  if (known) return known
  const t = rawType(name)!
  if (!t.fields) return scalars[t.type ?? 'any'] ?? {}
  const fields = Object.entries(t.fields).filter(([, f]) => f.type)
  const required = fields.filter(([, f]) => f.required).map(([n]) => n)
  return {
    ...(required.length && { required }), type: 'object', properties: Object.fromEntries(fields.map(([n, f]) => [n, fieldSchema(f, v)])),
    ...(t.gvk && { 'x-kubernetes-group-version-kind': t.gvk.map(gvkOf) }), ...(t['map-type'] && { 'x-kubernetes-map-type': t['map-type'] }),
  }
}

/** Custom kinds are named by their group, reversed as Java's packages are. */
export const schemaName = (k: GVK): string => structForKind(k)?.name ?? [...k.group.split('.').reverse(), k.version, k.kind].join('.')

export function gvkOf(s: string): GVK {
  const [group = '', version = '', kind = ''] = s.split('/')
  return { group, version, kind }
}

const bareName = (t: string): string => t.replace(/^(\[\]|map\[string\])+/, '')
const referred = (t: RawType): string[] => Object.values(t.fields ?? {}).filter((f) => f.type).map((f) => bareName(f.type!)).filter((n) => rawType(n))

/** The schemas of these types and of all that they refer to, by name, as far as they are in the table. */
export function closure(names: Iterable<string>, v: OpenAPIVersion): Record<string, Schema> {
  const todo = [...names].filter(rawType), seen = new Set<string>()
  for (let name = todo.pop(); name !== undefined; name = todo.pop()) {
    if (seen.has(name)) continue
    seen.add(name)
    todo.push(...referred(rawType(name)!))
  }
  return Object.fromEntries([...seen].sort().map((n) => [n, definition(n, v)]))
}
