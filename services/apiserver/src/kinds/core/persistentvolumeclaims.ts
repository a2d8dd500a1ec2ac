import { resources } from '@drydock/api'
import type { PersistentVolumeClaim } from '@drydock/api'
import type { ApiObject } from '../../admission/types.ts'
import type { Kind } from '../kind.ts'
import { claimFrozen, validateClaimStatus } from './validate/volumes.ts'
import { validateClaimSpec } from './pod-spec/validate/claim-template.ts'
import { classAnnotationWarnings } from './volume-object-warnings.ts'
import { ageOf } from '../lib/cells.ts'
import { keep } from '../lib/strategy.ts'
import { accessModesCell, storageClassCell } from './volume-cells.ts'
import { defaultClaimSpec } from './pod-spec/volume-defaults.ts'

export const persistentvolumeclaims: Kind = {
  resource: resources.persistentvolumeclaims,
  defaults(o) {
    o.spec ??= {}
    o.status ??= {}
    if (!o.status.phase) o.status.phase = 'Pending'
    defaultClaimSpec((o as unknown as PersistentVolumeClaim).spec)
  },
  prepareForCreate(o) {
    settleDataSources(o.spec, undefined)
    o.status = { phase: 'Pending' }
  },
  prepareForUpdate(o, old) {
    keep(o, old, 'status')
    settleDataSources(o.spec, old.spec)
  },
  subresources: { status: { prepareForUpdate: (o, old) => keep(o, old, 'spec'), validateUpdate: (o) => validateClaimStatus(o as never) } },
  fields: (o) => ({ name: o.metadata.name ?? '' }),
  cells: claimCells,
  warnings: (o) => classAnnotationWarnings(o),
  validate: (o) => validateClaimSpec('spec', o.spec),
  validateUpdate: (o, old) => claimFrozen(o as never, old as never),
  allowUnconditionalUpdate: true,
}

/**
 * dataSource and dataSourceRef say the same thing. A source in another namespace is behind a gate that is off; what dataSource
 * alone says of anything but claims and snapshots is dropped, unless the claim has it already.
 */
function settleDataSources(spec: ApiObject['spec'], old: ApiObject['spec'] | undefined): void {
  if (spec.dataSourceRef?.namespace !== undefined) delete spec.dataSourceRef
  const inUse = old?.dataSource || old?.dataSourceRef
  if (!inUse && !spec.dataSourceRef && spec.dataSource && !claimOrSnapshot(spec.dataSource)) delete spec.dataSource
  if (spec.dataSource && !spec.dataSourceRef) spec.dataSourceRef = { ...spec.dataSource }
  else if (spec.dataSourceRef && !spec.dataSource) spec.dataSource = { ...spec.dataSourceRef }
}

const claimOrSnapshot = (s: { apiGroup?: string, kind?: string }): boolean =>
  (s.kind === 'PersistentVolumeClaim' && !s.apiGroup) || (s.kind === 'VolumeSnapshot' && s.apiGroup === 'snapshot.storage.k8s.io')

function claimCells(o: ApiObject, c: { now: number }): unknown[] {
  const bound = Boolean(o.spec?.volumeName)
  return [
    o.metadata.name, o.metadata.deletionTimestamp ? 'Terminating' : o.status?.phase ?? '', o.spec?.volumeName ?? '',
    bound ? o.status?.capacity?.storage ?? '0' : '', bound ? accessModesCell(o.status?.accessModes) : '', storageClassCell(o, ''),
    o.spec?.volumeAttributesClassName ?? '<unset>', ageOf(o, c), o.spec?.volumeMode ?? '<unset>',
  ]
}
