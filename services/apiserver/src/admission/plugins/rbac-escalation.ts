import { resources } from '@drydock/api'
import type { ClusterRole, PolicyRule, RoleBinding, RoleRef } from '@drydock/api'
import type { ClusterAuthorizer } from '../../auth/authorize.ts'
import { compact, describe, goList, uncovered } from '../../auth/rbac/rules.ts'
import type { User } from '../../auth/types.ts'
import { masters } from '../../auth/users.ts'
import { refuse } from '../errors.ts'
import type { AdmissionPlugin, AdmissionRequest } from '../types.ts'
import type { PluginParts } from '../parts.ts'

const group = 'rbac.authorization.k8s.io'

/**
 * Nobody grants what they do not hold, unless they may escalate (roles) or bind (bindings). Upstream does it in the storage
 * of these kinds (policybased); it is always on, and no flag names it.
 */
export function rbacEscalation(parts: PluginParts & { authorizer: ClusterAuthorizer }): AdmissionPlugin {
  return {
    name: 'RBACEscalation',
    handles: (r) => r.resource.group === group && !r.subresource && (r.operation === 'CREATE' || r.operation === 'UPDATE') && !r.user.groups.includes(masters),
    async admit(r) {
      if (r.resource.resource.endsWith('bindings')) await checkBinding(parts, r)
      else await checkRole(parts, r)
    },
  }
}

type Parts = PluginParts & { authorizer: ClusterAuthorizer }

async function checkRole(parts: Parts, r: AdmissionRequest): Promise<void> {
  const now = r.object as unknown as ClusterRole, old = r.oldObject as unknown as ClusterRole | undefined
  const unchanged = old && JSON.stringify(now.rules ?? []) === JSON.stringify(old.rules ?? []) && JSON.stringify(now.aggregationRule) === JSON.stringify(old.aggregationRule)
  if (unchanged || await allowed(parts, r, 'escalate', r.resource.resource, r.name || now.metadata?.name || '')) return
  const missing = uncoveredBy(parts, r.user, r.namespace, now.rules ?? [])
  if (missing) throw refuse(r, missing)
  const everything: PolicyRule[] = [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }, { verbs: ['*'], nonResourceURLs: ['*'] }]
  if (now.aggregationRule && uncoveredBy(parts, r.user, '', everything)) throw refuse(r, 'must have cluster-admin privileges to use the aggregationRule')
}

async function checkBinding(parts: Parts, r: AdmissionRequest): Promise<void> {
  const now = r.object as unknown as RoleBinding, old = r.oldObject as unknown as RoleBinding | undefined
  if (old && JSON.stringify([now.roleRef, now.subjects ?? []]) === JSON.stringify([old.roleRef, old.subjects ?? []])) return
  const of = now.roleRef.kind === 'ClusterRole' ? 'clusterroles' : 'roles'
  if (await allowed(parts, r, 'bind', of, now.roleRef.name)) return
  const rules = rulesOf(parts, now.roleRef, r.namespace)
  if (!rules) throw refuse(r, `${now.roleRef.kind.toLowerCase()}.${group} ${JSON.stringify(now.roleRef.name)} not found`)
  const missing = uncoveredBy(parts, r.user, r.namespace, rules)
  if (missing) throw refuse(r, missing)
}

const rulesOf = (parts: Parts, ref: RoleRef, namespace: string): PolicyRule[] | undefined => {
  const role = ref.kind === 'ClusterRole' ? parts.reader.get(resources.clusterroles, '', ref.name) : parts.reader.get(resources.roles, namespace, ref.name)
  return role && (role.rules ?? [])
}

async function allowed(parts: Parts, r: AdmissionRequest, verb: string, resource: string, name: string): Promise<boolean> {
  const d = await parts.authorizer.authorize({ user: r.user, verb, resource: { group, version: '*', resource, subresource: '', namespace: r.namespace, name } })
  return d.allowed
}

/** Upstream's words for the rules that the user lacks; undefined if there are none. */
function uncoveredBy(parts: Parts, user: User, namespace: string, wanted: readonly PolicyRule[]): string | undefined {
  const held = parts.authorizer.rulesFor(user, namespace)
  const missing = uncovered(held.rules, wanted)
  if (!missing.length) return undefined
  const lines = [...new Set(compact(missing).map(describe))].sort()
  const errors = held.errors.length ? `; resolution errors: [${held.errors.join(', ')}]` : ''
  return `user ${JSON.stringify(user.name)} (groups=${goList(user.groups)}) is attempting to grant RBAC permissions not currently held:\n${lines.join('\n')}${errors}`
}
