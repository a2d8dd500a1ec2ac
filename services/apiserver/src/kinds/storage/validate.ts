import { dns1123Subdomain, duplicate, fieldForbidden, invalid, isQualifiedName, notSupported, required } from '@drydock/api'
import type { CSIDriverSpec, CSINodeSpec, PersistentVolumeSpec, TopologySelectorTerm, VolumeAttachmentSpec } from '@drydock/api'
import type { ApiObject } from '../../admission/types.ts'
import { csiDriverName } from '../core/pod-spec/validate/volume-sources.ts'
import { reflectEqual } from '../lib/equal.ts'
import { byRule, each, label, labelSelector, labelKey, nonNegative, quantityNotNegative, subdomain, type Errors } from '../lib/validate.ts'
import { accessModes } from '../core/pod-spec/validate/claim-template.ts'

/** pkg/apis/storage/validation. */

const provisioner = (path: string, v: string | undefined): Errors => (v ? byRule(path, v.toLowerCase(), isQualifiedName) : [required(path)])

export function validateStorageClass(c: ApiObject): Errors {
  const out = provisioner('provisioner', c.provisioner)
  if (c.reclaimPolicy && !['Delete', 'Retain'].includes(c.reclaimPolicy)) out.push(notSupported('reclaimPolicy', c.reclaimPolicy, ['Delete', 'Retain']))
  if (!c.volumeBindingMode) out.push(required('volumeBindingMode'))
  else if (!['Immediate', 'WaitForFirstConsumer'].includes(c.volumeBindingMode)) out.push(notSupported('volumeBindingMode', c.volumeBindingMode, ['Immediate', 'WaitForFirstConsumer']))
  return [...out, ...topologies(c.allowedTopologies)]
}

function topologies(list: readonly TopologySelectorTerm[] | undefined): Errors {
  // Upstream compares with as many empty terms as there are terms, too.
  const terms: unknown[] = (list ?? []).map(() => ({}))
  return each(list, 'allowedTopologies', (t, at) => {
    const out: Errors = []
    const keys = new Set<string>()
    const whole: Record<string, string[]> = {}
    out.push(...each(t.matchLabelExpressions, `${at}.matchLabelExpressions`, (e, p) => {
      const errs: Errors = []
      const values = new Set<string>()
      if (!e.values?.length) errs.push(required(`${p}.values`))
      for (const [i, v] of (e.values ?? []).entries()) {
        if (values.has(v)) errs.push(duplicate(`${p}.values[${i}]`, v))
        values.add(v)
      }
      errs.push(...labelKey(`${p}.key`, e.key ?? ''))
      if (keys.has(e.key)) errs.push(duplicate(`${p}.key`, e.key))
      keys.add(e.key)
      whole[e.key] = [...values].sort()
      return errs
    }))
    for (const x of terms) if (reflectEqual(x, whole)) out.push(duplicate(`${at}.matchLabelExpressions`, ''))
    terms.push(whole)
    return out
  })
}

export function validateAttributesClass(c: ApiObject): Errors {
  return [...provisioner('driverName', c.driverName), ...(Object.keys(c.parameters ?? {}).length ? [] : [required('parameters', 'must contain at least one key/value pair')])]
}

export function validateDriver(spec: CSIDriverSpec): Errors {
  const policies = ['File', 'None', 'ReadWriteOnceWithFSType'], modes = ['Persistent', 'Ephemeral'], { fsGroupPolicy, nodeAllocatableUpdatePeriodSeconds: period, serviceAccountTokenInSecrets: inSecrets } = spec
  const out: Errors = []
  if (fsGroupPolicy !== undefined && !policies.includes(fsGroupPolicy)) out.push(notSupported('spec.fsGroupPolicy', fsGroupPolicy, policies))
  out.push(...tokenRequests(spec))
  for (const m of spec.volumeLifecycleModes ?? []) if (!modes.includes(m)) out.push(notSupported('spec.volumeLifecycleModes', m, modes))
  if (period !== undefined && period < 10) out.push(invalid('spec.nodeAllocatableUpdatePeriodSeconds', period, 'must be greater than or equal to 10 seconds'))
  if (inSecrets !== undefined && !spec.tokenRequests?.length) out.push(invalid('spec.serviceAccountTokenInSecrets', inSecrets, 'serviceAccountTokenInSecrets is set but no tokenRequests are specified'))
  return out
}

function tokenRequests(spec: CSIDriverSpec): Errors {
  const audiences = new Set<string>()
  return each(spec.tokenRequests, 'spec.tokenRequests', (t, at) => {
    const errs: Errors = []
    if (audiences.has(t.audience)) return [duplicate(`${at}.audience`, t.audience)]
    audiences.add(t.audience)
    if (t.expirationSeconds !== undefined) {
      if (t.expirationSeconds < 600) errs.push(invalid(`${at}.expirationSeconds`, t.expirationSeconds, 'may not specify a duration less than 10 minutes'))
      if (t.expirationSeconds > 2 ** 32) errs.push(invalid(`${at}.expirationSeconds`, t.expirationSeconds, 'may not specify a duration larger than 2^32 seconds'))
    }
    return errs
  })
}

