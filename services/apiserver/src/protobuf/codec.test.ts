import { describe, expect, it } from 'vitest'
import { decodeStruct, structForKind } from '@drydock/api/schema'
import { decodeObject, encodeObject, encodeWatchFrame } from './codec.ts'

const pod = {
  apiVersion: 'v1', kind: 'Pod',
  metadata: { name: 'p', namespace: 'n', uid: 'u', creationTimestamp: '2026-01-02T03:04:05Z', labels: { a: 'b', empty: '' }, managedFields: [{ manager: 'm', operation: 'Update', apiVersion: 'v1', time: '2026-01-02T03:04:05Z', fieldsType: 'FieldsV1', fieldsV1: { 'f:spec': {} } }] },
  spec: {
    containers: [{
      name: 'c', image: 'i', resources: { limits: { cpu: '100m', memory: '1Gi' } }, ports: [{ containerPort: 80, protocol: 'TCP' }],
      livenessProbe: { httpGet: { path: '/', port: 'web' }, periodSeconds: 3 }, readinessProbe: { tcpSocket: { port: 80 }, periodSeconds: 1 },
      env: [{ name: 'E', valueFrom: { secretKeyRef: { name: 's', key: 'k', optional: false } } }], securityContext: { runAsUser: 0, privileged: false },
    }],
    volumes: [{ name: 'v', emptyDir: { sizeLimit: '1Gi' } }, { name: 'w', configMap: { name: 'cm', items: [{ key: 'k', path: 'p', mode: 256 }] } }],
    terminationGracePeriodSeconds: 0, priority: -5,
  },
  status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True', lastProbeTime: null, lastTransitionTime: '2026-01-02T03:04:05Z' }], startTime: '2026-01-02T03:04:05Z' },
}

function roundTrip(o: { apiVersion: string, kind: string }): unknown {
  const [version = '', group = ''] = o.apiVersion.split('/').reverse()
  const gvk = { group, version, kind: o.kind }
  const { kind, value } = decodeObject(encodeObject(o)!, gvk)
  expect(kind).toEqual(gvk)
  return { ...decodeStruct(structForKind(gvk)!, value).object, apiVersion: o.apiVersion, kind: o.kind }
}
const canonical = (o: { apiVersion: string, kind: string }): unknown => {
  const [version = '', group = ''] = o.apiVersion.split('/').reverse()
  return { ...decodeStruct(structForKind({ group, version, kind: o.kind })!, o).object, apiVersion: o.apiVersion, kind: o.kind }
}

describe('protobuf', () => {
  it.each([
    pod,
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'd' }, spec: { replicas: 0, selector: { matchLabels: { a: 'b' } }, strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: 1 } }, template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c' }] } } } },
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, data: { k: 'dg==', empty: '' }, type: 'Opaque' },
    { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'l' }, spec: { holderIdentity: 'me', renewTime: '2026-01-02T03:04:05.123456Z', leaseDurationSeconds: 15 } },
    { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', metadata: {}, spec: { user: 'u', extra: { scopes: ['a', 'b'] } } },
    { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingAdmissionPolicy', metadata: { name: 'v' }, spec: { matchConstraints: { resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'], resourceNames: ['x'], scope: '*' }] } } },
    { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'c' }, spec: { group: 'g', scope: 'Namespaced', names: { kind: 'K', plural: 'ks' }, versions: [{ name: 'v1', served: true, storage: true, subresources: { status: {} }, schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, properties: { a: { type: 'array', items: { type: 'string', default: 'x' }, 'x-kubernetes-list-type': 'set' }, b: { additionalProperties: false } } } } }] } },
    { apiVersion: 'v1', kind: 'PodList', metadata: { resourceVersion: '5', remainingItemCount: 3 }, items: [{ metadata: pod.metadata, spec: pod.spec, status: pod.status }] },
    { apiVersion: 'v1', kind: 'Status', metadata: {}, status: 'Failure', message: 'no', reason: 'NotFound', details: { name: 'x', kind: 'pods' }, code: 404 },
  ])('brings back $kind', (o) => expect(roundTrip(o)).toEqual(canonical(o)))

  it('frames watch events by length', () => {
    const object = encodeObject(pod)!, frame = encodeWatchFrame('ADDED', object)
    expect(frame.readUInt32BE()).toBe(frame.length - 4)
    expect(frame.includes(object)).toBe(true)
  })

  it.each([['not protobuf', /expected prefix/], ['k8s\0\x12\xff', /unexpected EOF/]])('refuses %j', (text, error) =>
    expect(() => decodeObject(Buffer.from(text, 'latin1'), { group: '', version: 'v1', kind: 'Pod' })).toThrow(error))
})
