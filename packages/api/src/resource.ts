/** Names a kind's collection in the API and carries its TypeScript type. Constants for all of them: resources.gen.ts. */
export interface Resource<T = unknown> {
  readonly group: string
  readonly version: string
  /** Plural, lower case: what stands in paths. */
  readonly resource: string
  readonly kind: string
  readonly namespaced: boolean
  /** Never set: it ties the type to the value. */
  readonly __type?: T
}

/** `v1` or `apps/v1`: what stands in an object's apiVersion. */
export const apiVersionOf = (r: { group: string, version: string }): string => (r.group ? `${r.group}/${r.version}` : r.version)

/** `namespace/name`, or the bare name of a cluster-scoped object: the key of stores and work queues. */
export const keyOf = (o: { metadata?: { namespace?: string | undefined, name?: string | undefined } | undefined }): string =>
  o.metadata?.namespace ? `${o.metadata.namespace}/${o.metadata.name ?? ''}` : o.metadata?.name ?? ''

export function splitKey(key: string): { namespace: string, name: string } {
  const i = key.indexOf('/')
  return i < 0 ? { namespace: '', name: key } : { namespace: key.slice(0, i), name: key.slice(i + 1) }
}

/** All that facts/kubernetes-resources.json says of a resource. */
export interface ResourceFact extends Resource {
  readonly singular: string
  readonly shortNames?: readonly string[]
  readonly categories?: readonly string[]
  readonly verbs: readonly string[]
  /** By name; `kind` is `group/version/Kind` of what it takes and gives. */
  readonly subresources: Readonly<Record<string, { readonly kind: string, readonly verbs: readonly string[], readonly methods?: readonly string[] }>>
  /** Printed columns: name, type, format, priority. */
  readonly columns?: ReadonlyArray<readonly [name: string, type: string, format: string, priority: number]>
}