export function validateCSINode(spec: CSINodeSpec): Errors {
  const names = new Set<string>()
  return each(spec.drivers, 'spec.drivers', (d, at) => {
    const out: Errors = csiDriverName(`${at}.name`, d.name)
    if (!d.nodeID) out.push(required(`${at}.nodeID`))
    else if (d.nodeID.length > 256) out.push(invalid(`${at}.nodeID`, d.nodeID, 'must be 256 characters or less'))
    if (d.allocatable?.count !== undefined) out.push(...nonNegative(`${at}.allocatable.count`, d.allocatable.count))
    const keys = new Set<string>()
    for (const k of d.topologyKeys ?? []) {
      if (!k) out.push(required(at))
      if (keys.has(k)) out.push(duplicate(at, k))
      keys.add(k)
      out.push(...byRule(at, k, isQualifiedName))
    }
    if (names.has(d.name)) out.push(duplicate(`${at}.name`, d.name))
    names.add(d.name)
    return out
  })
}

export const validateCapacity = (o: ApiObject): Errors => [
  ...labelSelector('nodeTopology', o.nodeTopology), ...byRule('storageClassName', o.storageClassName ?? '', dns1123Subdomain),
  ...(['capacity', 'maximumVolumeSize'] as const).flatMap((f) => (o[f] === undefined ? [] : quantityNotNegative(f, o[f]))),
]

const ONE_SOURCE = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName'

export function validateAttachment(spec: VolumeAttachmentSpec): Errors {
  const out: Errors = spec.attacher ? [] : [required('spec.attacher')]
  const { inlineVolumeSpec: inline, persistentVolumeName: name } = spec.source ?? {}
  if (inline === undefined && name === undefined) out.push(required('spec.source', ONE_SOURCE))
  else if (inline !== undefined && name !== undefined) out.push(fieldForbidden('spec.source', ONE_SOURCE))
  else if (inline !== undefined) out.push(...inlineVolume('spec.source.inlineVolumeSpec', inline))
  else if (name === '') out.push(required('spec.source.persistentVolumeName', 'must specify non empty persistentVolumeName'))
  out.push(...subdomain('spec.nodeName', spec.nodeName ?? ''))
  // What v1 asks beyond what its forerunners did.
  out.push(...csiDriverName('spec.attacher', spec.attacher))
  return name === undefined ? out : [...out, ...subdomain('spec.source.persistentVolumeName', name)]
}

/** A volume without an object of its own, migrated from a pod's in-tree source: CSI only. */
function inlineVolume(path: string, v: PersistentVolumeSpec): Errors {
  const out: Errors = []
  for (const f of ['capacity', 'nodeAffinity', 'claimRef', 'storageClassName'] as const) {
    if (v[f] !== undefined && v[f] !== '') out.push(fieldForbidden(`${path}.${f}`, 'may not be specified in the context of inline volumes'))
  }
  if (!v.accessModes?.length) out.push(required(`${path}.accessModes`))
  out.push(...accessModes(`${path}.accessModes`, v.accessModes))
  const kinds = Object.keys(v).filter((k) => typeof (v as Record<string, unknown>)[k] === 'object' && !['accessModes', 'capacity', 'claimRef', 'mountOptions', 'nodeAffinity'].includes(k))
  if (kinds.length === 0) out.push(required(path, 'must specify a volume type'))
  if (!v.csi) out.push(required(`${path}.csi`, 'has to be specified in the context of inline volumes'))
  else out.push(...csiVolume(`${path}.csi`, v.csi))
  if (v.volumeMode !== undefined && v.volumeMode !== 'Filesystem') out.push(fieldForbidden(`${path}.volumeMode`, 'may not specify volumeMode other than Filesystem in the context of inline volumes'))
  return out
}

// The secret of staging is checked by nobody, as upstream.
const secrets = ['controllerPublishSecretRef', 'controllerExpandSecretRef', 'nodePublishSecretRef', 'nodeExpandSecretRef'] as const

/** validateCSIPersistentVolumeSource. */
export function csiVolume(path: string, c: NonNullable<PersistentVolumeSpec['csi']>): Errors {
  const out = csiDriverName(`${path}.driver`, c.driver)
  if (!c.volumeHandle) out.push(required(`${path}.volumeHandle`))
  for (const f of secrets) {
    const ref = c[f]
    if (!ref) continue
    out.push(...(ref.name ? subdomain(`${path}.${f}.name`, ref.name) : [required(`${path}.${f}.name`)]))
    out.push(...(ref.namespace ? label(`${path}.${f}.namespace`, ref.namespace) : [required(`${path}.${f}.namespace`)]))
  }
  return out
}
