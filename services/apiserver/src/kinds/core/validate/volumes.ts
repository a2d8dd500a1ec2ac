import { compareQuantities, dns1123Label, fieldForbidden, invalid, notSupported, mustParseQuantity, required } from '@drydock/api'
import type { PersistentVolume, PersistentVolumeClaim, PersistentVolumeClaimSpec, PersistentVolumeSpec, VolumeNodeAffinity } from '@drydock/api'
import { claimSpecDiff, goNodeAffinity, volumeSourceDiff } from '../../lib/go-struct.ts'
import { semanticEqual } from '../../lib/equal.ts'
import { qualified, quantityNotNegative, subdomain, type Errors } from '../../lib/validate.ts'
import { csiVolume } from '../../storage/validate.ts'
import { validateNodeSelector } from '../pod-spec/validate/affinity.ts'
import { accessModes, validateClaimSpec } from '../pod-spec/validate/claim-template.ts'
import { resourceQuantity } from '../pod-spec/validate/resources.ts'
import { iscsi, storageSource } from '../pod-spec/validate/volume-sources.ts'
import { noBacksteps } from '../pod-spec/validate/paths.ts'

/** Persistent volumes and claims (pkg/apis/core/validation). */

const sources = [
  'hostPath', 'gcePersistentDisk', 'awsElasticBlockStore', 'glusterfs', 'flocker', 'nfs', 'rbd', 'quobyte', 'cephfs', 'iscsi', 'cinder', 'fc', 'flexVolume', 'azureFile', 'vsphereVolume',
  'photonPersistentDisk', 'portworxVolume', 'azureDisk', 'scaleIO', 'local', 'storageos', 'csi',
] as const

const reclaimPolicies = ['Delete', 'Recycle', 'Retain']

