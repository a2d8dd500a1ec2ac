import { Cron } from 'croner'
import type { CronJob, Job } from '@drydock/api'

/** When a CronJob's next Job is due, and which of its Jobs are history. Pure. */

// More missed times than this are not counted one by one (upstream's limit).
const MAX_MISSED = 100

export interface Due { readonly at: number | undefined, readonly missed: number, readonly nextMs: number | undefined }

/** The latest time that was due and not served, since the last one or the CronJob's creation. Throws where the schedule cannot be read. */
export function dueTime(cj: CronJob, nowMs: number): Due {
  const zone = cj.spec?.timeZone
  const cron = new Cron(cj.spec?.schedule ?? '', { timezone: zone ?? 'UTC', paused: true, mode: '5-part' })
  let from = Date.parse(cj.status?.lastScheduleTime ?? cj.metadata?.creationTimestamp ?? '') || nowMs
  const deadline = cj.spec?.startingDeadlineSeconds
  if (deadline !== undefined) from = Math.max(from, nowMs - deadline * 1000)
  let at: number | undefined
  let missed = 0
  for (let t = cron.nextRun(new Date(from)); t && t.getTime() <= nowMs && missed <= MAX_MISSED; t = cron.nextRun(t)) {
    at = t.getTime()
    missed++
  }
  if (missed > MAX_MISSED) at = cron.previousRuns(1, new Date(nowMs + 1))[0]?.getTime() ?? at
  return { at, missed, nextMs: cron.nextRun(new Date(nowMs))?.getTime() }
}

/** Names are made of the minute: a Job for the same time is never made twice. */
export const jobName = (cj: CronJob, atMs: number): string => `${cj.metadata?.name}-${Math.floor(atMs / 60_000)}`

export const endOf = (j: Job, type?: string) => j.status?.conditions?.find((c) => (type ? c.type === type : c.type === 'Complete' || c.type === 'Failed') && c.status === 'True')

/** Finished Jobs beyond the limits, oldest first. */
export function surplusHistory(cj: CronJob, jobs: readonly Job[]): Job[] {
  const old = (type: string, limit: number) => {
    const ended = jobs.filter((j) => endOf(j, type)).toSorted((a, b) => ((a.status?.startTime ?? '') < (b.status?.startTime ?? '') ? -1 : 1))
    return ended.slice(0, Math.max(0, ended.length - limit))
  }
  return [...old('Complete', cj.spec?.successfulJobsHistoryLimit ?? 3), ...old('Failed', cj.spec?.failedJobsHistoryLimit ?? 1)]
}
