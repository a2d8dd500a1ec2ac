import { resources } from '@drydock/api'
import type { ReplicationController } from '@drydock/api'
import type { Kind } from '../kind.ts'
import { validateController } from './controller-validate.ts'
import { nameWarnings, templateUpdateWarnings } from './pod-spec/warnings.ts'
import { ageOf, containerCells } from '../lib/cells.ts'
import { formatLabels } from '../lib/print.ts'
import { setDefault, specAndStatus } from '../lib/strategy.ts'
import { replicaSetStatus } from '../lib/status.ts'
import { defaultPodTemplate } from './pod-spec/defaults.ts'

export const replicationcontrollers: Kind = {
  resource: resources.replicationcontrollers,
  defaults(o) {
    const rc = o as unknown as ReplicationController
    rc.spec ??= {}
    defaultPodTemplate(rc.spec.template)
    const labels = rc.spec.template?.metadata?.labels
    if (labels) {
      if (!rc.spec.selector || Object.keys(rc.spec.selector).length === 0) rc.spec.selector = { ...labels }
      if (!o.metadata.labels || Object.keys(o.metadata.labels).length === 0) o.metadata.labels = { ...labels }
    }
    setDefault(rc.spec, 'replicas', 1)
    rc.status ??= { replicas: 0 }
    setDefault(rc.status, 'replicas', 0)
  },
  ...specAndStatus({ emptyStatus: () => ({ replicas: 0 }), validate: replicaSetStatus }),
  scale: { replicas: 'spec.replicas', statusReplicas: 'status.replicas', selector: 'spec.selector' },
  fields: (o) => ({ 'status.replicas': String(o.status?.replicas ?? 0) }),
  cells: (o, c) => [
    o.metadata.name, o.spec?.replicas ?? 0, o.status?.replicas ?? 0, o.status?.readyReplicas ?? 0, ageOf(o, c),
    ...containerCells(o.spec?.template?.spec), formatLabels(o.spec?.selector),
  ],
  // At an update upstream looks at the template that was.
  warnings: (o, old) => [...(old ? [] : nameWarnings(o.metadata.name)), ...templateUpdateWarnings(o as never, old as never, (old ?? o).spec?.template, 'spec.template')],
  validate: (o) => validateController(o.spec),
  validateUpdate: (o) => validateController(o.spec),
  allowUnconditionalUpdate: true,
  defaultDeletionPolicy: 'Orphan',
}
