import { fieldForbidden, invalid, notSupported, resources } from '@drydock/api'
import type { Kind } from '../kind.ts'
import type { Errors } from '../lib/validate.ts'
import type { ApiObject } from '../../admission/types.ts'
import { ageOf } from '../lib/cells.ts'
import { bumpGeneration } from '../lib/strategy.ts'

export const priorityclasses: Kind = {
  resource: resources.priorityclasses,
  defaults(o) { o.value ??= 0; o.preemptionPolicy ??= 'PreemptLowerPriority' },
  prepareForCreate(o) { o.metadata.generation = 1 },
  prepareForUpdate: (o, old) => bumpGeneration(o, old, false),
  cells: (o, c) => [o.metadata.name, o.value ?? 0, o.globalDefault ?? false, ageOf(o, c), o.preemptionPolicy ?? ''],
  validate: validatePriorityClass,
  validateUpdate: (o, old) => [
    ...(o.value === old.value ? [] : [fieldForbidden('value', 'may not be changed in an update.')]),
    ...(o.preemptionPolicy === old.preemptionPolicy ? [] : [invalid('preemptionPolicy', o.preemptionPolicy, 'field is immutable')]),
  ],
  allowUnconditionalUpdate: true,
}

const HIGHEST = 1_000_000_000
const system: Readonly<Record<string, number>> = { 'system-cluster-critical': 2_000_000_000, 'system-node-critical': 2_000_001_000 }

/** Names that start with system- are kept for the two that the system makes itself. */
function validatePriorityClass(o: ApiObject): Errors {
  const name: string = o.metadata.name ?? ''
  if (name.startsWith('system-')) {
    return system[name] === o.value ? [] : [fieldForbidden('metadata.name', "priority class names with 'system-' prefix are reserved for system use only. error: " + (system[name] === undefined ? `${name} is not a known system priority class` : `value of ${name} PriorityClass must be ${system[name]}`))]
  }
  const out: Errors = o.value > HIGHEST ? [fieldForbidden('value', `maximum allowed value of a user defined priority is ${HIGHEST}`)] : []
  if (o.preemptionPolicy !== undefined && !['PreemptLowerPriority', 'Never'].includes(o.preemptionPolicy)) out.push(notSupported('preemptionPolicy', o.preemptionPolicy, ['PreemptLowerPriority', 'Never']))
  return out
}
