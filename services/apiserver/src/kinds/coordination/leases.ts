import { resources } from '@drydock/api'
import type { ApiObject } from '../../admission/types.ts'
import type { Kind } from '../kind.ts'
import { ageOf } from '../lib/cells.ts'

export const leases: Kind = {
  resource: resources.leases,
  defaults(o) {
    o.spec ??= {}
  },
  cells: (o, c) => [o.metadata.name, o.spec?.holderIdentity ?? '', ageOf(o, c)],
  prepareForCreate: dropGated,
  prepareForUpdate: dropGated,
  allowUnconditionalUpdate: false,
}

/** Fields of coordinated leader election, a gate that is off. */
function dropGated(o: ApiObject): void {
  delete o.spec.strategy
  delete o.spec.preferredHolder
}
