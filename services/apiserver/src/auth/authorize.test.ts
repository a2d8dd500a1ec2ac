import { describe, expect, it } from 'vitest'
import { resources } from '@drydock/api'
import { fakeCluster } from '../testing/fake-cluster.ts'
import { createAuthorizer } from './authorize.ts'
import { forbiddenFor } from './forbidden.ts'
import type { Attributes, User } from './types.ts'

const user = (name: string, ...groups: string[]): User => ({ name, groups })
const ask = (u: User, verb: string, resource: string, o: Partial<NonNullable<Attributes['resource']>> & { fieldSelector?: string } = {}): Attributes => {
  const { fieldSelector, ...r } = o
  return { user: u, verb, resource: { group: '', version: 'v1', resource, subresource: '', namespace: '', name: '', ...r }, ...(fieldSelector && { fieldSelector }) }
}
const meta = (name: string, namespace?: string) => ({ name, ...(namespace && { namespace }) })
const rbac = 'rbac.authorization.k8s.io'

function cluster() {
  const c = fakeCluster()
  c.put(resources.clusterroles, { metadata: meta('view'), rules: [{ apiGroups: [''], resources: ['pods', 'pods/log'], verbs: ['get', 'list'] }] },
    { metadata: meta('paths'), rules: [{ nonResourceURLs: ['/metrics', '/api/*'], verbs: ['get'] }] },
    { metadata: meta('scaler'), rules: [{ apiGroups: ['apps'], resources: ['*/scale'], verbs: ['*'] }] },
    { metadata: meta('system:node'), rules: [{ apiGroups: [''], resources: ['services'], verbs: ['get', 'list', 'watch'] }] })
  c.put(resources.roles, { metadata: meta('one', 'a'), rules: [{ apiGroups: [''], resources: ['configmaps'], resourceNames: ['x'], verbs: ['get'] }] })
  c.put(resources.clusterrolebindings,
    { metadata: meta('viewers'), roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'view' }, subjects: [{ kind: 'Group', name: 'viewers' }] },
    { metadata: meta('paths'), roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'paths' }, subjects: [{ kind: 'User', name: 'p' }] },
    { metadata: meta('lost'), roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'gone' }, subjects: [{ kind: 'User', name: 'lost' }] })
  c.put(resources.rolebindings,
    { metadata: meta('b', 'a'), roleRef: { apiGroup: rbac, kind: 'Role', name: 'one' }, subjects: [{ kind: 'ServiceAccount', name: 'sa' }, { kind: 'User', name: 'u' }] },
    { metadata: meta('s', 'a'), roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'scaler' }, subjects: [{ kind: 'User', name: 'u' }] })
  return c
}

