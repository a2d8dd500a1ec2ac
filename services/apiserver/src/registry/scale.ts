/** The scale subresource of workloads: a view of three fields, written back through an update. */
import { badRequest, clone, formatSelector, invalid, invalidStatus, type LabelSelector, selectorOf, setAt, valueAt } from '@drydock/api'
import type { ApiObject } from '../admission/types.ts'
import type { Reply } from '../request.ts'
import { decodeKind } from './decode.ts'
import { applied } from './apply.ts'
import { stampFields } from './managed-fields.ts'
import { writeOptions } from './options.ts'
import { type Registry, type ResourceRequest, variant } from './parts.ts'
import { getEntry } from './read.ts'
import { changeObject, checkName } from './update.ts'

export const scaleKind = { group: 'autoscaling', version: 'v1', kind: 'Scale' }

export async function getScale(p: Registry, r: ResourceRequest): Promise<Reply> {
  return { type: 'value', code: 200, value: scaleOf(r, (await getEntry(p, r)).object) }
}

/** PUT. Only the replicas count; the version and uid of the scale guard the object. */
export async function updateScale(p: Registry, r: ResourceRequest): Promise<Reply> {
  const options = writeOptions(r.query, 'UpdateOptions')
  const scale = decodeKind(r, scaleKind, options.fieldValidation).object as ApiObject
  checkName(r, scale)
  return writeScale(p, r, () => scale, 'UpdateOptions')
}

export async function writeScale(p: Registry, r: ResourceRequest, wanted: (live: object) => ApiObject, kind: 'UpdateOptions' | 'PatchOptions'): Promise<Reply> {
  const options = writeOptions(r.query, kind)
  const paths = r.type.spec?.scale
  if (!paths) throw badRequest(`${r.type.resource} cannot be scaled`)
  const reply = await changeObject(p, variant(r, { info: { ...r.info, subresource: '' } }), {
    options, kind, createIfMissing: false, managed: true,
    change(live) {
      const scale = wanted(managedScale(r, live!)), next = clone(live!)
      checkName(r, scale)
      const { uid, resourceVersion } = scale.metadata
      const replicas = (scale['spec']?.replicas ?? 0) as number
      if (replicas < 0) throw invalidStatus(scaleKind, r.info.name, [invalid('spec.replicas', replicas, 'must be greater than or equal to 0')])
      setAt(next, paths.replicas, replicas)
      if (uid) next.metadata['uid'] = uid
      next.metadata['resourceVersion'] = resourceVersion ?? ''
      return stampFields(p, r, live, next, options)
    },
  })
  return reply.type === 'entry' ? { type: 'value', code: 200, value: scaleOf(r, reply.entry.object) } : reply
}

/** Apply to a scale: the same configuration, said of the object itself. */
export async function applyScale(p: Registry, r: ResourceRequest, scale: ApiObject): Promise<Reply> {
  const options = writeOptions(r.query, 'PatchOptions', true)
  const paths = r.type.spec?.scale
  if (!paths) throw badRequest(`${r.type.resource} cannot be scaled`)
  if (scale.kind !== 'Scale' || scale.apiVersion !== 'autoscaling/v1') throw badRequest(`invalid object type: ${String(scale.apiVersion ?? '')}, Kind=${String(scale.kind ?? '')}`)
  const config: ApiObject = { apiVersion: r.type.apiVersion, kind: r.type.kind, metadata: scale.metadata }
  if (scale['spec']?.replicas !== undefined) setAt(config, paths.replicas, scale['spec'].replicas)
  const reply = await changeObject(p, variant(r, { info: { ...r.info, subresource: '' } }), {
    options, kind: 'PatchOptions', createIfMissing: false, managed: true, change: (live) => applied(p, r, live, config, options),
  })
  return reply.type === 'entry' ? { type: 'value', code: 200, value: scaleOf(r, reply.entry.object) } : reply
}

export function scaleOf(r: ResourceRequest, o: ApiObject): object {
  const paths = r.type.spec?.scale
  if (!paths) throw badRequest(`${r.type.resource} cannot be scaled`)
  const { name, namespace, uid, resourceVersion, creationTimestamp } = o.metadata
  const replicas = valueAt(o, paths.replicas) as number | undefined, selector = paths.selector && selectorText(valueAt(o, paths.selector))
  return {
    kind: 'Scale', apiVersion: 'autoscaling/v1', metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { ...(replicas && { replicas }) }, status: { replicas: valueAt(o, paths.statusReplicas) ?? 0, ...(selector && { selector }) },
  }
}

interface FieldsEntry { apiVersion?: string, fieldsV1?: object }

/** What a patch is applied to: a scale says who manages its replicas (managedfields.ScaleHandler.ToSubresource). */
function managedScale(r: ResourceRequest, o: ApiObject): object {
  const path = r.type.spec!.scale!.replicas.split('.').map((k) => `f:${k}`)
  const owns = (fields: unknown) => path.reduce<unknown>((v, k) => (v as Record<string, unknown> | undefined)?.[k], fields) !== undefined
  const entries = ((o.metadata['managedFields'] ?? []) as FieldsEntry[]).filter((e) => e.apiVersion === r.type.apiVersion || e.apiVersion === 'autoscaling/v1').filter((e) => owns(e.fieldsV1))
  const scale = scaleOf(r, o) as { metadata: object }
  if (!entries.length) return scale
  const managedFields = entries.map((e) => ({ ...e, apiVersion: 'autoscaling/v1', fieldsV1: { 'f:spec': { 'f:replicas': {} } } }))
  return { ...scale, metadata: { ...scale.metadata, managedFields } }
}

function selectorText(v: unknown): string {
  if (typeof v === 'string') return v
  if (!v || typeof v !== 'object') return ''
  if (!('matchLabels' in v) && !('matchExpressions' in v)) return Object.entries(v as Record<string, string>).map(([k, x]) => `${k}=${x}`).sort().join(',')
  return formatSelector(selectorOf(v as LabelSelector) ?? [])
}

