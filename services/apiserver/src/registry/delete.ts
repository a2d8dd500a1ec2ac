/**
 * DELETE: preconditions, grace, finalizers and propagation (rest.BeforeDelete, registry/generic/registry/store.go Delete).
 * An object that has to wait for its grace or its finalizers is written with a deletionTimestamp; any other is removed.
 */
import { badRequest, clone, conflict, notFound, type Status } from '@drydock/api'
import { formatTime } from '@drydock/base'
import type { Stored } from '@drydock/storage'
import type { ApiObject } from '../admission/types.ts'
import { encodeStored, Entry } from '../cache/entry.ts'
import type { Reply } from '../request.ts'
import { admit, validateAdmission } from './admit.ts'
import { decodeKind } from './decode.ts'
import { checkDeleteOptions, type DeleteOptions } from './options.ts'
import { cacheOf, type Registry, type ResourceRequest } from './parts.ts'
import { stored } from './storage-errors.ts'
import { keyOf } from './update.ts'

const maxAttempts = 20

export async function deleteOne(p: Registry, r: ResourceRequest): Promise<Reply> {
  const raw = deleteOptionsOf(r), options = checkDeleteOptions(raw)
  const outcome = await deleteObject(p, r, options, raw)
  if (outcome.deleted && !returnsObject(r)) return { type: 'value', code: 200, value: successStatus(r, outcome.entry) }
  // The store has accepted, the object goes later.
  return { type: 'entry', code: 200, resource: r.type, entry: outcome.entry }
}

// Kinds whose storage has ReturnDeletedObject.
const returned = new Set(['/pods', '/services', '/serviceaccounts', '/podtemplates', '/persistentvolumes', '/persistentvolumeclaims', '/resourcequotas', 'policy/podsecuritypolicies', 'storage.k8s.io/storageclasses', 'storage.k8s.io/volumeattachments', 'storage.k8s.io/csinodes', 'storage.k8s.io/csidrivers', 'storage.k8s.io/csistoragecapacities', 'storage.k8s.io/volumeattributesclasses', 'resource.k8s.io/resourceclaims', 'resource.k8s.io/deviceclasses', 'resource.k8s.io/resourceslices', 'resource.k8s.io/resourceclaimtemplates'])
const returnsObject = (r: ResourceRequest): boolean => returned.has(`${r.type.storageGroup}/${r.type.resource}`)

const successStatus = (r: ResourceRequest, e: Entry): Status => ({
  kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success',
  details: { name: e.name, ...(r.type.group && { group: r.type.group }), kind: r.type.resource, uid: e.object.metadata['uid'] as string },
})

