import { invalid, omitValue, required, duplicate } from '@drydock/api'
import type { Job, JobStatus } from '@drydock/api'
import { semanticEqual } from '../lib/equal.ts'
import { each, nonNegative, type Errors } from '../lib/validate.ts'
import { countIndexes, indexesOf } from './success-policy.ts'

type Finished = 'Complete' | 'Failed'
type Condition = Finished | 'FailureTarget' | 'SuccessCriteriaMet'

const has = (j: Job, type: Condition): boolean => j.status?.conditions?.some((c) => c.type === type && c.status === 'True') ?? false
const isFinished = (j: Job): boolean => has(j, 'Complete') || has(j, 'Failed')

/**
 * ValidateJobStatusUpdate. What upstream once let in stays: each rule binds the writes that change what it is about.
 */
export function validateJobStatus(job: Job, old: Job): Errors {
  const s = job.status ?? {}, was = old.status ?? {}
  return [...counts(s), ...uncounted(s), ...conditions(job, old), ...finish(job, old), ...indexes(job, old), ...times(job, old), ...onlyGrows(job, s, was)]
}

function counts(s: JobStatus): Errors {
  return (['active', 'succeeded', 'failed', 'ready', 'terminating'] as const).flatMap((f) => nonNegative(`status.${f}`, s[f]))
}

function uncounted(s: JobStatus): Errors {
  const seen = new Set<string>()
  return (['succeeded', 'failed'] as const).flatMap((f) => each(s.uncountedTerminatedPods?.[f], `status.uncountedTerminatedPods.${f}`, (uid, at) => {
    if (uid === '') return [invalid(at, uid, 'must not be empty')]
    if (seen.has(uid)) return [duplicate(at, uid)]
    seen.add(uid)
    return []
  }))
}

const CONDITIONS = 'status.conditions'

function conditions(job: Job, old: Job): Errors {
  const out: Errors = []
  const changed = (...types: Condition[]) => types.some((t) => has(job, t) !== has(old, t))
  const never = (a: Condition, b: Condition) => { if (changed(a, b) && has(job, a) && has(job, b)) out.push(invalid(CONDITIONS, omitValue, `cannot set ${a}=True and ${b}=true conditions`)) }
  const needs = (a: Finished, b: Condition) => { if (changed(a, b) && has(job, a) && !has(job, b)) out.push(invalid(CONDITIONS, omitValue, `cannot set ${a}=True condition without the ${b}=true condition`)) }
  never('Complete', 'Failed')
  never('Complete', 'FailureTarget')
  needs('Failed', 'FailureTarget')
  needs('Complete', 'SuccessCriteriaMet')
  never('Failed', 'SuccessCriteriaMet')
  never('FailureTarget', 'SuccessCriteriaMet')
  for (const t of ['Failed', 'Complete', 'FailureTarget'] as const) if (has(old, t) && !has(job, t)) out.push(invalid(CONDITIONS, omitValue, `cannot disable the terminal ${t}=True condition`))
  if (has(old, 'SuccessCriteriaMet') && !has(job, 'SuccessCriteriaMet')) out.push(invalid(CONDITIONS, omitValue, 'cannot disable the SuccessCriteriaMet=True condition'))
  return out
}

/** Of a job that has ended nothing is left to run or to count. */
function finish(job: Job, old: Job): Errors {
  if (!isFinished(job)) return []
  const s = job.status ?? {}, was = old.status ?? {}, now = !isFinished(old), out: Errors = []
  if ((now || s.active !== was.active) && (s.active ?? 0) > 0) out.push(invalid('status.active', s.active, 'active>0 is invalid for finished job'))
  if ((now || s.terminating !== was.terminating) && (s.terminating ?? 0) > 0) out.push(invalid('status.terminating', s.terminating, 'terminating>0 is invalid for finished job'))
  const suspendedWithNothing = job.spec?.suspend === true && job.spec.completions === 0
  if ((now || s.startTime !== was.startTime) && !suspendedWithNothing && s.startTime === undefined) out.push(required('status.startTime', 'startTime is required for finished job'))
  const u = s.uncountedTerminatedPods
  if ((now || !semanticEqual(u, was.uncountedTerminatedPods)) && (u?.succeeded?.length || u?.failed?.length)) {
    out.push(invalid('status.uncountedTerminatedPods', { Succeeded: u.succeeded ?? null, Failed: u.failed ?? null }, 'uncountedTerminatedPods needs to be empty for finished job'))
  }
  return out
}

