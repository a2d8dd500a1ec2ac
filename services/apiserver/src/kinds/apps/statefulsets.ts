import { nameIsDNSLabel, resources } from '@drydock/api'
import type { StatefulSet } from '@drydock/api'
import { defaultPodTemplate } from '../core/pod-spec/defaults.ts'
import { defaultClaimSpec } from '../core/pod-spec/volume-defaults.ts'
import type { ApiObject } from '../../admission/types.ts'
import type { Kind } from '../kind.ts'
import { statefulSetFrozen, validateClaimTemplates, validateStatefulSet } from './validate.ts'
import { templateUpdateWarnings } from '../core/pod-spec/warnings.ts'
import { ageOf, containerCells } from '../lib/cells.ts'
import { semanticEqual } from '../lib/equal.ts'
import { bumpGeneration, keep, setDefault, setDefaultText, specAndStatus } from '../lib/strategy.ts'
import { statefulSetStatus } from '../lib/status.ts'

export const statefulsets: Kind = {
  resource: resources.statefulsets,
  defaults(o) {
    const s = o as unknown as StatefulSet
    s.spec ??= { selector: {}, template: {} }
    const spec = s.spec
    setDefault(spec, 'template', {})
    spec.template.spec ??= { containers: [] }
    defaultPodTemplate(spec.template)
    setDefault(spec, 'serviceName', '')
    setDefaultText(spec, 'podManagementPolicy', 'OrderedReady')
    defaultUpdateStrategy(spec)
    setDefault(spec, 'persistentVolumeClaimRetentionPolicy', {})
    setDefaultText(spec.persistentVolumeClaimRetentionPolicy!, 'whenDeleted', 'Retain')
    setDefaultText(spec.persistentVolumeClaimRetentionPolicy!, 'whenScaled', 'Retain')
    setDefault(spec, 'replicas', 1)
    setDefault(spec, 'revisionHistoryLimit', 10)
    for (const c of spec.volumeClaimTemplates ?? []) defaultClaimTemplate(c)
    s.status ??= { replicas: 0 }
    setDefault(s.status, 'replicas', 0)
    setDefault(s.status, 'availableReplicas', 0)
  },
  ...specAndStatus({ emptyStatus: () => ({ replicas: 0, availableReplicas: 0 }), validate: statefulSetStatus }),
  prepareForCreate(o) {
    o.status = { replicas: 0, availableReplicas: 0 }
    o.metadata.generation = 1
    dropGated(o)
  },
  prepareForUpdate(o, old) {
    keep(o, old, 'status')
    dropGated(o)
    bumpGeneration(o, old, !semanticEqual(o.spec, old.spec))
  },
  scale: { replicas: 'spec.replicas', statusReplicas: 'status.replicas', selector: 'spec.selector' },
  cells: (o, c) => [o.metadata.name, `${o.status?.readyReplicas ?? 0}/${o.spec?.replicas ?? 0}`, ageOf(o, c), ...containerCells(o.spec?.template?.spec)],
  warnings: (o, old) => [
    ...templateUpdateWarnings(o as never, old as never, o.spec?.template, 'spec.template'),
    ...(o.spec?.revisionHistoryLimit < 0 ? ['spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended'] : []),
  ],
  validateName: nameIsDNSLabel,
  validate: (o) => [...validateStatefulSet(o.spec), ...validateClaimTemplates(o.spec)],
  validateUpdate: (o, old) => [...validateStatefulSet(o.spec), ...statefulSetFrozen(o.spec, old.spec)],
  allowUnconditionalUpdate: true,
}

function defaultUpdateStrategy(spec: NonNullable<StatefulSet['spec']>): void {
  setDefault(spec, 'updateStrategy', {})
  const strategy = spec.updateStrategy!
  if (!strategy.type) {
    strategy.type = 'RollingUpdate'
    setDefault(strategy, 'rollingUpdate', {})
  }
  if (strategy.type === 'RollingUpdate' && strategy.rollingUpdate) setDefault(strategy.rollingUpdate, 'partition', 0)
}

/** Claims made from templates are whole objects: type, spec and status. */
function defaultClaimTemplate(c: NonNullable<NonNullable<StatefulSet['spec']>['volumeClaimTemplates']>[number]): void {
  c.apiVersion = 'v1'
  c.kind = 'PersistentVolumeClaim'
  c.spec ??= {}
  defaultClaimSpec(c.spec)
  c.status ??= {}
  if (!c.status.phase) c.status.phase = 'Pending'
}

/** How many pods of a set may be down at once while it is updated is behind a gate that is off. */
function dropGated(o: ApiObject): void {
  if (o.spec.updateStrategy?.rollingUpdate) delete o.spec.updateStrategy.rollingUpdate.maxUnavailable
}
