import type { Pod } from '@drydock/api'
import { expect, it } from 'vitest'
import { planGc } from './plan.ts'

const pod = (name: string, nodeName: string | undefined, o: { phase?: string, going?: boolean, at?: string, evicted?: boolean } = {}): Pod => ({
  metadata: { name, creationTimestamp: o.at ?? '2026-01-01T00:00:00Z', ...(o.going && { deletionTimestamp: 'x' }) }, spec: { containers: [], ...(nodeName && { nodeName }) },
  status: { phase: o.phase ?? 'Running', ...(o.evicted && { reason: 'Evicted' }) },
})
const plan = (pods: Pod[], threshold = 0) => {
  const p = planGc({ pods, threshold, nodeExists: (n) => n !== 'gone', nodeGone: (n) => n === 'gone', nodeOutOfService: (n) => n === 'off' })
  return Object.fromEntries(Object.entries(p).map(([k, l]) => [k, (l as readonly Pod[]).map((x) => x.metadata?.name)]))
}

it('collects what nobody else will', () => {
  expect(plan([pod('a', 'on'), pod('b', 'gone'), pod('c', undefined, { going: true, phase: 'Pending' }), pod('d', 'off', { going: true }), pod('e', 'off'), pod('f', 'on', { going: true })])).toEqual({ terminated: [], orphaned: ['b'], unscheduled: ['c'], outOfService: ['d'] })
})
it('of too many that ended, the evicted and then the oldest go', () => {
  const ended = [pod('old', 'on', { phase: 'Failed', at: '2026-01-01T00:00:00Z' }), pod('new', 'on', { phase: 'Succeeded', at: '2026-01-03T00:00:00Z' }), pod('put-out', 'on', { phase: 'Failed', at: '2026-01-04T00:00:00Z', evicted: true })]
  expect(plan(ended, 1)['terminated']).toEqual(['put-out', 'old'])
  expect(plan(ended, 3)['terminated']).toEqual([])
})
