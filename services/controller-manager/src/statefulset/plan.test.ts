import type { Pod, StatefulSet } from '@drydock/api'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { claimOwners, isStale, ordinalOf, planSteps, statefulSetStatus, type PlanInput } from './plan.ts'

const now = Date.parse('2026-01-01T00:00:00Z')
const set = (replicas: number, spec: object = {}): StatefulSet => ({ metadata: { name: 'web', namespace: 'ns', uid: 's', generation: 1 }, spec: { replicas, serviceName: 'web', selector: { matchLabels: { app: 'a' } }, template: {}, ...spec } as NonNullable<StatefulSet['spec']> })
const pod = (ordinal: number, o: { ready?: boolean, revision?: string, gone?: boolean, phase?: string } = {}): Pod => ({
  metadata: { name: `web-${ordinal}`, uid: `u${ordinal}`, labels: { 'controller-revision-hash': o.revision ?? 'r1' }, ...(o.gone && { deletionTimestamp: 'x' }) },
  spec: { containers: [] }, status: { phase: o.phase ?? 'Running', conditions: [{ type: 'Ready', status: o.ready === false ? 'False' : 'True', lastTransitionTime: '2025-01-01T00:00:00Z' }] },
})
const input = (s: StatefulSet, pods: Pod[], revisions = { current: 'r1', update: 'r1' }): PlanInput => ({ set: s, pods, revisions, nowMs: now, missingClaims: () => false, staleClaims: () => false, wrongOwners: () => false })
const steps = (...a: Parameters<typeof input>) => planSteps(input(...a)).map((x) => (x.do === 'delete' ? `-${ordinalOf(a[0], x.pod)}` : x.do === 'create' ? `+${x.ordinal}${x.revision === 'r1' ? '' : x.revision}` : x.do))

describe('a StatefulSet', () => {
  it.each([
    ['starts with the first', set(3), [], ['+0']],
    ['waits for it', set(3), [pod(0, { ready: false })], []],
    ['goes on when it is ready', set(3), [pod(0)], ['+1']],
    ['makes all at once when told', set(3, { podManagementPolicy: 'Parallel' }), [], ['+0', '+1', '+2']],
    ['fills a gap before anything else', set(3), [pod(0), pod(2)], ['+1']],
    ['shrinks from the end', set(1), [pod(0), pod(1), pod(2)], ['-2']],
    ['one by one', set(1), [pod(0), pod(1), pod(2, { gone: true })], []],
    ['replaces what failed', set(1), [pod(0, { phase: 'Failed' })], ['-0']],
    ['starts where it is told', set(2, { ordinals: { start: 5 } }), [pod(5)], ['+6']],
  ] as [string, StatefulSet, Pod[], string[]][])('%s', (_, s, pods, wanted) => expect(steps(s, pods)).toEqual(wanted))

  const two = { current: 'r1', update: 'r2' }
  it.each([
    ['rolls from the end', set(2), [pod(0), pod(1)], ['-1']],
    ['waits for what it replaced', set(2), [pod(0), pod(1, { revision: 'r2', ready: false })], []],
    ['goes on then', set(2), [pod(0), pod(1, { revision: 'r2' })], ['-0']],
    ['stops at the partition', set(2, { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 1 } } }), [pod(0), pod(1, { revision: 'r2' })], []],
    ['leaves it to others when told', set(2, { updateStrategy: { type: 'OnDelete' } }), [pod(0), pod(1)], []],
    ['all that may be missing at once', set(3, { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 2 } } }), [pod(0), pod(1), pod(2)], ['-2', '-1']],
    ['what is not well first of all', set(3, { podManagementPolicy: 'Parallel' }), [pod(0), pod(1, { ready: false }), pod(2, { revision: 'r2' })], ['-1']],
    ['makes the old one below the partition', set(2, { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 1 } } }), [pod(1, { revision: 'r2' })], ['+0']],
  ] as [string, StatefulSet, Pod[], string[]][])('%s', (_, s, pods, wanted) => expect(steps(s, pods, two)).toEqual(wanted))

  it('moves on to the new revision when all pods have it', () => {
    expect(statefulSetStatus(input(set(1), [pod(0, { revision: 'r2' })], two))).toMatchObject({ currentRevision: 'r2', currentReplicas: 1 })
    expect(statefulSetStatus(input(set(2), [pod(0), pod(1, { revision: 'r2' })], two))).toMatchObject({ currentRevision: 'r1', currentReplicas: 1, updatedReplicas: 1 })
  })

  describe('claims', () => {
    const claim = (...owners: object[]) => ({ metadata: { name: 'v-web-1', ...(owners.length > 0 && { ownerReferences: owners as never }) } })
    const keep = (whenDeleted: string, whenScaled: string, replicas = 2) => set(replicas, { persistentVolumeClaimRetentionPolicy: { whenDeleted, whenScaled } })
    const ofSet = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'web', uid: 's', controller: true, blockOwnerDeletion: true }
    const ofPod = { apiVersion: 'v1', kind: 'Pod', name: 'web-1', uid: 'u1', controller: true, blockOwnerDeletion: true }
    it.each([
      ['stay', keep('Retain', 'Retain'), claim(), undefined],
      ['stay again', keep('Retain', 'Retain'), claim(ofSet), []],
      ['go with the set', keep('Delete', 'Retain'), claim(), [ofSet]],
      ['go with it already', keep('Delete', 'Delete'), claim(ofSet), undefined],
      ['go with the pod that is scaled away', keep('Delete', 'Delete', 1), claim(ofSet), [ofPod]],
      ['stay while the pod is wanted', keep('Retain', 'Delete'), claim(ofPod), []],
      ['of others are let go of', keep('Delete', 'Retain'), claim(ofSet, { kind: 'Other', name: 'x', uid: 'x', controller: true }), [{ kind: 'Other', name: 'x', uid: 'x', controller: true }]],
    ] as [string, StatefulSet, object, object[] | undefined][])('%s', (_, s, c, owners) => expect(claimOwners(s, pod(1), c)).toEqual(owners))
    it('of a pod that is gone are stale', () => {
      expect(isStale(set(2), 1, claim({ ...ofPod, uid: 'earlier' }), undefined)).toBe(true)
      expect(isStale(set(2), 1, claim(ofSet), undefined)).toBe(false)
      expect(planSteps({ ...input(set(1), []), staleClaims: () => true })).toEqual([])
    })
  })

  it('in order, never makes a pod beside one that is not ready, nor touches two at once', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 5 }), fc.array(fc.record({ ready: fc.boolean(), gone: fc.boolean(), revision: fc.constantFrom('r1', 'r2') }), { maxLength: 7 }), (n, states) => {
      const pods = states.map((s, i) => pod(i, s))
      const s = set(n)
      const plan = planSteps(input(s, pods, two)).filter((x) => x.do !== 'claims')
      expect(plan.length).toBeLessThanOrEqual(1)
      const first = plan[0]
      if (first?.do === 'create') for (const p of pods.slice(0, first.ordinal)) expect([p.status?.conditions?.[0]?.status, p.metadata?.deletionTimestamp]).toEqual(['True', undefined])
      if (first?.do === 'delete') expect(first.pod.metadata?.deletionTimestamp).toBeUndefined()
    }))
  })
})
