import type { Node, Pod } from '@drydock/api'
import { describe, expect, it } from 'vitest'
import { evictionTime } from '../taint-eviction/plan.ts'
import { plannedTaints, silentConditions } from './plan.ts'

const now = Date.parse('2026-01-01T00:10:00Z')
const node = (ready?: string, spec: Node['spec'] = {}): Node => ({ metadata: { name: 'n' }, spec, status: { conditions: ready ? [{ type: 'Ready', status: ready }] : [] } })
const keys = (n: Node, evict = true) => plannedTaints(n, { evict, nowMs: now })?.map((t) => `${t.key.replace('node.kubernetes.io/', '')}:${t.effect}`)

describe('taints', () => {
  it.each([
    ['Unknown', {}, ['unreachable:NoSchedule', 'unreachable:NoExecute']],
    ['False', {}, ['not-ready:NoSchedule', 'not-ready:NoExecute']],
    ['True', { unschedulable: true }, ['unschedulable:NoSchedule']],
    ['True', {}, undefined],
  ] as [string, object, string[] | undefined][])('%s %j', (ready, spec, wanted) => expect(keys(node(ready, spec))).toEqual(wanted))
  it('leave with what brought them, and others stay', () => expect(keys(node('True', { taints: [{ key: 'node.kubernetes.io/not-ready', effect: 'NoExecute' }, { key: 'mine', effect: 'NoSchedule' }] }))).toEqual(['mine:NoSchedule']))
  it('evict nobody when they must not', () => expect(keys(node('Unknown'), false)).toEqual(['unreachable:NoSchedule']))
})

describe('silence', () => {
  it('makes every condition unknown, once', () => {
    const silent = silentConditions(node('True'), now)!
    expect(silent.map((c) => [c.type, c.status, c.reason])).toEqual([['Ready', 'Unknown', 'NodeStatusUnknown'], ['MemoryPressure', 'Unknown', 'NodeStatusNeverUpdated'], ['DiskPressure', 'Unknown', 'NodeStatusNeverUpdated'], ['PIDPressure', 'Unknown', 'NodeStatusNeverUpdated']])
    expect(silentConditions({ ...node(), status: { conditions: silent } }, now)).toBeUndefined()
  })
})

describe('eviction', () => {
  const taint = { key: 'k', effect: 'NoExecute', timeAdded: '2026-01-01T00:09:00Z' }
  const pod = (tolerations: NonNullable<Pod['spec']>['tolerations'], creationTimestamp = '2026-01-01T00:00:00Z'): Pod => ({ metadata: { creationTimestamp }, spec: { containers: [], tolerations } })
  const at = (p: Pod, t = taint) => evictionTime(p, [t], { nowMs: now, firstSeenMs: now - 5000 })
  it.each([
    ['at once', pod([]), now],
    ['never', pod([{ key: 'k', operator: 'Exists' }]), 'never'],
    ['after its time', pod([{ key: 'k', operator: 'Exists', tolerationSeconds: 300 }]), Date.parse('2026-01-01T00:14:00Z')],
    ['a pod that came later has its time too', pod([{ key: 'k', operator: 'Exists', tolerationSeconds: 300 }], '2026-01-01T00:10:00Z'), Date.parse('2026-01-01T00:15:00Z')],
  ] as [string, Pod, number | 'never'][])('%s', (_, p, wanted) => expect(at(p)).toBe(wanted))
  it('counts from when it was first seen where the taint does not say', () => expect(evictionTime(pod([{ operator: 'Exists', tolerationSeconds: 10 }]), [{ key: 'k', effect: 'NoExecute' }], { nowMs: now, firstSeenMs: now - 5000 })).toBe(now + 5000))
  it('ignores other effects', () => expect(at(pod([]), { ...taint, effect: 'NoSchedule' })).toBe('never'))
})
