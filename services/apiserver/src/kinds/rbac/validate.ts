import { dns1123Subdomain, invalid, nameIsPathSegment, notSupported, required } from '@drydock/api'
import type { ClusterRole, PolicyRule, RoleRef, Subject } from '@drydock/api'
import { semanticEqual } from '../lib/equal.ts'
import { isUsable } from '../lib/selector.ts'
import { byRule, each, labelSelector, type Errors } from '../lib/validate.ts'

/** pkg/apis/rbac/validation. */

const RBAC = 'rbac.authorization.k8s.io'

export function validateRules(rules: readonly PolicyRule[] | undefined | null, namespaced: boolean): Errors {
  return each(rules, 'rules', (r, at) => {
    const out: Errors = []
    if (!r.verbs?.length) out.push(required(`${at}.verbs`, 'verbs must contain at least one value'))
    if (r.nonResourceURLs?.length) {
      if (namespaced) out.push(invalid(`${at}.nonResourceURLs`, r.nonResourceURLs, 'namespaced rules cannot apply to non-resource URLs'))
      if (r.apiGroups?.length || r.resources?.length || r.resourceNames?.length) out.push(invalid(`${at}.nonResourceURLs`, r.nonResourceURLs, 'rules cannot apply to both regular resources and non-resource URLs'))
      return out
    }
    if (!r.apiGroups?.length) out.push(required(`${at}.apiGroups`, 'resource rules must supply at least one api group'))
    if (!r.resources?.length) out.push(required(`${at}.resources`, 'resource rules must supply at least one resource'))
    return out
  })
}

export function validateClusterRole(role: ClusterRole): Errors {
  const out = validateRules(role.rules, false)
  if (!role.aggregationRule) return out
  const path = 'aggregationRule.clusterRoleSelectors'
  const selectors = role.aggregationRule.clusterRoleSelectors
  if (!selectors?.length) return [...out, required(path, 'at least one clusterRoleSelector required if aggregationRule is non-nil')]
  return [...out, ...each(selectors, path, (s, at) => [
    ...labelSelector(at, s), ...(isUsable(s) ? [] : [invalid(at, null, 'invalid label selector.')]),
  ])]
}

interface Binding { roleRef?: RoleRef, subjects?: Subject[] }

export function validateBinding(b: Binding, kinds: readonly string[], namespaced: boolean): Errors {
  const ref = b.roleRef ?? { apiGroup: '', kind: '', name: '' }
  const out: Errors = []
  if (ref.apiGroup !== RBAC) out.push(notSupported('roleRef.apiGroup', ref.apiGroup ?? '', [RBAC]))
  if (!kinds.includes(ref.kind)) out.push(notSupported('roleRef.kind', ref.kind ?? '', kinds))
  if (!ref.name) out.push(required('roleRef.name'))
  else out.push(...byRule('roleRef.name', ref.name, (n) => nameIsPathSegment(n, false)))
  return [...out, ...each(b.subjects, 'subjects', (s, at) => subject(at, s, namespaced))]
}

function subject(path: string, s: Subject, namespaced: boolean): Errors {
  const out: Errors = s.name ? [] : [required(`${path}.name`)]
  switch (s.kind) {
    case 'ServiceAccount':
      if (s.name) out.push(...byRule(`${path}.name`, s.name, dns1123Subdomain))
      if (s.apiGroup) out.push(notSupported(`${path}.apiGroup`, s.apiGroup, ['']))
      if (!namespaced && !s.namespace) out.push(required(`${path}.namespace`))
      return out
    case 'User': case 'Group':
      if (s.apiGroup !== RBAC) out.push(notSupported(`${path}.apiGroup`, s.apiGroup ?? '', [RBAC]))
      return out
    default: return [...out, notSupported(`${path}.kind`, s.kind ?? '', ['ServiceAccount', 'User', 'Group'])]
  }
}

/** Whom a binding binds may change, to what may not. */
export function roleRefFrozen(now: Binding, was: Binding): Errors {
  if (semanticEqual(now.roleRef, was.roleRef)) return []
  const { apiGroup = '', kind = '', name = '' } = now.roleRef ?? {}
  return [invalid('roleRef', { APIGroup: apiGroup, Kind: kind, Name: name }, 'cannot change roleRef')]
}
