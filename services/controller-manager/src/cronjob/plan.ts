import { Cron } from 'croner'
import type { CronJob, Job } from '@drydock/api'

/** When a CronJob's next Job is due, and which of its Jobs are history. Pure. */

// More missed times than this are not counted one by one (upstream's limit).
const MAX_MISSED = 100

export interface Due { readonly at: number | undefined, readonly missed: number, readonly nextMs: number | undefined }

/** `every`: counted from the last time, not by the clock on the wall. */
interface Schedule { every?: true, next(after: Date): Date | null, latest(before: Date): Date | undefined }

const units: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000 }

/** `@every 1h30m`: whole seconds, from wherever it is counted. */
function every(text: string): Schedule | undefined {
  const parts = /^@every ((?:\d+(?:\.\d+)?[hms])+)$/.exec(text)?.[1]
  if (!parts) return undefined
  const sum = [...parts.matchAll(/([\d.]+)([hms])/g)].reduce((n, [, amount, unit]) => n + Number(amount) * units[unit!]!, 0)
  const delayMs = Math.max(1000, Math.floor(sum / 1000) * 1000)
  const next = (after: Date) => new Date(Math.floor(after.getTime() / 1000) * 1000 + delayMs)
  return { every: true, next, latest: (before) => new Date(before.getTime() - (before.getTime() % 1000)) }
}

// What upstream's parser takes and this one does not: `?` for any, and `5/15` for from five on.
const lasts = [59, 23, 31, 12, 6]
const inOurWords = (text: string): string => text.split(/\s+/).map((field, i) => field.replaceAll('?', '*').replace(/(^|,)(\d+)\/(\d+)/g, (_, before: string, from: string, step: string) => `${before}${from}-${lasts[i]}/${step}`)).join(' ')

function schedule(text: string, timezone: string): Schedule {
  const cron = every(text.trim()) ?? new Cron(text.startsWith('@') ? text : inOurWords(text.trim()), { timezone, paused: true, ...(!text.startsWith('@') && { mode: '5-part' as const }) })
  return cron instanceof Cron ? { next: (after) => cron.nextRun(after), latest: (before) => cron.previousRuns(1, before)[0] } : cron
}

/** The latest time that was due and not served, since the last one or the CronJob's creation. Throws where the schedule cannot be read. */
export function dueTime(cj: CronJob, nowMs: number): Due {
  const cron = schedule(cj.spec?.schedule ?? '', cj.spec?.timeZone ?? 'UTC')
  let from = Date.parse(cj.status?.lastScheduleTime ?? cj.metadata?.creationTimestamp ?? '') || nowMs
  const deadline = cj.spec?.startingDeadlineSeconds
  if (deadline !== undefined) from = Math.max(from, nowMs - deadline * 1000)
  let at: number | undefined
  let missed = 0
  for (let t = cron.next(new Date(from)); t && t.getTime() <= nowMs && missed <= MAX_MISSED; t = cron.next(t)) {
    at = t.getTime()
    missed++
  }
  if (missed > MAX_MISSED) at = cron.latest(new Date(nowMs + 1))?.getTime() ?? at
  return { at, missed, nextMs: cron.next(new Date(cron.every ? at ?? from : nowMs))?.getTime() }
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
