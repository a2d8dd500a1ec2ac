import { describe, expect, it } from 'vitest'
import { resources } from '@drydock/api'
import type { Resource } from '@drydock/api'
import { realClock, silentLogger, systemRandom } from '@drydock/base'
import type { Clock } from '@drydock/base'
import { createAuthorizer } from '../auth/authorize.ts'
import { fakeCluster } from '../testing/fake-cluster.ts'
import { createAdmission } from './index.ts'
import type { AdmissionRequest, ApiObject } from './types.ts'

function setUp(time: Partial<Clock> = {}) {
  const c = fakeCluster()
  c.put(resources.namespaces, { metadata: { name: 'n' }, status: { phase: 'Active' } })
  const authorizer = createAuthorizer({ modes: ['Node', 'RBAC'], reader: c, changes: c })
  const clock = { ...realClock, sleep: async () => {}, ...time }
  const plugins = createAdmission({ reader: c, changes: c, writer: c, authorizer, clock, random: systemRandom, log: silentLogger })
  const warnings: string[] = []
  /** The object after the named plugin (all if none), or the message of its refusal. */
  const run = async (only: string | undefined, r: Resource, object: object | undefined, more: Partial<AdmissionRequest> = {}): Promise<any> => {
    const o = structuredClone(object) as ApiObject | undefined
    if (o) o.metadata ??= {}
    const request: AdmissionRequest = {
      operation: 'CREATE', resource: r, subresource: '', namespace: r.namespaced ? 'n' : '', name: o?.metadata['name'] ?? '', ...(o && { object: o }), options: {}, dryRun: false,
      user: { name: 'u', groups: [] }, warn: (t) => warnings.push(t), signal: new AbortController().signal, ...more,
    }
    const chosen = plugins.filter((p) => (only === undefined || p.name === only) && p.handles(request))
    try {
      for (const p of chosen) await p.admit?.(request)
      for (const p of chosen) await p.validate?.(request)
      return o
    } catch (e) { return (e as Error).message }
  }
  return { c, run, warnings }
}
const pod = (spec: object = {}, metadata: object = {}) => ({ metadata: { name: 'p', namespace: 'n', ...metadata }, spec: { containers: [{ name: 'c', image: 'i' }], ...spec } })
const resourcesOf = (requests?: object, limits?: object) => ({ containers: [{ name: 'c', image: 'i', resources: { ...(requests && { requests }), ...(limits && { limits }) } }] })

describe('createAdmission', () => {
  it('knows names, and refuses what it cannot do', () => {
    const c = fakeCluster(), authorizer = createAuthorizer({ modes: [], reader: c, changes: c })
    const parts = { reader: c, changes: c, writer: c, authorizer, clock: realClock, random: systemRandom, log: silentLogger }
    expect(createAdmission(parts, { disabled: ['ServiceAccount'] }).map((p) => p.name)).not.toContain('ServiceAccount')
    expect(() => createAdmission(parts, { disabled: ['Nonsense'] })).toThrow('plugin "Nonsense" is unknown')
    expect(() => createAdmission(parts, { enabled: ['AlwaysPullImages'] })).toThrow('not supported')
  })
})

describe('NamespaceLifecycle', () => {
  it.each<[string, Resource, object | undefined, Partial<AdmissionRequest>, string | undefined]>([
    ['there', resources.pods, pod(), {}, undefined],
    ['not there', resources.pods, pod(), { namespace: 'x' }, 'namespaces "x" not found'],
    ['going', resources.pods, pod(), { namespace: 'gone' }, 'pods "p" is forbidden: unable to create new content in namespace gone because it is being terminated'],
    ['updates while it goes', resources.pods, pod(), { namespace: 'gone', operation: 'UPDATE' }, undefined],
    ['deletes', resources.pods, undefined, { namespace: 'x', operation: 'DELETE', name: 'p' }, undefined],
    ['immortal', resources.namespaces, undefined, { operation: 'DELETE', name: 'kube-system' }, 'namespaces "kube-system" is forbidden: this namespace may not be deleted'],
    ['mortal', resources.namespaces, undefined, { operation: 'DELETE', name: 'n' }, undefined],
  ])('%s', async (_, r, o, more, want) => {
    const { c, run } = setUp()
    c.put(resources.namespaces, { metadata: { name: 'gone' }, status: { phase: 'Terminating' } })
    const got = await run('NamespaceLifecycle', r, o, more)
    expect(typeof got === 'string' ? got : undefined).toBe(want)
  })
})

