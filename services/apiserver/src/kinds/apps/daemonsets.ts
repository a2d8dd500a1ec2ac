import { badRequest, nameIsDNSSubdomain, resources } from '@drydock/api'
import type { DaemonSet } from '@drydock/api'
import type { ApiObject } from '../../admission/types.ts'
import { defaultPodTemplate } from '../core/pod-spec/defaults.ts'
import type { Kind } from '../kind.ts'
import { goSelector, immutable } from '../lib/selector.ts'
import { validateDaemonSet } from './validate.ts'
import { templateUpdateWarnings } from '../core/pod-spec/warnings.ts'
import { ageOf, containerCells } from '../lib/cells.ts'
import { formatLabels, formatSelector } from '../lib/print.ts'
import { semanticEqual } from '../lib/equal.ts'
import { bumpGeneration, keep, setDefault, setDefaultText, specAndStatus } from '../lib/strategy.ts'
import { daemonSetStatus } from '../lib/status.ts'

const emptyStatus = () => ({ currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 })

/** The template's own generation lives on in this annotation since apps/v1. */
const templateGeneration = 'deprecated.daemonset.template.generation'

export const daemonsets: Kind = {
  resource: resources.daemonsets,
  defaults(o) {
    const d = o as unknown as DaemonSet
    d.spec ??= { selector: {}, template: {} }
    const spec = d.spec
    setDefault(spec, 'template', {})
    spec.template.spec ??= { containers: [] }
    defaultPodTemplate(spec.template)
    setDefault(spec, 'updateStrategy', {})
    const strategy = spec.updateStrategy!
    setDefaultText(strategy, 'type', 'RollingUpdate')
    if (strategy.type === 'RollingUpdate') {
      setDefault(strategy, 'rollingUpdate', {})
      setDefault(strategy.rollingUpdate!, 'maxUnavailable', 1)
      setDefault(strategy.rollingUpdate!, 'maxSurge', 0)
    }
    setDefault(spec, 'revisionHistoryLimit', 10)
    checkTemplateGeneration(o)
    o.status = { ...emptyStatus(), ...o.status }
  },
  ...specAndStatus({ emptyStatus, validate: daemonSetStatus }),
  prepareForCreate(o) {
    o.status = emptyStatus()
    o.metadata.generation = 1
    setTemplateGeneration(o, 1)
  },
  prepareForUpdate(o, old) {
    keep(o, old, 'status')
    const templateChanged = !semanticEqual(o.spec.template, old.spec.template)
    setTemplateGeneration(o, templateGenerationOf(old) + (templateChanged ? 1 : 0))
    bumpGeneration(o, old, templateChanged || !semanticEqual(o.spec, old.spec))
  },
  cells: (o, c) => [
    o.metadata.name, o.status?.desiredNumberScheduled ?? 0, o.status?.currentNumberScheduled ?? 0, o.status?.numberReady ?? 0,
    o.status?.updatedNumberScheduled ?? 0, o.status?.numberAvailable ?? 0, formatLabels(o.spec?.template?.spec?.nodeSelector), ageOf(o, c),
    ...containerCells(o.spec?.template?.spec), formatSelector(o.spec?.selector),
  ],
  warnings: (o, old) => templateUpdateWarnings(o as never, old as never, o.spec?.template, 'spec.template'),
  validateName: nameIsDNSSubdomain,
  validate: (o) => validateDaemonSet(o.spec),
  validateUpdate: (o, old) => [...validateDaemonSet(o.spec), ...immutable('spec.selector', o.spec.selector, old.spec.selector, goSelector(o.spec.selector))],
  // Inside, the annotation is a field of the spec: metadata alone does not show it.
  partialMetadata(metadata) {
    const { [templateGeneration]: _, ...annotations } = metadata.annotations ?? {}
    const { annotations: _a, ...rest } = metadata
    return Object.keys(annotations).length ? { ...rest, annotations } : rest
  },
  allowUnconditionalUpdate: true,
}

/** Inside it is a number: what is none cannot be decoded. */
function checkTemplateGeneration(o: ApiObject): void {
  const text: string | undefined = o.metadata.annotations?.[templateGeneration]
  if (text === undefined) return setTemplateGeneration(o, 0)
  const wrong = !/^[+-]?\d+$/.test(text) ? 'invalid syntax' : BigInt.asIntN(64, BigInt(text)) === BigInt(text) ? undefined : 'value out of range'
  if (wrong) throw badRequest(`DaemonSet in version "v1" cannot be handled as a DaemonSet: strconv.ParseInt: parsing ${JSON.stringify(text)}: ${wrong}`)
}

const templateGenerationOf = (o: ApiObject): number => Number(o.metadata.annotations?.[templateGeneration] ?? 0)

function setTemplateGeneration(o: ApiObject, generation: number): void {
  o.metadata.annotations = { ...o.metadata.annotations, [templateGeneration]: String(generation) }
}
