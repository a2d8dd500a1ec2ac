/** Server-side tables (meta/v1 Table) and metadata-only forms, from entries. */
import { badRequest } from '@drydock/api'
import type { ApiObject } from '../admission/types.ts'
import type { ResourceType } from '../registry/resource-type.ts'

export type IncludeObject = 'None' | 'Metadata' | 'Object'

export function includeObject(query: URLSearchParams): IncludeObject {
  const v = query.get('includeObject') ?? ''
  if (v === '') return 'Metadata'
  if (v === 'None' || v === 'Metadata' || v === 'Object') return v
  throw badRequest(`Unable to convert to Table as requested: includeObject: Invalid value: ${JSON.stringify(v)}: must be 'Metadata', 'Object', 'None', or empty`)
}

const defaultColumns = [['Name', 'string', 'name', 0], ['Age', 'string', '', 0]] as const

export function columnsOf(type: ResourceType): object[] {
  const given: ReadonlyArray<readonly [string, string, string, number, string?]> = type.spec?.columns ?? type.fact.columns ?? defaultColumns
  return given.map(([name, kind, format, priority, description]) => ({ name, type: kind, format, description: description ?? descriptions[name] ?? `${name} of the ${type.kind}`, priority }))
}
const descriptions: Readonly<Record<string, string>> = {
  Name: 'Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically. Name is primarily intended for creation idempotence and configuration definition. Cannot be updated. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names',
}

export function rowOf(type: ResourceType, o: ApiObject, include: IncludeObject, now: number): object {
  const cells = type.spec?.cells?.(o, { now }) ?? [o.metadata['name'], o.metadata['creationTimestamp']]
  const conditions = type.spec?.rowConditions?.(o)
  return { cells, ...(conditions && { conditions }), object: include === 'None' ? null : include === 'Object' ? o : partial(o, type) }
}

/** `type`: for kinds whose metadata differs inside and outside (an annotation that is a field inside). */
export const partial = (o: ApiObject, type?: ResourceType): object => ({ kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: type?.spec?.partialMetadata?.(o.metadata) ?? o.metadata })

export const table = (type: ResourceType, metadata: object, rows: object[], columns = true): object =>
  ({ kind: 'Table', apiVersion: 'meta.k8s.io/v1', metadata, columnDefinitions: columns ? columnsOf(type) : null, rows })
