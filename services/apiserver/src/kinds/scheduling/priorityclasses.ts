import { resources } from '@drydock/api'
import type { Kind } from '../kind.ts'
import { ageOf } from '../lib/cells.ts'
import { bumpGeneration } from '../lib/strategy.ts'
import { semanticEqual } from '../lib/equal.ts'

export const priorityclasses: Kind = {
  resource: resources.priorityclasses,
  defaults(o) { o.value ??= 0; o.preemptionPolicy ??= 'PreemptLowerPriority' },
  prepareForCreate(o) { o.metadata.generation = 1 },
  prepareForUpdate: (o, old) => bumpGeneration(o, old, !semanticEqual([o.value, o.globalDefault, o.description, o.preemptionPolicy], [old.value, old.globalDefault, old.description, old.preemptionPolicy])),
  cells: (o, c) => [o.metadata.name, o.value ?? 0, o.globalDefault ?? false, ageOf(o, c), o.preemptionPolicy ?? ''],
  allowUnconditionalUpdate: true,
}
