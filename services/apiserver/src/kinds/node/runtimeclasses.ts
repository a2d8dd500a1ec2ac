import { dns1123Label, resources } from '@drydock/api'
import type { ApiObject } from '../../admission/types.ts'
import { overhead } from '../core/pod-spec/validate/resources.ts'
import { validateTolerations } from '../core/pod-spec/validate/scheduling.ts'
import type { Kind } from '../kind.ts'
import { ageOf } from '../lib/cells.ts'
import { immutable } from '../lib/selector.ts'
import { byRule, labels, type Errors } from '../lib/validate.ts'

export const runtimeclasses: Kind = {
  resource: resources.runtimeclasses,
  validate: validateRuntimeClass,
  validateUpdate: (o, old) => [...immutable('handler', o.handler, old.handler), ...validateRuntimeClass(o)],
  cells: (o, c) => [o.metadata.name, o.handler ?? '', ageOf(o, c)],
  columns: [['Name', 'string', 'name', 0], ['Handler', 'string', '', 0, ''], ['Age', 'string', '', 0]],
  allowUnconditionalUpdate: false,
}

function validateRuntimeClass(o: ApiObject): Errors {
  return [
    ...byRule('handler', o.handler ?? '', dns1123Label), ...overhead('overhead.podFixed', o.overhead?.podFixed),
    ...labels('scheduling.nodeSelector', o.scheduling?.nodeSelector), ...validateTolerations('scheduling.tolerations', o.scheduling?.tolerations),
  ]
}
