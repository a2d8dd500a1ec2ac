import { nameIsDNSLabel, resources } from '@drydock/api'
import type { Kind } from '../kind.ts'
import { finalizerNames, namespaceStatus } from './validate/namespaces-nodes.ts'
import { ageOf } from '../lib/cells.ts'
import { keep } from '../lib/strategy.ts'

/** pkg/registry/core/namespace: the finalizer `kubernetes` stays until the namespace is empty. */
export const namespaces: Kind = {
  resource: resources.namespaces,
  defaults(o) {
    o.metadata.labels ??= {}
    if (o.metadata.name) o.metadata.labels['kubernetes.io/metadata.name'] = o.metadata.name
    if (Object.keys(o.metadata.labels).length === 0) delete o.metadata.labels
    o.spec ??= {}
    o.status ??= {}
    if (!o.status.phase) o.status.phase = 'Active'
  },
  prepareForCreate(o) {
    o.status = { phase: 'Active' }
    const finalizers: string[] = o.spec?.finalizers ?? []
    o.spec = { ...o.spec, finalizers: finalizers.includes('kubernetes') ? finalizers : [...finalizers, 'kubernetes'] }
  },
  prepareForUpdate(o, old) {
    o.spec = { ...o.spec }
    if (old.spec?.finalizers) o.spec.finalizers = old.spec.finalizers
    else delete o.spec.finalizers
    keep(o, old, 'status')
  },
  subresources: {
    status: { prepareForUpdate: (o, old) => keep(o, old, 'spec'), validateUpdate: (o) => namespaceStatus(o as never) },
    finalize: { prepareForUpdate: (o, old) => keep(o, old, 'status'), validateUpdate: (o) => finalizerNames(o.spec?.finalizers, true) },
  },
  fields: (o) => ({ 'status.phase': o.status?.phase ?? '' }),
  cells: (o, c) => [o.metadata.name, o.status?.phase ?? '', ageOf(o, c)],
  validateName: nameIsDNSLabel,
  validate: (o) => finalizerNames(o.spec?.finalizers),
  allowUnconditionalUpdate: true,
}
