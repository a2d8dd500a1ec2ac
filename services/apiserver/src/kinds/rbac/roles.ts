import { resources } from '@drydock/api'
import type { Kind } from '../kind.ts'

/** Roles and cluster roles: rules is always there, null when it was not given. */
export const roles: Kind = {
  resource: resources.roles,
  defaults(o) { o.rules ??= null },
  allowUnconditionalUpdate: true,
}

export const clusterroles: Kind = {
  resource: resources.clusterroles,
  defaults(o) { o.rules ??= null },
  allowUnconditionalUpdate: true,
}
