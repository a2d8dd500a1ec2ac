/** POST: rest.BeforeCreate, admission and the store's guarded create (registry/generic/registry/store.go). */
import { alreadyExists, badRequest, invalidStatus, StatusError } from '@drydock/api'
import { formatTime, nameSuffix } from '@drydock/base'
import { objectKey } from '@drydock/storage'
import type { ApiObject } from '../admission/types.ts'
import { encodeStored, Entry } from '../cache/entry.ts'
import type { Reply } from '../request.ts'
import { admit, validateAdmission } from './admit.ts'
import { commit } from './commit.ts'
import { canonical, copyOf, decodeObject, inMemory, settled } from './decode.ts'
import { stampFields } from './managed-fields.ts'
import { dropDuplicateOwners, validateObjectMeta, validatePathName } from './object-meta.ts'
import { writeOptions, type WriteOptions } from './options.ts'
import { kindContext, type Registry, type ResourceRequest, warn } from './parts.ts'
import type { Finish } from './reservations/types.ts'
import { stored } from './storage-errors.ts'

/** Tries of a generated name before the client is told to try again. */
const generateAttempts = 8
const maxNameLength = 63

export async function create(p: Registry, r: ResourceRequest): Promise<Reply> {
  const options = writeOptions(r.query, 'CreateOptions')
  const object = decodeObject(r, options.fieldValidation)
  checkNamespace(r, object)
  if (r.info.name && object.metadata['name'] && r.info.name !== object.metadata['name']) throw badRequest(`the name of the object (${object.metadata['name']}) does not match the name on the URL (${r.info.name})`)
  dropDuplicateOwners(object, (text) => warn(r.warnings, text))
  const entry = await createObject(p, r, object, options)
  return { type: 'entry', code: 201, resource: r.type, entry }
}

/** The namespace of the body must be the path's; left out, it is taken from there. */
export function checkNamespace(r: Pick<ResourceRequest, 'type' | 'info'>, o: ApiObject): void {
  const wanted = r.type.namespaced ? r.info.namespace : '', given = o.metadata['namespace'] ?? ''
  if (given === wanted) return
  if (given === '') o.metadata['namespace'] = wanted
  else if (wanted === '') delete o.metadata['namespace']
  else throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
}

/** Everything after decoding; also how an update or patch makes a missing object. */
export async function createObject(p: Registry, r: ResourceRequest, given: ApiObject, options: WriteOptions, managed = true): Promise<Entry> {
  const input = { operation: 'CREATE' as const, name: String(given.metadata['name'] ?? ''), object: given, options: admissionOptions('CreateOptions', options), dryRun: options.dryRun }
  const object = managed ? stampFields(p, r, undefined, given, options) : given
  input.object = object
  const admitting = admit(p, r, input)
  if (admitting) await admitting
  const generate = !object.metadata['name'] && !!object.metadata['generateName']
  for (let attempt = 1; ; attempt++) {
    const draft = generate ? copyOf(r.type, object) : object
    const reserving = reserve(p, r, draft, options), finish = reserving && await reserving
    let entry: Entry | undefined
    try {
      const made = beforeCreate(p, r, draft)
      const validating = validateAdmission(p, r, { ...input, object: made, name: String(made.metadata['name']) })
      if (validating) await validating
      entry = await insert(p, r, made, options, generate)
    } finally {
      if (finish) await finish(entry !== undefined)
    }
    if (entry) return entry
    if (attempt === generateAttempts) throw new StatusError({ reason: 'AlreadyExists', message: 'the server was not able to generate a unique name for the object', details: { name: String(object.metadata['generateName']), kind: r.type.resource, ...(r.type.group && { group: r.type.group }), retryAfterSeconds: 1 } })
  }
}

function reserve(p: Registry, r: ResourceRequest, o: ApiObject, options: WriteOptions): Promise<Finish | undefined> | undefined {
  const reservation = p.reservations.get(`${r.type.group}/${r.type.resource}`)
  if (!reservation) return undefined
  checkNamespace(r, o)
  nameIt(p, o.metadata)
  return reservation.create(o, { dryRun: options.dryRun, signal: r.signal })
}

function nameIt(p: Registry, m: Record<string, any>): void {
  if (m['generateName'] && !m['name']) m['name'] = String(m['generateName']).slice(0, maxNameLength - 5) + nameSuffix(p.random)
}

/** rest.BeforeCreate. Gives the object in the form that is stored. */
function beforeCreate(p: Registry, r: ResourceRequest, o: ApiObject): ApiObject {
  const { type } = r, c = kindContext(p, r), m = o.metadata
  checkNamespace(r, o)
  for (const f of ['deletionTimestamp', 'deletionGracePeriodSeconds', 'selfLink']) delete m[f]
  if (/^[1-9]\d*$/.test(m['resourceVersion'] ?? '')) throw new StatusError({ reason: '', code: 500, message: 'resourceVersion should not be set on objects to be created' })
  delete m['resourceVersion']
  m['creationTimestamp'] = formatTime(p.clock.now())
  m['uid'] = p.random.uuid()
  type.spec?.prepareForCreate?.(o, c)
  nameIt(p, m)
  const made = inMemory(type, o)
  const errors = [...validateObjectMeta(type, made), ...type.spec?.validate?.(made, c) ?? []]
  if (errors.length) throw invalidStatus({ group: type.spec?.invalidGroup ?? type.group, kind: type.kind }, String(made.metadata['name'] ?? ''), errors)
  const generic = validatePathName(made)
  if (generic.length) throw invalidStatus({ group: type.spec?.invalidGroup ?? type.group, kind: type.kind }, String(made.metadata['name']), generic)
  for (const w of type.spec?.warnings?.(made, undefined) ?? []) warn(r.warnings, w)
  return settled(type, made)
}

/** Undefined: the generated name is taken. */
async function insert(p: Registry, r: ResourceRequest, o: ApiObject, options: WriteOptions, generated: boolean): Promise<Entry | undefined> {
  const { type } = r, name = String(o.metadata['name']), namespace = type.namespaced ? r.info.namespace : ''
  const storage = type.conversion ? p.types.storageOf(type) : type
  const kept = type.conversion ? canonical(storage, type.conversion.toStorage(o)) : o
  const key = objectKey({ group: type.storageGroup, resource: type.storageResource, namespace, name })
  if (options.dryRun) {
    const { stored: there } = await stored(p.store.get(key, { signal: r.signal }))
    if (there) throw alreadyExists(type, name)
    // Nothing was written, so there is no version to tell.
    return new Entry(storage, namespace, name, 0, encodeStored(kept), kept)
  }
  const result = await commit(p, { type: storage, namespace, name, key, object: kept }, (value) => p.store.create(key, value))
  if (result instanceof Entry) return result
  if (generated) return undefined
  throw takenError(r, name, result.current?.value)
}

function takenError(r: ResourceRequest, name: string, current: Buffer | undefined): StatusError {
  const error = alreadyExists(r.type, name)
  const deleted = current && (JSON.parse(current.toString()) as ApiObject).metadata['deletionTimestamp']
  if (!deleted) return error
  return new StatusError({ reason: 'AlreadyExists', message: `object is being deleted: ${error.message}`, details: error.details })
}

export const admissionOptions = (kind: string, o: WriteOptions): Record<string, unknown> => ({
  kind, apiVersion: 'meta.k8s.io/v1', ...(o.dryRun && { dryRun: ['All'] }), ...(o.fieldManager && { fieldManager: o.fieldManager }), fieldValidation: o.fieldValidation,
})
