/**
 * The one way an existing object changes: read the newest, change, check, write guarded by its revision; again when another
 * was faster (registry/generic/registry/store.go Update and storage.GuaranteedUpdate). PUT, PATCH and subresources use it.
 */
import { badRequest, conflict, invalid, invalidStatus, notFound, semanticEqual, StatusError } from '@drydock/api'
import { objectKey, type Stored } from '@drydock/storage'
import type { ApiObject } from '../admission/types.ts'
import { encodeStored, Entry } from '../cache/entry.ts'
import type { Reply } from '../request.ts'
import { admit, validateAdmission } from './admit.ts'
import { commit } from './commit.ts'
import { admissionOptions, checkNamespace, createObject } from './create.ts'
import { canonical, copyOf, decodeObject, inMemory, settled } from './decode.ts'
import { sameButTimes, stampFields } from './managed-fields.ts'
import { dropDuplicateOwners, validateUpdatedMeta } from './object-meta.ts'
import { writeOptions, type WriteOptions } from './options.ts'
import { cacheOf, kindContext, type Registry, type ResourceRequest, warn } from './parts.ts'
import { stored } from './storage-errors.ts'

/** Tries against other writers before the client gets the conflict. */
const maxAttempts = 20

export async function update(p: Registry, r: ResourceRequest): Promise<Reply> {
  const options = writeOptions(r.query, 'UpdateOptions')
  const object = decodeObject(r, options.fieldValidation)
  checkNamespace(r, object)
  const name = object.metadata['name'] as string | undefined
  if (!name) throw badRequest(`the name of the object (${r.info.name} based on URL) was undeterminable: name must be provided`)
  if (name !== r.info.name) throw badRequest(`the name of the object (${name}) does not match the name on the URL (${r.info.name})`)
  dropDuplicateOwners(object, (text) => warn(r.warnings, text))
  return changeObject(p, r, { options, kind: 'UpdateOptions', createIfMissing: allowsCreate(r), change: () => copyOf(r.type, object) })
}

const allowsCreate = (r: ResourceRequest): boolean => r.info.subresource === '' && createsOnUpdate.has(`${r.type.group}/${r.type.resource}`)
// AllowCreateOnUpdate of upstream's strategies; every other kind answers 404.
const createsOnUpdate = new Set(['/events', 'events.k8s.io/events', '/services', '/endpoints', '/limitranges', 'coordination.k8s.io/leases', 'node.k8s.io/runtimeclasses', 'rbac.authorization.k8s.io/roles', 'rbac.authorization.k8s.io/rolebindings', 'rbac.authorization.k8s.io/clusterroles', 'rbac.authorization.k8s.io/clusterrolebindings'])

export interface Change {
  options: WriteOptions
  kind: 'UpdateOptions' | 'PatchOptions'
  createIfMissing: boolean
  /** The wanted object, a fresh copy; `live` is shared and must not be changed; undefined live: make one. */
  change(live: ApiObject | undefined): ApiObject | Promise<ApiObject>
  /** Managed fields are already right (apply). */
  managed?: boolean
}

export async function changeObject(p: Registry, r: ResourceRequest, c: Change): Promise<Reply> {
  let state = await currentState(p, r)
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    if (!state.entry) {
      const reply = await missing(p, r, c, state.fresh)
      if (reply) return reply
      state = await readState(p, r)
      continue
    }
    let result: Entry | Stored | 'gone'
    try {
      result = await attemptChange(p, r, c, state.entry)
    } catch (e) {
      // What was found wrong may be wrong only with an old state of the cache.
      if (state.fresh) throw e
      const newest = await readState(p, r)
      if (newest.entry?.revision === state.entry.revision) throw e
      state = newest
      continue
    }
    if (result instanceof Entry) return { type: 'entry', code: 200, resource: r.type, entry: result }
    state = result === 'gone' ? { entry: undefined, fresh: true } : { entry: entryOf(p, r, result), fresh: true }
  }
  throw conflict(r.type, r.info.name, 'the object is written by others all the time; please apply your changes to the latest version and try again')
}

export function checkName(r: ResourceRequest, o: ApiObject): void {
  const { name, namespace } = o.metadata ?? {}
  if (!name) throw badRequest(`the name of the object (${r.info.name} based on URL) was undeterminable: name must be provided`)
  if (name !== r.info.name) throw badRequest(`the name of the object (${String(name)}) does not match the name on the URL (${r.info.name})`)
  if (r.type.namespaced && namespace && namespace !== r.info.namespace) throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
}

interface State { entry: Entry | undefined, /** Read from the store, not from the cache. */ fresh: boolean }