describe('ServiceAccount', () => {
  const account = (more: object = {}) => ({ metadata: { name: 'default', namespace: 'n' }, ...more })
  it('sets the account, its token and its pull secrets', async () => {
    const { c, run } = setUp()
    c.put(resources.serviceaccounts, account({ imagePullSecrets: [{ name: 's' }] }))
    const p = await run('ServiceAccount', resources.pods, pod())
    expect(p.spec).toMatchObject({ serviceAccountName: 'default', serviceAccount: 'default', imagePullSecrets: [{ name: 's' }] })
    expect(p.spec.volumes[0].name).toMatch(/^kube-api-access-[a-z0-9]{5}$/)
    expect(p.spec.containers[0].volumeMounts).toEqual([{ name: p.spec.volumes[0].name, readOnly: true, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' }])
    expect(p.spec.volumes[0].projected.sources).toHaveLength(3)
  })
  it('mounts nothing where account or pod say so, and nothing twice', async () => {
    const { c, run } = setUp()
    c.put(resources.serviceaccounts, account({ automountServiceAccountToken: false }))
    expect((await run('ServiceAccount', resources.pods, pod())).spec.volumes).toBeUndefined()
    const p = await run('ServiceAccount', resources.pods, pod({ automountServiceAccountToken: true }))
    expect((await run('ServiceAccount', resources.pods, p)).spec.volumes).toHaveLength(1)
  })
  it('waits for an account that is on its way', async () => {
    const { c, run } = setUp({ sleep: (_, signal) => new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason))) })
    const waiting = run('ServiceAccount', resources.pods, pod())
    await Promise.resolve()
    c.put(resources.serviceaccounts, account())
    expect((await waiting).spec.serviceAccountName).toBe('default')
  })
  it('wants the account to exist, and mirror pods to have none', async () => {
    const { run } = setUp()
    expect(await run('ServiceAccount', resources.pods, pod())).toBe('pods "p" is forbidden: error looking up service account n/default: serviceaccount "default" not found')
    const mirror = { annotations: { 'kubernetes.io/config.mirror': 'x' } }
    expect((await run('ServiceAccount', resources.pods, pod({}, mirror))).spec.serviceAccountName).toBeUndefined()
    expect(await run('ServiceAccount', resources.pods, pod({ serviceAccountName: 'x' }, mirror))).toContain('a mirror pod may not reference service accounts')
  })
})

describe('Priority', () => {
  it.each<[object, object | string]>([
    [{}, { priority: 0, preemptionPolicy: 'PreemptLowerPriority' }],
    [{ priorityClassName: 'high' }, { priority: 9, preemptionPolicy: 'Never' }],
    [{ priorityClassName: 'none' }, 'pods "p" is forbidden: no PriorityClass with name none was found'],
    [{ priority: 5 }, 'pods "p" is forbidden: the integer value of priority (5) must not be provided in pod spec; priority admission controller computed 0 from the given PriorityClass name'],
    [{ preemptionPolicy: 'Never' }, 'pods "p" is forbidden: the string value of PreemptionPolicy (Never) must not be provided in pod spec; priority admission controller computed PreemptLowerPriority from the given PriorityClass name'],
  ])('%o', async (spec, want) => {
    const { c, run } = setUp()
    c.put(resources.priorityclasses, { metadata: { name: 'high' }, value: 9, preemptionPolicy: 'Never' })
    const got = await run('Priority', resources.pods, pod(spec))
    if (typeof want === 'string') expect(got).toBe(want)
    else expect(got.spec).toMatchObject(want)
  })
  it('uses the default class, and lets there be one', async () => {
    const { c, run } = setUp()
    c.put(resources.priorityclasses, { metadata: { name: 'd' }, value: 3, globalDefault: true })
    expect((await run('Priority', resources.pods, pod())).spec).toMatchObject({ priorityClassName: 'd', priority: 3 })
    expect(await run('Priority', resources.priorityclasses, { metadata: { name: 'e' }, value: 3, globalDefault: true })).toContain('PriorityClass d is already marked as default')
  })
})

