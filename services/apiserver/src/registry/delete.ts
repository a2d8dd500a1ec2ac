/**
 * DELETE: preconditions, grace, finalizers and propagation (rest.BeforeDelete, registry/generic/registry/store.go Delete).
 * An object that has to wait for its grace or its finalizers is written with a deletionTimestamp; any other is removed.
 */
import { clone, conflict, notFound, type Status } from '@drydock/api'
import { formatTime } from '@drydock/base'
import type { Stored } from '@drydock/storage'
import type { ApiObject } from '../admission/types.ts'
import { encodeStored, Entry } from '../cache/entry.ts'
import type { Reply } from '../request.ts'
import { admit, validateAdmission } from './admit.ts'
import { commit } from './commit.ts'
import { deleteOptionsOf } from './delete-options.ts'
import { checkDeleteOptions, type DeleteOptions } from './options.ts'
import { cacheOf, type Registry, type ResourceRequest, warn } from './parts.ts'
import { stored } from './storage-errors.ts'
import { keyOf } from './update.ts'

const maxAttempts = 20

export async function deleteOne(p: Registry, r: ResourceRequest): Promise<Reply> {
  const raw = deleteOptionsOf(r), options = checkDeleteOptions(raw)
  warnOfOrphans(r, options)
  const outcome = await deleteObject(p, r, options, raw)
  if (outcome.deleted && !returnsObject(r)) return { type: 'value', code: 200, value: successStatus(r, outcome.entry) }
  // The store has accepted, the object goes later.
  return { type: 'entry', code: 200, resource: r.type, entry: outcome.entry }
}

/** Jobs leave their pods behind unless told otherwise, for old clients' sake. */
export function warnOfOrphans(r: ResourceRequest, o: DeleteOptions): void {
  if (r.type.group !== 'batch' || r.type.resource !== 'jobs' || o.propagationPolicy !== undefined || o.orphanDependents !== undefined) return
  warn(r.warnings, 'child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning')
}

// Kinds whose storage has ReturnDeletedObject.
const returned = new Set(['/pods', '/services', '/serviceaccounts', '/podtemplates', '/persistentvolumes', '/persistentvolumeclaims', '/resourcequotas', 'policy/podsecuritypolicies', 'storage.k8s.io/storageclasses', 'storage.k8s.io/volumeattachments', 'storage.k8s.io/csinodes', 'storage.k8s.io/csidrivers', 'storage.k8s.io/csistoragecapacities', 'storage.k8s.io/volumeattributesclasses', 'resource.k8s.io/resourceclaims', 'resource.k8s.io/deviceclasses', 'resource.k8s.io/resourceslices', 'resource.k8s.io/resourceclaimtemplates'])
const returnsObject = (r: ResourceRequest): boolean => returned.has(`${r.type.storageGroup}/${r.type.resource}`)

const successStatus = (r: ResourceRequest, e: Entry): Status => ({
  kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success',
  details: { name: e.name, ...(r.type.group && { group: r.type.group }), kind: r.type.resource, uid: e.object.metadata['uid'] as string },
})

/** `deleted`: it is gone (or would be, in a dry run). */
export interface Deleted { entry: Entry, deleted: boolean }

export async function deleteObject(p: Registry, r: ResourceRequest, options: DeleteOptions, raw: Record<string, unknown>, known?: Entry): Promise<Deleted> {
  const namespace = r.type.namespaced ? r.info.namespace : ''
  let live = known ?? cacheOf(p, r.type).get(namespace, r.info.name), fresh = false
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    if (!live) ({ live, fresh } = await read(p, r))
    if (!live) throw notFound(r.type, r.info.name)
    let result: Deleted | Stored | 'gone'
    try {
      result = await attemptDelete(p, r, options, raw, live)
    } catch (e) {
      if (fresh) throw e
      const newest = await read(p, r)
      if (newest.live?.revision === live.revision) throw e
      live = newest.live
      fresh = true
      continue
    }
    if (result === 'gone') { live = undefined; continue }
    if ('entry' in result) return result
    live = Entry.fromStored(live.type, namespace, r.info.name, result.revision, result.value)
    fresh = true
  }
  throw conflict(r.type, r.info.name, 'the object is written by others all the time; please try again')
}

