import { nameIsDNSSubdomain, resources } from '@drydock/api'
import type { ReplicaSet } from '@drydock/api'
import { defaultPodTemplate } from '../core/pod-spec/defaults.ts'
import type { Kind } from '../kind.ts'
import { goSelector, immutable } from '../lib/selector.ts'
import { validateReplicaSet } from './validate.ts'
import { nameWarnings, templateUpdateWarnings } from '../core/pod-spec/warnings.ts'
import { ageOf, containerCells } from '../lib/cells.ts'
import { formatSelector } from '../lib/print.ts'
import { setDefault, specAndStatus } from '../lib/strategy.ts'
import { replicaSetStatus } from '../lib/status.ts'

export const replicasets: Kind = {
  resource: resources.replicasets,
  defaults(o) {
    const rs = o as unknown as ReplicaSet
    rs.spec ??= { selector: {} }
    rs.spec.template ??= {}
    rs.spec.template.spec ??= { containers: [] }
    defaultPodTemplate(rs.spec.template)
    setDefault(rs.spec, 'replicas', 1)
    rs.status ??= { replicas: 0 }
    setDefault(rs.status, 'replicas', 0)
  },
  ...specAndStatus({ emptyStatus: () => ({ replicas: 0 }), validate: replicaSetStatus }),
  scale: { replicas: 'spec.replicas', statusReplicas: 'status.replicas', selector: 'spec.selector' },
  cells: (o, c) => [
    o.metadata.name, o.spec?.replicas ?? 0, o.status?.replicas ?? 0, o.status?.readyReplicas ?? 0, ageOf(o, c),
    ...containerCells(o.spec?.template?.spec), formatSelector(o.spec?.selector),
  ],
  warnings: (o, old) => [...(old ? [] : nameWarnings(o.metadata.name)), ...templateUpdateWarnings(o as never, old as never, o.spec?.template, 'spec.template')],
  validateName: nameIsDNSSubdomain,
  validate: (o) => validateReplicaSet(o.spec),
  validateUpdate: (o, old) => [...validateReplicaSet(o.spec), ...immutable('spec.selector', o.spec.selector, old.spec.selector, goSelector(o.spec.selector))],
  allowUnconditionalUpdate: true,
}
