/** metadata.managedFields read into sets by manager, and written back: upstream's fieldmanager/internal/managedfields.go. */
import { decodeSet, encodeSet, isEmptySet, union, type FieldSet } from './field-set.ts'

export interface ManagedFieldsEntry {
  manager?: string
  operation?: string
  apiVersion?: string
  time?: string | null
  fieldsType?: string
  fieldsV1?: unknown
  subresource?: string
}

/** One manager's fields. Appliers are one manager whatever the version they apply in. */
export interface Managed {
  manager: string
  operation: 'Apply' | 'Update'
  apiVersion: string
  subresource: string
  time: string | undefined
  set: FieldSet
  /** How the store holds it, while nothing of it has changed. */
  entry?: ManagedFieldsEntry | undefined
}

/** The same manager with other fields. */
export const withSet = (m: Managed, set: FieldSet): Managed => ({ ...m, set, entry: undefined })

/** By identity; the order is that of the list. */
export type Managers = Map<string, Managed>

export const managerId = (m: Pick<Managed, 'manager' | 'operation' | 'apiVersion' | 'subresource'>): string =>
  JSON.stringify([m.manager, m.operation, m.operation === 'Apply' ? '' : m.apiVersion, m.subresource])

/** Throws an Error for a list that is not well-formed. `trusted`: it comes from the store, and its sets are as we wrote them. */
export function decodeManagers(list: unknown, trusted = false): Managers {
  const out: Managers = new Map()
  if (list === undefined || list === null) return out
  for (const e of list as ManagedFieldsEntry[]) {
    if (e.operation !== 'Apply' && e.operation !== 'Update') throw new Error(`invalid operation ${JSON.stringify(e.operation ?? '')}`)
    if (!e.apiVersion || e.apiVersion.split('/').length > 2) throw new Error('apiVersion must not be empty')
    if (e.fieldsType !== undefined && e.fieldsType !== '' && e.fieldsType !== 'FieldsV1') throw new Error(`invalid fieldsType ${JSON.stringify(e.fieldsType)}`)
    const m: Managed = { manager: e.manager ?? '', operation: e.operation, apiVersion: e.apiVersion, subresource: e.subresource ?? '', time: e.time ?? undefined, set: e.fieldsV1 === undefined || e.fieldsV1 === null ? {} : trusted ? e.fieldsV1 as FieldSet : decodeSet(e.fieldsV1), entry: trusted ? e : undefined }
    out.set(managerId(m), m)
  }
  return out
}

/** In upstream's order: appliers first, then by the second, the name, the version, the subresource. */
export function encodeManagers(managers: Managers): ManagedFieldsEntry[] | undefined {
  const all = [...managers.values()].filter((m) => !isEmptySet(m.set))
  if (all.length === 0) return undefined
  return all.sort(order).map((m) => m.entry ?? {
    manager: m.manager, operation: m.operation, apiVersion: m.apiVersion,
    ...(m.time && { time: m.time }),
    fieldsType: 'FieldsV1', fieldsV1: encodeSet(m.set),
    ...(m.subresource && { subresource: m.subresource }),
  })
}

const text = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
const order = (a: Managed, b: Managed): number =>
  text(a.operation, b.operation) || text(a.time ?? '', b.time ?? '') || text(a.manager, b.manager) || text(a.apiVersion, b.apiVersion) || text(a.subresource, b.subresource)

const maxUpdaters = 10
const oldUpdates = 'ancient-changes'

/** Keeps no more than ten updaters by joining the oldest of one version into `ancient-changes`. */
export function capUpdaters(managers: Managers): void {
  if (managers.size <= maxUpdaters) return
  const updaters = () => [...managers.values()].filter((m) => m.operation === 'Update' && m.subresource === '').sort(order)
  for (let list = updaters(); list.length > maxUpdaters; list = updaters()) {
    const version = list.map((m) => m.apiVersion).find((v) => list.filter((m) => m.apiVersion === v).length > 1)
    if (version === undefined) return
    const [a, b] = list.filter((m) => m.apiVersion === version) as [Managed, Managed]
    managers.delete(managerId(a))
    managers.delete(managerId(b))
    const joined: Managed = { ...withSet(a, union(a.set, b.set)), manager: oldUpdates, time: b.time }
    managers.set(managerId(joined), joined)
  }
}
