import facts from '../../facts/bootstrap-objects.json' with { type: 'json' }
import { isStatus, resources } from '@drydock/api'
import type { ClusterRole, ClusterRoleBinding, PolicyRule, Resource, Subject } from '@drydock/api'
import type { ApiObject, Reader, Writer } from '../admission/types.ts'
import { uncovered } from '../auth/rbac/rules.ts'

/**
 * The objects that an apiserver makes at start: upstream's roles and bindings, flow schemas, priority levels, priority
 * classes, and the system namespaces. Missing ones are made; present ones get what they lack, unless their annotation
 * says to leave them. What a user added stays.
 */
export interface ReconcileOptions { reader: Reader, writer: Writer, signal?: AbortSignal | undefined, concurrency?: number }

const tables: Record<string, Resource<any>> = {
  ClusterRole: resources.clusterroles, ClusterRoleBinding: resources.clusterrolebindings, Role: resources.roles, RoleBinding: resources.rolebindings,
  FlowSchema: resources.flowschemas, PriorityLevelConfiguration: resources.prioritylevelconfigurations, PriorityClass: resources.priorityclasses,
  Namespace: resources.namespaces,
}
export const systemNamespaces = ['default', 'kube-system', 'kube-public', 'kube-node-lease'] as const

const controllers = 'system:kube-controller-manager:controllers'

/**
 * Our controller-manager runs every controller under its own name, as upstream's does without
 * --use-service-account-credentials: such a one must be granted all that the controllers' roles allow. Upstream leaves that
 * to the administrator; here it is one role, of the rules of all system:controller roles, and its binding.
 */
function controllerManagerGrant(): ApiObject[] {
  const rules = new Map<string, PolicyRule>()
  for (const o of facts as unknown as ApiObject[]) {
    if (o.kind === 'ClusterRole' && o.metadata['name'].startsWith('system:controller:')) for (const rule of o['rules'] as PolicyRule[]) rules.set(JSON.stringify(rule), rule)
  }
  return grant(controllers, 'system:kube-controller-manager', [...rules.values()])
}

/** netd, which upstream does not know, builds the pod network between the nodes that it reads. */
const netdRules: PolicyRule[] = [
  { apiGroups: [''], resources: ['nodes', 'pods'], verbs: ['get', 'list', 'watch'] },
  { apiGroups: [''], resources: ['nodes/status'], verbs: ['patch'] },
  { apiGroups: [''], resources: ['events'], verbs: ['create', 'patch', 'update'] },
]

function grant(name: string, user: string, rules: PolicyRule[]): ApiObject[] {
  const group = 'rbac.authorization.k8s.io'
  return [
    { apiVersion: `${group}/v1`, kind: 'ClusterRole', metadata: { name }, rules },
    { apiVersion: `${group}/v1`, kind: 'ClusterRoleBinding', metadata: { name }, roleRef: { apiGroup: group, kind: 'ClusterRole', name }, subjects: [{ apiGroup: group, kind: 'User', name: user }] },
  ]
}

/** What first requests need comes first: namespaces, priority classes. None waits for another. */
export const bootstrapObjects: readonly ApiObject[] = [
  ...systemNamespaces.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
  ...(facts as unknown as ApiObject[]).filter((o) => o.kind === 'PriorityClass'),
  ...(facts as unknown as ApiObject[]).filter((o) => o.kind !== 'PriorityClass'),
  ...controllerManagerGrant(),
  ...grant('system:netd', 'system:netd', netdRules),
]

/** Writes in parallel, `concurrency` at a time (default 32); returns how many objects were made or changed. */
export async function reconcileObjects(o: ReconcileOptions): Promise<number> {
  const waiting = [...bootstrapObjects]
  let written = 0
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      o.signal?.throwIfAborted()
      if (await reconcileObject(o, next)) written++
    }
  }
  await Promise.all(Array.from({ length: o.concurrency ?? 32 }, worker))
  return written
}

