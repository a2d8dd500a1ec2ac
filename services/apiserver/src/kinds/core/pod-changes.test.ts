import type { Pod, PodSpec, PodStatus } from '@drydock/api'
import { describe, expect, test } from 'vitest'
import { defaultPod } from './pod-spec/defaults.ts'
import { validatePodResize } from './pod-resize.ts'
import { validatePodStatusUpdate } from './pod-status.ts'
import { validatePodUpdate } from './pod-update.ts'

const pod = (spec: Partial<PodSpec> = {}, annotations: Record<string, string> = {}, status: PodStatus = {}): Pod => {
  const p: Pod = { metadata: { name: 'p', annotations }, spec: { containers: [{ name: 'c', image: 'i:1' }], ...spec }, status }
  defaultPod(p.spec!)
  return p
}
const said = (errors: readonly { field: string, body(): string }[]) => errors.map((e) => `${e.field}: ${e.body().split('\n')[0]}`)
const terms = (...keys: string[]): PodSpec['affinity'] => ({ nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: keys.map((key) => ({ key, operator: 'Exists' })) }] } } })
const gates = [{ name: 'example.com/g' }]
const REST = 'spec: Forbidden: pod updates may not change fields other than'

describe('updates of pods', () => {
  test.each<[string, Pod, Pod, string[]]>([
    ['an image', pod({ containers: [{ name: 'c', image: 'i:2' }] }), pod(), []],
    ['a name of a container', pod({ containers: [{ name: 'd', image: 'i:1' }] }), pod(), [REST]],
    ['a node selector', pod({ nodeSelector: { a: 'b' } }), pod(), [REST]],
    ['a node selector of a gated pod', pod({ schedulingGates: gates, nodeSelector: { a: 'b', c: 'd' } }), pod({ schedulingGates: gates, nodeSelector: { a: 'b' } }), []],
    ['a node selector taken from a gated pod', pod({ schedulingGates: gates }), pod({ schedulingGates: gates, nodeSelector: { a: 'b' } }), ['spec.nodeSelector: Invalid value: null: only additions to spec.nodeSelector are allowed (no mutations or deletions)']],
    ['a stricter affinity of a gated pod', pod({ schedulingGates: gates, affinity: terms('a', 'b') }), pod({ schedulingGates: gates, affinity: terms('a') }), []],
    ['a first affinity of a gated pod', pod({ schedulingGates: gates, affinity: terms('a') }), pod({ schedulingGates: gates }), []],
    ['a looser affinity of a gated pod', pod({ schedulingGates: gates, affinity: terms('b') }), pod({ schedulingGates: gates, affinity: terms('a') }),
      ['spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0]: Invalid value: {"MatchExpressions":[{"Key":"b","Operator":"Exists","Values":null}],"MatchFields":null}: only additions are allowed (no mutations or deletions)']],
    ['an annotation of AppArmor', pod({}, { 'container.apparmor.security.beta.kubernetes.io/c': 'unconfined' }), pod(), ['metadata.annotations[container.apparmor.security.beta.kubernetes.io/c]: Forbidden: may not add AppArmor annotations']],
    ['ephemeral containers that are there', pod({ ephemeralContainers: [{ name: 'e', image: 'i' }] }), pod({ ephemeralContainers: [{ name: 'e', image: 'i' }] }), []],
  ])('%s', (_, now, was, errors) => {
    expect(said(validatePodUpdate(now, was)).map((e, i) => (errors[i] === REST ? e.slice(0, REST.length) : e))).toEqual(errors)
  })
})

describe('what kubelets report', () => {
  const ended = { state: { terminated: { exitCode: 1 } } }
  const container = (name: string, more: object) => ({ name, image: 'i', imageID: '', ready: false, restartCount: 0, ...more })
  test.each<[string, PodStatus, PodStatus, string[]]>([
    ['addresses', { hostIP: '10.0.0.1', hostIPs: [{ ip: '10.0.0.1' }], podIP: '10.1.0.1', podIPs: [{ ip: '10.1.0.1' }, { ip: 'fd00::1' }] }, {}, []],
    ['no address', { podIPs: [{ ip: 'x' }] }, {}, ['status.podIPs[0]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)']],
    ['two of a family', { podIPs: [{ ip: '10.1.0.1' }, { ip: '10.1.0.2' }] }, {}, ['status.podIPs: Invalid value: [{"IP":"10.1.0.1"},{"IP":"10.1.0.2"}]: may specify no more than one IP for each IP family']],
    ['another host', { hostIP: '10.0.0.2', hostIPs: [{ ip: '10.0.0.1' }] }, {}, ['status.hostIPs[0].ip: Invalid value: "10.0.0.1": must be equal to `hostIP`']],
    ['another class', { qosClass: 'Guaranteed' }, { qosClass: 'BestEffort' }, ['status.qosClass: Invalid value: "Guaranteed": field is immutable']],
    ['life after the end', { containerStatuses: [container('c', { state: { running: {} } })] }, { containerStatuses: [container('c', ended)] }, ['status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state']],
  ])('%s', (_, now, was, errors) => {
    expect(said(validatePodStatusUpdate(pod({ restartPolicy: 'Never' }, {}, now), pod({ restartPolicy: 'Never' }, {}, was)))).toEqual(errors)
  })
})

describe('resizes', () => {
  const sized = (cpu: string | undefined, more: Partial<PodSpec> = {}, disk?: string) =>
    pod({ containers: [{ name: 'c', image: 'i', resources: { requests: { memory: '1Mi', ...(cpu && { cpu }), ...(disk && { 'ephemeral-storage': disk }) } } }], ...more })
  const sidecar = (cpu: string, restartPolicy?: string): Partial<PodSpec> => ({ initContainers: [{ name: 's', image: 'i', resources: { requests: { cpu } }, ...(restartPolicy && { restartPolicy }) }] })
  test.each<[string, Pod, Pod, string[]]>([
    ['more CPU', sized('2'), sized('1'), []],
    ['no CPU', sized(undefined), sized('1'), ['spec.containers[0].resources.requests: Forbidden: resource requests cannot be removed']],
    ['more disk', sized('1', {}, '2Gi'), sized('1', {}, '1Gi'), ['spec: Forbidden: only cpu and memory resources are mutable']],
    ['a sidecar', sized('1', sidecar('2', 'Always')), sized('1', sidecar('1', 'Always')), []],
    ['an init container', sized('1', sidecar('2')), sized('1', sidecar('1')), ['spec: Forbidden: resources for non-sidecar init containers are immutable']],
    ['another class', pod(), sized('1'), ['spec: Invalid value: "Burstable": Pod QOS Class may not change as a result of resizing', 'spec.containers[0].resources.requests: Forbidden: resource requests cannot be removed', 'spec: Forbidden: only cpu and memory resources are mutable']],
    ['a whole pod', sized('1', { resources: { requests: { cpu: '3' } } }), sized('1', { resources: { requests: { cpu: '2' } } }), ['[]: Forbidden: pods with pod-level resources cannot be resized']],
  ])('%s', (_, now, was, errors) => {
    expect(said(validatePodResize(now, was))).toEqual(errors)
  })
})
