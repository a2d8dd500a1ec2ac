import { resources } from '@drydock/api'
import type { PersistentVolume } from '@drydock/api'
import type { ApiObject } from '../../admission/types.ts'
import type { Kind } from '../kind.ts'
import { mountOptionsAnnotation, validateVolume, volumeFrozen } from './validate/volumes.ts'
import { volumeObjectWarnings } from './volume-object-warnings.ts'
import { ageOf } from '../lib/cells.ts'
import { keep, setDefault, setDefaultText } from '../lib/strategy.ts'
import { accessModesCell, storageClassCell } from './volume-cells.ts'
import { defaultStorage } from './pod-spec/volume-defaults.ts'

export const persistentvolumes: Kind = {
  resource: resources.persistentvolumes,
  defaults(o) {
    const pv = o as unknown as PersistentVolume
    pv.spec ??= {}
    pv.status ??= {}
    setDefaultText(pv.status, 'phase', 'Pending')
    setDefaultText(pv.spec, 'persistentVolumeReclaimPolicy', 'Retain')
    setDefault(pv.spec, 'volumeMode', 'Filesystem')
    if (pv.spec.hostPath) setDefault(pv.spec.hostPath, 'type', '')
    defaultStorage(pv.spec as never)
  },
  prepareForCreate(o, c) {
    o.status = { phase: 'Pending', lastPhaseTransitionTime: timestamp(c.now()) }
  },
  prepareForUpdate: (o, old) => keep(o, old, 'status'),
  subresources: {
    status: {
      prepareForUpdate(o, old, c) {
        keep(o, old, 'spec')
        o.status ??= {}
        const given = o.status.lastPhaseTransitionTime
        if (o.status.phase !== old.status?.phase && (!given || given === old.status?.lastPhaseTransitionTime)) o.status.lastPhaseTransitionTime = timestamp(c.now())
      },
    },
  },
  fields: (o) => ({ name: o.metadata.name ?? '' }),
  cells: (o, c) => [
    o.metadata.name, o.spec?.capacity?.storage ?? '0', accessModesCell(o.spec?.accessModes), o.spec?.persistentVolumeReclaimPolicy ?? '',
    o.metadata.deletionTimestamp ? 'Terminating' : o.status?.phase ?? '', claimCell(o), storageClassCell(o, ''),
    o.spec?.volumeAttributesClassName ?? '<unset>', o.status?.reason ?? '', ageOf(o, c), o.spec?.volumeMode ?? '<unset>',
  ],
  warnings: volumeObjectWarnings,
  validate: (o) => [...validateVolume(o.spec, o.metadata.name), ...mountOptionsAnnotation(o as never)],
  // Twice, as upstream does.
  validateUpdate: (o, old) => [...validateVolume(o.spec, o.metadata.name), ...mountOptionsAnnotation(o as never), ...validateVolume(o.spec, o.metadata.name), ...volumeFrozen(o.spec, old.spec)],
  allowUnconditionalUpdate: true,
}

const timestamp = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z')

function claimCell(o: ApiObject): string {
  const claim = o.spec?.claimRef
  return claim ? `${claim.namespace ?? ''}/${claim.name ?? ''}` : ''
}
