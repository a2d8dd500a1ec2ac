import type { Job, Pod } from '@drydock/api'
import { describe, expect, it } from 'vitest'
import { formatIndexes, parseIndexes } from './indexes.ts'
import { countedStatus, planJob, TRACKING } from './plan.ts'

const now = Date.parse('2026-01-01T00:00:00Z')
const job = (spec: object = {}, status: Job['status'] = {}): Job => ({ metadata: { name: 'j', namespace: 'ns', uid: 'j' }, spec: { completions: 1, parallelism: 1, backoffLimit: 6, template: { spec: { containers: [], restartPolicy: 'Never' } }, ...spec }, status })
const pod = (uid: string, phase: string, o: { exit?: number, index?: number, gone?: boolean } = {}): Pod => ({
  metadata: { name: uid, uid, namespace: 'ns', finalizers: [TRACKING], creationTimestamp: '2025-12-31T23:00:00Z', ...(o.gone && { deletionTimestamp: 'x' }), ...(o.index !== undefined && { annotations: { 'batch.kubernetes.io/job-completion-index': String(o.index) } }) },
  spec: { containers: [] },
  status: { phase, ...(o.exit !== undefined && { containerStatuses: [{ name: 'a', state: { terminated: { exitCode: o.exit } } } as never] }) },
})
const plan = (j: Job, pods: Pod[]) => planJob(j, pods, { nowMs: now, current: true })

describe('a Job', () => {
  it('starts with as many as may run', () => expect(plan(job({ completions: 5, parallelism: 3 }), [])).toMatchObject({ create: [{}, {}, {}], status: { active: 3, ready: 0, terminating: 0 } }))

  it('counts a pod exactly once, wherever it is killed', () => {
    const j = job()
    const first = plan(j, [pod('p', 'Succeeded')])
    expect(first.status).toMatchObject({ uncountedTerminatedPods: { succeeded: ['p'] }, conditions: [{ type: 'SuccessCriteriaMet', reason: 'CompletionsReached' }] })
    // Killed here: the finalizer is still there, the status is written.
    const again = plan({ ...j, status: first.status }, [pod('p', 'Succeeded')])
    expect(again.status.uncountedTerminatedPods).toEqual({ succeeded: ['p'] })
    expect(again.release.map((p) => p.metadata?.uid)).toEqual(['p'])
    const done = countedStatus(j, again.status, now)
    expect(done.status).toMatchObject({ succeeded: 1, uncountedTerminatedPods: {} })
    expect(done.finished).toMatchObject({ type: 'Complete', reason: 'CompletionsReached' })
  })

  it('gives up beyond its limit, and waits before it tries again', () => {
    expect(plan(job({ backoffLimit: 0 }), [pod('p', 'Failed', { exit: 1 })]).status.conditions).toMatchObject([{ type: 'FailureTarget', reason: 'BackoffLimitExceeded' }])
    const failedNow = pod('p', 'Failed')
    failedNow.status!.containerStatuses = [{ name: 'a', state: { terminated: { exitCode: 1, finishedAt: '2025-12-31T23:59:58Z' } } } as never]
    expect(plan(job(), [failedNow])).toMatchObject({ create: [], requeueAfterMs: 8000 })
    // As upstream, whose status then counts none.
    expect(plan(job({ completions: 2, parallelism: 2 }), [failedNow, pod('q', 'Running')]).status.active).toBeUndefined()
  })

  it('ends for want of indexes before it ends well', () => {
    const j = job({ completions: 3, parallelism: 3, completionMode: 'Indexed', backoffLimitPerIndex: 0, maxFailedIndexes: 0, successPolicy: { rules: [{ succeededCount: 1 }] } })
    expect(plan(j, [pod('a', 'Succeeded', { index: 0 }), pod('b', 'Failed', { index: 1, exit: 1 })]).status.conditions).toMatchObject([{ type: 'FailureTarget', reason: 'MaxFailedIndexesExceeded' }])
    expect(plan({ ...j, spec: { ...j.spec!, maxFailedIndexes: 1 } }, [pod('a', 'Succeeded', { index: 0 })]).status.conditions).toMatchObject([{ type: 'SuccessCriteriaMet', reason: 'SuccessPolicy' }])
  })

  it('does what its failure policy says', () => {
    const rules = { podFailurePolicy: { rules: [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [42] } }] } }
    expect(plan(job(rules), [pod('p', 'Failed', { exit: 42 })]).status.conditions).toMatchObject([{ reason: 'PodFailurePolicy', message: 'Container a for pod ns/p failed with exit code 42 matching FailJob rule at index 0' }])
    expect(plan(job(rules), [pod('p', 'Failed', { exit: 1 })]).status.conditions).toBeUndefined()
  })

  it('gives every index one pod', () => {
    const j = job({ completions: 3, parallelism: 3, completionMode: 'Indexed' })
    expect(plan(j, [pod('a', 'Running', { index: 0 }), pod('b', 'Succeeded', { index: 1 })])).toMatchObject({ create: [{ index: 2 }], status: { completedIndexes: '1', succeeded: 1 } })
    expect(plan(j, [pod('a', 'Running', { index: 0 }), pod('b', 'Running', { index: 0 })]).remove).toHaveLength(1)
  })

  it('stops and goes on', () => {
    const stopped = plan(job({ suspend: true }, { startTime: '2025-12-31T23:00:00Z' }), [pod('p', 'Running')])
    expect(stopped).toMatchObject({ remove: [{ metadata: { uid: 'p' } }], uncounted: true, events: [{ reason: 'Suspended' }] })
    expect(plan(job({}, stopped.status), [])).toMatchObject({ create: [{}], events: [{ reason: 'Resumed' }] })
  })

  it.each([['0-2,4', [0, 1, 2, 4]], ['1,3', [1, 3]], ['0,1', [0, 1]], ['', []]])('indexes %s', (text, list) => {
    expect([...parseIndexes(text, 10)]).toEqual(list)
    expect(formatIndexes(new Set(list))).toBe(text)
  })
})
