import { resources } from '@drydock/api'
import type { PodTemplate } from '@drydock/api'
import type { Kind } from '../kind.ts'
import { templateUpdateWarnings } from './pod-spec/warnings.ts'
import { containerCells } from '../lib/cells.ts'
import { formatLabels } from '../lib/print.ts'
import { semanticEqual } from '../lib/equal.ts'
import { bumpGeneration } from '../lib/strategy.ts'
import { defaultPodTemplate } from './pod-spec/defaults.ts'
import { validatePodTemplate } from './pod-spec/validate/index.ts'
import { dropDisabledPodFields } from './pod-spec/gates.ts'

export const podtemplates: Kind = {
  resource: resources.podtemplates,
  defaults(o) {
    o.template ??= { metadata: {}, spec: { containers: [] } }
    defaultPodTemplate((o as unknown as PodTemplate).template)
  },
  prepareForCreate(o) {
    o.metadata.generation = 1
    if (o.template?.spec) dropDisabledPodFields(o.template.spec)
  },
  prepareForUpdate(o, old) {
    if (o.template?.spec) dropDisabledPodFields(o.template.spec)
    bumpGeneration(o, old, !semanticEqual(o.template, old.template))
  },
  cells: (o) => [o.metadata.name, ...containerCells(o.template?.spec), formatLabels(o.template?.metadata?.labels)],
  warnings: (o, old) => templateUpdateWarnings(o as never, old as never, o.template, 'template'),
  validate: (o) => validatePodTemplate('template', o.template),
  validateUpdate: (o, old) => validatePodTemplate('template', o.template, [], old.template),
  allowUnconditionalUpdate: true,
}