/** From the body if there is one, else from the query. */
export function deleteOptionsOf(r: ResourceRequest): Record<string, unknown> {
  if (r.body.length > 0) {
    const decoded = decodeKind(r, { group: '', version: 'v1', kind: 'DeleteOptions' }, 'Ignore')
    return decoded.object
  }
  const q = r.query, out: Record<string, unknown> = {}
  if (q.size === 0) return out
  const grace = q.get('gracePeriodSeconds')
  if (grace !== null) {
    if (!/^[+-]?\d+$/.test(grace)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(grace)}: invalid syntax`)
    out['gracePeriodSeconds'] = Number(grace)
  }
  for (const k of ['propagationPolicy'] as const) if (q.has(k)) out[k] = q.get(k)
  for (const k of ['orphanDependents', 'ignoreStoreReadErrorWithClusterBreakingPotential'] as const) if (q.has(k)) out[k] = q.get(k) !== 'false' && q.get(k) !== '0'
  if (q.has('dryRun')) out['dryRun'] = q.getAll('dryRun')
  return out
}

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
  if (plan === 'remove') return remove(p, r, live, options.dryRun)
  if (plan === 'keep') return { entry: live, deleted: false }
  return mark(p, r, plan, live, options.dryRun)
}

function checkPreconditions(r: ResourceRequest, o: DeleteOptions, live: Entry): void {
  const pre = o.preconditions, uid = live.object.metadata['uid'] as string
  if (pre?.uid !== undefined && pre.uid !== uid) throw conflict(r.type, r.info.name, `Precondition failed: UID in precondition: ${pre.uid}, UID in object meta: ${uid}`)
  if (pre?.resourceVersion !== undefined && pre.resourceVersion !== String(live.revision)) throw conflict(r.type, r.info.name, `Precondition failed: ResourceVersion in precondition: ${pre.resourceVersion}, ResourceVersion in object meta: ${live.revision}`)
}

/** What a deletion does now: nothing more (`keep`), remove, or write this. */
function planDeletion(p: Registry, r: ResourceRequest, o: DeleteOptions, old: ApiObject): 'remove' | 'keep' | ApiObject {
  if (r.type.kind === 'Namespace') return planNamespace(p, o, old)
  const finalizers = nextFinalizers(r, o, old)
  const grace = graceOf(r, o, old)
  const was = old.metadata
  const changed = finalizers.length !== (was['finalizers']?.length ?? 0) || finalizers.some((f) => !was['finalizers'].includes(f))
  if (was['deletionTimestamp']) {
    const shorter = grace !== undefined && was['deletionGracePeriodSeconds'] !== undefined && grace < was['deletionGracePeriodSeconds']
    const current = shorter ? grace : (was['deletionGracePeriodSeconds'] as number | undefined) ?? 0
    if (!finalizers.length && current === 0) return 'remove'
    if (!shorter && !changed) return 'keep'
    return marked(p, old, finalizers, shorter ? grace : was['deletionGracePeriodSeconds'], shorter)
  }
  if (!finalizers.length && (grace ?? 0) === 0) return 'remove'
  return marked(p, old, finalizers, grace ?? 0, true)
}

function marked(p: Registry, old: ApiObject, finalizers: string[], grace: number | undefined, stamp: boolean): ApiObject {
  const next = clone(old), m = next.metadata
  if (finalizers.length) m['finalizers'] = finalizers
  else delete m['finalizers']
  if (stamp) {
    const was = m['deletionTimestamp'] ? Date.parse(m['deletionTimestamp']) - (m['deletionGracePeriodSeconds'] ?? 0) * 1000 : p.clock.now()
    m['deletionTimestamp'] = formatTime(was + (grace ?? 0) * 1000)
    m['deletionGracePeriodSeconds'] = grace
    if (!old.metadata['deletionTimestamp'] && m['generation'] > 0) m['generation']++
  }
  return next
}

/** Grace in seconds for kinds that have one; undefined for the others. */
function graceOf(r: ResourceRequest, o: DeleteOptions, old: ApiObject): number | undefined {
  const asked = o.gracePeriodSeconds
  const own = r.type.spec?.deletionGrace?.(old, asked)
  return own === undefined ? undefined : own < 0 ? 1 : own
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
function planNamespace(p: Registry, o: DeleteOptions, old: ApiObject): 'remove' | 'keep' | ApiObject {
  const inSpec = (old['spec']?.finalizers ?? []) as string[]
  const finalizers = (old.metadata['finalizers'] ?? []) as string[]
  if (!old.metadata['deletionTimestamp']) {
    if (!inSpec.length && !finalizers.length) return 'remove'
    const next = clone(old)
    next.metadata['deletionTimestamp'] = formatTime(p.clock.now())
    if (next.status?.phase !== 'Terminating') next.status = { ...next.status, phase: 'Terminating' }
    const kept = finalizers.filter((f) => f !== 'orphan' && f !== 'foregroundDeletion')
    if (o.propagationPolicy === 'Orphan') kept.push('orphan')
    if (o.propagationPolicy === 'Foreground') kept.push('foregroundDeletion')
    if (kept.length) next.metadata['finalizers'] = kept
    return next
  }
  return inSpec.length || finalizers.length ? 'keep' : 'remove'
}

async function remove(p: Registry, r: ResourceRequest, live: Entry, dryRun: boolean): Promise<Deleted | Stored | 'gone'> {
  if (dryRun) return { entry: live, deleted: true }
  const result = await stored(p.store.delete(keyOf(r), live.revision))
  if (!result.ok) return result.current ?? 'gone'
  return { entry: live.at(result.revision), deleted: true }
}

async function mark(p: Registry, r: ResourceRequest, next: ApiObject, live: Entry, dryRun: boolean): Promise<Deleted | Stored | 'gone'> {
  const bytes = encodeStored(next)
  if (dryRun) return { entry: Entry.fromStored(live.type, live.namespace, live.name, live.revision, bytes), deleted: false }
  const result = await stored(p.store.update(keyOf(r), bytes, live.revision))
  if (!result.ok) return result.current ?? 'gone'
  next.metadata['resourceVersion'] = String(result.revision)
  p.cache.wrote(result.revision, next)
  return { entry: Entry.fromStored(live.type, live.namespace, live.name, result.revision, bytes, next), deleted: false }
}
