/** Server-side tables (meta/v1 Table) and metadata-only forms, from entries. */
import { badRequest, type ComponentStatus, type Scale } from '@drydock/api'
import type { ApiObject } from '../admission/types.ts'
import { ageOf } from '../kinds/lib/cells.ts'
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

/** Tables of what is no stored object: scales and component statuses. Anything else is shown as it is. */
export function valueTable(value: object, include: IncludeObject, now: number): object {
  const o = value as ApiObject & { items?: ApiObject[] }
  switch (o.kind) {
    case 'Scale': return plainTable(o.metadata, [['Name', 'string'], ['Desired', 'integer'], ['Available', 'integer'], ['Age', 'string']], [o], include, (x) => {
      const scale = x as unknown as Scale
      return [x.metadata['name'], scale.spec?.replicas ?? 0, scale.status?.replicas ?? 0, ageOf(x, { now })]
    })
    case 'ComponentStatus': case 'ComponentStatusList': return plainTable({}, [['Name', 'string'], ['Status', 'string'], ['Message', 'string'], ['Error', 'string']], o.items ?? [o], include, componentCells)
    default: return value
  }
}

function componentCells(x: ApiObject): unknown[] {
  const c = (x as unknown as ComponentStatus).conditions?.find((k) => k.type === 'Healthy')
  return [x.metadata['name'], c?.status === 'True' ? 'Healthy' : 'Unhealthy', c?.message ?? '', c?.error ?? '']
}

function plainTable(of: Record<string, unknown>, columns: ReadonlyArray<readonly [name: string, type: string]>, items: readonly ApiObject[], include: IncludeObject, cells: (o: ApiObject) => unknown[]): object {
  return {
    kind: 'Table', apiVersion: 'meta.k8s.io/v1', metadata: { ...(of['resourceVersion'] !== undefined && { resourceVersion: of['resourceVersion'] }) },
    columnDefinitions: columns.map(([name, type]) => ({ name, type, format: '', description: descriptions[name] ?? name, priority: 0 })),
    rows: items.map((o) => ({ cells: cells(o), object: include === 'None' ? null : include === 'Object' ? o : partial(o) })),
  }
}
