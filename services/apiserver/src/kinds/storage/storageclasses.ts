import { resources } from '@drydock/api'
import type { Kind } from '../kind.ts'
import { storageClassFrozen } from './frozen.ts'
import { validateStorageClass } from './validate.ts'
import { ageOf } from '../lib/cells.ts'

const defaultAnnotations = ['storageclass.kubernetes.io/is-default-class', 'storageclass.beta.kubernetes.io/is-default-class']

export const storageclasses: Kind = {
  resource: resources.storageclasses,
  defaults(o) {
    o.reclaimPolicy ??= 'Delete'
    o.volumeBindingMode ??= 'Immediate'
  },
  cells: (o, c) => [
    defaultAnnotations.some((a) => o.metadata.annotations?.[a] === 'true') ? `${o.metadata.name} (default)` : o.metadata.name,
    o.provisioner ?? '', o.reclaimPolicy ?? 'Delete', o.volumeBindingMode ?? '<unset>', o.allowVolumeExpansion ?? false, ageOf(o, c),
  ],
  validate: validateStorageClass,
  validateUpdate: (o, old) => [...validateStorageClass(o), ...storageClassFrozen(o, old)],
  allowUnconditionalUpdate: true,
}
