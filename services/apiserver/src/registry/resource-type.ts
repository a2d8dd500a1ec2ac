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
}

export function createResourceTypes(): ResourceTypes {
  const all = resourceFacts.map(resourceType)
  const byId = new Map(all.map((t) => [t.id, t]))
  const versions = new Set(all.flatMap((t) => [t.group, `${t.group}/${t.version}`]))
  const stored = new Map<string, ResourceType>()
  for (const t of all) if (t.fact.verbs.includes('list') && !t.conversion && t.resource !== 'componentstatuses') stored.set(`${t.storageGroup}/${t.storageResource}`, t)
  return {
    all, stored: [...stored.values()],
    find: (group, version, resource) => byId.get(`${group}/${version}/${resource}`),
    hasGroupVersion: (group, version) => versions.has(version === undefined ? group : `${group}/${version}`),
    storageOf: (t) => stored.get(`${t.storageGroup}/${t.storageResource}`)!,
  }
}

function resourceType(fact: ResourceFact): ResourceType {
  const { group, version, resource, kind, namespaced } = fact
  const apiVersion = apiVersionOf(fact), spec = kinds.get(`${group}/${resource}`), id = `${group}/${version}/${resource}`
  const conversion = conversions.get(id)
  let schema: StructSchema | undefined
  return {
    fact, group, version, resource, kind, namespaced, apiVersion, id, spec: spec?.resource.version === version || conversion ? spec : undefined, conversion,
    head: Buffer.from(`{"kind":${JSON.stringify(kind)},"apiVersion":${JSON.stringify(apiVersion)},`),
    get schema() { return (schema ??= structForKind({ group, version, kind })!) },
    storageGroup: conversion?.storageGroup ?? group, storageResource: resource,
    selectableFields(o) {
      const own = { 'metadata.name': String(o.metadata['name'] ?? ''), ...(namespaced && { 'metadata.namespace': String(o.metadata['namespace'] ?? '') }) }
      return spec?.fields ? { ...own, ...spec.fields(o) } : own
    },
  }
}
