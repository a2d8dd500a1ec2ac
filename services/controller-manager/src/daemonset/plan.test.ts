import type { DaemonSet, Node, Pod } from '@drydock/api'
import { describe, expect, it } from 'vitest'
import { daemonStatus, HASH, planDaemons, planRollout, type DaemonInput } from './plan.ts'

const now = Date.parse('2026-01-01T00:00:00Z')
const set = (strategy: object = {}): DaemonSet => ({ metadata: { name: 'd', generation: 1 }, spec: { selector: {}, updateStrategy: { type: 'RollingUpdate', rollingUpdate: strategy }, template: { spec: { containers: [] } } } })
const node = (name: string, spec: object = {}): Node => ({ metadata: { name }, spec })
interface P { hash?: string, ready?: boolean, gone?: boolean, phase?: string, at?: string }
const pod = (name: string, on: string, o: P = {}): Pod => ({
  metadata: { name, creationTimestamp: o.at ?? '2025-12-31T00:00:00Z', labels: { [HASH]: o.hash ?? 'new' }, ...(o.gone && { deletionTimestamp: 'x' }) },
  spec: { containers: [], nodeName: on }, status: { phase: o.phase ?? 'Running', conditions: [{ type: 'Ready', status: o.ready === false ? 'False' : 'True', lastTransitionTime: '2025-12-31T00:00:00Z' }] },
})
const input = (nodes: Node[], pods: Pod[], s = set()): DaemonInput => ({ set: s, nodes, pods, hash: 'new', nowMs: now, mayReplaceFailed: () => true })
const plan = (...a: Parameters<typeof input>) => { const p = planDaemons(input(...a)); return [...p.create.map((n) => `+${n}`), ...p.remove.map((x) => `-${x.metadata?.name}`), ...p.failed.map((x) => `!${x.metadata?.name}`)] }

describe('daemons', () => {
  it.each([
    ['one on every node', [node('a'), node('b')], [pod('p', 'a')], ['+b']],
    ['none beside one that is on its way out', [node('a')], [pod('p', 'a', { gone: true })], []],
    ['one after it has ended', [node('a')], [pod('p', 'a', { gone: true, phase: 'Succeeded' })], ['+a']],
    ['what failed goes', [node('a')], [pod('p', 'a', { phase: 'Failed' })], ['!p']],
    ['of two the younger goes', [node('a')], [pod('p', 'a'), pod('q', 'a', { at: '2025-12-31T00:00:01Z' })], ['-q']],
    ['a cordoned node keeps its own and gets one', [node('a', { unschedulable: true, taints: [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }] })], [], ['+a']],
    ['not where it is not tolerated', [node('a', { taints: [{ key: 'k', effect: 'NoExecute' }] })], [pod('p', 'a')], ['-p']],
    ['stays where only new ones are kept out', [node('a', { taints: [{ key: 'k', effect: 'NoSchedule' }] })], [pod('p', 'a')], []],
  ] as [string, Node[], Pod[], string[]][])('%s', (_, nodes, pods, wanted) => expect(plan(nodes, pods)).toEqual(wanted))

  it('roll one by one, or as many as may be missing', () => {
    const two = [pod('p', 'a', { hash: 'old' }), pod('q', 'b', { hash: 'old' })]
    expect(planRollout(input([node('a'), node('b')], two)).remove).toHaveLength(1)
    expect(planRollout(input([node('a'), node('b')], two, set({ maxUnavailable: '100%' }))).remove).toHaveLength(2)
    expect(planRollout(input([node('a'), node('b')], two, set({ maxSurge: 1, maxUnavailable: 0 })))).toMatchObject({ remove: [], create: ['a'] })
  })

  it('of two on a node the older one speaks for it', () => {
    const both = [pod('new', 'a', { at: '2025-12-31T00:00:01Z' }), pod('old', 'a', { hash: 'old' })]
    expect(daemonStatus(input([node('a')], both))).toMatchObject({ desiredNumberScheduled: 1, currentNumberScheduled: 1, numberReady: 1, numberAvailable: 1 })
    expect(daemonStatus(input([node('a')], both)).updatedNumberScheduled).toBeUndefined()
  })
})
