import { resourceFacts, resources, type CustomResourceDefinition, type ObjectMeta, type Resource } from '@drydock/api'
import type { InformerFactory, Store } from '@drydock/client'

/** An object of whatever kind. */
export interface AnyObject { apiVersion?: string | undefined, kind?: string | undefined, metadata?: ObjectMeta | undefined }

const isEvent = (r: Resource): boolean => r.resource === 'events'
const has = (r: { verbs: readonly string[] }, ...verbs: string[]): boolean => verbs.every((v) => r.verbs.includes(v))

/** Each kind once, by its preferred (first) version; events are left out: they own nothing and are owned by nothing. */
const builtIn = (verbs: readonly string[]): Resource<AnyObject>[] => {
  const seen = new Set<string>()
  return resourceFacts.filter((r) => {
    const key = `${r.group}/${r.resource}`
    if (isEvent(r) || !has(r, ...verbs) || seen.has(key)) return false
    seen.add(key)
    return true
  }).map(({ group, version, resource, kind, namespaced }) => ({ group, version, resource, kind, namespaced }))
}

/** What can be watched and deleted: the garbage collector's world. */
export const collectable: readonly Resource<AnyObject>[] = builtIn(['list', 'watch', 'delete'])
/** What a namespace is emptied of. Events last: they tell of the others' going. */
export const namespacedContent: readonly Resource<AnyObject>[] = [
  ...builtIn(['list', 'delete', 'deletecollection']).filter((r) => r.namespaced), { ...resources.events } as Resource<AnyObject>,
]

export function customResource(crd: CustomResourceDefinition): Resource<AnyObject> | undefined {
  const spec = crd.spec
  const version = spec?.versions.find((v) => v.storage && v.served) ?? spec?.versions.find((v) => v.served)
  if (!spec || !version || !crd.status?.conditions?.some((c) => c.type === 'Established' && c.status === 'True')) return undefined
  return { group: spec.group, version: version.name, resource: spec.names.plural, kind: spec.names.kind, namespaced: spec.scope === 'Namespaced' }
}

export const customResourceStore = (f: InformerFactory): Store<CustomResourceDefinition> => f.informer(resources.customresourcedefinitions).store
export const customResources = (crds: Store<CustomResourceDefinition>): Resource<AnyObject>[] => crds.list().flatMap((c) => customResource(c) ?? [])
