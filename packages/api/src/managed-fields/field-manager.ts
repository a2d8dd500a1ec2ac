/**
 * Who set which field: metadata.managedFields of every write, and server-side apply. Pure: the time comes in, the object comes
 * back. Follows apimachinery/pkg/util/managedfields (the chain of managers) and structured-merge-diff's merge.Updater.
 */
import { badRequest, StatusError } from '../status-error.ts'
import { DecodeError, decodeStruct } from '../decode.ts'
import { isObject } from '../json.ts'
import { deepEqual, type JSONObject } from '../object.ts'
import type { GVK, StructSchema } from '../schema.ts'
import { difference, emptySet, intersection, isEmptySet, recursiveDifference, SetBuilder, union, type FieldSet } from './field-set.ts'
import { capUpdaters, decodeManagers, encodeManagers, managerId, withSet, type Managed, type ManagedFieldsEntry, type Managers } from './managers.ts'
import { Conflicts } from './conflicts.ts'
import { fieldsOfLastApplied, lastAppliedAnnotation, lastAppliedOf } from './last-applied.ts'
import type { JSONMap } from './shapes.ts'
import { fieldsOfNew } from './created.ts'
import { compare, fieldSetOf, mergeConfig, removeFields, withNamedParents, type Comparison } from './typed.ts'
import { validateTyped } from './validate-typed.ts'

/** An object and the type that it is of. */
export interface Versioned { schema: StructSchema, object: JSONMap }

export interface FieldManagerContext {
  schema: StructSchema
  kind: GVK
  /** Name of the manager; from fieldManager or the user agent. */
  manager: string
  /** `status`, `scale`…; empty for the object itself. */
  subresource: string
  /** Now, as metav1.Time writes it; empty: no time is recorded. */
  time: string
  /**
   * An object of one version of the kind in another, for managers that wrote through that; undefined for a version that is not
   * served. Without it every manager is taken to speak the same version.
   */
  convert?: ((o: JSONMap, to: string) => Versioned | undefined) | undefined
  /** Fields that this endpoint resets and nobody comes to own through it. */
  reset?: FieldSet | undefined
}

/** A set of whole subtrees, from dotted paths: `status`, `metadata.labels`. */
export function setOfPaths(...paths: string[]): FieldSet {
  const b = new SetBuilder()
  for (const p of paths) b.add(p.split('.').map((k) => `f:${k}`))
  return b.build()
}

const stripped = setOfPaths('apiVersion', 'kind', 'metadata', 'metadata.name', 'metadata.namespace', 'metadata.creationTimestamp', 'metadata.selfLink', 'metadata.uid', 'metadata.clusterName', 'metadata.generation', 'metadata.managedFields', 'metadata.resourceVersion')

const apiVersionOf = (k: GVK): string => (k.group ? `${k.group}/${k.version}` : k.version)

function withoutManagedFields(o: JSONObject): JSONMap {
  const { managedFields: _, ...metadata } = (o['metadata'] ?? {}) as JSONMap
  return { ...o, metadata }
}

/** An object of the kind that nobody has set anything of. */
function emptyObject(c: FieldManagerContext): JSONMap {
  let o = emptyObjects.get(c.schema)
  if (!o) emptyObjects.set(c.schema, o = { ...decodeStruct(c.schema, {}).object, apiVersion: apiVersionOf(c.kind), kind: c.kind.kind })
  return o
}
const emptyObjects = new WeakMap<StructSchema, JSONMap>()

/**
 * Records a create or an update in `next.metadata.managedFields` (changed in place). `live` is undefined for a create. What the
 * request says of managedFields is taken where it is well-formed, as upstream takes it.
 */
export function recordUpdate(live: JSONObject | undefined, next: JSONObject, c: FieldManagerContext): void {
  if (!live && (next['metadata']?.managedFields ?? undefined) === undefined) return recordNew(next, c)
  const managers = startingManagers(live, next, c)
  // An object that nobody managed when it was made, or whose list was emptied, is not managed by updates either.
  if (live && managers.size === 0) return write(next, managers)
  const from = live ? withoutManagedFields(live) : emptyObject(c), to = withoutManagedFields(next)
  track(from, to, managers, c)
  write(next, managers)
}

