import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { resources } from '@drydock/api'
import type { Resource } from '@drydock/api'
import { realClock, systemRandom } from '@drydock/base'
import { createAuthorizer } from '../auth/authorize.ts'
import { createTokens } from '../auth/tokens.ts'
import { fakeCluster } from '../testing/fake-cluster.ts'
import { createActions } from './index.ts'

const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }) as string

function setUp() {
  const c = fakeCluster(), parts = { reader: c, writer: c, clock: realClock }
  const tokens = createTokens({ signingKey: key, issuer: 'iss', reader: c, clock: realClock, random: systemRandom })
  const authorizer = createAuthorizer({ modes: ['Node', 'RBAC'], reader: c, changes: c })
  const actions = createActions(parts, { tokens, authorizer })
  const post = async (r: Resource, subresource: string, name: string, object: object, more: object = {}) => {
    const a = actions.find((x) => x.resource === r && x.subresource === subresource)!
    const request = { user: { name: 'u', groups: ['system:authenticated'] }, namespace: 'n', name, object: { metadata: {}, ...object }, dryRun: false, admit: async () => {}, warn: () => {}, signal: AbortSignal.abort(), ...more }
    return a.create(request).then((x) => x.object as any, (e) => e.toStatus?.() ?? e)
  }
  const pod = (name: string, spec: object = {}, status: object = {}, labels = {}) => c.put(resources.pods, { metadata: { name, namespace: 'n', labels, annotations: { a: '1', b: '2' } }, spec: { containers: [], ...spec }, status })
  return { c, tokens, post, pod }
}

describe('binding', () => {
  const target = { kind: 'Node', name: 'w' }
  it('sets the node, the condition, labels and annotations; once', async () => {
    const { c, post, pod } = setUp()
    pod('p', {}, { conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable' }] })
    expect(await post(resources.pods, 'binding', 'p', { metadata: { name: 'p', annotations: { b: '3' }, labels: { l: 'x' } }, target })).toMatchObject({ status: 'Success', code: 201 })
    const p = c.get(resources.pods, 'n', 'p')
    expect(p).toMatchObject({ metadata: { annotations: { a: '1', b: '3' }, labels: { l: 'x' } }, spec: { nodeName: 'w' } })
    expect(p?.status?.conditions).toEqual([{ type: 'PodScheduled', status: 'True', lastProbeTime: null, lastTransitionTime: expect.any(String) }])
    expect(await post(resources.pods, 'binding', 'p', { metadata: { name: 'p' }, target })).toMatchObject({
      code: 409, details: { kind: 'pods/binding', name: 'p' }, message: 'Operation cannot be fulfilled on pods/binding "p": pod p is already assigned to node "w"',
    })
  })
  it.each<[object, object]>([
    [{ metadata: { name: 'r' }, target }, { code: 400, message: 'name in URL does not match name in Binding object' }],
    [{ metadata: { name: 'p' }, target: { kind: 'Pod', name: 'x' } }, { code: 500, message: 'target.kind: Unsupported value: "Pod": supported values: "Node", "<empty>"' }],
    [{ metadata: { name: 'p' } }, { code: 500, message: 'target.name: Required value' }],
    [{ metadata: { name: 'p', uid: 'other' }, target }, { code: 409 }],
  ])('%o is refused', async (body, status) => {
    const { post, pod } = setUp()
    pod('p')
    expect(await post(resources.pods, 'binding', 'p', body)).toMatchObject(status)
  })
  it('knows no pod, and none that goes or waits at a gate', async () => {
    const { post, pod } = setUp()
    expect(await post(resources.pods, 'binding', 'x', { metadata: { name: 'x' }, target })).toMatchObject({ code: 404, message: 'pods "x" not found' })
    pod('g', { schedulingGates: [{ name: 'g' }] })
    expect(await post(resources.bindings, '', '', { metadata: { name: 'g' }, target })).toMatchObject({ code: 409 })
  })
})

describe('eviction', () => {
  const ready = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] }
  const budget = (status: object, spec: object = {}) => ({ metadata: { name: 'b', namespace: 'n', generation: 1 }, spec: { selector: { matchLabels: { a: 'b' } }, ...spec }, status: { observedGeneration: 1, ...status } })
  const evict = (post: ReturnType<typeof setUp>['post'], more: object = {}) => post(resources.pods, 'eviction', 'p', { metadata: { name: 'p' }, ...more })

  it('deletes a pod without a budget, and dry-runs', async () => {
    const { c, post, pod } = setUp()
    pod('p', {}, ready)
    expect(await evict(post, { deleteOptions: { dryRun: ['bad'] } })).toMatchObject({ code: 422, message: 'DeleteOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["bad"]: supported values: "All"' })
    expect(await evict(post)).toMatchObject({ status: 'Success' })
    expect(c.get(resources.pods, 'n', 'p')).toBeUndefined()
  })
  it('counts the budget down and stops at none', async () => {
    const { c, post, pod } = setUp()
    pod('p', {}, ready, { a: 'b' })
    c.put(resources.poddisruptionbudgets, budget({ disruptionsAllowed: 1, currentHealthy: 2, desiredHealthy: 1 }))
    expect(await evict(post)).toMatchObject({ status: 'Success' })
    expect(c.get(resources.poddisruptionbudgets, 'n', 'b')?.status).toMatchObject({ disruptionsAllowed: 0, disruptedPods: { p: expect.any(String) }, conditions: [{ type: 'DisruptionAllowed', status: 'False', reason: 'InsufficientPods' }] })
    pod('p', {}, ready, { a: 'b' })
    expect(await evict(post)).toMatchObject({
      code: 429, reason: 'TooManyRequests', message: 'Cannot evict pod as it would violate the pod\'s disruption budget.',
      details: { causes: [{ reason: 'DisruptionBudget', message: 'The disruption budget b does not allow evicting pods currently' }] },
    })
  })
  it('waits for a budget that was not looked at yet, and takes no pod of two', async () => {
    const { c, post, pod } = setUp()
    pod('p', {}, ready, { a: 'b' })
    c.put(resources.poddisruptionbudgets, budget({ observedGeneration: 0 }))
    expect(await evict(post)).toMatchObject({ code: 429, details: { retryAfterSeconds: 10 } })
    c.put(resources.poddisruptionbudgets, { ...budget({}), metadata: { name: 'two', namespace: 'n' } })
    expect(await evict(post)).toMatchObject({ code: 500, message: 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.' })
  })
  it.each<[string, object, object, boolean]>([
    ['pending', { phase: 'Pending' }, {}, true],
    ['unready, budget not healthy', { phase: 'Running' }, { desiredHealthy: 1 }, false],
    ['unready, budget healthy', { phase: 'Running' }, { desiredHealthy: 1, currentHealthy: 1 }, true],
  ])('%s', async (_, podStatus, status, gone) => {
    const { c, post, pod } = setUp()
    pod('p', {}, podStatus, { a: 'b' })
    c.put(resources.poddisruptionbudgets, budget(status))
    await evict(post)
    expect(c.get(resources.pods, 'n', 'p') === undefined).toBe(gone)
  })
})

describe('tokens', () => {
  it('are bound, verified and reviewed', async () => {
    const { c, post, pod } = setUp()
    c.put(resources.serviceaccounts, { metadata: { name: 'sa', namespace: 'n' } })
    pod('p', { serviceAccountName: 'sa', nodeName: 'w' })
    const t = await post(resources.serviceaccounts, 'token', 'sa', { spec: { expirationSeconds: 600, boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'p' } } })
    expect(t).toMatchObject({ kind: 'TokenRequest', metadata: { name: 'sa', namespace: 'n' }, spec: { audiences: ['iss'], expirationSeconds: 600 }, status: { token: expect.any(String) } })
    const review = await post(resources.tokenreviews, '', '', { spec: { token: t.status.token } })
    expect(review.status).toMatchObject({ authenticated: true, user: { username: 'system:serviceaccount:n:sa', extra: { 'authentication.kubernetes.io/pod-name': ['p'] } } })
    expect((await post(resources.tokenreviews, '', '', { spec: { token: 'nonsense' } })).status).toEqual({ error: 'invalid bearer token', user: {} })
  })
  it.each<[string, object, object]>([
    ['sa', { spec: { expirationSeconds: 5 } }, { code: 422, message: 'TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 5: may not specify a duration less than 10 minutes' }],
    ['none', {}, { code: 404, message: 'serviceaccounts "none" not found' }],
    ['sa', { metadata: { name: 'other' } }, { code: 422, message: 'TokenRequest.authentication.k8s.io "sa" is invalid: metadata.name: Invalid value: "other": must match the service account name if specified' }],
    ['sa', { spec: { boundObjectRef: { kind: 'ConfigMap', apiVersion: 'v1', name: 'x' } } }, { code: 400, message: 'cannot bind token to object of type /v1, Kind=ConfigMap' }],
    ['sa', { spec: { boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'p' } } }, { code: 400, message: 'cannot bind token for serviceaccount "sa" to pod running with different serviceaccount name.' }],
  ])('%s %o', async (name, body, status) => {
    const { c, post, pod } = setUp()
    c.put(resources.serviceaccounts, { metadata: { name: 'sa', namespace: 'n' } })
    pod('p')
    expect(await post(resources.serviceaccounts, 'token', name, body)).toMatchObject(status)
  })
})

