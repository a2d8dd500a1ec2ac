import type { CronJob, Job } from '@drydock/api'
import { describe, expect, it } from 'vitest'
import { dueTime, jobName, surplusHistory } from './plan.ts'

const at = (s: string) => Date.parse(`2026-01-01T${s}Z`)
const cj = (spec: object, status: object = {}): CronJob => ({ metadata: { name: 'c', creationTimestamp: '2026-01-01T00:00:30Z' }, spec: { schedule: '* * * * *', ...spec } as never, status })
const due = (c: CronJob, now: string) => { const d = dueTime(c, at(now)); return [d.at && new Date(d.at).toISOString().slice(11, 19), d.nextMs && new Date(d.nextMs).toISOString().slice(11, 19)] }

describe('when a CronJob is due', () => {
  it.each([
    ['not before its first time', {}, {}, '00:00:45', [undefined, '00:01:00']],
    ['the latest of what was missed', {}, {}, '00:03:10', ['00:03:00', '00:04:00']],
    ['not what was served', {}, { lastScheduleTime: '2026-01-01T00:03:00Z' }, '00:03:10', [undefined, '00:04:00']],
    ['not what is too late', { startingDeadlineSeconds: 5 }, {}, '00:03:10', [undefined, '00:04:00']],
    ['in its own zone', { schedule: '30 6 * * *', timeZone: 'Asia/Kolkata' }, {}, '01:00:01', ['01:00:00', '01:00:00']],
    ['by name', { schedule: '@hourly' }, {}, '01:00:01', ['01:00:00', '02:00:00']],
    ['every so often', { schedule: '@every 1m30s' }, {}, '00:02:10', ['00:02:00', '00:03:30']],
    ['from five on', { schedule: '5/20 * * * ?' }, {}, '00:26:00', ['00:25:00', '00:45:00']],
  ] as [string, object, object, string, (string | undefined)[]][])('%s', (_, spec, status, now, wanted) => expect(due(cj(spec, status), now)).toEqual(wanted))
  it('after many missed times, once', () => {
    const d = dueTime(cj({}), at('06:00:10'))
    expect([d.missed > 100, new Date(d.at!).toISOString()]).toEqual([true, '2026-01-01T06:00:00.000Z'])
  })
  it('what cannot be read throws', () => expect(() => dueTime(cj({ schedule: 'soon' }), at('00:01:00'))).toThrow())
  it('names are made of the minute', () => expect(jobName(cj({}), at('00:01:00'))).toBe(jobName(cj({}), at('00:01:30'))))
})

it('history beyond the limits goes, oldest first', () => {
  const job = (name: string, type: string, hour: number): Job => ({ metadata: { name }, status: { startTime: `2026-01-01T0${hour}:00:00Z`, conditions: [{ type, status: 'True' }] } })
  const jobs = [job('b', 'Complete', 2), job('a', 'Complete', 1), job('f', 'Failed', 3), job('e', 'Failed', 1)]
  expect(surplusHistory(cj({ successfulJobsHistoryLimit: 1, failedJobsHistoryLimit: 0 }), jobs).map((j) => j.metadata?.name)).toEqual(['a', 'e', 'f'])
})