const currentState = async (p: Registry, r: ResourceRequest): Promise<State> => {
  const entry = cacheOf(p, r.type).get(r.type.namespaced ? r.info.namespace : '', r.info.name)
  return entry ? { entry, fresh: false } : readState(p, r)
}

async function readState(p: Registry, r: ResourceRequest): Promise<State> {
  const { stored: s } = await stored(p.store.get(keyOf(r), { signal: r.signal }))
  return { entry: s && entryOf(p, r, s), fresh: true }
}

export const keyOf = (r: Pick<ResourceRequest, 'type' | 'info'>): string => objectKey({ group: r.type.storageGroup, resource: r.type.storageResource, namespace: r.type.namespaced ? r.info.namespace : '', name: r.info.name })

const entryOf = (p: Registry, r: ResourceRequest, s: Stored): Entry =>
  Entry.fromStored(p.types.storageOf(r.type), r.type.namespaced ? r.info.namespace : '', r.info.name, s.revision, s.value)

/** The object of an entry in the request's version. */
export const versioned = (r: Pick<ResourceRequest, 'type'>, e: Entry): ApiObject => (r.type.conversion && e.type !== r.type ? canonical(r.type, r.type.conversion.fromStorage(e.object)) : e.object)

async function missing(p: Registry, r: ResourceRequest, c: Change, fresh: boolean): Promise<Reply | undefined> {
  if (!fresh) return undefined
  if (!c.createIfMissing) throw notFound(r.type, r.info.name)
  const object = await c.change(undefined)
  if (c.managed) checkApplied(r, object)
  if (object.metadata['uid']) throw otherUid(r, String(object.metadata['uid']), '')
  if (object.metadata['resourceVersion'] && object.metadata['resourceVersion'] !== '0') throw notFound(r.type, r.info.name)
  try {
    return { type: 'entry', code: 201, resource: r.type, entry: await createObject(p, r, object, c.options, !c.managed) }
  } catch (e) {
    if (e instanceof StatusError && e.reason === 'AlreadyExists') return undefined
    throw e
  }
}

/** What an applied configuration may say of an object that it makes. */
function checkApplied(r: ResourceRequest, o: ApiObject): void {
  const { uid } = o.metadata
  if (uid) throw conflict(r.type, r.info.name, `uid mismatch: the provided object specified uid ${String(uid)}, and no existing object was found`)
  checkNamespace(r, o)
  checkName(r, o)
  // Of an object that is not there there is no version to differ from.
  delete o.metadata['resourceVersion']
}

/** Another's state when it was faster; `gone` when the object went. */
async function attemptChange(p: Registry, r: ResourceRequest, c: Change, live: Entry): Promise<Entry | Stored | 'gone'> {
  const old = versioned(r, live)
  const wanted = await c.change(old)
  checkName(r, wanted)
  checkVersion(r, wanted, live, c.kind === 'UpdateOptions')
  const object = c.managed ? wanted : stampFields(p, r, old, wanted, c.options)
  const input = { operation: 'UPDATE' as const, name: r.info.name, object, oldObject: old, options: admissionOptions(c.kind, c.options), dryRun: c.options.dryRun }
  const admitting = admit(p, r, input)
  if (admitting) await admitting
  const reservation = r.info.subresource === '' ? p.reservations.get(`${r.type.group}/${r.type.resource}`) : undefined
  const finish = reservation && await reservation.update(object, old, { dryRun: c.options.dryRun, signal: r.signal })
  let result: Entry | Stored | 'gone' | undefined
  try {
    const next = beforeUpdate(p, r, object, old)
    const validating = validateAdmission(p, r, { ...input, object: next })
    if (validating) await validating
    result = await writeObject(p, r, next, live, c.options.dryRun)
  } finally {
    if (finish) await finish(result instanceof Entry)
  }
  return result
}

/** Only a PUT's uid is a precondition; a patch's is a change that is not allowed. */
function checkVersion(r: ResourceRequest, wanted: ApiObject, live: Entry, uidGuards: boolean): void {
  const m = wanted.metadata, given = m['resourceVersion'] as string | undefined
  const uid = live.object.metadata['uid'] as string
  if (uidGuards && m['uid'] && m['uid'] !== uid) throw otherUid(r, String(m['uid']), uid)
  if (given && given !== '0') {
    if (!/^\d+$/.test(given)) throw new StatusError({ reason: '', code: 500, message: `strconv.ParseUint: parsing ${JSON.stringify(given)}: invalid syntax` })
    if (Number(given) !== live.revision) throw conflict(r.type, r.info.name, 'the object has been modified; please apply your changes to the latest version and try again')
  } else if (r.type.spec?.allowUnconditionalUpdate === false) {
    throw invalidStatus({ group: r.type.group, kind: r.type.resource }, r.info.name, [invalid('metadata.resourceVersion', 0, 'must be specified for an update')])
  }
}

