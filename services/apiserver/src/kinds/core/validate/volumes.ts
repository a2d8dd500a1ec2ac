import { compareQuantities, dns1123Label, fieldForbidden, invalid, notSupported, mustParseQuantity, required } from '@drydock/api'
import type { PersistentVolumeClaim, PersistentVolumeClaimSpec, PersistentVolumeSpec } from '@drydock/api'
import { claimSpecDiff, goNodeAffinity, volumeSourceDiff } from '../../lib/go-struct.ts'
import { semanticEqual } from '../../lib/equal.ts'
import { subdomain, type Errors } from '../../lib/validate.ts'
import { csiVolume } from '../../storage/validate.ts'
import { validateNodeSelector } from '../pod-spec/validate/affinity.ts'
import { accessModes, validateClaimSpec } from '../pod-spec/validate/claim-template.ts'
import { resourceQuantity } from '../pod-spec/validate/resources.ts'
import { storageSource } from '../pod-spec/validate/volume-sources.ts'
import { noBacksteps } from '../pod-spec/validate/paths.ts'

/** Persistent volumes and claims (pkg/apis/core/validation). */

const sources = [
  'hostPath', 'gcePersistentDisk', 'awsElasticBlockStore', 'glusterfs', 'flocker', 'nfs', 'rbd', 'quobyte', 'cephfs', 'iscsi', 'cinder', 'fc', 'flexVolume', 'azureFile', 'vsphereVolume',
  'photonPersistentDisk', 'portworxVolume', 'azureDisk', 'scaleIO', 'local', 'storageos', 'csi',
] as const

const reclaimPolicies = ['Delete', 'Recycle', 'Retain']

export function validateVolume(spec: PersistentVolumeSpec): Errors {
  const out: Errors = []
  if (!spec.accessModes?.length) out.push(required('spec.accessModes'))
  out.push(...accessModes('spec.accessModes', spec.accessModes), ...capacity(spec))
  if (!spec.persistentVolumeReclaimPolicy) out.push(required('spec.persistentVolumeReclaimPolicy'))
  else if (!reclaimPolicies.includes(spec.persistentVolumeReclaimPolicy)) out.push(notSupported('spec.persistentVolumeReclaimPolicy', spec.persistentVolumeReclaimPolicy, reclaimPolicies))
  out.push(...nodeAffinity(spec), ...volumeSource(spec))
  if (spec.hostPath?.path === '/' && spec.persistentVolumeReclaimPolicy === 'Recycle') out.push(fieldForbidden('spec.persistentVolumeReclaimPolicy', "may not be 'recycle' for a hostPath mount of '/'"))
  if (spec.storageClassName) out.push(...subdomain('spec.storageClassName', spec.storageClassName))
  if (spec.volumeMode !== undefined && !['Block', 'Filesystem'].includes(spec.volumeMode)) out.push(notSupported('spec.volumeMode', spec.volumeMode, ['Block', 'Filesystem']))
  if (spec.volumeAttributesClassName !== undefined) {
    if (!spec.csi) out.push(required('spec.csi', 'has to be specified when using volumeAttributesClassName'))
    if (spec.volumeAttributesClassName) out.push(...subdomain('spec.volumeAttributesClassName', spec.volumeAttributesClassName))
    else out.push(required('spec.volumeAttributesClassName', 'an empty string is disallowed'))
  }
  return out
}

function capacity(spec: PersistentVolumeSpec): Errors {
  const map = spec.capacity
  const out: Errors = []
  if (!Object.keys(map ?? {}).length) out.push(required('spec.capacity'))
  if (map?.storage === undefined || Object.keys(map).length > 1) out.push(notSupported('spec.capacity', map ? Object.fromEntries(Object.entries(map).sort()) : null, ['storage']))
  for (const [k, q] of Object.entries(map ?? {})) {
    out.push(...resourceQuantity(k, `spec.capacity[${k}]`, q))
    if (mustParseQuantity(q).nanos <= 0n) out.push(invalid(`spec.capacity[${k}]`, q, 'must be greater than zero'))
  }
  return out
}

function nodeAffinity(spec: PersistentVolumeSpec): Errors {
  if (!spec.nodeAffinity) return spec.local ? [required('spec.nodeAffinity', 'Local volume requires node affinity')] : []
  if (!spec.nodeAffinity.required) return [required('spec.nodeAffinity.required', 'must specify required node constraints')]
  return validateNodeSelector('spec.nodeAffinity.required', spec.nodeAffinity.required)
}