async function read(p: Registry, r: ResourceRequest): Promise<{ live: Entry | undefined, fresh: boolean }> {
  const { stored: s } = await stored(p.store.get(keyOf(r), { signal: r.signal }))
  return { live: s && Entry.fromStored(p.types.storageOf(r.type), r.type.namespaced ? r.info.namespace : '', r.info.name, s.revision, s.value), fresh: true }
}

async function attemptDelete(p: Registry, r: ResourceRequest, options: DeleteOptions, raw: Record<string, unknown>, live: Entry): Promise<Deleted | Stored | 'gone'> {
  const old = live.object
  const input = { operation: 'DELETE' as const, name: r.info.name, oldObject: old, options: raw, dryRun: options.dryRun, subresource: '' }
  await admit(p, r, input)
  checkPreconditions(r, options, live)
  const plan = planDeletion(p, r, options, old)
  await validateAdmission(p, r, input)
  if (plan.write) {
    const marked = await mark(p, r, plan.write, live, options.dryRun)
    if (marked === 'gone' || !('entry' in marked) || !plan.remove) return marked
    // First told to everyone as being deleted, then gone: watchers of pods rely on seeing both.
    const removed = await remove(p, r, marked.entry, options.dryRun)
    return removed === 'gone' ? { entry: marked.entry, deleted: true } : removed // a kubelet that saw the mark may be faster
  }
  return plan.remove ? remove(p, r, live, options.dryRun) : { entry: live, deleted: false }
}

function checkPreconditions(r: ResourceRequest, o: DeleteOptions, live: Entry): void {
  const kind = { group: r.type.group, resource: r.type.kind }
  const pre = o.preconditions, uid = live.object.metadata['uid'] as string
  if (pre?.uid !== undefined && pre.uid !== uid) throw conflict(kind, r.info.name, `the UID in the precondition (${pre.uid}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`)
  if (pre?.resourceVersion !== undefined && pre.resourceVersion !== String(live.revision)) throw conflict(kind, r.info.name, `the ResourceVersion in the precondition (${pre.resourceVersion}) does not match the ResourceVersion in record (${live.revision}). The object might have been modified`)
}

/** What a deletion does now: write this, remove it, both in that order, or nothing more than was done already. */
interface Plan { write?: ApiObject, remove?: boolean }

/** rest.BeforeDelete and updateForGracefulDeletionAndFinalizers. */
function planDeletion(p: Registry, r: ResourceRequest, o: DeleteOptions, old: ApiObject): Plan {
  if (r.type.kind === 'Namespace') return planNamespace(p, o, old)
  const graceful = planGrace(p, r, o, old)
  // A deletion that waits for its grace keeps the finalizers that it has.
  if (graceful === 'pending') return {}
  const finalizers = nextFinalizers(r, o, old)
  const next = graceful ?? clone(old), m = next.metadata
  if (finalizers.length) m['finalizers'] = finalizers
  else delete m['finalizers']
  if (graceful) return { write: next, remove: !finalizers.length && !m['deletionGracePeriodSeconds'] }
  if (!finalizers.length) return { remove: true }
  markAsDeleting(p, m)
  return { write: next }
}

/** The object with its grace set, for kinds that have one; `pending` when it waits already and nothing changes. */
function planGrace(p: Registry, r: ResourceRequest, o: DeleteOptions, old: ApiObject): ApiObject | 'pending' | undefined {
  const asked = o.gracePeriodSeconds !== undefined && o.gracePeriodSeconds < 0 ? 1 : o.gracePeriodSeconds
  if (!r.type.spec?.deletionGrace) return undefined
  const next = clone(old), m = next.metadata, was = m['deletionGracePeriodSeconds'] as number | undefined
  if (m['deletionTimestamp']) {
    if (!was) return undefined
    if (asked === undefined || asked >= was) return 'pending'
    m['deletionTimestamp'] = formatTime(Date.parse(m['deletionTimestamp']) + (asked - was) * 1000)
    m['deletionGracePeriodSeconds'] = asked
    return next
  }
  const grace = r.type.spec.deletionGrace(old, asked)
  if (grace === undefined) return undefined
  m['deletionTimestamp'] = formatTime(p.clock.now() + grace * 1000)
  m['deletionGracePeriodSeconds'] = grace
  if (m['generation'] > 0) m['generation']++
  return next
}

