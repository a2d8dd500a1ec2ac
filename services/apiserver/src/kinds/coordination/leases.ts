import { invalid, resources } from '@drydock/api'
import type { ApiObject } from '../../admission/types.ts'
import type { Kind } from '../kind.ts'
import { nonNegative, type Errors } from '../lib/validate.ts'
import { ageOf } from '../lib/cells.ts'

export const leases: Kind = {
  resource: resources.leases,
  defaults(o) {
    o.spec ??= {}
  },
  cells: (o, c) => [o.metadata.name, o.spec?.holderIdentity ?? '', ageOf(o, c)],
  prepareForCreate: dropGated,
  prepareForUpdate: dropGated,
  validate: (o) => validateLease(o.spec ?? {}),
  validateUpdate: (o) => validateLease(o.spec ?? {}),
  allowUnconditionalUpdate: false,
}

/** Fields of coordinated leader election, a gate that is off. */
function dropGated(o: ApiObject): void {
  delete o.spec.strategy
  delete o.spec.preferredHolder
}

function validateLease(spec: { leaseDurationSeconds?: number, leaseTransitions?: number }): Errors {
  const out: Errors = []
  if (spec.leaseDurationSeconds !== undefined && spec.leaseDurationSeconds <= 0) out.push(invalid('spec.leaseDurationSeconds', spec.leaseDurationSeconds, 'must be greater than 0'))
  if (spec.leaseTransitions !== undefined) out.push(...nonNegative('spec.leaseTransitions', spec.leaseTransitions))
  return out
}
