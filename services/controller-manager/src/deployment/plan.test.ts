import type { Deployment, ReplicaSet } from '@drydock/api'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fences, isScaling, maxSurge, maxUnavailable, newSetSize, planCleanup, planNewSet, planOldSets, planScale, replicas, sizeOf } from './plan.ts'
import { buildNew, findNew, newSetAnnotations, revisionOf, sizeAnnotations } from './revisions.ts'

const deployment = (n: number, rollingUpdate: { maxSurge?: number | string, maxUnavailable?: number | string } = {}, more = {}): Deployment =>
  ({ metadata: { name: 'web', namespace: 'ns', uid: 'd' }, spec: { replicas: n, selector: { matchLabels: { app: 'a' } }, template: { metadata: { labels: { app: 'a' } } }, strategy: { type: 'RollingUpdate', rollingUpdate }, ...more } })
const set = (name: string, size: number, available = size, annotations: Record<string, string> = {}): ReplicaSet =>
  ({ metadata: { name, uid: name, creationTimestamp: name, annotations }, spec: { replicas: size, selector: {}, template: { metadata: { labels: { v: name } } } }, status: { replicas: size, availableReplicas: available } })

describe('fences', () => {
  it.each([
    [3, {}, 1, 0], [4, { maxSurge: '25%', maxUnavailable: '25%' }, 1, 1], [3, { maxSurge: '25%', maxUnavailable: '25%' }, 1, 0],
    [2, { maxSurge: 0, maxUnavailable: '10%' }, 0, 1], [10, { maxSurge: '100%', maxUnavailable: 0 }, 10, 0],
  ])('%i replicas, %j: %i more, %i fewer', (n, r, surge, unavailable) => expect(fences(deployment(n, r))).toEqual({ surge, unavailable }))
})

describe('a rolling update', () => {
  it('goes as upstream: one up, one down', () => {
    const d = deployment(3, { maxSurge: 1, maxUnavailable: 1 })
    const old = set('1', 3)
    const fresh = set('2', 0)
    expect(newSetSize(d, [old, fresh], fresh)).toBe(1)
    const grown = set('2', 1, 0)
    expect(planNewSet(d, [old, grown], grown)).toBeUndefined()
    expect(planOldSets(d, [old, grown], grown, [old])).toEqual([{ set: old, to: 2 }])
  })

  it('takes away what is not healthy first', () => {
    const d = deployment(3, { maxSurge: 1, maxUnavailable: 1 })
    const broken = set('1', 2, 0), good = set('0', 2, 2), fresh = set('2', 0)
    expect(planOldSets(d, [broken, good, fresh], fresh, [broken, good])).toEqual([{ set: broken, to: 0 }])
  })

  it('always ends, within its fences at every step, whatever becomes ready when', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 3 }), fc.infiniteStream(fc.boolean()), (n, before, surge, unavailable, luck) => {
      const d = deployment(n, { maxSurge: surge, maxUnavailable: unavailable })
      let old = set('1', before), fresh = set('2', 0)
      for (let i = 0; i < 500; i++) {
        const all = [old, fresh]
        const grow = planNewSet(d, all, fresh)
        const shrink = grow ? [] : planOldSets(d, all, fresh, [old])
        if (grow) fresh = set('2', grow.to, fresh.status!.availableReplicas)
        for (const r of shrink) {
          const lost = sizeOf(old) - r.to
          const wasDown = sizeOf(old) - old.status!.availableReplicas!
          old = set('1', r.to, old.status!.availableReplicas! - Math.max(0, lost - wasDown))
          const available = old.status!.availableReplicas! + fresh.status!.availableReplicas!
          if (lost > wasDown) expect(available).toBeGreaterThanOrEqual(n - maxUnavailable(d))
        }
        if (grow && sizeOf(fresh) > 0) expect(sizeOf(old) + sizeOf(fresh)).toBeLessThanOrEqual(Math.max(n + maxSurge(d), before))
        if (!grow && shrink.length === 0 && fresh.status!.availableReplicas === sizeOf(fresh)) break
        if (luck.next().value) fresh = set('2', sizeOf(fresh), Math.min(sizeOf(fresh), fresh.status!.availableReplicas! + 1))
      }
      expect([sizeOf(old), sizeOf(fresh)]).toEqual([0, n])
    }), { numRuns: 200 })
  })
})