describe('defaults', () => {
  it.each<[object[] | undefined, number]>([[undefined, 2], [[{ operator: 'Exists' }], 1], [[{ operator: 'Exists', effect: 'NoSchedule' }], 3], [[{ key: 'node.kubernetes.io/unreachable', operator: 'Exists' }], 2]])('tolerations %o', async (tolerations, count) => {
    expect((await setUp().run('DefaultTolerationSeconds', resources.pods, pod({ tolerations }))).spec.tolerations).toHaveLength(count)
  })
  it('taints, finalizers, classes, topology', async () => {
    const { c, run } = setUp()
    expect((await run('TaintNodesByCondition', resources.nodes, { metadata: { name: 'x' } })).spec.taints).toEqual([{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }])
    expect((await run('StorageObjectInUseProtection', resources.persistentvolumeclaims, {})).metadata.finalizers).toEqual(['kubernetes.io/pvc-protection'])
    const marked = (name: string, key: string) => ({ metadata: { name, annotations: { [key]: 'true' } } })
    c.put(resources.storageclasses, marked('fast', 'storageclass.kubernetes.io/is-default-class'))
    c.put(resources.ingressclasses, marked('web', 'ingressclass.kubernetes.io/is-default-class'))
    c.put(resources.nodes, { metadata: { name: 'x', labels: { 'topology.kubernetes.io/zone': 'z' } } })
    expect((await run('DefaultStorageClass', resources.persistentvolumeclaims, {})).spec.storageClassName).toBe('fast')
    expect((await run('DefaultStorageClass', resources.persistentvolumeclaims, { spec: { storageClassName: '' } })).spec.storageClassName).toBe('')
    expect((await run('DefaultIngressClass', resources.ingresses, {})).spec.ingressClassName).toBe('web')
    expect((await run('PodTopologyLabels', resources.pods, { target: { name: 'x' } }, { subresource: 'binding' })).metadata.labels).toEqual({ 'topology.kubernetes.io/zone': 'z' })
  })
})

