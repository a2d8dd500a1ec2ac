import { resources } from '@drydock/api'
import type { Kind } from '../kind.ts'
import { ageOf } from '../lib/cells.ts'

export const runtimeclasses: Kind = {
  resource: resources.runtimeclasses,
  defaults(o) { for (const t of o.scheduling?.tolerations ?? []) void t },
  cells: (o, c) => [o.metadata.name, o.handler ?? '', ageOf(o, c)],
  allowUnconditionalUpdate: false,
}