describe('RBAC', () => {
  const viewer = user('v', 'viewers'), u = user('u')
  it.each<[string, Attributes, boolean]>([
    ['group, cluster role, any namespace', ask(viewer, 'list', 'pods', { namespace: 'q' }), true],
    ['cluster scope', ask(viewer, 'list', 'pods'), true],
    ['subresource named', ask(viewer, 'get', 'pods', { namespace: 'q', subresource: 'log', name: 'x' }), true],
    ['subresource not named', ask(viewer, 'get', 'pods', { namespace: 'q', subresource: 'exec', name: 'x' }), false],
    ['verb not named', ask(viewer, 'watch', 'pods', { namespace: 'q' }), false],
    ['other group', ask(viewer, 'get', 'pods', { group: 'apps' }), false],
    ['role by resource name', ask(u, 'get', 'configmaps', { namespace: 'a', name: 'x' }), true],
    ['other name', ask(u, 'get', 'configmaps', { namespace: 'a', name: 'y' }), false],
    ['other namespace', ask(u, 'get', 'configmaps', { namespace: 'b', name: 'x' }), false],
    ['account of the binding\'s namespace', ask(user('system:serviceaccount:a:sa'), 'get', 'configmaps', { namespace: 'a', name: 'x' }), true],
    ['any resource\'s scale', ask(u, 'update', 'deployments', { group: 'apps', namespace: 'a', subresource: 'scale', name: 'd' }), true],
    ['not the resource itself', ask(u, 'update', 'deployments', { group: 'apps', namespace: 'a', name: 'd' }), false],
    ['system:masters', ask(user('root', 'system:masters'), 'delete', 'nodes'), true],
    ['path', { user: user('p'), verb: 'get', path: '/metrics' }, true],
    ['path by prefix', { user: user('p'), verb: 'get', path: '/api/v1' }, true],
    ['other path', { user: user('p'), verb: 'get', path: '/apis' }, false],
  ])('%s', async (_, a, allowed) => {
    const c = cluster()
    expect((await createAuthorizer({ modes: ['Node', 'RBAC'], reader: c, changes: c }).authorize(a)).allowed).toBe(allowed)
  })

  it('follows changes of roles and bindings', async () => {
    const c = cluster(), authorizer = createAuthorizer({ modes: ['RBAC'], reader: c, changes: c })
    const a = ask(u, 'list', 'secrets', { namespace: 'a' })
    c.put(resources.roles, { metadata: meta('one', 'a'), rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }] })
    expect(await authorizer.authorize(a)).toEqual({ allowed: true, reason: 'RBAC: allowed by RoleBinding "b/a" of Role "one" to User "u"' })
    c.remove(resources.rolebindings, 'a', 'b')
    expect(await authorizer.authorize(a)).toEqual({ allowed: false, reason: '' })
    expect(await authorizer.authorize(ask(user('lost'), 'get', 'pods'))).toEqual({ allowed: false, reason: 'RBAC: clusterrole.rbac.authorization.k8s.io "gone" not found' })
  })
})

describe('defaults', () => {
  const named = (kind: string, name: string, more: object) => ({ apiVersion: `${rbac}/v1`, kind, metadata: { name }, ...more })
  const role = named('ClusterRole', 'r', { rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['list'] }] })
  const binding = named('ClusterRoleBinding', 'b', { roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'r' }, subjects: [{ kind: 'User', name: 'early' }] })
  it('hold until the store has their like, and not a moment longer', async () => {
    const c = fakeCluster(), authorizer = createAuthorizer({ modes: ['RBAC'], reader: c, changes: c, defaults: [role, binding] })
    const may = async () => (await authorizer.authorize(ask(user('early'), 'list', 'pods'))).allowed
    expect(await may()).toBe(true)
    c.put(resources.clusterrolebindings, { ...binding, subjects: [] })
    expect(await may()).toBe(false)
    c.put(resources.clusterrolebindings, binding)
    c.put(resources.clusterroles, { ...role, rules: [] })
    expect(await may()).toBe(false)
  })
})

