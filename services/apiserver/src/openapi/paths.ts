/** The operations of a group and version: enough for clients to see what exists, takes which kind and knows which parameters. */
import type { ResourceFact } from '@drydock/api'
import { rawType } from '@drydock/api/schema'
import { gvkOf, schemaName, type OpenAPIVersion, type Schema } from './schemas.ts'

export interface Paths { paths: Record<string, Schema>, /** Types that the operations mention. */ types: Set<string> }

interface Verb { method: string, action: string, on: 'collection' | 'item', query: readonly string[], body?: 'kind' | 'patch' | 'options', list?: boolean }
const listQuery = ['allowWatchBookmarks', 'continue', 'fieldSelector', 'labelSelector', 'limit', 'resourceVersion', 'resourceVersionMatch', 'sendInitialEvents', 'timeoutSeconds', 'watch'] as const
const writeQuery = ['dryRun', 'fieldManager', 'fieldValidation'] as const
const deleteQuery = ['dryRun', 'gracePeriodSeconds', 'ignoreStoreReadErrorWithClusterBreakingPotential', 'orphanDependents', 'propagationPolicy'] as const
const verbs: Readonly<Record<string, Verb>> = {
  list: { method: 'get', action: 'list', on: 'collection', query: listQuery, list: true },
  create: { method: 'post', action: 'post', on: 'collection', query: writeQuery, body: 'kind' },
  deletecollection: { method: 'delete', action: 'deletecollection', on: 'collection', query: [...listQuery.slice(1, -1), ...deleteQuery], body: 'options' },
  get: { method: 'get', action: 'get', on: 'item', query: [] },
  update: { method: 'put', action: 'put', on: 'item', query: writeQuery, body: 'kind' },
  patch: { method: 'patch', action: 'patch', on: 'item', query: [...writeQuery, 'force'], body: 'patch' },
  delete: { method: 'delete', action: 'delete', on: 'item', query: deleteQuery, body: 'options' },
}
const integers = new Set(['limit', 'timeoutSeconds', 'gracePeriodSeconds'])
const booleans = new Set(['allowWatchBookmarks', 'watch', 'sendInitialEvents', 'orphanDependents', 'force', 'ignoreStoreReadErrorWithClusterBreakingPotential'])
const patchTypes = ['application/json-patch+json', 'application/merge-patch+json', 'application/strategic-merge-patch+json', 'application/apply-patch+yaml']
const mediaTypes = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf']

function parameter(name: string, v: OpenAPIVersion): Schema {
  const type = { type: integers.has(name) ? 'integer' : booleans.has(name) ? 'boolean' : 'string', uniqueItems: true }
  return v === 3 ? { name, in: 'query', schema: type } : { name, in: 'query', ...type }
}
const pathParameter = (name: string, v: OpenAPIVersion): Schema => (v === 3 ? { name, in: 'path', required: true, schema: { type: 'string', uniqueItems: true } } : { name, in: 'path', required: true, type: 'string', uniqueItems: true })

const reference = (type: string, v: OpenAPIVersion): Schema => ({ $ref: (v === 3 ? '#/components/schemas/' : '#/definitions/') + type })

/** Every path of these resources; `custom` are the schemas that are not in the table. */
export function pathsOf(facts: readonly ResourceFact[], v: OpenAPIVersion, custom: object = {}): Paths {
  const out: Paths = { paths: {}, types: new Set() }
  for (const f of facts) addResource(f, { v, out, known: (name) => rawType(name) !== undefined || name in custom })
  return out
}

interface Making { v: OpenAPIVersion, out: Paths, /** Whether there is a schema of this name. */ known(name: string): boolean }

function addResource(f: ResourceFact, m: Making): void {
  const root = f.group ? `/apis/${f.group}/${f.version}` : `/api/${f.version}`
  const collection = `${root}${f.namespaced ? '/namespaces/{namespace}' : ''}/${f.resource}`, item = `${collection}/{name}`
  const kind = `${f.group}/${f.version}/${f.kind}`
  for (const verb of f.verbs) {
    const d = verbs[verb]
    if (d) operation(d.on === 'item' ? item : collection, d, kind, f, m)
  }
  if (f.namespaced && f.verbs.includes('list')) operation(`${root}/${f.resource}`, verbs['list']!, kind, f, m)
  for (const [name, s] of Object.entries(f.subresources)) {
    for (const verb of s.verbs) {
      const d = verbs[verb]
      if (d) operation(`${item}/${name}`, { ...d, on: 'item' }, s.kind, f, m)
    }
  }
}

function operation(path: string, d: Verb, kind: string, f: ResourceFact, { v, out, known }: Making): void {
  const gvk = gvkOf(kind), name = schemaName(d.list ? { ...gvk, kind: `${gvk.kind}List` } : gvk), type = known(name) ? name : undefined
  const item: Schema = out.paths[path] ??= { parameters: [...[...path.matchAll(/\{(\w+)\}/g)].map((m) => pathParameter(m[1]!, v)), parameter('pretty', v)] }
  const body = d.body === 'kind' ? type : d.body === 'patch' ? 'io.k8s.apimachinery.pkg.apis.meta.v1.Patch' : d.body === 'options' ? 'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions' : undefined
  for (const t of [type, body]) if (t) out.types.add(t)
  item[d.method] = {
    operationId: `${d.action}${path.replace(/[^A-Za-z0-9]+(\w?)/g, (_m, c: string) => c.toUpperCase())}`, tags: [f.group ? `${f.group.split('.')[0]!}_${f.version}` : `core_${f.version}`],
    parameters: [...d.query.map((q) => parameter(q, v)), ...(v === 2 && body ? [{ name: 'body', in: 'body', required: d.body !== 'options', schema: reference(body, v) }] : [])],
    ...(v === 3 && body && { requestBody: { content: contents(d.body === 'patch' ? patchTypes : mediaTypes, body, v), required: d.body !== 'options' } }),
    ...(v === 2 && { consumes: d.body === 'patch' ? patchTypes : ['*/*'], produces: mediaTypes, schemes: ['https'] }),
    responses: { 200: { description: 'OK', ...(type && (v === 3 ? { content: contents(mediaTypes, type, v) } : { schema: reference(type, v) })) }, 401: { description: 'Unauthorized' } },
    'x-kubernetes-action': d.action, 'x-kubernetes-group-version-kind': gvk,
  }
}

const contents = (types: readonly string[], type: string, v: OpenAPIVersion): Schema => Object.fromEntries(types.map((t) => [t, { schema: reference(type, v) }]))
