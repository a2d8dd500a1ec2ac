/** The resources that a definition makes: one type per served version, all of them over the stored one. */
import { type CustomResourceDefinition, type ResourceFact } from '@drydock/api'
import type { ApiObject } from '../admission/types.ts'
import type { Version } from '../kinds/apiextensions/internal.ts'
import { pruned, applyDefaults } from '../kinds/apiextensions/schema/prune.ts'
import type { Schema } from '../kinds/apiextensions/schema/types.ts'
import type { Conversion } from '../registry/conversion.ts'
import { makeType, type ResourceType } from '../registry/resource-type.ts'
import { customKind } from './kind.ts'
import { schemaOfVersion } from './schema.ts'

const verbs = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch']

interface Served { storage: ResourceType, /** Versions that requests may name; the stored one is not among them when it is not served. */ served: readonly ResourceType[] }

export function typesOf(d: CustomResourceDefinition): Served | undefined {
  const versions = (d.spec?.versions ?? []) as unknown as Array<Version & { schema?: { openAPIV3Schema?: Schema } }>
  const stored = versions.find((v) => v.storage)
  if (!stored) return undefined
  const storage = typeOf(d, stored, undefined)
  // What converts by webhook is served as it is stored, and in no other version.
  const others = d.spec?.conversion?.strategy === 'Webhook' ? [] : versions.filter((v) => v.served && v !== stored)
  return { storage, served: [...(stored.served ? [storage] : []), ...others.map((v) => typeOf(d, v, storage))] }
}

function typeOf(d: CustomResourceDefinition, v: Version & { schema?: { openAPIV3Schema?: Schema } }, storage: ResourceType | undefined): ResourceType {
  const schema: Schema = v.schema?.openAPIV3Schema ?? { type: 'object' }
  const { group, scope } = d.spec!, names = d.status?.acceptedNames ?? d.spec!.names
  const version = v.name ?? ''
  const self = `${group}/${version}/${names.kind}`, writes = ['get', 'patch', 'update']
  const fact: ResourceFact = {
    group, version, resource: names.plural, kind: names.kind, namespaced: scope === 'Namespaced', singular: names.singular ?? '', verbs,
    ...(names.shortNames?.length && { shortNames: names.shortNames }), ...(names.categories?.length && { categories: names.categories }),
    subresources: { ...(v.subresources?.['status'] !== undefined && { status: { kind: self, verbs: writes } }), ...(v.subresources?.['scale'] !== undefined && { scale: { kind: 'autoscaling/v1/Scale', verbs: writes } }) },
  }
  const deprecation = v.deprecated ? v.deprecationWarning ?? `${group}/${version} ${names.kind} is deprecated` : undefined
  return makeType({
    fact, schema: () => schemaOfVersion({ group, version, kind: names.kind }, schema), spec: customKind(fact, v, schema), conversion: storage && conversion(group, version, schema, storage), deprecation, openapi: schema,
  })
}

/** Versions that differ in nothing but what their schemas know. */
function conversion(storageGroup: string, version: string, schema: Schema, storage: ResourceType): Conversion {
  return {
    storageGroup,
    toStorage: (o) => ({ ...o, apiVersion: storage.apiVersion }),
    fromStorage(o) {
      const out = structuredClone(pruned(o, schema, true)) as ApiObject
      applyDefaults(out, schema)
      return { ...out, apiVersion: `${storageGroup}/${version}`, kind: o.kind! }
    },
  }
}