export function validateVolume(spec: PersistentVolumeSpec, name = ''): Errors {
  const out: Errors = []
  if (!spec.accessModes?.length) out.push(required('spec.accessModes'))
  out.push(...accessModes('spec.accessModes', spec.accessModes), ...capacity(spec))
  if (!spec.persistentVolumeReclaimPolicy) out.push(required('spec.persistentVolumeReclaimPolicy'))
  else if (!reclaimPolicies.includes(spec.persistentVolumeReclaimPolicy)) out.push(notSupported('spec.persistentVolumeReclaimPolicy', spec.persistentVolumeReclaimPolicy, reclaimPolicies))
  out.push(...nodeAffinity(spec), ...volumeSource(spec, name))
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

function volumeSource(spec: PersistentVolumeSpec, name: string): Errors {
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
    case 'iscsi': return [...out, ...iscsi('spec', spec.iscsi!, name, true)]
    case 'cinder': return [...out, ...storageSource('spec', first, spec as never), ...(spec.cinder!.secretRef && !spec.cinder!.secretRef.namespace ? [required('spec.cinder.secretRef.namespace')] : [])]
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

const mountable = [
  'gcePersistentDisk', 'awsElasticBlockStore', 'glusterfs', 'nfs', 'rbd', 'quobyte', 'iscsi', 'cinder', 'cephfs', 'azureFile', 'vsphereVolume', 'azureDisk', 'photonPersistentDisk',
] as const
const MOUNT_OPTIONS = 'volume.beta.kubernetes.io/mount-options'

/** Mount options by the old annotation go with some kinds of volumes only. */
export function mountOptionsAnnotation(pv: PersistentVolume): Errors {
  if (pv.metadata?.annotations?.[MOUNT_OPTIONS] === undefined || mountable.some((k) => pv.spec?.[k])) return []
  return [fieldForbidden(`metadata.annotations.${MOUNT_OPTIONS}`, 'may not specify mount options for this volume type')]
}

const betaLabels: Readonly<Record<string, string>> = {
  'failure-domain.beta.kubernetes.io/zone': 'topology.kubernetes.io/zone', 'failure-domain.beta.kubernetes.io/region': 'topology.kubernetes.io/region',
  'beta.kubernetes.io/instance-type': 'node.kubernetes.io/instance-type', 'beta.kubernetes.io/os': 'kubernetes.io/os', 'beta.kubernetes.io/arch': 'kubernetes.io/arch',
}

/** The new affinity with the old one's labels where those were given their later names. (Upstream takes an empty key for the later name of any other label.) */
function withOldLabels(now: VolumeNodeAffinity | undefined, was: VolumeNodeAffinity): VolumeNodeAffinity | undefined {
  if (!now?.required?.nodeSelectorTerms) return now
  const back = <T extends { key: string }>(list: T[] | undefined, old: T[] | undefined) => list?.map((e, i) => {
    const key = old?.[i]?.key
    return key !== undefined && e.key === (betaLabels[key] ?? '') ? { ...e, key } : e
  })
  const nodeSelectorTerms = now.required.nodeSelectorTerms.map((t, i) => {
    const old = was.required?.nodeSelectorTerms[i], matchExpressions = back(t.matchExpressions, old?.matchExpressions), matchFields = back(t.matchFields, old?.matchFields)
    return { ...(matchExpressions && { matchExpressions }), ...(matchFields && { matchFields }) }
  })
  return { required: { nodeSelectorTerms } }
}

/** What a volume is made of stays; where it may be used and how it is reclaimed may change. */
export function volumeFrozen(now: PersistentVolumeSpec, was: PersistentVolumeSpec): Errors {
  const out: Errors = []
  // A secret for expansion may be added.
  if (was.csi && !was.csi.controllerExpandSecretRef && now.csi?.controllerExpandSecretRef) {
    const { controllerExpandSecretRef: _added, ...csi } = now.csi
    now = { ...now, csi }
  }
  const source = (s: PersistentVolumeSpec) => Object.fromEntries(sources.map((k) => [k, s[k]]))
  if (!semanticEqual(source(now), source(was))) out.push(fieldForbidden('spec.persistentvolumesource', `spec.persistentvolumesource is immutable after creation${volumeSourceDiff(was, now)}`))
  if (now.volumeMode !== was.volumeMode) out.push(invalid('volumeMode', now.volumeMode ?? null, 'field is immutable'))
  if (was.nodeAffinity && !semanticEqual(withOldLabels(now.nodeAffinity, was.nodeAffinity), was.nodeAffinity)) out.push(invalid('nodeAffinity', goNodeAffinity(now.nodeAffinity), 'field is immutable, except for updating from beta label to GA'))
  if (was.volumeAttributesClassName !== undefined && now.volumeAttributesClassName === undefined) out.push(fieldForbidden('spec.volumeAttributesClassName', 'update from non-nil value to nil is forbidden'))
  return out
}

const CLASS = 'volume.beta.kubernetes.io/storage-class'

/** ValidatePersistentVolumeClaimUpdate: a bound claim may grow and change its attributes. */
export function claimFrozen(now: PersistentVolumeClaim, was: PersistentVolumeClaim): Errors {
  const next: PersistentVolumeClaimSpec = { ...now.spec }, last: PersistentVolumeClaimSpec = { ...was.spec }
  // A reference that was let in with a group is not checked again.
  const out = validateClaimSpec('spec', next, { anyGroup: last.dataSource?.apiGroup !== undefined || last.dataSourceRef?.apiGroup !== undefined })
  if (!last.volumeName && next.volumeName) last.volumeName = next.volumeName
  const munged: PersistentVolumeClaimSpec = { ...next }
  out.push(...storageClassMoves(munged, now, was))
  if (now.status?.phase === 'Bound') {
    if (next.resources?.requests) munged.resources = { ...next.resources, requests: { ...next.resources.requests, storage: last.resources?.requests?.storage ?? '0' } }
    if (munged.volumeAttributesClassName !== undefined) take(munged, 'volumeAttributesClassName', last)
  }
  if (!semanticEqual(munged, last)) out.push(fieldForbidden('spec', `spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims${claimSpecDiff(last, munged)}`))
  const [size, old] = [next.resources?.requests?.storage ?? '0', last.resources?.requests?.storage ?? '0']
  if (compareQuantities(size, old) < 0 && compareQuantities(size, was.status?.capacity?.storage ?? '0') <= 0) out.push(fieldForbidden('spec.resources.requests.storage', 'field can not be less than status.capacity'))
  if (next.volumeMode !== last.volumeMode) out.push(invalid('volumeMode', next.volumeMode ?? null, 'field is immutable'))
  if (was.status?.currentVolumeAttributesClassName !== undefined && next.volumeAttributesClassName !== last.volumeAttributesClassName) out.push(...attributesKept(next.volumeAttributesClassName))
  return out
}

function take<K extends keyof PersistentVolumeClaimSpec>(o: PersistentVolumeClaimSpec, key: K, from: PersistentVolumeClaimSpec): void {
  if (from[key] === undefined) delete o[key]
  else o[key] = from[key]
}

function attributesKept(name: string | undefined): Errors {
  const path = 'spec.volumeAttributesClassName', when = 'is forbidden when status.currentVolumeAttributesClassName is not nil'
  if (name === undefined) return [fieldForbidden(path, `update to nil ${when}`)]
  return name === '' ? [fieldForbidden(path, `update to empty string ${when}`)] : []
}

/** The class may move from its old annotation to its field, and be given to a claim that had none. */
function storageClassMoves(munged: PersistentVolumeClaimSpec, now: PersistentVolumeClaim, was: PersistentVolumeClaim): Errors {
  const [noted, notedNow, set] = [was.metadata?.annotations?.[CLASS], now.metadata?.annotations?.[CLASS], now.spec?.storageClassName]
  const unset = was.spec?.storageClassName === undefined
  if (noted !== undefined && unset && set === noted && (notedNow === undefined || notedNow === noted)) {
    delete munged.storageClassName
    return []
  }
  if (set !== undefined && unset && (noted === undefined || set === noted)) delete munged.storageClassName
  return (noted ?? '') === (notedNow ?? '') ? [] : [invalid(`metadata.annotations.${CLASS}`, notedNow ?? '', 'field is immutable')]
}

const resizeStates = ['ControllerResizeInProgress', 'ControllerResizeInfeasible', 'NodeResizeInProgress', 'NodeResizeInfeasible', 'NodeResizePending'].sort()

/** ValidatePersistentVolumeClaimStatusUpdate. */
export function validateClaimStatus(claim: PersistentVolumeClaim): Errors {
  const out: Errors = []
  if (!claim.spec?.accessModes?.length) out.push(required('Spec.accessModes'))
  for (const [k, q] of Object.entries(claim.status?.capacity ?? {})) out.push(...quantityNotNegative(`status.capacity[${k}]`, q))
  for (const [k, state] of Object.entries(claim.status?.allocatedResourceStatuses ?? {})) {
    out.push(...claimResource('status.allocatedResourceStatus', k))
    if (!resizeStates.includes(state)) out.push(notSupported('status.allocatedResourceStatus', k, resizeStates))
  }
  for (const [k, q] of Object.entries(claim.status?.allocatedResources ?? {})) {
    const bad = claimResource('status.allocatedResources', k)
    out.push(...(bad.length ? bad : resourceQuantity('storage', `status.allocatedResources[${k}]`, q)))
  }
  return out
}

function claimResource(path: string, name: string): Errors {
  const out = qualified(path, name)
  if (out.length) return out
  return name !== 'storage' && (!name.includes('/') || name.includes('kubernetes.io/')) ? [notSupported(path, name, ['storage'])] : []
}