// The key is upstream's, which has core resources without a group.
const otherUid = (r: ResourceRequest, wanted: string, uid: string) => conflict(r.type, r.info.name,
  `StorageError: invalid object, Code: 4, Key: /registry/${r.type.resource}/${r.type.namespaced ? `${r.info.namespace}/` : ''}${r.info.name}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${wanted}, UID in object meta: ${uid}`)

/** rest.BeforeUpdate. Gives the object in the form that is stored. */
function beforeUpdate(p: Registry, r: ResourceRequest, o: ApiObject, old: ApiObject): ApiObject {
  const { type } = r, c = kindContext(p, r), m = o.metadata, was = old.metadata
  const sub = r.info.subresource
  checkNamespace(r, o)
  // What the client may leave out, and what is the server's own.
  if (!m['uid']) carry(m, was, 'uid')
  carry(m, was, 'creationTimestamp')
  if (was['deletionTimestamp']) carry(m, was, 'deletionTimestamp')
  if (was['deletionGracePeriodSeconds'] !== undefined && m['deletionGracePeriodSeconds'] === undefined) carry(m, was, 'deletionGracePeriodSeconds')
  carry(m, was, 'generation')
  if (sub) carry(m, was, 'selfLink'); else delete m['selfLink']
  const strategy = sub ? type.spec?.subresources?.[sub] : type.spec
  strategy?.prepareForUpdate?.(o, old, c)
  const next = inMemory(type, o)
  next.metadata['name'] ??= r.info.name
  const errors = [...validateUpdatedMeta(type, next, old, sub), ...strategy?.validateUpdate?.(next, old, c) ?? []]
  if (errors.length) throw invalidStatus({ group: type.spec?.invalidGroup ?? type.group, kind: type.kind }, String(next.metadata['name']), errors)
  if (!sub) for (const w of type.spec?.warnings?.(next, old) ?? []) warn(r.warnings, w)
  return settled(type, next)
}

function carry(m: Record<string, any>, was: Record<string, any>, field: string): void {
  if (was[field] === undefined) delete m[field]
  else m[field] = was[field]
}

/** Writes the next state; an object whose last finalizer went while it is being deleted goes. */
export async function writeObject(p: Registry, r: ResourceRequest, next: ApiObject, live: Entry, dryRun: boolean): Promise<Entry | Stored | 'gone'> {
  const { type } = r, storage = live.type
  const kept = type.conversion && storage !== type ? canonical(storage, type.conversion.toStorage(next)) : next
  if (deletable(kept)) return removeObject(p, r, kept, live, dryRun)
  if (unchanged(kept, live)) return live
  const there = live.namespace, name = live.name
  if (dryRun) {
    kept.metadata['resourceVersion'] = String(live.revision)
    return Entry.fromStored(storage, there, name, live.revision, encodeStored(kept), kept)
  }
  const key = keyOf(r), result = await commit(p, { type: storage, namespace: there, name, key, object: kept }, (value) => p.store.update(key, value, live.revision))
  return result instanceof Entry ? result : result.current ?? 'gone'
}

// A write that changes nothing makes no new revision.
const unchanged = (next: ApiObject, live: Entry): boolean => {
  const { resourceVersion: _a, managedFields: m, ...now } = next.metadata, { resourceVersion: _b, managedFields: n, ...was } = live.object.metadata
  return semanticEqual({ ...next, metadata: now }, { ...live.object, metadata: was }) && sameButTimes(m, n)
}

const deletable = (o: ApiObject): boolean => !!o.metadata['deletionTimestamp'] && !o.metadata['finalizers']?.length && !o.metadata['deletionGracePeriodSeconds'] && !((o['spec'] as { finalizers?: string[] } | undefined)?.finalizers?.length && o.kind === 'Namespace')

async function removeObject(p: Registry, r: ResourceRequest, last: ApiObject, live: Entry, dryRun: boolean): Promise<Entry | Stored | 'gone'> {
  last.metadata['resourceVersion'] = String(live.revision)
  const entry = Entry.fromStored(live.type, live.namespace, live.name, live.revision, encodeStored(last), last)
  if (dryRun) return entry
  const result = await stored(p.store.delete(keyOf(r), live.revision))
  if (!result.ok) return result.current ?? 'gone'
  await p.reservations.get(`${r.type.group}/${r.type.resource}`)?.deleted(last)
  return entry
}
