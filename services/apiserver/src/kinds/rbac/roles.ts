import { resources } from '@drydock/api'
import type { Kind } from '../kind.ts'
import { validateClusterRole, validateRules } from './validate.ts'

/** Roles and cluster roles: rules is always there, null when it was not given. */
export const roles: Kind = {
  resource: resources.roles,
  defaults(o) { o.rules ??= null },
  validate: (o) => validateRules(o.rules, true),
  validateUpdate: (o) => validateRules(o.rules, true),
  allowUnconditionalUpdate: true,
}

export const clusterroles: Kind = {
  resource: resources.clusterroles,
  defaults(o) { o.rules ??= null },
  validate: (o) => validateClusterRole(o as never),
  validateUpdate: (o) => validateClusterRole(o as never),
  allowUnconditionalUpdate: true,
}