function markAsDeleting(p: Registry, m: Record<string, any>): void {
  const now = p.clock.now()
  if (!m['deletionTimestamp'] && m['generation'] > 0) m['generation']++
  if (!m['deletionTimestamp'] || Date.parse(m['deletionTimestamp']) > now) m['deletionTimestamp'] = formatTime(now)
  m['deletionGracePeriodSeconds'] = 0
}

/** deletionFinalizersForGarbageCollection: orphan and foregroundDeletion by what was asked, then by what the object says, then by the kind. */
function nextFinalizers(r: ResourceRequest, o: DeleteOptions, old: ApiObject): string[] {
  const has = (old.metadata['finalizers'] ?? []) as string[]
  const orphan = shouldOrphan(r, o, has), foreground = shouldWait(o, has)
  const rest = has.filter((f) => f !== 'orphan' && f !== 'foregroundDeletion')
  const same = has.includes('orphan') === orphan && has.includes('foregroundDeletion') === foreground
  return same ? has : [...rest, ...(orphan ? ['orphan'] : []), ...(foreground ? ['foregroundDeletion'] : [])]
}

function shouldOrphan(r: ResourceRequest, o: DeleteOptions, has: readonly string[]): boolean {
  if (o.orphanDependents !== undefined) return o.orphanDependents
  if (o.propagationPolicy !== undefined) return o.propagationPolicy === 'Orphan'
  if (has.includes('orphan')) return true
  if (has.includes('foregroundDeletion')) return false
  return r.type.spec?.defaultDeletionPolicy === 'Orphan'
}

function shouldWait(o: DeleteOptions, has: readonly string[]): boolean {
  if (o.orphanDependents !== undefined) return false
  if (o.propagationPolicy !== undefined) return o.propagationPolicy === 'Foreground'
  if (has.includes('orphan')) return false
  return has.includes('foregroundDeletion')
}

/** A namespace is Terminating until its controller has emptied it and taken the finalizer `kubernetes` away. */
function planNamespace(p: Registry, o: DeleteOptions, old: ApiObject): Plan {
  const inSpec = (old['spec']?.finalizers ?? []) as string[]
  const finalizers = (old.metadata['finalizers'] ?? []) as string[]
  if (old.metadata['deletionTimestamp']) return inSpec.length || finalizers.length ? {} : { remove: true }
  const next = clone(old)
  next.metadata['deletionTimestamp'] = formatTime(p.clock.now())
  next.status = { ...next.status, phase: 'Terminating' }
  // Foreground deletion has no meaning for namespaces; only orphan is kept as asked.
  const kept = finalizers.filter((f) => f !== 'orphan' && f !== 'foregroundDeletion')
  if (o.propagationPolicy === 'Orphan') kept.push('orphan')
  if (o.propagationPolicy === 'Foreground') kept.push('foregroundDeletion')
  if (kept.length) next.metadata['finalizers'] = kept
  return { write: next, remove: !inSpec.length && !kept.length }
}

async function remove(p: Registry, r: ResourceRequest, live: Entry, dryRun: boolean): Promise<Deleted | Stored | 'gone'> {
  if (dryRun) return { entry: live, deleted: true }
  const result = await stored(p.store.delete(keyOf(r), live.revision))
  if (!result.ok) return result.current ?? 'gone'
  await p.reservations.get(`${r.type.group}/${r.type.resource}`)?.deleted(live.object)
  return { entry: live.at(result.revision), deleted: true }
}

async function mark(p: Registry, r: ResourceRequest, next: ApiObject, live: Entry, dryRun: boolean): Promise<Deleted | Stored | 'gone'> {
  const { type, namespace, name, revision } = live
  if (dryRun) return { entry: Entry.fromStored(type, namespace, name, revision, encodeStored(next)), deleted: false }
  const key = keyOf(r), result = await commit(p, { type, namespace, name, key, object: next }, (value) => p.store.update(key, value, revision))
  return result instanceof Entry ? { entry: result, deleted: false } : result.current ?? 'gone'
}