/** A create that says nothing of managedFields: all that it sets is its maker's. */
function recordNew(next: JSONObject, c: FieldManagerContext): void {
  const fieldsV1 = fieldsOfNew(c.schema, emptyObject(c), next, c.reset, stripped)
  if (isEmptySet(fieldsV1)) return void delete next['metadata'].managedFields
  const entry: ManagedFieldsEntry = { manager: c.manager, operation: 'Update', apiVersion: apiVersionOf(c.kind), ...(c.time && { time: c.time }), fieldsType: 'FieldsV1', fieldsV1 }
  if (c.subresource) entry.subresource = c.subresource
  next['metadata'].managedFields = [entry]
}

function write(o: JSONObject, managers: Managers): void {
  const list = encodeManagers(managers)
  if (list) o['metadata'].managedFields = list
  else delete o['metadata'].managedFields
}

// An empty list, or one empty entry: forget who set what. (The table lets an empty list through, which elsewhere is as good as none.)
const isReset = (list: unknown): boolean => Array.isArray(list) && list.length <= 1 && list.every((e) => isObject(e) && Object.values(e).every((v) => v === undefined || v === '' || v === null))

function tryDecode(list: unknown, trusted = false): Managers | undefined {
  try {
    return decodeManagers(list, trusted)
  } catch {
    return undefined
  }
}

function startingManagers(live: JSONObject | undefined, next: JSONObject, c: FieldManagerContext): Managers {
  const old = () => tryDecode(live?.['metadata']?.managedFields, true) ?? new Map<string, Managed>()
  if (c.subresource !== '') return old()
  const given: unknown = next['metadata']?.managedFields
  if (isReset(given)) return new Map()
  // What a client sends back unchanged, and what a patch never touched.
  if (given === undefined || deepEqual(given, live?.['metadata']?.managedFields)) return old()
  const decoded = tryDecode(given)
  return decoded && decoded.size > 0 ? decoded : old()
}

/** The update itself: what changed leaves its former managers and comes to this one. */
function track(from: JSONMap, to: JSONMap, managers: Managers, c: FieldManagerContext): void {
  const changes = changesOf(from, to, c), { added, modified } = changes(apiVersionOf(c.kind))!
  takeFromOthers(managers, changes, undefined)
  const own = difference(union(added, modified), stripped)
  if (!isEmptySet(own)) {
    const m: Managed = { manager: c.manager, operation: 'Update', apiVersion: apiVersionOf(c.kind), subresource: c.subresource, time: c.time || undefined, set: own }
    const id = managerId(m), previous = managers.get(id)
    managers.set(id, previous ? { ...m, set: union(own, previous.set) } : m)
  }
  capUpdaters(managers)
}

/** What changed, by version, but for the fields that the endpoint resets. Undefined for a version that is not served. */
type Changes = (apiVersion: string) => Comparison | undefined

function changesOf(from: JSONMap, to: JSONMap, c: FieldManagerContext): Changes {
  const known = new Map<string, Comparison | undefined>()
  return (apiVersion) => {
    if (!known.has(apiVersion)) {
      const a = inVersion(from, apiVersion, c), b = inVersion(to, apiVersion, c)
      known.set(apiVersion, a && b && withoutReset(compare(a.schema, a.object, b.object), c.reset))
    }
    return known.get(apiVersion)
  }
}

function inVersion(o: JSONMap, apiVersion: string, c: FieldManagerContext): Versioned | undefined {
  if (!c.convert || apiVersion === apiVersionOf(c.kind)) return { schema: c.schema, object: o }
  return c.convert({ ...o, apiVersion: apiVersionOf(c.kind), kind: c.kind.kind }, apiVersion)
}

function withoutReset(all: Comparison, reset: FieldSet | undefined): Comparison {
  if (!reset) return all
  return { added: recursiveDifference(all.added, reset), modified: recursiveDifference(all.modified, reset), removed: recursiveDifference(all.removed, reset) }
}

