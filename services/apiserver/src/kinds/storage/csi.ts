import { resources } from '@drydock/api'
import type { ApiObject } from '../../admission/types.ts'
import type { Kind } from '../kind.ts'
import { attachmentFrozen, attributesClassFrozen, capacityFrozen, driverFrozen, nodeDriversFrozen } from './frozen.ts'
import { validateAttachment, validateAttributesClass, validateCSINode, validateCapacity, validateDriver } from './validate.ts'
import { ageOf } from '../lib/cells.ts'
import { joined } from '../lib/print.ts'
import { bumpGeneration, keep } from '../lib/strategy.ts'
import { semanticEqual } from '../lib/equal.ts'

const SECRETS_HINT = 'spec.serviceAccountTokenInSecrets is unset; if supported by this CSI driver, set to true to prevent possible logging of tokens in volume attributes'

export const csidrivers: Kind = {
  resource: resources.csidrivers,
  defaults(o) {
    const spec = (o.spec ??= {})
    spec.attachRequired ??= true
    spec.podInfoOnMount ??= false
    spec.storageCapacity ??= false
    spec.fsGroupPolicy ??= 'ReadWriteOnceWithFSType'
    if (!spec.volumeLifecycleModes?.length) spec.volumeLifecycleModes = ['Persistent']
    spec.requiresRepublish ??= false
    spec.seLinuxMount ??= false
  },
  prepareForUpdate: (o, old) => bumpGeneration(o, old, !semanticEqual(o.spec, old.spec)),
  warnings: (o) => (o.spec?.tokenRequests?.length && o.spec.serviceAccountTokenInSecrets === undefined ? [SECRETS_HINT] : []),
  cells: (o, c) => [
    o.metadata.name, o.spec?.attachRequired ?? true, o.spec?.podInfoOnMount ?? false, o.spec?.storageCapacity ?? false,
    o.spec?.tokenRequests?.length ? o.spec.tokenRequests.map((t: { audience: string }) => t.audience).join(',') : '<unset>',
    o.spec?.requiresRepublish ?? false, joined(o.spec?.volumeLifecycleModes), ageOf(o, c),
  ],
  validate: (o) => validateDriver(o.spec),
  validateUpdate: (o, old) => [...validateDriver(o.spec), ...driverFrozen(o.spec, old.spec)],
  allowUnconditionalUpdate: false,
}

export const csinodes: Kind = {
  resource: resources.csinodes,
  defaults(o) { o.spec ??= {}; o.spec.drivers ??= null },
  cells: (o, c) => [o.metadata.name, o.spec?.drivers?.length ?? 0, ageOf(o, c)],
  validate: (o) => validateCSINode(o.spec),
  validateUpdate: (o, old) => [...validateCSINode(o.spec), ...nodeDriversFrozen(o.spec, old.spec)],
  allowUnconditionalUpdate: false,
}

export const csistoragecapacities: Kind = { resource: resources.csistoragecapacities, validate: validateCapacity, validateUpdate: (o, old) => [...validateCapacity(o), ...capacityFrozen(o, old)], allowUnconditionalUpdate: false }

export const volumeattachments: Kind = {
  resource: resources.volumeattachments,
  defaults(o) { o.spec ??= {}; o.spec.source ??= {}; o.status ??= {}; o.status.attached ??= false },
  prepareForCreate(o) { o.status = { attached: false } },
  prepareForUpdate: (o, old) => keep(o, old, 'status'),
  subresources: { status: { prepareForUpdate(o, old) { keep(o, old, 'spec'); keepOwn(o, old) } } },
  cells: (o, c) => [o.metadata.name, o.spec?.attacher ?? '', o.spec?.source?.persistentVolumeName ?? '', o.spec?.nodeName ?? '', o.status?.attached ?? false, ageOf(o, c)],
  validate: (o) => validateAttachment(o.spec),
  validateUpdate: (o, old) => [...validateAttachment(o.spec), ...attachmentFrozen(o.spec, old.spec)],
  allowUnconditionalUpdate: false,
}

/** A write of status keeps the object's metadata, but for what a status writer must say. */
function keepOwn(o: ApiObject, old: ApiObject): void {
  const { resourceVersion, managedFields } = o.metadata
  o.metadata = { ...old.metadata, ...(resourceVersion !== undefined && { resourceVersion }), ...(managedFields !== undefined && { managedFields }) }
}

export const volumeattributesclasses: Kind = {
  resource: resources.volumeattributesclasses,
  cells: (o, c) => [o.metadata.name, o.driverName ?? '', ageOf(o, c)],
  validate: (o) => validateAttributesClass(o),
  validateUpdate: (o, old) => [...validateAttributesClass(o), ...attributesClassFrozen(o, old)],
  allowUnconditionalUpdate: true,
}
