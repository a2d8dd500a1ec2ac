import type { PolicyRule, RoleRef } from '@drydock/api'
import type { ApiObject, Changes, Reader } from '../admission/types.ts'
import type { Attributes, Authorizer, Decision, User } from './types.ts'
import { authorizeNode } from './node/authorizer.ts'
import { createNodeGraph } from './node/graph.ts'
import { authorizeByRbac, rulesFor } from './rbac/authorizer.ts'
import { createRbacIndex } from './rbac/index.ts'
import { masters, nodeOf } from './users.ts'

export type Mode = 'Node' | 'RBAC' | 'AlwaysAllow' | 'AlwaysDeny'
export interface AuthorizerOptions {
  /** In the order in which they are asked (--authorization-mode). */
  modes: readonly Mode[]
  reader: Reader
  changes: Changes
  /**
   * Resolves when the watch cache has caught up with the store. Asked once before a node is refused what its pods do not
   * seem to use: the pod may have been bound by another apiserver a moment ago.
   */
  caughtUp?: (signal?: AbortSignal) => Promise<void>
  /** Roles and bindings that hold until the store has their like: what bootstrap is about to write. */
  defaults?: readonly ApiObject[]
}

export interface ClusterAuthorizer extends Authorizer {
  /** What SelfSubjectRulesReview tells, and what escalation is measured by. */
  rulesFor(user: User, namespace: string): { rules: PolicyRule[], errors: string[] }
}

/** The union of the modes after system:masters, whom nothing is refused: first yes or no wins, reasons of the rest are joined. */
export function createAuthorizer(o: AuthorizerOptions): ClusterAuthorizer {
  const index = createRbacIndex(o.changes, o.defaults)
  const graph = o.modes.includes('Node') ? createNodeGraph(o.changes) : undefined
  const nodeRole: RoleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:node' }
  const nodeRules = () => index.rules(nodeRole, '') ?? []

  function ask(mode: Mode, a: Attributes): Decision {
    if (mode === 'AlwaysAllow') return { allowed: true, reason: '' }
    if (mode === 'AlwaysDeny') return { allowed: false, reason: 'Everything is forbidden.' }
    if (mode === 'Node') return authorizeNode(graph!, nodeOf(a.user) === undefined ? [] : nodeRules(), a)
    return authorizeByRbac(index, a)
  }

  function decide(a: Attributes): Decision {
    if (a.user.groups.includes(masters)) return { allowed: true, reason: '' }
    const reasons: string[] = []
    for (const mode of o.modes) {
      const d = ask(mode, a)
      if (d.allowed || d.denied) return d
      if (d.reason) reasons.push(d.reason)
    }
    return { allowed: false, reason: reasons.join('\n') }
  }

  return {
    authorize(a) {
      const first = decide(a)
      if (first.allowed || !o.caughtUp || !graph || !nodeOf(a.user)) return first
      return o.caughtUp().then(() => decide(a))
    },
    rulesFor: (user, namespace) => rulesFor(index, user, namespace),
  }
}
