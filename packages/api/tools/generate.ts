/**
 * Writes src/types.gen.ts (TypeScript shapes) and src/resources.gen.ts (the resource table) from facts/.
 * Run: node packages/api/tools/generate.ts
 */
import { readFileSync, writeFileSync } from 'node:fs'

interface Field { type?: string, required?: boolean }
interface TypeFact { fields?: Record<string, Field>, type?: string, gvk?: string[], protoOnlyMessage?: boolean }
interface ResourceFact { group: string, version: string, resource: string, kind: string, namespaced: boolean }
const read = (f: string) => JSON.parse(readFileSync(new URL(`../facts/${f}`, import.meta.url), 'utf8'))
const types = read('kubernetes-types.json') as Record<string, TypeFact>
const resources = read('kubernetes-resources.json') as ResourceFact[]

// A type's short name; where two groups share one, the second and later carry their group's name before it.
const special: Record<string, string> = {
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.ServiceReference': 'CRDServiceReference',
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.WebhookClientConfig': 'CRDWebhookClientConfig',
  'io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.ServiceReference': 'APIServiceReference',
  'io.k8s.api.storage.v1.TokenRequest': 'CSITokenRequest',
  'io.k8s.api.autoscaling.v2.CrossVersionObjectReference': 'CrossVersionObjectReferenceV2',
  'io.k8s.api.discovery.v1.EndpointPort': 'DiscoveryEndpointPort',
  'io.k8s.api.events.v1.Event': 'EventsV1Event', 'io.k8s.api.events.v1.EventList': 'EventsV1EventList', 'io.k8s.api.events.v1.EventSeries': 'EventsV1EventSeries',
  'io.k8s.api.core.v1.ResourceClaim': 'ContainerResourceClaim',
  'io.k8s.api.flowcontrol.v1.Subject': 'FlowSubject',
  'io.k8s.apimachinery.pkg.apis.meta.v1.Patch': 'PatchBody',
}
for (const k of Object.keys(types)) if (k.startsWith('io.k8s.api.autoscaling.v1.HorizontalPodAutoscaler')) special[k] = k.split('.').pop()!.replace('Autoscaler', 'AutoscalerV1')
const short = (full: string) => special[full] ?? full.split('.').pop()!
const scalars: Record<string, string> = { string: 'string', int32: 'number', int64: 'number', double: 'number', boolean: 'boolean', byte: 'string', object: 'Record<string, unknown>', any: 'unknown', 'date-time': 'string', 'int-or-string': 'number | string' }
const ts = (t: string): string => t.startsWith('[]') ? wrap(ts(t.slice(2))) : t.startsWith('map[string]') ? `Record<string, ${ts(t.slice(11))}>` : scalars[t] ?? short(t)
const wrap = (t: string) => (t.includes(' ') && !t.startsWith('Record') ? `(${t})[]` : `${t}[]`)

let out = '// Made by tools/generate.ts from facts/kubernetes-types.json. Do not edit.\n\n'
for (const [full, t] of Object.entries(types).sort(([a], [b]) => (short(a) < short(b) ? -1 : 1))) {
  if (t.protoOnlyMessage) continue
  if (!t.fields) { out += `export type ${short(full)} = ${scalars[t.type ?? ''] ?? 'unknown'}\n\n`; continue }
  out += `export interface ${short(full)} {\n`
  // Only what the API always serves is not optional: a kind's own lists. Everything else may be absent on the way.
  for (const [name, f] of Object.entries(t.fields)) if (f.type) out += `  ${/^[a-zA-Z_]\w*$/.test(name) ? name : JSON.stringify(name)}${f.required ? '' : '?'}: ${ts(f.type)}${f.required ? '' : ' | undefined'}\n`
  out += '}\n\n'
}
writeFileSync(new URL('../src/types.gen.ts', import.meta.url), out)

let res = '// Made by tools/generate.ts from facts/kubernetes-resources.json. Do not edit.\nimport type * as t from \'./types.gen.ts\'\nimport type { Resource } from \'./resource.ts\'\n\n'
const seen = new Set<string>()
for (const r of resources) {
  const name = (seen.has(r.resource) ? `${r.group.split('.')[0]}${r.version === 'v2' ? 'V2' : ''}${r.resource[0]!.toUpperCase()}${r.resource.slice(1)}` : r.resource)
  seen.add(r.resource)
  const full = Object.entries(types).find(([, t]) => t.gvk?.some((g) => g.replace(/^\//, '') === `${r.group ? r.group + '/' : ''}${r.version}/${r.kind}`))?.[0]
  res += `export const ${name}: Resource<${full ? `t.${short(full)}` : 'unknown'}> = ${JSON.stringify({ group: r.group, version: r.version, resource: r.resource, kind: r.kind, namespaced: r.namespaced })}\n`
}
writeFileSync(new URL('../src/resources.gen.ts', import.meta.url), res)

// The whole table for the apiserver: scope, verbs, subresources, printed columns.
let facts = '// Made by tools/generate.ts from facts/kubernetes-resources.json. Do not edit.\nimport type { ResourceFact } from \'./resource.ts\'\n\nexport const resourceFacts: readonly ResourceFact[] = [\n'
for (const r of resources) facts += `  ${JSON.stringify(r)},\n`
writeFileSync(new URL('../src/resource-facts.gen.ts', import.meta.url), facts + ']\n')
