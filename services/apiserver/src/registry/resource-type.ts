/**
 * What the apiserver knows of each resource: the table's facts, the schema of its kind, what the kind adds by hand, and where
 * it is stored. Two versions of one thing (events of core and of events.k8s.io, autoscaling v1 and v2) share their storage.
 */
import { apiVersionOf, resourceFacts, type ResourceFact } from '@drydock/api'
import { structForKind, type StructSchema } from '@drydock/api/schema'
import type { ApiObject } from '../admission/types.ts'
import { kinds } from '../kinds/index.ts'
import type { Kind } from '../kinds/kind.ts'
import { conversions, type Conversion } from './conversion.ts'

export interface ResourceType {
  readonly fact: ResourceFact
  readonly group: string
  readonly version: string
  readonly resource: string
  readonly kind: string
  readonly namespaced: boolean
  readonly apiVersion: string
  /** `group/version/resource`. */
  readonly id: string
  /** What stands before the stored bytes of one object: `{"kind":"Pod","apiVersion":"v1",`. */
  readonly head: Buffer
  readonly schema: StructSchema
  readonly spec: Kind | undefined
  readonly storageGroup: string
  readonly storageResource: string
  /** To and from the stored version, where that is another one. */
  readonly conversion: Conversion | undefined
  /** The warning of a version that is on its way out. */
  readonly deprecation: string | undefined
  /** The schema of a custom resource, which is in no table: it knows no strategic merge. */
  readonly openapi: object | undefined
  /** metadata.name, metadata.namespace and the kind's own. */
  selectableFields(o: ApiObject): Record<string, string>
}

export interface ResourceTypes {
  readonly all: readonly ResourceType[]
  /** Those with objects in the store, one per storage. */
  readonly stored: readonly ResourceType[]
  find(group: string, version: string, resource: string): ResourceType | undefined
  /** True for `apps`, `apps/v1`. */
  hasGroupVersion(group: string, version?: string): boolean
  /** The type whose version is what is stored. */
  storageOf(t: { storageGroup: string, storageResource: string }): ResourceType
  /** Puts the versions of a custom resource in place of those that there were; none: it is gone. */
  replace(group: string, resource: string, storage: ResourceType | undefined, served: readonly ResourceType[]): void
  /** Grows with every replacement. */
  readonly generation: number
}

const storageId = (t: { storageGroup: string, storageResource: string }): string => `${t.storageGroup}/${t.storageResource}`

export function createResourceTypes(): ResourceTypes {
  let all: readonly ResourceType[] = resourceFacts.map(fromTable), generation = 0
  let versions = new Set<string>()
  const byId = new Map(all.map((t) => [t.id, t]))
  const stored = new Map<string, ResourceType>()
  const countVersions = () => { versions = new Set(all.flatMap((t) => [t.group, `${t.group}/${t.version}`])) }
  countVersions()
  for (const t of all) if (t.fact.verbs.includes('list') && !t.conversion && t.resource !== 'componentstatuses') stored.set(storageId(t), t)
  return {
    get all() { return all },
    get stored() { return [...stored.values()] },
    get generation() { return generation },
    find: (group, version, resource) => byId.get(`${group}/${version}/${resource}`),
    hasGroupVersion: (group, version) => versions.has(version === undefined ? group : `${group}/${version}`),
    storageOf: (t) => stored.get(storageId(t))!,
    replace(group, resource, storage, served) {
      for (const t of all) if (t.group === group && t.resource === resource) byId.delete(t.id)
      all = [...all.filter((t) => t.group !== group || t.resource !== resource), ...served]
      for (const t of served) byId.set(t.id, t)
      if (storage) stored.set(storageId(storage), storage)
      else stored.delete(`${group}/${resource}`)
      countVersions()
      generation++
    },
  }
}

function fromTable(fact: ResourceFact): ResourceType {
  const { group, version, resource, kind } = fact
  const spec = kinds.get(`${group}/${resource}`), conversion = conversions.get(`${group}/${version}/${resource}`)
  return makeType({ fact, schema: () => structForKind({ group, version, kind })!, spec: spec?.resource.version === version || conversion ? spec : undefined, fields: spec?.fields, conversion })
}

export interface TypeOptions {
  fact: ResourceFact
  /** Asked once, when it is needed. */
  schema(): StructSchema
  spec: Kind | undefined
  /** Selectable fields, where they are not those of `spec`. */
  fields?: Kind['fields']
  conversion?: Conversion | undefined
  deprecation?: string | undefined
  openapi?: object
}

export function makeType(o: TypeOptions): ResourceType {
  const { fact, spec, conversion, deprecation } = o
  const { group, version, resource, kind, namespaced } = fact
  const apiVersion = apiVersionOf(fact), fields = o.fields ?? spec?.fields
  let schema: StructSchema | undefined
  return {
    fact, group, version, resource, kind, namespaced, apiVersion, id: `${group}/${version}/${resource}`, spec, conversion, deprecation, openapi: o.openapi,
    head: Buffer.from(`{"kind":${JSON.stringify(kind)},"apiVersion":${JSON.stringify(apiVersion)},`),
    get schema() { return (schema ??= o.schema()) },
    storageGroup: conversion?.storageGroup ?? group, storageResource: resource,
    selectableFields(x) {
      const own = { 'metadata.name': String(x.metadata['name'] ?? ''), ...(namespaced && { 'metadata.namespace': String(x.metadata['namespace'] ?? '') }) }
      return fields ? { ...own, ...fields(x) } : own
    },
  }
}