describe('LimitRanger', () => {
  const limits = (...l: object[]) => ({ metadata: { name: 'l', namespace: 'n' }, spec: { limits: l } })
  it('sets what is missing and says so', async () => {
    const { c, run } = setUp()
    c.put(resources.limitranges, limits({ type: 'Container', default: { cpu: '500m', memory: '256Mi' }, defaultRequest: { cpu: '100m' } }))
    const p = await run('LimitRanger', resources.pods, pod(resourcesOf({ cpu: '200m' })))
    expect(p.spec.containers[0].resources).toEqual({ requests: { cpu: '200m' }, limits: { cpu: '500m', memory: '256Mi' } })
    expect(p.metadata.annotations['kubernetes.io/limit-ranger']).toBe('LimitRanger plugin set: cpu, memory limit for container c')
  })
  const range = { type: 'Container', min: { cpu: '100m' }, max: { cpu: '1' }, maxLimitRequestRatio: { cpu: '2' } }
  it.each<[object, object, object, string | undefined]>([
    [range, { cpu: '50m' }, { cpu: '1' }, '[minimum cpu usage per Container is 100m, but request is 50m, cpu max limit to request ratio per Container is 2, but provided ratio is 20.000000]'],
    [range, { cpu: '500m' }, { cpu: '900m' }, undefined],
    [range, {}, {}, '[minimum cpu usage per Container is 100m.  No request is specified, maximum cpu usage per Container is 1.  No limit is specified, cpu max limit to request ratio per Container is 2, but no request is specified or request is 0]'],
    [{ type: 'Pod', max: { cpu: '1' } }, { cpu: '2' }, { cpu: '2' }, 'maximum cpu usage per Pod is 1, but limit is 2'],
  ])('%o %o %o', async (item, requests, lim, want) => {
    const { c, run } = setUp()
    c.put(resources.limitranges, limits(item))
    const got = await run('LimitRanger', resources.pods, pod(resourcesOf(requests, lim)))
    expect(typeof got === 'string' ? got : undefined).toBe(want && `pods "p" is forbidden: ${want}`)
  })
  it('bounds claims', async () => {
    const { c, run } = setUp()
    c.put(resources.limitranges, limits({ type: 'PersistentVolumeClaim', min: { storage: '1Gi' }, max: { storage: '5Gi' } }))
    const claim = (storage: string) => run('LimitRanger', resources.persistentvolumeclaims, { metadata: { name: 'a' }, spec: { resources: { requests: { storage } } } })
    expect(await claim('100Mi')).toBe('persistentvolumeclaims "a" is forbidden: minimum storage usage per PersistentVolumeClaim is 1Gi, but request is 100Mi')
    expect(await claim('6Gi')).toBe('persistentvolumeclaims "a" is forbidden: maximum storage usage per PersistentVolumeClaim is 5Gi, but request is 6Gi')
    expect(await claim('2Gi')).toMatchObject({})
  })
})

describe('ResourceQuota', () => {
  const quota = (hard: object, used: object | undefined, spec: object = {}) => ({ metadata: { name: 'q', namespace: 'n' }, spec: { hard, ...spec }, status: { hard, ...(used && { used }) } })
  it.each<[string, object, object | undefined, Resource, object, object | string]>([
    ['counts pods', { pods: '1' }, { pods: '0' }, resources.pods, pod(), { pods: '1' }],
    ['refuses the next', { pods: '1' }, { pods: '1' }, resources.pods, pod(), 'pods "p" is forbidden: exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1'],
    ['adds up', { 'requests.cpu': '1', 'limits.memory': '1Gi' }, { 'requests.cpu': '500m', 'limits.memory': '0' }, resources.pods, pod(resourcesOf({ cpu: '400m' }, { memory: '100Mi' })), { 'requests.cpu': '900m', 'limits.memory': '100Mi' }],
    ['wants amounts said', { 'requests.cpu': '1', 'limits.memory': '1Gi' }, {}, resources.pods, pod(), 'pods "p" is forbidden: failed quota: q: must specify limits.memory for: c; requests.cpu for: c'],
    ['wants a status', { pods: '0' }, undefined, resources.pods, pod(), 'pods "p" is forbidden: status unknown for quota: q, resources: pods'],
    ['counts anything', { 'count/deployments.apps': '1' }, { 'count/deployments.apps': '1' }, resources.deployments, { metadata: { name: 'd' } }, 'deployments.apps "d" is forbidden: exceeded quota: q, requested: count/deployments.apps=1, used: count/deployments.apps=1, limited: count/deployments.apps=1'],
    ['node ports', { services: '2', 'services.nodeports': '0', 'services.loadbalancers': '0' }, { services: '0', 'services.nodeports': '0', 'services.loadbalancers': '0' }, resources.services, { metadata: { name: 's' }, spec: { type: 'LoadBalancer', ports: [{ port: 1 }] } },
      'services "s" is forbidden: exceeded quota: q, requested: services.loadbalancers=1,services.nodeports=1, used: services.loadbalancers=0,services.nodeports=0, limited: services.loadbalancers=0,services.nodeports=0'],
    ['leaves others alone', { pods: '0' }, { pods: '0' }, resources.configmaps, { metadata: { name: 'c' } }, { pods: '0' }],
  ])('%s', async (_, hard, used, r, o, want) => {
    const { c, run } = setUp()
    c.put(resources.resourcequotas, quota(hard, used))
    const got = await run('ResourceQuota', r, o)
    if (typeof want === 'string') expect(got).toBe(want)
    else expect(c.get(resources.resourcequotas, 'n', 'q')?.status?.used).toEqual(want)
  })
  it('charges an update by what it adds, a dry run nothing, and minds scopes', async () => {
    const { c, run } = setUp()
    const svc = (type: string) => ({ metadata: { name: 's' }, spec: { type, ports: [{ port: 1 }] } })
    c.put(resources.resourcequotas, quota({ services: '1', 'services.nodeports': '1' }, { services: '1', 'services.nodeports': '0' }))
    await run('ResourceQuota', resources.services, svc('NodePort'), { operation: 'UPDATE', oldObject: svc('ClusterIP') as never })
    expect(c.get(resources.resourcequotas, 'n', 'q')?.status?.used).toEqual({ services: '1', 'services.nodeports': '1' })
    c.put(resources.resourcequotas, quota({ pods: '0' }, { pods: '0' }, { scopes: ['BestEffort'] }))
    expect(await run('ResourceQuota', resources.pods, pod())).toContain('exceeded quota')
    expect(await run('ResourceQuota', resources.pods, pod(resourcesOf({ cpu: '1' })))).toMatchObject({})
    c.put(resources.resourcequotas, quota({ pods: '9' }, { pods: '0' }))
    await run('ResourceQuota', resources.pods, pod(), { dryRun: true })
    expect(c.get(resources.resourcequotas, 'n', 'q')?.status?.used).toEqual({ pods: '0' })
  })
})

