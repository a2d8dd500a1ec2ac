import { nameIsDNSSubdomain, resources } from '@drydock/api'
import type { Deployment } from '@drydock/api'
import { defaultPodTemplate } from '../core/pod-spec/defaults.ts'
import type { Kind } from '../kind.ts'
import { goSelector, immutable } from '../lib/selector.ts'
import { validateDeployment } from './validate.ts'
import { nameWarnings, templateUpdateWarnings } from '../core/pod-spec/warnings.ts'
import { ageOf, containerCells } from '../lib/cells.ts'
import { formatSelector } from '../lib/print.ts'
import { semanticEqual } from '../lib/equal.ts'
import { bumpGeneration, keep, setDefault, setDefaultText, specAndStatus } from '../lib/strategy.ts'
import { deploymentStatus } from '../lib/status.ts'

export const deployments: Kind = {
  resource: resources.deployments,
  defaults(o) {
    const d = o as unknown as Deployment
    d.spec ??= { selector: {}, template: {} }
    const spec = d.spec
    setDefault(spec, 'template', {})
    spec.template.spec ??= { containers: [] }
    defaultPodTemplate(spec.template)
    setDefault(spec, 'replicas', 1)
    setDefault(spec, 'strategy', {})
    const strategy = spec.strategy!
    setDefaultText(strategy, 'type', 'RollingUpdate')
    if (strategy.type === 'RollingUpdate') {
      setDefault(strategy, 'rollingUpdate', {})
      setDefault(strategy.rollingUpdate!, 'maxUnavailable', '25%')
      setDefault(strategy.rollingUpdate!, 'maxSurge', '25%')
    }
    setDefault(spec, 'revisionHistoryLimit', 10)
    setDefault(spec, 'progressDeadlineSeconds', 600)
    d.status ??= {}
  },
  ...specAndStatus({ keepMeta: ['labels'], validate: deploymentStatus }),
  prepareForUpdate(o, old) {
    keep(o, old, 'status')
    bumpGeneration(o, old, !semanticEqual(o.spec, old.spec) || !semanticEqual(o.metadata.annotations, old.metadata.annotations))
  },
  scale: { replicas: 'spec.replicas', statusReplicas: 'status.replicas', selector: 'spec.selector' },
  cells: (o, c) => [
    o.metadata.name, `${o.status?.readyReplicas ?? 0}/${o.spec?.replicas ?? 0}`, o.status?.updatedReplicas ?? 0, o.status?.availableReplicas ?? 0, ageOf(o, c),
    ...containerCells(o.spec?.template?.spec), formatSelector(o.spec?.selector),
  ],
  warnings: (o, old) => [...(old ? [] : nameWarnings(o.metadata.name)), ...templateUpdateWarnings(o as never, old as never, o.spec?.template, 'spec.template')],
  validateName: nameIsDNSSubdomain,
  validate: (o) => validateDeployment(o.spec),
  validateUpdate: (o, old) => [...validateDeployment(o.spec), ...immutable('spec.selector', o.spec.selector, old.spec.selector, goSelector(o.spec.selector))],
  allowUnconditionalUpdate: true,
}
