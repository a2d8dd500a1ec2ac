import type { Container, Node, Pod, PodSpec } from '@drydock/api'
import { expect, test } from 'vitest'
import { box, podOf } from '../testing/builders.ts'
import { admit } from './admission.ts'

const node: Node = { metadata: { name: 'node-1', labels: { 'kubernetes.io/os': 'linux', disk: 'fast' } }, spec: {}, status: { allocatable: { cpu: '2', memory: '1Gi', pods: '3', 'example.com/thing': '1' } } }
const wants = (requests: Record<string, string>): Partial<Container> => ({ resources: { requests } })
const port = (hostPort: number, hostIP?: string): Partial<PodSpec> => ({ containers: [box('a', { ports: [{ containerPort: 80, hostPort, ...(hostIP && { hostIP }) }] })] })
const needs = (key: string, operator: string, values?: string[]): Partial<PodSpec> => ({ affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [{ key, operator, ...(values && { values }) }] }] } } } })
const sysctl = (name: string, more: Partial<PodSpec> = {}): Partial<PodSpec> => ({ ...more, securityContext: { sysctls: [{ name, value: '1' }] } })

const table: [string, Partial<PodSpec>, string | undefined, { others?: Pod[], node?: Node }?][] = [
  ['what fits', { containers: [box('a', wants({ cpu: '2', memory: '1Gi' }))] }, undefined],
  ['too much CPU', { containers: [box('a', wants({ cpu: '2500m' }))] }, "OutOfcpu: Node didn't have enough resource: cpu, requested: 2500, used: 0, capacity: 2000"],
  ['CPU is told before memory', { containers: [box('a', wants({ memory: '2Gi', cpu: '3' }))] }, "OutOfcpu: Node didn't have enough resource: cpu, requested: 3000, used: 0, capacity: 2000"],
  ['beside others', { containers: [box('a', wants({ memory: '600Mi' }))] }, "OutOfmemory: Node didn't have enough resource: memory, requested: 629145600, used: 629145600, capacity: 1073741824", { others: [podOf({ containers: [box('a', wants({ memory: '600Mi' }))] })] }],
  ['those that are done do not count', { containers: [box('a', wants({ memory: '600Mi' }))] }, undefined, { others: [{ ...podOf({ containers: [box('a', wants({ memory: '600Mi' }))] }), status: { phase: 'Failed' } }] }],
  ['too many pods', {}, "OutOfpods: Node didn't have enough resource: pods, requested: 1, used: 3, capacity: 3", { others: [podOf(), podOf(), podOf()] }],
  ['an extended resource', { containers: [box('a', wants({ 'example.com/thing': '2' }))] }, "OutOfexample.com/thing: Node didn't have enough resource: example.com/thing, requested: 2, used: 0, capacity: 1"],
  ['a selector that fits', { nodeSelector: { disk: 'fast' } }, undefined],
  ['one that does not', { nodeSelector: { disk: 'slow' } }, "NodeAffinity: Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector"],
  ['affinity', needs('disk', 'In', ['fast', 'slow']), undefined],
  ['affinity to what is not there', needs('zone', 'Exists'), "NodeAffinity: Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector"],
  ['a port that is taken', port(80), "NodePorts: Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports", { others: [podOf(port(80, '127.0.0.1'))] }],
  ['a port of another address', port(80, '127.0.0.2'), undefined, { others: [podOf(port(80, '127.0.0.1'))] }],
  ['another system', { nodeSelector: { 'kubernetes.io/os': 'windows' } }, "PodOSSelectorNodeLabelDoesNotMatch: Failed to admit pod as the `kubernetes.io/os` label doesn't match node label"],
  ['another system by its field', { os: { name: 'windows' } }, "PodOSNotSupported: Failed to admit pod as the OS field doesn't match node OS"],
  ['groups that the runtime cannot keep apart', { securityContext: { supplementalGroupsPolicy: 'Strict' } }, 'SupplementalGroupsPolicyNotSupported: SupplementalGroupsPolicy=Strict is not supported in this node'],
  ['a taint', {}, "TaintToleration: Predicate TaintToleration failed: node(s) had taints that the pod didn't tolerate", { node: { ...node, spec: { taints: [{ key: 'k', effect: 'NoExecute' }] } } }],
  ['a taint that is tolerated', { tolerations: [{ operator: 'Exists' }] }, undefined, { node: { ...node, spec: { taints: [{ key: 'k', effect: 'NoExecute' }] } } }],
  ['a taint that concerns the scheduler alone', {}, undefined, { node: { ...node, spec: { taints: [{ key: 'k', effect: 'NoSchedule' }] } } }],
  ['a safe parameter', sysctl('net.ipv4.tcp_syncookies'), undefined],
  ['one that the node allows', sysctl('kernel.msgmax'), undefined],
  ['one that it does not', sysctl('net.core.somaxconn'), 'SysctlForbidden: forbidden sysctl: "net.core.somaxconn" not allowlisted'],
  ["one of the node's own network", sysctl('net.ipv4.tcp_syncookies', { hostNetwork: true }), 'SysctlForbidden: forbidden sysctl: "net.ipv4.tcp_syncookies" not allowed with host Net enabled'],
  ['a profile that nothing enforces', { containers: [box('a', { securityContext: { appArmorProfile: { type: 'RuntimeDefault' } } })] }, 'AppArmor: Cannot enforce AppArmor: AppArmor is not enabled on the host'],
]
test.each(table)('%s', (_name, spec, want, more) => {
  const why = admit(podOf(spec), more?.others ?? [], more?.node ?? node, { appArmor: false, allowedSysctls: ['kernel.msg*'] })
  expect(why && `${why.reason}: ${why.message}`).toBe(want)
})
