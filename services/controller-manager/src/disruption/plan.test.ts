import type { Pod, PodDisruptionBudget } from '@drydock/api'
import { describe, expect, it } from 'vitest'
import { budgetStatus, expectedPods } from './plan.ts'

const now = Date.parse('2026-01-01T00:00:00Z')
const budget = (spec: object, status: object = {}): PodDisruptionBudget => ({ metadata: { name: 'b', namespace: 'ns', generation: 1 }, spec, status: status as never })
const pod = (name: string, owner?: string, ready = true): Pod => ({
  metadata: { name, namespace: 'ns', ...(owner && { ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: owner, uid: owner, controller: true }] }) },
  spec: { containers: [] }, status: { phase: 'Running', conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
})
const four = () => ({ uid: 'rs', replicas: 4 })

describe('how many pods a budget expects', () => {
  it.each([
    ['those there are, by number', { minAvailable: 1 }, [pod('a'), pod('b')], { expected: 2, desired: 1 }],
    ['what was asked for, by share', { minAvailable: '50%' }, [pod('a', 'rs')], { expected: 4, desired: 2 }],
    ['and by what may be missing', { maxUnavailable: 1 }, [pod('a', 'rs'), pod('b', 'rs')], { expected: 4, desired: 3 }],
    ['bare pods are left out', { maxUnavailable: 1 }, [pod('a')], { expected: 0, desired: 0, unmanaged: [{ metadata: { name: 'a' } }] }],
  ] as const)('%s', (_, spec, pods, wanted) => expect(expectedPods(budget(spec), pods, four)).toMatchObject(wanted))
  it('a controller without a size cannot be counted on', () => {
    expect(() => expectedPods(budget({ maxUnavailable: 1 }), [pod('a', 'rs')], () => undefined)).toThrow('found no controllers for pod "a"')
  })
})

describe('what a budget allows', () => {
  it('what is healthy beyond what must be', () => {
    expect(budgetStatus({ budget: budget({}), pods: [pod('a'), pod('b', 'rs', false)], expected: 2, desired: 0, nowMs: now })).toMatchObject({ currentHealthy: 1, disruptionsAllowed: 1, conditions: [{ status: 'True', reason: 'SufficientPods' }] })
  })
  it('nothing where nothing is expected', () => {
    expect(budgetStatus({ budget: budget({}), pods: [pod('a')], expected: 0, desired: 0, nowMs: now })).toMatchObject({ currentHealthy: 1, disruptionsAllowed: 0, conditions: [{ status: 'False', reason: 'InsufficientPods' }] })
  })
  it('a pod that was told to go counts no more, until it is clear that it stays', () => {
    const told = (at: string) => budget({}, { disruptedPods: { a: at } })
    expect(budgetStatus({ budget: told('2025-12-31T23:59:00Z'), pods: [pod('a'), pod('b')], expected: 2, desired: 1, nowMs: now })).toMatchObject({ currentHealthy: 1, disruptionsAllowed: 0 })
    expect(budgetStatus({ budget: told('2025-12-31T23:00:00Z'), pods: [pod('a'), pod('b')], expected: 2, desired: 1, nowMs: now })).toMatchObject({ currentHealthy: 2, disruptionsAllowed: 1 })
  })
})
