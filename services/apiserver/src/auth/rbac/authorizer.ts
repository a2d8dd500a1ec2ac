import type { PolicyRule, RoleRef } from '@drydock/api'
import type { Attributes, Decision, User } from '../types.ts'
import { allows } from './rules.ts'
import type { RbacIndex } from './index.ts'

/** Decides by roles and bindings: allowed by the first rule that matches, else no opinion with what was wrong on the way. */
export function authorizeByRbac(index: RbacIndex, a: Attributes): Decision {
  let missing: Set<string> | undefined
  for (const grant of index.grants(a.user, a.resource?.namespace ?? '')) {
    if (!a.resource && grant.namespace) continue
    const rules = index.rules(grant.roleRef, grant.namespace)
    if (!rules) { (missing ??= new Set()).add(noSuchRole(grant.roleRef)); continue }
    if (rules.some((rule) => allows(rule, a))) return { allowed: true, reason: `RBAC: allowed by ${grant.description}` }
  }
  return { allowed: false, reason: missing ? `RBAC: ${aggregate([...missing])}` : '' }
}

/** Every rule that the user holds in the namespace, and what could not be resolved. */
export function rulesFor(index: RbacIndex, user: User, namespace: string): { rules: PolicyRule[], errors: string[] } {
  const rules: PolicyRule[] = []
  const errors = new Set<string>()
  for (const grant of index.grants(user, namespace)) {
    const found = index.rules(grant.roleRef, grant.namespace)
    if (found) rules.push(...found)
    else errors.add(noSuchRole(grant.roleRef))
  }
  return { rules, errors: [...errors] }
}

const noSuchRole = (ref: RoleRef): string => `${ref.kind.toLowerCase()}.rbac.authorization.k8s.io ${JSON.stringify(ref.name)} not found`
const aggregate = (errors: readonly string[]): string => (errors.length === 1 ? errors[0]! : `[${errors.join(', ')}]`)
