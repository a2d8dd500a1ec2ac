import { expect, test } from 'vitest'
import fc from 'fast-check'
import { box, containerOf, podOf, runtimeOf, sandboxOf } from '../testing/builders.ts'
import { plan, type Plan, type PlanInput } from './plan.ts'
import type { PodRuntime } from './types.ts'
import type { Pod } from '@drydock/api'

const quiet: PlanInput = { liveness: () => undefined, startup: () => undefined, hash: () => 'h' }
const ran = (name: string, exitCode = 0, x = {}) => containerOf(name, 'exited', { exitCode, ...x })
const runs = (name: string, x = {}) => containerOf(name, 'running', x)
const side = { restartPolicy: 'Always' }

const table: [string, Pod, PodRuntime, Partial<Plan>, Partial<PlanInput>?][] = [
  ['a new pod', podOf(), runtimeOf([], []), { createSandbox: true, attempt: 0, toStart: [0] }],
  ['a new pod with init containers starts the first', podOf({ initContainers: [box('i'), box('j')] }), runtimeOf([], []), { createSandbox: true, initToStart: [0], toStart: [] }],
  ['as it should be', podOf(), runtimeOf([runs('a')]), { killPod: false, toStart: [], toKill: [] }],
  ['a container ended: again', podOf(), runtimeOf([ran('a', 0)]), { toStart: [0] }],
  ['OnFailure and success: done', podOf({ restartPolicy: 'OnFailure' }), runtimeOf([ran('a', 0)]), { killPod: true, toStart: [] }],
  ['OnFailure and failure: again', podOf({ restartPolicy: 'OnFailure' }), runtimeOf([ran('a', 1)]), { killPod: false, toStart: [0] }],
  ['Never: done', podOf({ restartPolicy: 'Never' }), runtimeOf([ran('a', 1)]), { killPod: true }],
  ['one of two is done, the other goes on', podOf({ restartPolicy: 'Never', containers: [box('a'), box('b')] }), runtimeOf([ran('a'), runs('b')]), { killPod: false, toStart: [] }],
  ['the sandbox died: all again', podOf(), runtimeOf([ran('a', 1)], [sandboxOf({ ready: false })]), { createSandbox: true, attempt: 1, toStart: [0] }],
  ['the sandbox died, Never: nothing more', podOf({ restartPolicy: 'Never' }), runtimeOf([ran('a', 1)], [sandboxOf({ ready: false })]), { createSandbox: false, killPod: true }],
  ['a container of its own rule runs again', podOf({ restartPolicy: 'Never', containers: [box('a', { restartPolicy: 'Never', restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In', values: [42] } }] })] }), runtimeOf([ran('a', 42)]), { killPod: false, toStart: [0] }],
  ['init done: the next', podOf({ initContainers: [box('i'), box('j')] }), runtimeOf([ran('i')]), { initToStart: [1], toStart: [] }],
  ['init runs: wait', podOf({ initContainers: [box('i')] }), runtimeOf([runs('i')]), { initToStart: [], toStart: [] }],
  ['init all done: the containers', podOf({ initContainers: [box('i')] }), runtimeOf([ran('i')]), { initToStart: [], toStart: [0] }],
  ['init failed: again', podOf({ initContainers: [box('i')] }), runtimeOf([ran('i', 7)]), { initToStart: [0], killPod: false }],
  ['init failed, Never: done', podOf({ restartPolicy: 'Never', initContainers: [box('i')] }), runtimeOf([ran('i', 7)]), { killPod: true, initToStart: [] }],
  ['a sidecar runs: on', podOf({ initContainers: [box('s', side)] }), runtimeOf([runs('s')]), { initToStart: [], toStart: [0] }],
  ['a sidecar has not started by its probe: wait', podOf({ initContainers: [box('s', { ...side, startupProbe: {} })] }), runtimeOf([runs('s')]), { toStart: [] }],
  ['a sidecar died: again, the others go on', podOf({ initContainers: [box('s', side)] }), runtimeOf([runs('a'), ran('s', 1)]), { initToStart: [0], toStart: [], killPod: false }],
  ['nothing but sidecars left: end', podOf({ restartPolicy: 'Never', initContainers: [box('s', side)] }), runtimeOf([ran('a'), runs('s')]), { killPod: true, initToStart: [] }],
  ['an ephemeral container once', podOf({ ephemeralContainers: [{ name: 'e', image: 'x' }] }), runtimeOf([runs('a')]), { ephemeralToStart: [0] }],
  ['an ephemeral container never again', podOf({ ephemeralContainers: [{ name: 'e', image: 'x' }] }), runtimeOf([runs('a'), ran('e', 1)]), { ephemeralToStart: [] }],
]
test.each(table)('%s', (_name, pod, rt, want, input) => { expect(plan(pod, rt, { ...quiet, ...input })).toMatchObject(want) })

test('a failed liveness probe kills and restarts, unless nothing of the pod restarts', () => {
  const p = plan(podOf(), runtimeOf([runs('a')]), { ...quiet, liveness: () => 'failure' })
  expect(p.toKill.map((k) => k.message)).toEqual(['Container a failed liveness probe, will be restarted'])
  expect(p.toStart).toEqual([0])
  expect(plan(podOf({ restartPolicy: 'Never' }), runtimeOf([runs('a')]), { ...quiet, liveness: () => 'failure' }).toStart).toEqual([])
})
test('another image is another container, whatever the restart policy', () => {
  const p = plan(podOf({ restartPolicy: 'Never' }), runtimeOf([runs('a', { hash: 'old' })]), quiet)
  expect(p.toKill[0]?.message).toBe('Container a definition changed, will be restarted')
  expect(p.toStart).toEqual([0])
})

test('whatever the state, a plan starts nothing that runs and is not killed, and the same input gives the same plan', () => {
  const state = fc.constantFrom('created', 'running', 'exited', 'unknown') as fc.Arbitrary<'created' | 'running' | 'exited' | 'unknown'>
  const containers = fc.array(fc.record({ name: fc.constantFrom('a', 'b', 'i', 's'), state, exitCode: fc.constantFrom(0, 1) }), { maxLength: 6 })
  fc.assert(fc.property(containers, fc.constantFrom('Always', 'OnFailure', 'Never'), fc.boolean(), (list, restartPolicy, ready) => {
    const pod = podOf({ restartPolicy, containers: [box('a'), box('b')], initContainers: [box('s', side), box('i')] })
    const rt = runtimeOf(list.map((c, i) => containerOf(c.name, c.state, { exitCode: c.exitCode, restartCount: i })), [sandboxOf({ ready })])
    const p = plan(pod, rt, quiet)
    expect(plan(pod, rt, quiet)).toEqual(p)
    if (p.killPod) return
    const killed = new Set(p.toKill.map((k) => k.spec.name)), newest = (n: string) => rt.containers.find((c) => c.name === n)
    for (const i of p.toStart) { const n = pod.spec!.containers[i]!.name; expect(newest(n)?.state !== 'running' || killed.has(n)).toBe(true) }
    for (const i of p.initToStart) { const n = pod.spec!.initContainers![i]!.name; expect(newest(n)?.state !== 'running' || killed.has(n)).toBe(true) }
  }))
})