async function reconcileObject(o: ReconcileOptions, wanted: ApiObject): Promise<boolean> {
  const r = tables[wanted.kind ?? '']
  if (!r) throw new Error(`bootstrap objects: no resource for kind ${wanted.kind}`)
  const namespace: string = wanted.metadata['namespace'] ?? '', name: string = wanted.metadata['name']
  const present = o.reader.get(r, namespace, name) as ApiObject | undefined
  try {
    if (!present) { await o.writer.create(r, structuredClone(wanted), { signal: o.signal }); return true }
    if (!reconciled(structuredClone(present), wanted)) return false
    await o.writer.update(r, namespace, name, (now: ApiObject) => reconciled(now, wanted), { signal: o.signal })
    return true
  } catch (e) {
    // Another apiserver was quicker, or the cache was behind.
    if (isStatus(e, 'AlreadyExists') || isStatus(e, 'NotFound')) return false
    throw e
  }
}

/** The object with what it lacks, or undefined if it lacks nothing or is not to be touched. Changes `now`. */
function reconciled(now: ApiObject, wanted: ApiObject): ApiObject | undefined {
  const annotations: Record<string, string> = now.metadata['annotations'] ?? {}
  switch (wanted.kind) {
    case 'ClusterRole': case 'Role':
      return annotations['rbac.authorization.kubernetes.io/autoupdate'] === 'false' ? undefined : reconcileRole(now as unknown as ClusterRole, wanted as unknown as ClusterRole) as unknown as ApiObject | undefined
    case 'ClusterRoleBinding': case 'RoleBinding':
      return annotations['rbac.authorization.kubernetes.io/autoupdate'] === 'false' ? undefined : reconcileBinding(now as unknown as ClusterRoleBinding, wanted as unknown as ClusterRoleBinding) as unknown as ApiObject | undefined
    case 'FlowSchema': case 'PriorityLevelConfiguration':
      if (annotations['apf.kubernetes.io/autoupdate-spec'] !== 'true' || covers(now['spec'], wanted['spec'])) return undefined
      now['spec'] = structuredClone(wanted['spec'])
      return now
    default: return undefined
  }
}

function reconcileRole(now: ClusterRole, wanted: ClusterRole): ClusterRole | undefined {
  // The rules of an aggregated role are the aggregation controller's. Mostly nobody has touched them: no need to compare one by one.
  const settled = wanted.aggregationRule || JSON.stringify(now.rules) === JSON.stringify(wanted.rules)
  const missing: PolicyRule[] = settled ? [] : (wanted.rules ?? []).filter((rule) => uncovered(now.rules ?? [], [rule]).length > 0)
  if (!missing.length && covers(now.metadata?.labels, wanted.metadata?.labels)) return undefined
  now.rules = [...now.rules ?? [], ...structuredClone(missing)]
  now.metadata = { ...now.metadata, labels: { ...now.metadata?.labels, ...wanted.metadata?.labels } }
  return now
}

function reconcileBinding(now: ClusterRoleBinding, wanted: ClusterRoleBinding): ClusterRoleBinding | undefined {
  const same = (a: Subject, b: Subject) => a.kind === b.kind && a.name === b.name && (a.namespace ?? '') === (b.namespace ?? '')
  const missing = (wanted.subjects ?? []).filter((s) => !(now.subjects ?? []).some((t) => same(s, t)))
  if (!missing.length) return undefined
  now.subjects = [...now.subjects ?? [], ...structuredClone(missing)]
  return now
}

/** Whether `now` has everything that `wanted` says; defaulted fields may come on top. */
function covers(now: unknown, wanted: unknown): boolean {
  if (wanted === null || typeof wanted !== 'object') return wanted === undefined || wanted === now
  if (now === null || typeof now !== 'object') return false
  if (Array.isArray(wanted)) return Array.isArray(now) && now.length === wanted.length && wanted.every((w, i) => covers(now[i], w))
  return Object.entries(wanted).every(([k, w]) => covers((now as Record<string, unknown>)[k], w))
}