describe('access reviews', () => {
  const pods = { verb: 'get', resource: 'pods', namespace: 'n' }
  it.each<[Resource, object, object]>([
    [resources.selfsubjectaccessreviews, { resourceAttributes: pods }, { status: { allowed: false } }],
    [resources.subjectaccessreviews, { user: 'x', groups: ['system:masters'], resourceAttributes: pods }, { status: { allowed: true } }],
    [resources.selfsubjectaccessreviews, {}, { code: 422, message: '.authorization.k8s.io "" is invalid: spec.resourceAttributes: Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified' }],
    [resources.subjectaccessreviews, { resourceAttributes: pods }, { code: 422, message: '.authorization.k8s.io "" is invalid: spec.user: Invalid value: "": at least one of user or group must be specified' }],
    [resources.localsubjectaccessreviews, { user: 'x', resourceAttributes: { ...pods, namespace: 'o' } }, { code: 422, message: '.authorization.k8s.io "" is invalid: spec.resourceAttributes.namespace: Invalid value: "o": must match metadata.namespace' }],
    [resources.selfsubjectrulesreviews, {}, { code: 400, message: 'no namespace on request' }],
    [resources.selfsubjectreviews, {}, { status: { userInfo: { username: 'u', groups: ['system:authenticated'] } } }],
  ])('%s %o', async (r, spec, want) => {
    expect(await setUp().post(r, '', '', { spec })).toMatchObject(want)
  })
  it('lists rules', async () => {
    const { c, post } = setUp()
    c.put(resources.clusterroles, { metadata: { name: 'r' }, rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }, { nonResourceURLs: ['/x'], verbs: ['get'] }] })
    c.put(resources.clusterrolebindings, { metadata: { name: 'b' }, roleRef: { apiGroup: '', kind: 'ClusterRole', name: 'r' }, subjects: [{ kind: 'User', name: 'u' }] })
    expect((await post(resources.selfsubjectrulesreviews, '', '', { spec: { namespace: 'n' } })).status).toEqual({
      resourceRules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }], nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/x'] }], incomplete: false,
    })
  })
})