describe('RuntimeClass', () => {
  const runtime = { metadata: { name: 'r' }, handler: 'h', overhead: { podFixed: { cpu: '250m' } }, scheduling: { nodeSelector: { rt: 'yes' }, tolerations: [{ key: 'rt', operator: 'Exists' }] } }
  it.each<[object, object | string]>([
    [{ runtimeClassName: 'r' }, { overhead: { cpu: '250m' }, nodeSelector: { rt: 'yes' }, tolerations: [{ key: 'rt', operator: 'Exists' }] }],
    [{ runtimeClassName: 'r', nodeSelector: { rt: 'no' } }, 'conflict: runtimeClass.scheduling.nodeSelector[rt] = yes; pod.spec.nodeSelector[rt] = no'],
    [{ runtimeClassName: 'r', overhead: { cpu: '1' } }, 'pod rejected: Pod\'s Overhead doesn\'t match RuntimeClass\'s defined Overhead'],
    [{ runtimeClassName: 'x' }, 'pod rejected: RuntimeClass "x" not found'],
    [{ overhead: { cpu: '1' } }, 'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead'],
  ])('%o', async (spec, want) => {
    const { c, run } = setUp()
    c.put(resources.runtimeclasses, runtime)
    const got = await run('RuntimeClass', resources.pods, pod(spec))
    if (typeof want === 'string') expect(got).toBe(`pods "p" is forbidden: ${want}`)
    else expect(got.spec).toMatchObject(want)
  })
})

