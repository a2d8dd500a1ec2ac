import { resources } from '@drydock/api'
import type { PersistentVolumeClaim } from '@drydock/api'
import type { ApiObject } from '../../admission/types.ts'
import type { Kind } from '../kind.ts'
import { claimFrozen } from './validate/volumes.ts'
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
    pairDataSources(o.spec)
    o.status = { phase: 'Pending' }
  },
  prepareForUpdate(o, old) {
    keep(o, old, 'status')
    pairDataSources(o.spec)
  },
  subresources: { status: { prepareForUpdate: (o, old) => keep(o, old, 'spec') } },
  fields: (o) => ({ name: o.metadata.name ?? '' }),
  cells: claimCells,
  warnings: (o) => classAnnotationWarnings(o),
  validate: (o) => validateClaimSpec('spec', o.spec),
  validateUpdate: (o, old) => claimFrozen(o as never, old as never),
  allowUnconditionalUpdate: true,
}

/** dataSource and dataSourceRef say the same thing unless the reference names a namespace. */
function pairDataSources(spec: ApiObject['spec']): void {
  if (spec.dataSource && !spec.dataSourceRef) spec.dataSourceRef = { ...spec.dataSource }
  else if (spec.dataSourceRef && !spec.dataSource && !spec.dataSourceRef.namespace) spec.dataSource = { ...spec.dataSourceRef }
}

function claimCells(o: ApiObject, c: { now: number }): unknown[] {
  const bound = Boolean(o.spec?.volumeName)
  return [
    o.metadata.name, o.metadata.deletionTimestamp ? 'Terminating' : o.status?.phase ?? '', o.spec?.volumeName ?? '',
    bound ? o.status?.capacity?.storage ?? '0' : '', bound ? accessModesCell(o.status?.accessModes) : '', storageClassCell(o, ''),
    o.spec?.volumeAttributesClassName ?? '<unset>', ageOf(o, c), o.spec?.volumeMode ?? '<unset>',
  ]
}
