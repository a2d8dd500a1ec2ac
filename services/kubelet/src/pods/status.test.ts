import type { PodStatus } from '@drydock/api'
import { expect, test } from 'vitest'
import { box, containerOf, podOf, runtimeOf, sandboxOf } from '../testing/builders.ts'
import { statusPatch } from '../status/patch.ts'
import { holdBack, podStatus, type StatusInput } from './status.ts'

const input = (i: Partial<StatusInput>): StatusInput => ({ pod: podOf(), runtime: runtimeOf([]), old: {}, failures: () => undefined, probes: { ready: () => undefined, started: () => undefined }, runtimeName: 'containerd', hostIPs: ['1.2.3.4'], now: 0, terminal: false, ...i })
const words = (s: PodStatus) => Object.fromEntries((s.conditions ?? []).map((c) => [c.type, c.reason ? `${c.status} ${c.reason}` : c.status]))

test('before anything runs', () => {
  const s = podStatus(input({ runtime: runtimeOf([], []) }))
  expect(s.phase).toBe('Pending')
  expect(s.containerStatuses?.[0]?.state).toEqual({ waiting: { reason: 'ContainerCreating' } })
  expect(words(s)).toEqual({ PodReadyToStartContainers: 'False', Initialized: 'True', Ready: 'False ContainersNotReady', ContainersReady: 'False ContainersNotReady', PodScheduled: 'True' })
})
test('running', () => {
  const s = podStatus(input({ runtime: runtimeOf([containerOf('a', 'running')]) }))
  expect([s.phase, s.podIP, s.hostIP, s.containerStatuses?.[0]?.ready, s.containerStatuses?.[0]?.started]).toEqual(['Running', '10.0.0.1', '1.2.3.4', true, true])
  expect(words(s)['Ready']).toBe('True')
})
test('a readiness gate holds Ready back', () => {
  const s = podStatus(input({ pod: podOf({ readinessGates: [{ conditionType: 'x/y' }] }), runtime: runtimeOf([containerOf('a', 'running')]) }))
  expect([words(s)['ContainersReady'], words(s)['Ready']]).toEqual(['True', 'False ReadinessGatesNotReady'])
})
test('done, but shown so only when nothing can run any more', () => {
  const done = input({ pod: podOf({ restartPolicy: 'Never' }), runtime: runtimeOf([containerOf('a', 'exited')], [sandboxOf({ ready: false })]), old: { phase: 'Running' } }), s = podStatus(done)
  expect([s.phase, words(s)['Initialized'], words(s)['Ready']]).toEqual(['Succeeded', 'True PodCompleted', 'False PodCompleted'])
  expect(holdBack(s, { phase: 'Running' }, true).phase).toBe('Running')
  expect(holdBack(s, { phase: 'Running' }, false).phase).toBe('Succeeded')
})
test('what never ran ends with the pod as a failure, unless it was not its turn yet', () => {
  const end = (spec: object) => podStatus(input({ pod: podOf(spec), runtime: runtimeOf([], []), terminal: true }))
  expect([end({}).phase, end({}).containerStatuses?.[0]?.state?.terminated?.reason]).toEqual(['Failed', 'ContainerStatusUnknown'])
  const waiting = end({ initContainers: [box('i')] })
  expect([waiting.phase, waiting.containerStatuses?.[0]?.state]).toEqual(['Pending', { waiting: { reason: 'PodInitializing' } }])
})
test('a back-off shows in a waiting state, its exit in the last', () => {
  const s = podStatus(input({ runtime: runtimeOf([containerOf('a', 'exited', { exitCode: 1, reason: 'Error' })]), failures: () => ({ reason: 'CrashLoopBackOff', message: 'm' }) }))
  expect(s.containerStatuses?.[0]?.state).toEqual({ waiting: { reason: 'CrashLoopBackOff', message: 'm' } })
  expect(s.containerStatuses?.[0]?.lastState?.terminated?.exitCode).toBe(1)
  expect(s.phase).toBe('Running')
})
test('a container that vanished counts as ended', () => {
  const s = podStatus(input({ old: { phase: 'Running', containerStatuses: [{ name: 'a', image: '', imageID: '', ready: true, restartCount: 0, state: { running: {} } }] } }))
  expect(s.containerStatuses?.[0]).toMatchObject({ restartCount: 1, lastState: { terminated: { exitCode: 137, reason: 'ContainerStatusUnknown' } } })
})
test('init containers gate the phase', () => {
  const pod = podOf({ initContainers: [box('i')] })
  expect(podStatus(input({ pod, runtime: runtimeOf([containerOf('i', 'running')]) })).phase).toBe('Pending')
  expect(podStatus(input({ pod: podOf({ restartPolicy: 'Never', initContainers: [box('i')] }), runtime: runtimeOf([containerOf('i', 'exited', { exitCode: 1 })]) })).phase).toBe('Failed')
})
test('patches say what changed and nothing when nothing did', () => {
  const a = podStatus(input({ runtime: runtimeOf([], []) })), b = podStatus(input({ runtime: runtimeOf([containerOf('a', 'running')]), old: a }))
  expect(statusPatch(a, structuredClone(a))).toBeUndefined()
  expect(Object.keys(statusPatch(a, b) ?? {}).sort()).toEqual(['conditions', 'containerStatuses', 'phase', 'podIP', 'podIPs'])
  expect(statusPatch({ conditions: [{ type: 'PodResizeInProgress', status: 'True' }] }, { conditions: [] })).toEqual({ conditions: [{ $patch: 'delete', type: 'PodResizeInProgress' }] })
})
