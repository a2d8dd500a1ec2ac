import type { Pod } from '@drydock/api'
import { describe, expect, it } from 'vitest'
import { planReplicas, replicaStatus } from './plan.ts'

const now = Date.parse('2026-01-01T01:00:00Z')
const pod = (name: string, o: { ready?: boolean, since?: string, node?: string, phase?: string, gone?: boolean, cost?: string } = {}): Pod => ({
  metadata: { name, uid: name, labels: { app: 'a' }, creationTimestamp: '2026-01-01T00:00:00Z', ...(o.gone && { deletionTimestamp: '2026-01-01T00:30:00Z' }), ...(o.cost && { annotations: { 'controller.kubernetes.io/pod-deletion-cost': o.cost } }) },
  spec: { containers: [], nodeName: o.node ?? 'n' },
  status: { phase: o.phase ?? 'Running', conditions: [{ type: 'Ready', status: o.ready === false ? 'False' : 'True', lastTransitionTime: o.since ?? '2026-01-01T00:00:00Z' }] },
})
const removed = (desired: number, pods: Pod[], related = pods) => planReplicas(desired, pods, related, now).remove.map((p) => p.metadata?.name)

describe('how many', () => {
  it('counts neither those that ended nor those that go', () => expect(planReplicas(3, [pod('a'), pod('b', { phase: 'Failed' }), pod('c', { gone: true })], [], now)).toEqual({ create: 2, remove: [] }))
  it('makes at most a burst', () => expect(planReplicas(2000, [], [], now).create).toBe(500))
})

describe('who goes first', () => {
  it.each([
    ['without a node', [pod('a'), pod('b', { node: '' })], 'b'],
    ['pending', [pod('a'), pod('b', { phase: 'Pending' })], 'b'],
    ['not ready', [pod('a'), pod('b', { ready: false })], 'b'],
    ['cheap', [pod('a'), pod('b', { cost: '-5' })], 'b'],
    ['on a crowded node', [pod('a', { node: 'x' }), pod('b'), pod('c')], 'b'],
    ['ready for a short time', [pod('a'), pod('b', { since: '2026-01-01T00:59:00Z' })], 'b'],
  ])('%s', (_, pods, first) => expect(removed(pods.length - 1, pods)).toEqual([first]))
})

describe('the status', () => {
  const status = (pods: Pod[], failure?: { message: string, diff: number }, before: { replicas: number } | undefined = undefined) => replicaStatus({ before, desired: 2, minReadySeconds: 0, templateLabels: { app: 'a' }, pods, generation: 1, failure, countTerminating: true, nowMs: now })
  it('leaves out zeros but for replicas', () => expect(status([])).toEqual({ observedGeneration: 1, replicas: 0, terminatingReplicas: 0 }))
  it('counts', () => expect(status([pod('a'), pod('b', { ready: false }), pod('c', { gone: true })])).toEqual({ observedGeneration: 1, replicas: 2, fullyLabeledReplicas: 2, readyReplicas: 1, availableReplicas: 1, terminatingReplicas: 1 }))
  it('says what failed, and no longer when it does not', () => {
    const failed = status([], { message: 'no', diff: -2 })
    expect(failed.conditions).toMatchObject([{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'no' }])
    expect(status([], undefined, failed).conditions).toBeUndefined()
  })
})
