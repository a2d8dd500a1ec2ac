/** metadata.managedFields: who set which field, recorded in every write. */
import { formatTime } from '@drydock/base'
import { type FieldManagerContext, type FieldSet, holdsEmpties, normalize, recordUpdate, setOfPaths } from '@drydock/api/schema'
import type { ApiObject } from '../admission/types.ts'
import { keepMeta } from '../kinds/lib/strategy.ts'
import { canonical } from './decode.ts'
import type { WriteOptions } from './options.ts'
import type { Registry, ResourceRequest } from './parts.ts'
import type { ResourceType } from './resource-type.ts'

/** The object with its managedFields after a write other than apply (changed in place). */
export function stampFields(p: Registry, r: ResourceRequest, live: ApiObject | undefined, object: ApiObject, options: WriteOptions): ApiObject {
  // The server's own: what a creation says of them is forgotten before it is recorded (rest.WipeObjectMetaSystemFields).
  if (!live) for (const f of ['deletionTimestamp', 'deletionGracePeriodSeconds', 'selfLink']) delete object.metadata[f]
  const recorded = holdsEmpties(object) ? normalize(r.type.schema, object, 'written') : object
  recordUpdate(live, recorded, fieldContext(p, r, options))
  if (recorded !== object) keepMeta(object, recorded, 'managedFields')
  return object
}

export function fieldContext(p: Registry, r: ResourceRequest, options: WriteOptions): FieldManagerContext {
  return {
    schema: r.type.schema, kind: r.type, manager: options.fieldManager || managerOf(r.userAgent) || 'unknown', subresource: r.info.subresource,
    // Upstream writes scales through another kind and keeps no times of that.
    time: r.info.subresource === 'scale' ? '' : formatTime(p.clock.now()), reset: resetFields(r.type, r.info.subresource), convert: converter(p, r.type),
  }
}

/** Objects in the other versions of their kind; none for kinds that have one version. */
function converter(p: Registry, type: ResourceType): FieldManagerContext['convert'] {
  let others = versions.get(type)
  if (!others) versions.set(type, others = p.types.all.filter((t) => t.group === type.group && t.resource === type.resource))
  if (others.length === 1) return undefined
  return between(others)
}
const versions = new WeakMap<ResourceType, readonly ResourceType[]>()

function between(others: readonly ResourceType[]): FieldManagerContext['convert'] {
  return (given, to) => {
    const from = others.find((t) => t.apiVersion === given['apiVersion']), target = others.find((t) => t.apiVersion === to)
    if (!from || !target) return undefined
    const o = given as ApiObject, kept = from.conversion ? from.conversion.toStorage(o) : o
    return { schema: target.schema, object: canonical(target, target.conversion ? target.conversion.fromStorage(kept) : kept) }
  }
}

const maxManagerBytes = 128

/** The part of the user agent before the first slash, printable characters only. */
function managerOf(userAgent: string): string {
  const name = userAgent.split('/', 1)[0]!
  if (name.length <= maxManagerBytes && /^[\x20-\x7e]*$/.test(name)) return name
  let out = '', bytes = 0
  for (const ch of name) {
    if (!/^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(ch)) continue
    bytes += Buffer.byteLength(ch)
    if (bytes > maxManagerBytes) break
    out += ch
  }
  return out
}

const status = setOfPaths('status'), spec = setOfPaths('spec')
// GetResetFields of upstream's strategies where a status write leaves more alone than the spec.
const statusResets: Readonly<Record<string, FieldSet>> = {
  'apps/deployments': setOfPaths('spec', 'metadata.labels'),
  '/pods': setOfPaths('spec', 'metadata.deletionTimestamp', 'metadata.ownerReferences'),
  'apiextensions.k8s.io/customresourcedefinitions': setOfPaths('spec', 'metadata'),
}

// What a request asks for never changes: nobody manages it.
const requestResets: Readonly<Record<string, FieldSet>> = { '': setOfPaths('spec', 'status'), status: setOfPaths('spec', 'status.conditions'), approval: setOfPaths('spec', 'status.certificate') }

function resetFields(type: ResourceType, subresource: string): FieldSet | undefined {
  if (type.resource === 'certificatesigningrequests') return requestResets[subresource]
  if (subresource === '') return 'status' in type.fact.subresources ? status : undefined
  if (subresource === 'status') return statusResets[`${type.group}/${type.resource}`] ?? spec
  return undefined
}

/** True when two lists differ in nothing but times: such a write is none. */
export function sameButTimes(a: unknown, b: unknown): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return a === b
  const timeless = (l: unknown[]) => JSON.stringify(l.map((e) => ({ ...(e as object), time: undefined })))
  return a.length === b.length && timeless(a) === timeless(b)
}