describe('PersistentVolumeClaimResize', () => {
  const claim = (storage: string, phase = 'Bound') => ({ metadata: { name: 'c' }, spec: { storageClassName: 'k', resources: { requests: { storage } } }, status: { phase } })
  it.each([[true, 'Bound', undefined], [false, 'Bound', 'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize'], [true, 'Pending', 'Only bound persistent volume claims can be expanded']] as const)('%s %s', async (allowVolumeExpansion, phase, want) => {
    const { c, run } = setUp()
    c.put(resources.storageclasses, { metadata: { name: 'k' }, provisioner: 'p', allowVolumeExpansion })
    const got = await run('PersistentVolumeClaimResize', resources.persistentvolumeclaims, claim('2Gi', phase), { operation: 'UPDATE', oldObject: claim('1Gi', phase) as never })
    expect(typeof got === 'string' ? got : undefined).toBe(want && `persistentvolumeclaims "c" is forbidden: ${want}`)
  })
})

describe('NodeRestriction', () => {
  const user = { name: 'system:node:w', groups: ['system:nodes'] }
  const mirror = { annotations: { 'kubernetes.io/config.mirror': 'x' }, ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'w', uid: 'w-1', controller: true }] }
  it.each<[string, Resource, object | undefined, Partial<AdmissionRequest>, string | undefined]>([
    ['own node', resources.nodes, { metadata: { name: 'w', labels: { 'kubernetes.io/hostname': 'w' } } }, {}, undefined],
    ['other node', resources.nodes, { metadata: { name: 'x' } }, {}, 'node "w" is not allowed to modify node "x"'],
    ['guarded labels', resources.nodes, { metadata: { name: 'w', labels: { 'node-role.kubernetes.io/x': '' } } }, {}, 'node "w" is not allowed to set the following labels: node-role.kubernetes.io/x'],
    ['guarded labels later', resources.nodes, { metadata: { name: 'w', labels: { 'node-role.kubernetes.io/x': '' } } }, { operation: 'UPDATE', oldObject: { metadata: { name: 'w' } } as never }, 'is not allowed to modify labels: node-role.kubernetes.io/x'],
    ['own taints', resources.nodes, { metadata: { name: 'w' }, spec: { taints: [] } }, { operation: 'UPDATE', oldObject: { metadata: { name: 'w' }, spec: { taints: [{ key: 'a', effect: 'NoSchedule' }] } } as never }, 'is not allowed to modify taints'],
    ['plain pod', resources.pods, pod({ nodeName: 'w' }), {}, 'can only create mirror pods'],
    ['mirror pod', resources.pods, pod({ nodeName: 'w' }, mirror), {}, undefined],
    ['mirror pod elsewhere', resources.pods, pod({ nodeName: 'x' }, mirror), {}, 'can only create pods with spec.nodeName set to itself'],
    ['deleting another\'s pod', resources.pods, undefined, { operation: 'DELETE', name: 'there' }, 'can only delete pods with spec.nodeName set to itself'],
    ['status of its pod', resources.pods, pod({ nodeName: 'w' }), { operation: 'UPDATE', subresource: 'status', oldObject: pod({ nodeName: 'w' }) as never }, undefined],
    ['status of another\'s pod', resources.pods, pod({ nodeName: 'x' }), { operation: 'UPDATE', subresource: 'status', oldObject: pod({ nodeName: 'x' }) as never }, 'can only update pod status for pods with spec.nodeName set to itself'],
    ['token without a pod', resources.serviceaccounts, { spec: {} }, { subresource: 'token' }, 'node requested token not bound to a pod'],
    ['token of another\'s pod', resources.serviceaccounts, { spec: { boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'there', uid: 'there-1' } } }, { subresource: 'token' }, 'node requested token bound to a pod scheduled on a different node'],
    ['another\'s lease', resources.leases, { metadata: { name: 'x' } }, { namespace: 'kube-node-lease' }, 'can only create lease with name same as requesting node'],
    ['not a node', resources.nodes, { metadata: { name: 'x' } }, { user: { name: 'u', groups: [] } }, undefined],
  ])('%s', async (_, r, o, more, want) => {
    const { c, run } = setUp()
    c.put(resources.nodes, { metadata: { name: 'w', uid: 'w-1' } })
    c.put(resources.pods, { metadata: { name: 'there', namespace: 'n', uid: 'there-1' }, spec: { nodeName: 'x', containers: [] } })
    const got = await run('NodeRestriction', r, o, { user, ...more })
    if (want === undefined) expect(typeof got).not.toBe('string')
    else expect(got).toContain(want)
  })
})