describe('a change of size', () => {
  it('goes to the only set that has pods', () => expect(planScale(deployment(5), set('2', 3), [set('1', 0)])).toMatchObject([{ to: 5 }]))
  it('is shared in the middle of a rollout, and adds up', () => {
    const said = { 'deployment.kubernetes.io/desired-replicas': '10', 'deployment.kubernetes.io/max-replicas': '10' }
    const d = deployment(20, { maxSurge: 0, maxUnavailable: 1 })
    const [a, b] = [set('2', 4, 4, said), set('1', 6, 6, said)]
    const plan = planScale(d, a, [b])
    expect(plan.reduce((n, r) => n + r.to, 0)).toBe(20)
    expect(plan.find((r) => r.set === b)?.to).toBe(12)
    expect(replicas(d)).toBe(20)
  })
  it('is over when every set says the new size, also where none changes its own', () => {
    const said = { 'deployment.kubernetes.io/desired-replicas': '2', 'deployment.kubernetes.io/max-replicas': '3' }
    const d = deployment(1, { maxSurge: 1, maxUnavailable: 0 }), fresh = set('2', 1, 1, said), old = set('1', 1, 1, said)
    expect(isScaling(d, [fresh, old])).toBe(true)
    expect(planScale(d, fresh, [old]).map((r) => [r.set.metadata?.name, r.to]).sort()).toEqual([['1', 1], ['2', 1]])
  })

  it('in the middle of rollouts, again and again, comes to an end: one set of the newest template with what is asked for', () => {
    const change = fc.record({ to: fc.option(fc.integer({ min: 0, max: 8 })), rolls: fc.boolean(), rounds: fc.integer({ min: 0, max: 4 }) })
    const fence = fc.constantFrom(0, 1, '25%', '100%')
    fc.assert(fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), fence, fence, fc.integer({ min: 0, max: 8 }), (changes, maxSurge, maxUnavailable, first) => {
      let d = deployment(first, { maxSurge, maxUnavailable }), sets: ReplicaSet[] = [], n = 0
      const roll = () => { n++; sets = [...sets, { ...set(`v${n}`, 0, 0, sizeAnnotations(d)), metadata: { name: `v${n}`, uid: `v${n}`, creationTimestamp: `2026-01-01T00:00:0${n}Z`, annotations: sizeAnnotations(d) } }] }
      const round = (): boolean => {
        const fresh = sets.at(-1)!, old = sets.slice(0, -1)
        const grow = isScaling(d, sets) ? undefined : planNewSet(d, sets, fresh)
        const plan = isScaling(d, sets) ? planScale(d, fresh, old) : grow ? [grow] : planOldSets(d, sets, fresh, old)
        const to = new Map(plan.map((r) => [r.set, r.to]))
        sets = sets.map((rs) => { const size = to.get(rs); return size === undefined ? { ...rs, status: { replicas: sizeOf(rs), availableReplicas: sizeOf(rs) } } : { ...rs, metadata: { ...rs.metadata, annotations: { ...rs.metadata?.annotations, ...sizeAnnotations(d) } }, spec: { ...rs.spec!, replicas: size }, status: { replicas: size, availableReplicas: Math.min(size, sizeOf(rs)) } } })
        return plan.length > 0
      }
      roll()
      for (const c of changes) {
        if (c.to !== null) d = deployment(c.to, { maxSurge, maxUnavailable })
        if (c.rolls) roll()
        for (let i = 0; i < c.rounds; i++) round()
      }
      for (let i = 0, still = 0; still < 2 && i < 200; i++) still = round() ? 0 : still + 1
      expect(sets.map(sizeOf)).toEqual([...sets.slice(0, -1).map(() => 0), replicas(d)])
    }), { numRuns: 300 })
  })
})

describe('revisions', () => {
  it('make the same name of the same template, and another of another', () => {
    const d = deployment(1)
    const one = buildNew(d, 1, () => 1)
    expect(one.metadata?.name).toBe(buildNew(structuredClone(d), 2, () => 0).metadata?.name)
    expect(one.spec?.selector.matchLabels).toEqual({ app: 'a', 'pod-template-hash': one.metadata!.labels!['pod-template-hash'] })
    d.spec!.template.metadata!.labels = { app: 'b' }
    expect(buildNew(d, 1, () => 1).metadata?.name).not.toBe(one.metadata?.name)
  })
  it('find the set that has the template, whatever its hash', () => {
    const d = deployment(1)
    const one = buildNew(d, 1, () => 1)
    expect(findNew(d, [set('x', 1), one])).toBe(one)
  })
  it('keep the history of a set that becomes new again', () => {
    const rs = set('1', 0, 0, { 'deployment.kubernetes.io/revision': '1' })
    expect(newSetAnnotations(deployment(1), rs, 3, true)).toEqual({ 'deployment.kubernetes.io/revision': '3', 'deployment.kubernetes.io/revision-history': '1' })
    const same = newSetAnnotations(deployment(1), rs, 1, true)
    expect(same).toBe(rs.metadata?.annotations)
  })
  it('are forgotten beyond the limit, oldest first, but not while they have pods', () => {
    const at = (n: number, size = 0) => set(`r${n}`, size, size, { 'deployment.kubernetes.io/revision': String(n) })
    const sets = [at(3), at(1), at(2, 1)]
    expect(planCleanup(deployment(1, {}, { revisionHistoryLimit: 1 }), sets, revisionOf).map((s) => s.metadata?.name)).toEqual(['r1'])
  })
})
