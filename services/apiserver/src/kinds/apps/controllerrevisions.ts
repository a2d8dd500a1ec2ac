import { resources } from '@drydock/api'
import type { Kind } from '../kind.ts'

export const controllerrevisions: Kind = {
  resource: resources.controllerrevisions,
  defaults(o) {
    o.revision ??= 0
  },
  allowUnconditionalUpdate: true,
}