describe('Node', () => {
  const n = user('system:node:n', 'system:nodes')
  const none = 'no relationship found between node \'n\' and this object'
  it.each<[string, Attributes, true | string]>([
    ['services, as every node', ask(n, 'watch', 'services'), true],
    ['secret of its pod', ask(n, 'get', 'secrets', { namespace: 'a', name: 's' }), true],
    ['secret of another node\'s pod', ask(n, 'get', 'secrets', { namespace: 'a', name: 't' }), none],
    ['writing a secret', ask(n, 'update', 'secrets', { namespace: 'a', name: 's' }), 'can only read resources of this type'],
    ['config map in env', ask(n, 'get', 'configmaps', { namespace: 'a', name: 'cm' }), true],
    ['claim', ask(n, 'get', 'persistentvolumeclaims', { namespace: 'a', name: 'c' }), true],
    ['volume behind the claim', ask(n, 'get', 'persistentvolumes', { name: 'pv' }), true],
    ['secret of that volume', ask(n, 'get', 'secrets', { namespace: 'store', name: 'csi' }), true],
    ['token of its pod\'s account', ask(n, 'create', 'serviceaccounts', { namespace: 'a', name: 'sa', subresource: 'token' }), true],
    ['token of another account', ask(n, 'create', 'serviceaccounts', { namespace: 'a', name: 'other', subresource: 'token' }), none],
    ['own node', ask(n, 'get', 'nodes', { name: 'n' }), true],
    ['other node', ask(n, 'get', 'nodes', { name: 'm' }), 'node \'n\' cannot read \'m\', only its own Node object'],
    ['all nodes', ask(n, 'list', 'nodes'), 'node \'n\' cannot read all nodes, only its own Node object'],
    ['own lease', ask(n, 'update', 'leases', { group: 'coordination.k8s.io', namespace: 'kube-node-lease', name: 'n' }), true],
    ['own pods', ask(n, 'watch', 'pods', { fieldSelector: 'spec.nodeName=n' }), true],
    ['all pods', ask(n, 'list', 'pods'), 'can only list/watch pods with spec.nodeName field selector'],
    ['pods of another', ask(n, 'list', 'pods', { fieldSelector: 'spec.nodeName=m' }), 'can only list/watch pods with spec.nodeName field selector'],
    ['own pod', ask(n, 'get', 'pods', { namespace: 'a', name: 'p' }), true],
    ['deployments', ask(n, 'list', 'deployments', { group: 'apps' }), ''],
    ['not in system:nodes', ask(user('system:node:n'), 'get', 'nodes', { name: 'n' }), ''],
  ])('%s', async (_, a, want) => {
    const c = cluster()
    const pod = (name: string, nodeName: string, spec: object) => ({ metadata: meta(name, 'a'), spec: { nodeName, containers: [], ...spec } })
    c.put(resources.pods, pod('p', 'n', {
      serviceAccountName: 'sa', containers: [{ name: 'c', envFrom: [{ configMapRef: { name: 'cm' } }] }],
      volumes: [{ name: 'v', secret: { secretName: 's' } }, { name: 'w', persistentVolumeClaim: { claimName: 'c' } }],
    }), pod('q', 'm', { volumes: [{ name: 'v', secret: { secretName: 't' } }] }))
    c.put(resources.persistentvolumes, { metadata: meta('pv'), spec: { claimRef: { namespace: 'a', name: 'c' }, csi: { nodeStageSecretRef: { namespace: 'store', name: 'csi' } } } })
    const d = await createAuthorizer({ modes: ['Node'], reader: c, changes: c }).authorize(a)
    expect(d.allowed ? true : d.reason).toBe(want)
  })

  it('forgets what a deleted pod used, and waits for the cache before it refuses', async () => {
    const c = cluster(), pod = { metadata: meta('p', 'a'), spec: { nodeName: 'n', containers: [], serviceAccountName: 'sa' } }
    const authorizer = createAuthorizer({ modes: ['Node'], reader: c, changes: c, caughtUp: async () => c.put(resources.pods, pod) })
    const a = ask(n, 'create', 'serviceaccounts', { namespace: 'a', name: 'sa', subresource: 'token' })
    expect((await authorizer.authorize(a)).allowed).toBe(true)
    c.remove(resources.pods, 'a', 'p')
    expect((await createAuthorizer({ modes: ['Node'], reader: c, changes: c }).authorize(a)).allowed).toBe(false)
  })
})

describe('forbiddenFor', () => {
  it.each<[Attributes, string]>([
    [ask(user('x'), 'list', 'pods', { namespace: 'default' }), 'pods is forbidden: User "x" cannot list resource "pods" in API group "" in the namespace "default"'],
    [ask(user('x'), 'get', 'deployments', { group: 'apps', name: 'd', subresource: 'scale', namespace: 'n' }), 'deployments.apps "d" is forbidden: User "x" cannot get resource "deployments/scale" in API group "apps" in the namespace "n"'],
    [ask(user('<x>'), 'list', 'nodes'), 'nodes is forbidden: User "&lt;x&gt;" cannot list resource "nodes" in API group "" at the cluster scope'],
    [{ user: user('x'), verb: 'get', path: '/' }, 'forbidden: User "x" cannot get path "/"'],
  ])('%#', (a, message) => { expect(forbiddenFor(a).toStatus()).toMatchObject({ message, reason: 'Forbidden', code: 403 }) })
})
