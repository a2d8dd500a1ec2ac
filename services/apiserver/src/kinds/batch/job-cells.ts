import type { Job } from '@drydock/api'
import { containerCells } from '../lib/cells.ts'
import { age, formatSelector, humanDuration } from '../lib/print.ts'

export function jobCells(job: Job, now: number): unknown[] {
  return [
    job.metadata?.name, status(job), completions(job), duration(job, now), age(job as never, now),
    ...containerCells(job.spec?.template.spec), formatSelector(job.spec?.selector),
  ]
}

function status(job: Job): string {
  const is = (type: string) => job.status?.conditions?.some((c) => c.type === type && c.status === 'True') ?? false
  if (is('Complete')) return 'Complete'
  if (is('Failed')) return 'Failed'
  if (job.metadata?.deletionTimestamp) return 'Terminating'
  if (is('Suspended')) return 'Suspended'
  if (is('FailureTarget')) return 'FailureTarget'
  if (is('SuccessCriteriaMet')) return 'SuccessCriteriaMet'
  return 'Running'
}

function completions(job: Job): string {
  const done = job.status?.succeeded ?? 0
  if (job.spec?.completions !== undefined) return `${done}/${job.spec.completions}`
  const parallelism = job.spec?.parallelism ?? 0
  return parallelism > 1 ? `${done}/1 of ${parallelism}` : `${done}/1`
}

function duration(job: Job, now: number): string {
  const start = job.status?.startTime
  if (!start) return ''
  const end = job.status?.completionTime
  return humanDuration((end ? Date.parse(end) : now) - Date.parse(start))
}
