import type { Job, JobStatus } from '@drydock/api'
import { describe, expect, test } from 'vitest'
import { validateJobStatus } from './job-status.ts'

const job = (status: JobStatus, spec: Partial<Job['spec']> = {}): Job => ({ metadata: { name: 'j' }, spec: { template: {}, completions: 5, parallelism: 2, completionMode: 'Indexed', ...spec }, status } as Job)
const condition = (type: string) => ({ type, status: 'True' })
const T0 = '2030-01-01T00:00:00Z', T1 = '2030-01-01T00:00:01Z'
const ended: JobStatus = { startTime: T0, completionTime: T1, conditions: [condition('SuccessCriteriaMet'), condition('Complete')] }

describe('the status of a job', () => {
  test.each<[string, JobStatus, JobStatus, string[]]>([
    ['runs', { startTime: T0, active: 2, ready: 1 }, {}, []],
    ['ends', ended, { startTime: T0, conditions: [condition('SuccessCriteriaMet')] }, []],
    ['ends at once', { ...ended, conditions: [condition('Complete')] }, { startTime: T0 }, ['status.conditions: Invalid value: cannot set Complete=True condition without the SuccessCriteriaMet=true condition']],
    ['ends without a time', { startTime: T0, conditions: ended.conditions! }, { startTime: T0 }, ['status.completionTime: Required value: completionTime is required for Complete jobs']],
    ['ends with pods', { ...ended, active: 1 }, { startTime: T0, active: 1 }, ['status.active: Invalid value: 1: active>0 is invalid for finished job']],
    ['goes on after its end', { startTime: T0, conditions: [condition('SuccessCriteriaMet')] }, ended, ['status.conditions: Invalid value: cannot disable the terminal Complete=True condition']],
    ['forgets its start', {}, { startTime: T0 }, ['status.startTime: Required value: startTime cannot be removed for unsuspended job']],
    ['more ready than active', { startTime: T0, active: 1, ready: 2 }, { startTime: T0 }, ['status.ready: Invalid value: 2: cannot set more ready pods than active']],
    ['fewer failures', { failed: 1 }, { failed: 2 }, ['status.failed: Invalid value: 1: cannot decrease the failed counter']],
    ['indexes beyond', { completedIndexes: '0-7' }, {}, ['status.completedIndexes: Invalid value: "0-7": error parsing completedIndexes: too large index: "7"']],
  ])('%s', (_, now, was, errors) => {
    expect(validateJobStatus(job(now), job(was)).map(String)).toEqual(errors)
  })
  test('indexes that failed and ended', () => {
    const spec = { backoffLimitPerIndex: 1 }
    expect(validateJobStatus(job({ completedIndexes: '0,2-4', failedIndexes: '3' }, spec), job({}, spec)).map(String)).toEqual(['status.failedIndexes: Invalid value: "3": failedIndexes and completedIndexes overlap at index: 3'])
  })
  test('what was let in before binds nobody', () => {
    const odd: JobStatus = { conditions: [condition('Complete')], active: 1 }
    expect(validateJobStatus(job({ ...odd, failed: 1 }), job(odd))).toEqual([])
  })
})