function indexes(job: Job, old: Job): Errors {
  const s = job.status ?? {}, was = old.status ?? {}, out: Errors = [], completions = job.spec?.completions
  const completed = s.completedIndexes ?? '', failed = s.failedIndexes
  const changed = completed !== (was.completedIndexes ?? ''), failedChanged = failed !== was.failedIndexes
  const bad = (text: string, path: string, what: string): boolean => {
    const n = countIndexes(text, completions!)
    if (typeof n === 'string') out.push(invalid(path, text, `error parsing ${what}: ${n}`))
    return typeof n === 'string'
  }
  if (changed && completions !== undefined) bad(completed, 'status.completedIndexes', 'completedIndexes')
  if (changed && completed && job.spec?.completionMode !== 'Indexed') out.push(invalid('status.completedIndexes', completed, 'cannot set non-empty completedIndexes when non-indexed completion mode'))
  if (failed === undefined || !(failedChanged || changed)) return out
  const perIndex = job.spec?.backoffLimitPerIndex !== undefined
  if (failedChanged && completions !== undefined && perIndex) bad(failed, 'status.failedIndexes', 'failedIndexes')
  if (failedChanged && !perIndex) out.push(invalid('status.failedIndexes', failed, 'cannot set non-null failedIndexes when backoffLimitPerIndex is null'))
  const both = completions === undefined ? undefined : firstShared(indexesOf(completed, completions), indexesOf(failed, completions))
  if (both !== undefined) out.push(invalid('status.failedIndexes', failed, `failedIndexes and completedIndexes overlap at index: ${both}`))
  return out
}

const firstShared = (a: ReadonlyArray<readonly [number, number]>, b: ReadonlyArray<readonly [number, number]>): number | undefined => {
  const at = a.flatMap(([x, y]) => b.filter(([u, v]) => x <= v && u <= y).map(([u]) => Math.max(x, u)))
  return at.length ? Math.min(...at) : undefined
}

function times(job: Job, old: Job): Errors {
  const s = job.status ?? {}, was = old.status ?? {}, out: Errors = []
  const started = s.startTime !== was.startTime, ended = s.completionTime !== was.completionTime
  const completed = has(job, 'Complete') !== has(old, 'Complete')
  const path = 'status.completionTime', done = s.completionTime
  if ((completed || ended) && done !== undefined && !has(job, 'Complete')) out.push(invalid(path, done, 'cannot set completionTime when there is no Complete=True condition'))
  if ((completed || ended) && done === undefined && has(job, 'Complete')) out.push(required(path, 'completionTime is required for Complete jobs'))
  if ((started || ended) && s.startTime !== undefined && done !== undefined && done < s.startTime) out.push(invalid(path, done, 'completionTime cannot be set before startTime'))
  if (ended && done !== undefined && was.completionTime !== undefined) out.push(invalid(path, done, 'completionTime cannot be mutated'))
  if (started && was.startTime !== undefined && !job.spec?.suspend) out.push(required('status.startTime', 'startTime cannot be removed for unsuspended job'))
  return out
}

function onlyGrows(job: Job, s: JobStatus, was: JobStatus): Errors {
  const out: Errors = []
  if ((s.failed ?? 0) < (was.failed ?? 0)) out.push(invalid('status.failed', s.failed ?? 0, 'cannot decrease the failed counter'))
  // An indexed job with as many workers as indexes may shrink.
  const shrinks = job.spec?.completionMode === 'Indexed' && job.spec.completions === job.spec.parallelism
  if (!shrinks && (s.succeeded ?? 0) < (was.succeeded ?? 0)) out.push(invalid('status.succeeded', s.succeeded ?? 0, 'cannot decrease the succeeded counter'))
  if ((s.ready !== was.ready || s.active !== was.active) && (s.ready ?? 0) > (s.active ?? 0)) out.push(invalid('status.ready', s.ready, 'cannot set more ready pods than active'))
  return out
}
