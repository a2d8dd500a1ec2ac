import { resources } from '@drydock/api'
import type { Kind } from '../kind.ts'

export const secrets: Kind = {
  resource: resources.secrets,
  defaults(o) {
    if (!o.type) o.type = 'Opaque'
  },
  prepareForUpdate(o, old) {
    // A type left out is taken over: old clients do not send one.
    if (!o.type) o.type = old.type
  },
  fields: (o) => ({ type: o.type ?? '' }),
  allowUnconditionalUpdate: true,
}