function volumeSource(spec: PersistentVolumeSpec): Errors {
  const given = sources.filter((s) => spec[s])
  const first = given[0]
  if (first === undefined) return [required('spec', 'must specify a volume type')]
  const out: Errors = given.slice(1).map((s) => fieldForbidden(`spec.${s}`, 'may not specify more than 1 volume type'))
  switch (first) {
    case 'local': return [...out, ...(spec.local!.path ? noBacksteps('spec.local.path', spec.local!.path) : [required('spec.local.path')])]
    case 'csi': return [...out, ...csiVolume('spec.csi', spec.csi!)]
    case 'glusterfs': return [...out, ...storageSource('spec', first, spec as never), ...glusterNamespace(spec.glusterfs!)]
    case 'azureFile': return [...out, ...azureFile(spec.azureFile!)]
    case 'storageos': return [...out, ...storageSource('spec', first, spec as never), ...storageosSecret(spec.storageos!)]
    default: return [...out, ...storageSource('spec', first, spec as never)]
  }
}

const glusterNamespace = (g: { endpointsNamespace?: string | undefined }): Errors =>
  (g.endpointsNamespace !== undefined && dns1123Label(g.endpointsNamespace).length ? [invalid('spec.glusterfs.endpointsNamespace', g.endpointsNamespace, 'if the endpointnamespace is set, it must be a valid namespace name')] : [])

function azureFile(a: { secretName: string, shareName: string, secretNamespace?: string | undefined }): Errors {
  return [
    ...(a.secretName ? [] : [required('spec.azureFile.secretName')]), ...(a.shareName ? [] : [required('spec.azureFile.shareName')]),
    ...(a.secretNamespace === '' ? [required('spec.azureFile.secretNamespace')] : []),
  ]
}

function storageosSecret(s: { secretRef?: { name?: string | undefined, namespace?: string | undefined } | undefined }): Errors {
  if (!s.secretRef) return []
  return s.secretRef.namespace ? [] : [required('spec.storageos.secretRef.namespace')]
}

/** What a volume is made of stays; where it may be used and how it is reclaimed may change. */
export function volumeFrozen(now: PersistentVolumeSpec, was: PersistentVolumeSpec): Errors {
  const out: Errors = []
  const source = (s: PersistentVolumeSpec) => Object.fromEntries(sources.map((k) => [k, s[k]]))
  if (!semanticEqual(source(now), source(was))) out.push(fieldForbidden('spec.persistentvolumesource', `spec.persistentvolumesource is immutable after creation${volumeSourceDiff(was, now)}`))
  if (now.volumeMode !== was.volumeMode) out.push(invalid('volumeMode', now.volumeMode ?? null, 'field is immutable'))
  if (was.nodeAffinity && !semanticEqual(now.nodeAffinity, was.nodeAffinity)) out.push(invalid('nodeAffinity', goNodeAffinity(now.nodeAffinity), 'field is immutable, except for updating from beta label to GA'))
  if (was.volumeAttributesClassName !== undefined && now.volumeAttributesClassName === undefined) out.push(fieldForbidden('spec.volumeAttributesClassName', 'update from non-nil value to nil is forbidden'))
  return out
}

/** ValidatePersistentVolumeClaimUpdate: a bound claim may grow and change its attributes. */
export function claimFrozen(now: PersistentVolumeClaim, was: PersistentVolumeClaim): Errors {
  const out = validateClaimSpec('spec', now.spec ?? {})
  const next = { ...now.spec } as PersistentVolumeClaimSpec
  const last = { ...was.spec } as PersistentVolumeClaimSpec
  if (!last.volumeName && next.volumeName) last.volumeName = next.volumeName
  const bound = was.status?.phase === 'Bound'
  const munged: PersistentVolumeClaimSpec = { ...next }
  if (bound) {
    const requests = { ...next.resources?.requests }
    if (last.resources?.requests?.storage !== undefined) requests.storage = last.resources.requests.storage
    munged.resources = { ...next.resources, requests }
  }
  munged.volumeAttributesClassName = last.volumeAttributesClassName
  if (munged.volumeAttributesClassName === undefined) delete munged.volumeAttributesClassName
  if (!semanticEqual(munged, last)) out.push(fieldForbidden('spec', `spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims${claimSpecDiff(last, munged)}`))
  const [size, old] = [next.resources?.requests?.storage ?? '0', last.resources?.requests?.storage ?? '0']
  if (compareQuantities(size, old) < 0) {
    const held = was.status?.capacity?.storage
    if (held === undefined || compareQuantities(size, held) <= 0) out.push(fieldForbidden('spec.resources.requests.storage', 'field can not be less than status.capacity'))
  }
  if (next.volumeMode !== last.volumeMode) out.push(invalid('volumeMode', next.volumeMode ?? null, 'field is immutable'))
  if (last.volumeAttributesClassName !== undefined && next.volumeAttributesClassName === undefined) out.push(fieldForbidden('spec.volumeAttributesClassName', 'update from non-nil value to nil is forbidden'))
  return out
}

