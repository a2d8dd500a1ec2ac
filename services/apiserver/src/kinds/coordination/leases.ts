import { resources } from '@drydock/api'
import type { Kind } from '../kind.ts'

export const leases: Kind = {
  resource: resources.leases,
  defaults(o) {
    o.spec ??= {}
  },
  allowUnconditionalUpdate: false,
}