/** Removes changed and removed fields from every manager but one; managers that are left with nothing go. */
function takeFromOthers(managers: Managers, changes: Changes, except: string | undefined): void {
  for (const [id, m] of managers) {
    if (id === except) continue
    const gone = changes(m.apiVersion)
    const set = gone ? difference(m.set, union(union(gone.added, gone.modified), gone.removed)) : emptySet
    if (isEmptySet(set)) managers.delete(id)
    else if (set !== m.set) managers.set(id, withSet(m, set))
  }
}

export interface ApplyContext extends FieldManagerContext {
  force: boolean
}

/**
 * Server-side apply. `config` is the request's body as it was written (not decoded to the type). Throws Conflict with a cause
 * for each field that another manager holds, unless `force`. `live` is undefined when the object does not exist yet.
 */
export function applyConfiguration(live: JSONObject | undefined, config: JSONObject, c: ApplyContext): JSONObject {
  checkConfig(config, c)
  const managers = tryDecode(live?.['metadata']?.managedFields, true) ?? new Map<string, Managed>()
  const before = live ? withoutManagedFields(live) : emptyObject(c)
  if (managers.size === 0) track(emptyObject(c), before, managers, { ...c, manager: 'before-first-apply', subresource: '' })
  const typed = withoutManagedFields(config)
  let merged
  try {
    merged = apply(before, typed, managers, c)
  } catch (e) {
    const allowed = e instanceof Conflicts && c.manager === 'kubectl' ? fieldsOfLastApplied(before, c.schema) : undefined
    if (!(e instanceof Conflicts)) throw e
    const left = allowed ? e.without(allowed) : e
    if (left.size > 0) throw left.status()
    merged = apply(before, typed, managers, { ...c, force: true })
  }
  return finish(merged, config, c)
}

function finish(r: { object: JSONMap, managers: Managers }, config: JSONObject, c: ApplyContext): JSONObject {
  let object
  try {
    object = { ...decodeStruct(c.schema, r.object, { strict: false, empties: 'all' }).object, apiVersion: apiVersionOf(c.kind), kind: c.kind.kind } as JSONObject
  } catch (e) {
    if (!(e instanceof DecodeError)) throw e
    throw plainError(`failed to convert new object (${identity(config)}; ${gvkString(c.kind)}) to proper version: unable to convert unstructured object to ${gvkString(c.kind)}: error decoding from json: ${e.message}`, e)
  }
  if (c.manager === 'kubectl' && object['metadata']?.annotations?.[lastAppliedAnnotation] !== undefined) object['metadata'].annotations[lastAppliedAnnotation] = lastAppliedOf(config)
  write(object, r.managers)
  return object
}

const identity = (o: JSONObject): string => `${String(o['metadata']?.namespace ?? '')}/${String(o['metadata']?.name ?? '')}`
const gvkString = (k: GVK): string => `${k.group}/${k.version}, Kind=${k.kind}`
const plainError = (message: string, cause?: unknown) => new StatusError({ reason: '', code: 500, message, cause })

function checkConfig(config: JSONObject, c: ApplyContext): void {
  const apiVersion: unknown = config['apiVersion'] ?? '', kind: unknown = config['kind'] ?? ''
  if (apiVersion !== apiVersionOf(c.kind) || kind !== c.kind.kind) {
    const [version = '', group = ''] = String(apiVersion).split('/').reverse()
    throw badRequest(`invalid object type: ${group}/${version}, Kind=${String(kind)}`)
  }
  if (config['metadata']?.managedFields !== undefined && config['metadata'].managedFields !== null) throw badRequest('metadata.managedFields must be nil')
  const errors = validateTyped(c.schema, config)
  if (errors.length) throw plainError(`failed to create typed patch object (${identity(config)}; ${gvkString(c.kind)}): ${errors.length === 1 ? errors[0]! : `errors:\n  ${errors.join('\n  ')}`}`)
}