describe('PodSecurity', () => {
  const label = (mode: string, level: string, more: object = {}) => ({ metadata: { name: 'n', labels: { [`pod-security.kubernetes.io/${mode}`]: level, ...more } } })
  const container = (securityContext: object, name = 'c', more: object = {}) => ({ name, image: 'i', securityContext, ...more })
  const good = { allowPrivilegeEscalation: false, runAsNonRoot: true, capabilities: { drop: ['ALL'] }, seccompProfile: { type: 'RuntimeDefault' } }
  it.each<[string, object, string | undefined]>([
    ['baseline', {}, undefined],
    ['baseline', { hostNetwork: true, hostPID: true }, 'host namespaces (hostNetwork=true, hostPID=true)'],
    ['baseline', { containers: [container({ privileged: true }), container({ privileged: true }, 'd')] }, 'privileged (containers "c", "d" must not set securityContext.privileged=true)'],
    ['baseline', { containers: [container({ capabilities: { add: ['SYS_ADMIN', 'CHOWN'] } })] }, 'non-default capabilities (container "c" must not include "SYS_ADMIN" in securityContext.capabilities.add)'],
    ['baseline', { volumes: [{ name: 'h', hostPath: { path: '/' } }] }, 'hostPath volumes (volume "h")'],
    ['baseline', { containers: [container({}, 'c', { ports: [{ containerPort: 80, hostPort: 80 }] })] }, 'hostPort (container "c" uses hostPort 80)'],
    ['baseline', { securityContext: { sysctls: [{ name: 'kernel.msgmax', value: '1' }, { name: 'net.ipv4.tcp_syncookies', value: '1' }] } }, 'forbidden sysctls (kernel.msgmax)'],
    ['baseline', { securityContext: { seccompProfile: { type: 'Unconfined' } } }, 'seccompProfile (pod must not set securityContext.seccompProfile.type to "Unconfined")'],
    ['baseline', { securityContext: { seLinuxOptions: { type: 'x', user: 'y' } } }, 'seLinuxOptions (pod set forbidden securityContext.seLinuxOptions: type "x"; user may not be set)'],
    ['baseline', { securityContext: { appArmorProfile: { type: 'Unconfined' } } }, 'forbidden AppArmor profile (pod must not set AppArmor profile type to "Unconfined")'],
    ['restricted', {}, 'allowPrivilegeEscalation != false (container "c" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "c" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "c" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")'],
    ['restricted', { containers: [container(good)] }, undefined],
    ['restricted', { containers: [container({ ...good, runAsUser: 0 })] }, 'runAsUser=0 (container "c" must not set runAsUser=0)'],
    ['restricted', { containers: [container(good)], volumes: [{ name: 'a', emptyDir: {} }, { name: 'b', nfs: {} }, { name: 'c', hostPath: {} }] }, 'restricted volume types (volumes "b", "c" use restricted volume types "hostPath", "nfs")'],
    ['restricted', { os: { name: 'windows' } }, 'runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true)'],
  ])('%s %o', async (level, spec, want) => {
    const { c, run } = setUp()
    c.put(resources.namespaces, label('enforce', level))
    const got = await run('PodSecurity', resources.pods, pod(spec))
    expect(typeof got === 'string' ? got : undefined).toBe(want && `pods "p" is forbidden: violates PodSecurity "${level}:latest": ${want}`)
  })
  it('warns of templates, and of pods if told to', async () => {
    const { c, run, warnings } = setUp()
    c.put(resources.namespaces, label('warn', 'baseline'))
    await run('PodSecurity', resources.pods, pod({ hostNetwork: true }))
    await run('PodSecurity', resources.deployments, { spec: { template: pod({ hostPID: true }) } })
    expect(warnings).toEqual(['would violate PodSecurity "baseline:latest": host namespaces (hostNetwork=true)', 'would violate PodSecurity "baseline:latest": host namespaces (hostPID=true)'])
  })
  it('checks labels, and tells which pods break a new level', async () => {
    const { c, run, warnings } = setUp()
    c.put(resources.pods, pod({ hostNetwork: true }), pod({ hostNetwork: true }, { name: 'q' }))
    const update = (o: object) => run('PodSecurity', resources.namespaces, o, { operation: 'UPDATE', oldObject: { metadata: { name: 'n' } } as never })
    await update(label('enforce', 'baseline'))
    expect(warnings).toEqual(['existing pods in namespace "n" violate the new PodSecurity enforce level "baseline:latest"', 'p (and 1 other pod): host namespaces'])
    expect(await update(label('enforce', 'nonsense'))).toBe('Namespace "n" is invalid: metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "nonsense": must be one of privileged, baseline, restricted')
    expect(await update(label('enforce', 'baseline', { 'pod-security.kubernetes.io/enforce-version': 'x' }))).toContain('must be "latest" or "v1.x"')
  })
})

