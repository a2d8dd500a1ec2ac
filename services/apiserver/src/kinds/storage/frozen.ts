import { fieldForbidden, invalid } from '@drydock/api'
import type { CSIDriverSpec, CSINodeSpec, VolumeAttachmentSpec } from '@drydock/api'
import type { ApiObject } from '../../admission/types.ts'
import { semanticEqual } from '../lib/equal.ts'
import { goSelector, immutable } from '../lib/selector.ts'
import { IMMUTABLE, type Errors } from '../lib/validate.ts'
import { goAttachment, goNodeDriver } from '../lib/go-struct.ts'

/** What of storage's objects never changes. */

const forbidden = (path: string, now: unknown, was: unknown): Errors => (semanticEqual(now, was) ? [] : [fieldForbidden(path, `updates to ${path} are forbidden.`)])

export const storageClassFrozen = (now: ApiObject, was: ApiObject): Errors => [
  ...forbidden('parameters', now.parameters, was.parameters), ...forbidden('provisioner', now.provisioner, was.provisioner), ...forbidden('reclaimPolicy', now.reclaimPolicy, was.reclaimPolicy),
  ...(now.volumeBindingMode === was.volumeBindingMode ? [] : [invalid('volumeBindingMode', now.volumeBindingMode ?? null, IMMUTABLE)]),
]

export const attributesClassFrozen = (now: ApiObject, was: ApiObject): Errors => [...forbidden('driverName', now.driverName, was.driverName), ...forbidden('parameters', now.parameters, was.parameters)]

/** ValidateCSIDriverUpdate. */
export const driverFrozen = (now: CSIDriverSpec, was: CSIDriverSpec): Errors => [
  ...immutable('spec.attachedRequired', now.attachRequired, was.attachRequired), ...immutable('spec.volumeLifecycleModes', now.volumeLifecycleModes, was.volumeLifecycleModes),
]

/** A driver on a node comes and goes as a whole; only how many volumes it takes may change. */
export const nodeDriversFrozen = (now: CSINodeSpec, was: CSINodeSpec): Errors => (was.drivers ?? []).flatMap((old) => (now.drivers ?? []).flatMap((d) => {
  if (d.name !== old.name || semanticEqual({ ...d, allocatable: undefined }, { ...old, allocatable: undefined })) return []
  return [invalid('CSINodeDriver', goNodeDriver(d), IMMUTABLE)]
}))

export const capacityFrozen = (now: ApiObject, was: ApiObject): Errors => [
  ...immutable('nodeTopology', now.nodeTopology, was.nodeTopology, goSelector(now.nodeTopology)), ...immutable('storageClassName', now.storageClassName, was.storageClassName),
]

export const attachmentFrozen = (now: VolumeAttachmentSpec, was: VolumeAttachmentSpec): Errors => (semanticEqual(now, was) ? [] : [invalid('spec', goAttachment(now), IMMUTABLE)])