function apply(live: JSONMap, config: JSONMap, from: Managers, c: ApplyContext): { object: JSONMap, managers: Managers } {
  const managers: Managers = new Map(from)
  const own: Managed = { manager: c.manager, operation: 'Apply', apiVersion: apiVersionOf(c.kind), subresource: c.subresource, time: undefined, set: emptySet }
  const id = managerId(own), last = managers.get(id)
  // Pruning must see the fields that are not recorded too: who applies an object says its name, and so keeps its metadata.
  const all = recursiveDifference(fieldSetOf(c.schema, config), c.reset ?? emptySet), set = difference(all, stripped)
  managers.set(id, { ...own, set: all })
  const reset = c.reset ? removeFields(c.schema, config, c.reset) : config
  const merged = mergeConfig(c.schema, live, reset)
  const pruned = prune(merged, managers, last, c)
  const changes = changesOf(live, pruned, c)
  if (!c.force) throwConflicts(managers, changes, id)
  takeFromOthers(managers, changes, id)
  // An apply that leaves the object as it was keeps the time of the last one that did not.
  const time = deepEqual(live, pruned) ? last?.time : c.time || undefined
  if (isEmptySet(set)) managers.delete(id)
  else managers.set(id, { ...own, set, time })
  return { object: pruned, managers }
}

/** Takes away what this manager applied before and no longer does, unless somebody else holds it. */
function prune(merged: JSONMap, managers: Managers, last: Managed | undefined, c: ApplyContext): JSONMap {
  const start = last && !isEmptySet(last.set) ? inVersion(merged, last.apiVersion, c) : undefined
  if (!last || !start) return merged
  const lastSet = withNamedParents(start.schema, last.set)
  let pruned: Versioned = { schema: start.schema, object: removeFields(start.schema, start.object, lastSet) }, version = last.apiVersion
  const move = (to: string) => { pruned = between(pruned, version, to, c); version = to }
  for (const [v, managed] of managedByVersion(managers, last.apiVersion)) {
    move(v)
    const whole = between(start, last.apiVersion, v, c)
    pruned = { schema: pruned.schema, object: addBack(whole, pruned.object, managed) }
  }
  move(last.apiVersion)
  const gone = difference(namedFields(start.schema, start.object), namedFields(pruned.schema, pruned.object))
  const left = { schema: start.schema, object: removeFields(start.schema, start.object, intersection(gone, lastSet)) }
  return between(left, last.apiVersion, apiVersionOf(c.kind), c).object
}

const namedFields = (schema: StructSchema, o: JSONMap): FieldSet => withNamedParents(schema, fieldSetOf(schema, o))

/** What was pruned too much: fields that somebody holds. */
function addBack(whole: Versioned, pruned: JSONMap, managed: FieldSet): JSONMap {
  const kept = union(namedFields(whole.schema, pruned), withNamedParents(whole.schema, managed))
  return removeFields(whole.schema, whole.object, difference(namedFields(whole.schema, whole.object), kept))
}

/** All that is held, by version; `first` comes first. */
function managedByVersion(managers: Managers, first: string): Map<string, FieldSet> {
  const out = new Map([[first, emptySet]])
  for (const m of managers.values()) out.set(m.apiVersion, union(out.get(m.apiVersion) ?? emptySet, m.set))
  return out
}

function between(v: Versioned, from: string, to: string, c: FieldManagerContext): Versioned {
  return from === to || !c.convert ? v : c.convert({ ...v.object, apiVersion: from, kind: c.kind.kind }, to) ?? v
}

function throwConflicts(managers: Managers, changes: Changes, self: string): void {
  const all: [Managed, FieldSet][] = []
  for (const [id, m] of managers) {
    const changed = id === self ? undefined : changes(m.apiVersion)
    if (!changed) continue
    const s = intersection(m.set, union(changed.modified, changed.added))
    if (!isEmptySet(s)) all.push([m, s])
  }
  if (all.length) throw new Conflicts(all)
}

export type { ManagedFieldsEntry }