describe('certificates', () => {
  const request = { metadata: { name: 'r' }, spec: { signerName: 'example.com/s', request: '', usages: [] }, status: {} }
  it('wants the signer\'s verb', async () => {
    const { c, run } = setUp()
    const more = { operation: 'UPDATE', subresource: 'approval', oldObject: request as never } as const
    expect(await run('CertificateApproval', resources.certificatesigningrequests, request, more)).toContain('user not permitted to approve requests with signerName "example.com/s"')
    c.put(resources.clusterroles, { metadata: { name: 'a' }, rules: [{ apiGroups: ['certificates.k8s.io'], resources: ['signers'], resourceNames: ['example.com/*'], verbs: ['approve'] }] })
    c.put(resources.clusterrolebindings, { metadata: { name: 'a' }, roleRef: { apiGroup: '', kind: 'ClusterRole', name: 'a' }, subjects: [{ kind: 'User', name: 'u' }] })
    expect(await run('CertificateApproval', resources.certificatesigningrequests, request, more)).toMatchObject({})
  })
})

describe('RBACEscalation', () => {
  it('lets nobody grant what they do not hold', async () => {
    const { c, run } = setUp()
    const user = { name: 'u', groups: ['system:authenticated'] }
    const bind = (kind: string, name: string) => ({ metadata: { name: 'b' }, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name }, subjects: [] })
    c.put(resources.clusterroles, { metadata: { name: 'mine' }, rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] }] }, { metadata: { name: 'more' }, rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }] })
    c.put(resources.clusterrolebindings, { metadata: { name: 'm' }, roleRef: { apiGroup: '', kind: 'ClusterRole', name: 'mine' }, subjects: [{ kind: 'User', name: 'u' }] })
    const role = (rules: object[]) => run('RBACEscalation', resources.roles, { metadata: { name: 'r' }, rules }, { user })
    expect(await role([{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }])).toMatchObject({})
    expect(await role([{ apiGroups: [''], resources: ['secrets', 'pods'], verbs: ['get', 'list'] }])).toBe('roles.rbac.authorization.k8s.io "r" is forbidden: user "u" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["secrets"], Verbs:["get" "list"]}')
    expect(await run('RBACEscalation', resources.rolebindings, bind('ClusterRole', 'mine'), { user })).toMatchObject({})
    expect(await run('RBACEscalation', resources.rolebindings, bind('ClusterRole', 'more'), { user })).toContain('{APIGroups:["*"], Resources:["*"], Verbs:["*"]}')
    expect(await run('RBACEscalation', resources.rolebindings, bind('ClusterRole', 'more'), { user: { name: 'a', groups: ['system:masters'] } })).toMatchObject({})
  })
})
