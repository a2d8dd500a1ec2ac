import { deepEqual, isStatus, labelMatcher, resources, type ClusterRole, type PolicyRule } from '@drydock/api'
import type { ControllerDefinition } from '../shared/context.ts'

/** Rules of the roles that an aggregated role selects, by name, each different rule once. Pure. */
export function aggregatedRules(role: ClusterRole, all: readonly ClusterRole[]): PolicyRule[] {
  const out: PolicyRule[] = []
  const selectors = (role.aggregationRule?.clusterRoleSelectors ?? []).map(labelMatcher)
  for (const r of all.toSorted((a, b) => ((a.metadata?.name ?? '') < (b.metadata?.name ?? '') ? -1 : 1))) {
    if (r.metadata?.name === role.metadata?.name || !selectors.some((s) => s(r.metadata?.labels))) continue
    for (const rule of r.rules ?? []) if (!out.some((x) => deepEqual(x, rule))) out.push(rule)
  }
  return out
}

export const clusterRoleAggregation: ControllerDefinition = {
  name: 'clusterrole-aggregation-controller',
  create(c) {
    const roles = c.informers.informer(resources.clusterroles)
    const controller = c.controller({
      name: 'clusterrole-aggregation-controller',
      workers: 5,
      async reconcile(name, signal) {
        const role = roles.store.get(name)
        if (!role?.aggregationRule) return
        const rules = aggregatedRules(role, roles.store.list())
        if (deepEqual(rules, role.rules ?? [])) return
        try {
          await c.client.update(resources.clusterroles, { ...role, rules }, { signal })
        } catch (e) {
          if (!isStatus(e, 'NotFound')) throw e
        }
      },
    })
    const all = () => { for (const r of roles.store.list()) if (r.aggregationRule) controller.enqueue(r.metadata?.name ?? '') }
    roles.on({ add: all, update: all, delete: all })
    return controller
  },
}
