import { resources } from '@drydock/api'
import type { ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding, RoleRef, Subject } from '@drydock/api'
import type { ApiObject, Changes } from '../../admission/types.ts'
import type { User } from '../types.ts'
import { serviceAccountUsername } from '../users.ts'

/** One subject of one binding, as the index keeps it. */
export interface Grant {
  roleRef: RoleRef
  /** Where its role is looked up and what it is limited to; '' for a ClusterRoleBinding. */
  namespace: string
  /** `ClusterRoleBinding "x" of ClusterRole "y" to Group "z"`. */
  description: string
}

/**
 * Roles by name and bindings by subject, kept up to date by the watch cache's changes, so that a decision costs a few map
 * look-ups however many bindings there are.
 */
export interface RbacIndex {
  /** Grants that may concern the user in the namespace: cluster-wide ones first. */
  grants(user: User, namespace: string): Iterable<Grant>
  /** Rules of the role that a grant refers to; undefined if there is no such role. */
  rules(ref: RoleRef, namespace: string): readonly PolicyRule[] | undefined
  /** Rises with every change: what was computed before is stale. */
  readonly version: number
}

type Binding = (ClusterRoleBinding | RoleBinding) & { roleRef: RoleRef }

/**
 * `defaults` hold as if they were stored until an object of their kind and name is: a new cluster's components need not
 * wait for the bootstrap objects to be written.
 */
export function createRbacIndex(changes: Changes, defaults: readonly ApiObject[] = []): RbacIndex {
  const clusterRoles = new Map<string, readonly PolicyRule[]>()
  const roles = new Map<string, readonly PolicyRule[]>()
  /** Namespace ('' for cluster-wide) → subject key → binding name → grants. */
  const bySubject = new Map<string, Map<string, Map<string, Grant[]>>>()
  let version = 0

  function setRules(map: Map<string, readonly PolicyRule[]>, key: string, role: ClusterRole | Role | undefined): void {
    version++
    if (role) map.set(key, role.rules ?? [])
    else map.delete(key)
  }

  function unbind(b: Binding, kind: string): void {
    const namespace = kind === 'RoleBinding' ? b.metadata?.namespace ?? '' : ''
    const subjects = bySubject.get(namespace)
    for (const s of b.subjects ?? []) {
      const key = subjectKey(s, namespace)
      const bindings = subjects?.get(key)
      bindings?.delete(b.metadata?.name ?? '')
      if (bindings?.size === 0) subjects?.delete(key)
    }
    if (subjects?.size === 0) bySubject.delete(namespace)
  }

  function bind(b: Binding, kind: string): void {
    const namespace = kind === 'RoleBinding' ? b.metadata?.namespace ?? '' : ''
    const subjects = getOr(bySubject, namespace, () => new Map<string, Map<string, Grant[]>>())
    for (const s of b.subjects ?? []) {
      const bindings = getOr(subjects, subjectKey(s, namespace), () => new Map<string, Grant[]>())
      getOr(bindings, b.metadata?.name ?? '', () => [] as Grant[]).push({ roleRef: b.roleRef, namespace, description: describeBinding(b, kind, s, namespace) })
    }
  }

  /** Default bindings that no stored one has replaced yet, by kind and name. */
  const standing = new Map<string, Binding>()
  const standingKey = (b: Binding, kind: string): string => `${kind}/${b.metadata?.namespace ?? ''}/${b.metadata?.name}`

  function seed(o: ApiObject): void {
    const name: string = o.metadata['name'], namespace: string = o.metadata['namespace'] ?? ''
    if (o.kind === 'ClusterRole') clusterRoles.set(name, (o as unknown as ClusterRole).rules ?? [])
    else if (o.kind === 'Role') roles.set(roleKey(namespace, name), (o as unknown as Role).rules ?? [])
    else if (o.kind === 'ClusterRoleBinding' || o.kind === 'RoleBinding') {
      standing.set(standingKey(o as unknown as Binding, o.kind), o as unknown as Binding)
      bind(o as unknown as Binding, o.kind)
    }
  }
  defaults.forEach(seed)

  function onBinding(kind: string) {
    return (now: Binding | undefined, old: Binding | undefined): void => {
      version++
      const key = standingKey((now ?? old)!, kind), replaced = standing.get(key)
      if (replaced && standing.delete(key)) unbind(replaced, kind)
      if (old) unbind(old, kind)
      if (now) bind(now, kind)
    }
  }

  changes.on(resources.clusterroles, (now, old) => setRules(clusterRoles, (now ?? old)?.metadata?.name ?? '', now))
  changes.on(resources.roles, (now, old) => setRules(roles, roleKey((now ?? old)?.metadata?.namespace ?? '', (now ?? old)?.metadata?.name ?? ''), now))
  changes.on(resources.clusterrolebindings, onBinding('ClusterRoleBinding'))
  changes.on(resources.rolebindings, onBinding('RoleBinding'))

  return {
    get version() { return version },
    *grants(user, namespace) {
      for (const scope of namespace ? ['', namespace] : ['']) {
        const subjects = bySubject.get(scope)
        if (!subjects) continue
        yield* of(subjects.get(`User:${user.name}`))
        for (const g of user.groups) yield* of(subjects.get(`Group:${g}`))
      }
    },
    rules: (ref, namespace) => (ref.kind === 'ClusterRole' ? clusterRoles.get(ref.name) : roles.get(roleKey(namespace, ref.name))),
  }
}

const roleKey = (namespace: string, name: string): string => `${namespace}/${name}`

function* of(bindings: Map<string, Grant[]> | undefined): Iterable<Grant> {
  if (bindings) for (const grants of bindings.values()) yield* grants
}

function getOr<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let v = map.get(key)
  if (v === undefined) map.set(key, v = make())
  return v
}

/** A ServiceAccount subject is its user; one in a RoleBinding without a namespace means the binding's. */
function subjectKey(s: Subject, namespace: string): string {
  return s.kind === 'ServiceAccount' ? `User:${serviceAccountUsername(s.namespace || namespace, s.name)}` : `${s.kind}:${s.name}`
}

function describeBinding(b: Binding, kind: string, s: Subject, namespace: string): string {
  const name = kind === 'RoleBinding' ? `${b.metadata?.name}/${namespace}` : b.metadata?.name ?? ''
  const subject = s.kind === 'ServiceAccount' ? `${s.name}/${s.namespace || namespace}` : s.name
  return `${kind} ${JSON.stringify(name)} of ${b.roleRef.kind} ${JSON.stringify(b.roleRef.name)} to ${s.kind} ${JSON.stringify(subject)}`
}
