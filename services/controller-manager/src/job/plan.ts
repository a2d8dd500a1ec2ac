import type { Job, JobCondition, JobStatus, Pod } from '@drydock/api'
import { formatTime } from '@drydock/base'
import { byDeletionOrder, isActive, isFinished, isReady, isTerminating } from '../shared/pods.ts'
import { judgeFailure } from './failure-policy.ts'
import { formatIndexes, indexFailures, indexOf, parseIndexes } from './indexes.ts'

/** What a Job does next, from the Job and its pods. Pure. */

export const TRACKING = 'batch.kubernetes.io/job-tracking'
const MAX_CREATE = 500
const BACKOFF_MS = 10_000
const MAX_BACKOFF_MS = 600_000

export interface NewPod { readonly index?: number, readonly failures?: number }
export interface JobPlan {
  /** The status as it is written before finalizers are taken from `release`; pods that ended are in uncountedTerminatedPods. */
  readonly status: JobStatus
  readonly create: readonly NewPod[]
  readonly remove: readonly Pod[]
  /** Pods that are removed for being too many count as nothing: their finalizer goes before they do. */
  readonly uncounted: boolean
  readonly release: readonly Pod[]
  readonly events: readonly { type: 'Normal' | 'Warning', reason: string, message: string }[]
  readonly requeueAfterMs?: number
}

const tracked = (p: Pod): boolean => p.metadata?.finalizers?.includes(TRACKING) ?? false
const uidOf = (p: Pod): string => p.metadata?.uid ?? ''
export const findJobCondition = (s: JobStatus | undefined, type: string): JobCondition | undefined => s?.conditions?.find((c) => c.type === type && c.status === 'True')
export const isJobFinished = (j: Job): boolean => !!findJobCondition(j.status, 'Complete') || !!findJobCondition(j.status, 'Failed')
export const isIndexed = (j: Job): boolean => j.spec?.completionMode === 'Indexed'

export function jobCondition(type: string, status: 'True' | 'False', reason: string, message: string, nowMs: number): JobCondition {
  return { type, status, lastProbeTime: formatTime(nowMs), lastTransitionTime: formatTime(nowMs), reason, message }
}

/** A pod counts as failed when it ended so, or is going and will not be waited for. */
const hasFailed = (j: Job, p: Pod): boolean => p.status?.phase === 'Failed' || (isTerminating(p) && p.status?.phase !== 'Succeeded' && replaces(j) === 'TerminatingOrFailed')
const replaces = (j: Job): string => j.spec?.podReplacementPolicy ?? (j.spec?.podFailurePolicy ? 'Failed' : 'TerminatingOrFailed')

interface Counted {
  readonly succeededPods: readonly Pod[]
  readonly failedPods: readonly Pod[]
  readonly succeeded: number
  readonly failed: number
  readonly succeededIndexes: Set<number>
  readonly failedIndexes: Set<number> | undefined
  readonly failJob: string | undefined
}

/** Adds what has ended and is not counted yet to what the status counts. */
function count(j: Job, pods: readonly Pod[]): Counted {
  const uncounted = j.status?.uncountedTerminatedPods
  const known = new Set([...(uncounted?.succeeded ?? []), ...(uncounted?.failed ?? [])])
  const completions = j.spec?.completions ?? 0
  const succeededIndexes = parseIndexes(j.status?.completedIndexes, completions)
  const failedIndexes = j.spec?.backoffLimitPerIndex !== undefined ? parseIndexes(j.status?.failedIndexes, completions) : undefined
  const fresh = pods.filter((p) => tracked(p) && !known.has(uidOf(p)))
  const succeededPods = fresh.filter((p) => p.status?.phase === 'Succeeded' && (!isIndexed(j) || newIndex(p, succeededIndexes, completions)))
  let failJob: string | undefined
  const failedPods = fresh.filter((p) => {
    if (!hasFailed(j, p)) return false
    const v = judgeFailure(j, p)
    if (v.action === 'FailJob') failJob ??= v.message
    const index = indexOf(p)
    if (failedIndexes && index !== undefined && index < completions && (v.action === 'FailIndex' || (v.action === 'Count' && indexFailures(p) >= j.spec!.backoffLimitPerIndex!))) failedIndexes.add(index)
    return v.action !== 'Ignore'
  })
  return {
    succeededPods, failedPods, succeededIndexes, failedIndexes, failJob,
    succeeded: isIndexed(j) ? succeededIndexes.size : (j.status?.succeeded ?? 0) + (uncounted?.succeeded?.length ?? 0) + succeededPods.length,
    failed: (j.status?.failed ?? 0) + (uncounted?.failed?.length ?? 0) + failedPods.length,
  }
}

function newIndex(p: Pod, into: Set<number>, completions: number): boolean {
  const i = indexOf(p)
  if (i === undefined || i >= completions) return false
  into.add(i)
  return true
}

/** The condition that ends the Job, when there is a reason: FailureTarget or SuccessCriteriaMet come before the end itself. */
function ending(j: Job, c: Counted, active: readonly Pod[], startMs: number | undefined, nowMs: number): JobCondition | undefined {
  const before = findJobCondition(j.status, 'FailureTarget') ?? findJobCondition(j.status, 'SuccessCriteriaMet')
  if (before) return before
  const fail = (reason: string, message: string) => jobCondition('FailureTarget', 'True', reason, message, nowMs)
  if (c.failJob) return fail('PodFailurePolicy', c.failJob)
  if (c.failed > (j.spec?.backoffLimit ?? 6) || tooManyRestarts(j, active)) return fail('BackoffLimitExceeded', 'Job has reached the specified backoff limit')
  const deadline = j.spec?.activeDeadlineSeconds
  if (deadline !== undefined && !j.spec?.suspend && startMs !== undefined && nowMs - startMs >= deadline * 1000) return fail('DeadlineExceeded', 'Job was active longer than specified deadline')
  if (isIndexed(j)) {
    if (c.failedIndexes && j.spec?.maxFailedIndexes !== undefined && c.failedIndexes.size > j.spec.maxFailedIndexes) return fail('MaxFailedIndexesExceeded', 'Job has exceeded the specified maximal number of failed indexes')
    if (c.failedIndexes?.size && c.failedIndexes.size + c.succeededIndexes.size >= (j.spec?.completions ?? 0)) return fail('FailedIndexes', 'Job has failed indexes')
    const rule = (j.spec?.successPolicy?.rules ?? []).findIndex((r) => {
      const wanted = r.succeededIndexes === undefined ? c.succeededIndexes : new Set([...parseIndexes(r.succeededIndexes, j.spec?.completions ?? 0)].filter((i) => c.succeededIndexes.has(i)))
      const all = r.succeededIndexes === undefined ? Infinity : parseIndexes(r.succeededIndexes, j.spec?.completions ?? 0).size
      return wanted.size >= (r.succeededCount ?? all)
    })
    if (rule >= 0) return jobCondition('SuccessCriteriaMet', 'True', 'SuccessPolicy', `Matched rules at index ${rule}`, nowMs)
  }
  const done = j.spec?.completions === undefined ? c.succeeded > 0 && active.length === 0 : c.succeeded >= j.spec.completions && active.length === 0
  return done ? jobCondition('SuccessCriteriaMet', 'True', 'CompletionsReached', 'Reached expected number of succeeded pods', nowMs) : undefined
}

/** Containers that restart in place count against the limit by their restarts. */
function tooManyRestarts(j: Job, active: readonly Pod[]): boolean {
  if (j.spec?.template.spec?.restartPolicy !== 'OnFailure') return false
  const restarts = active.filter((p) => p.status?.phase === 'Running' || p.status?.phase === 'Pending')
    .reduce((n, p) => n + [...(p.status?.initContainerStatuses ?? []), ...(p.status?.containerStatuses ?? [])].reduce((m, s) => m + s.restartCount, 0), 0)
  const limit = j.spec.backoffLimit ?? 6
  return limit === 0 ? restarts > 0 : restarts >= limit
}

export function planJob(j: Job, pods: readonly Pod[], o: { nowMs: number, current: boolean }): JobPlan {
  const { nowMs } = o
  const suspended = j.spec?.suspend ?? false
  const startTime = j.status?.startTime ?? (suspended ? undefined : formatTime(nowMs))
  const c = count(j, pods)
  const active = pods.filter((p) => isActive(p) && !hasFailed(j, p))
  const end = ending(j, c, active, startTime === undefined ? undefined : Date.parse(startTime), nowMs)
  const events: JobPlan['events'][number][] = []
  let conditions = [...(j.status?.conditions ?? [])]
  let remove: readonly Pod[] = []
  let create: NewPod[] = []
  let after: number | undefined
  let backsOff = false
  let start = startTime
  if (end) {
    if (!findJobCondition(j.status, end.type)) conditions.push(end)
    remove = active
  } else if (j.metadata?.deletionTimestamp === undefined) {
    const turned = suspension(j, suspended, nowMs)
    if (turned) {
      conditions = [...conditions.filter((x) => x.type !== 'Suspended'), turned]
      events.push({ type: 'Normal', reason: suspended ? 'Suspended' : 'Resumed', message: turned.message ?? '' })
      if (!suspended) start = formatTime(nowMs)
    }
    if (o.current) ({ create, remove, after } = size(j, c, active, pods, suspended, nowMs))
    backsOff = after !== undefined
    const deadline = j.spec?.activeDeadlineSeconds
    if (deadline !== undefined && start !== undefined && !suspended) after = Math.min(after ?? Infinity, Math.max(0, Date.parse(start) + deadline * 1000 - nowMs) + 10)
  }
  // Upstream says that nobody is active as long as it holds back new pods, whoever still runs.
  const heldBack = backsOff && create.length === 0
  const going = new Set(remove)
  const left = active.filter((p) => !going.has(p))
  const ended = new Set([...c.succeededPods, ...c.failedPods])
  const uncounted = j.status?.uncountedTerminatedPods ?? {}
  const succeeded = [...(uncounted.succeeded ?? []), ...c.succeededPods.map(uidOf)]
  const failed = [...(uncounted.failed ?? []), ...c.failedPods.map(uidOf)]
  const status: JobStatus = {
    ...(conditions.length > 0 && { conditions }),
    ...(start !== undefined && { startTime: start }),
    ...(j.status?.completionTime !== undefined && { completionTime: j.status.completionTime }),
    ...(left.length + create.length > 0 && !heldBack && { active: left.length + create.length }),
    ready: left.filter(isReady).length,
    terminating: pods.filter((p) => isTerminating(p) && !isFinished(p)).length + remove.length,
    ...((isIndexed(j) ? c.succeededIndexes.size : j.status?.succeeded ?? 0) > 0 && { succeeded: isIndexed(j) ? c.succeededIndexes.size : j.status?.succeeded }),
    ...((j.status?.failed ?? 0) > 0 && { failed: j.status!.failed }),
    ...(isIndexed(j) && c.succeededIndexes.size > 0 && { completedIndexes: formatIndexes(c.succeededIndexes) }),
    ...(c.failedIndexes && { failedIndexes: formatIndexes(c.failedIndexes) }),
    uncountedTerminatedPods: { ...(succeeded.length > 0 && !isIndexed(j) && { succeeded }), ...(failed.length > 0 && { failed }) },
  }
  const release = pods.filter((p) => tracked(p) && (ended.has(p) || isFinished(p) || hasFailed(j, p) || (end && isTerminating(p))))
  return { status, create, remove, uncounted: end?.type !== 'FailureTarget', release, events, ...(after !== undefined && { requeueAfterMs: after }) }
}

function suspension(j: Job, suspended: boolean, nowMs: number): JobCondition | undefined {
  const before = j.status?.conditions?.find((c) => c.type === 'Suspended')
  if (suspended && before?.status !== 'True') return jobCondition('Suspended', 'True', 'JobSuspended', 'Job suspended', nowMs)
  if (!suspended && before?.status === 'True') return jobCondition('Suspended', 'False', 'JobResumed', 'Job resumed', nowMs)
  return undefined
}

/** How many pods to have, and which are too many. */
function size(j: Job, c: Counted, active: readonly Pod[], pods: readonly Pod[], suspended: boolean, nowMs: number): { create: NewPod[], remove: readonly Pod[], after: number | undefined } {
  const parallelism = j.spec?.parallelism ?? 1
  const want = suspended ? 0 : j.spec?.completions === undefined ? (c.succeeded > 0 ? active.length : parallelism) : Math.max(0, Math.min(j.spec.completions - c.succeeded, parallelism))
  const surplus = surplusPods(j, c, active, want, nowMs)
  if (surplus.length > 0) return { create: [], remove: surplus, after: undefined }
  const terminating = replaces(j) === 'Failed' ? pods.filter((p) => isTerminating(p) && !isFinished(p)).length : 0
  const missing = Math.min(want - active.length - terminating, MAX_CREATE)
  if (missing <= 0) return { create: [], remove: [], after: undefined }
  if (!isIndexed(j)) {
    const wait = backoffLeftMs(pods, nowMs)
    return wait > 0 ? { create: [], remove: [], after: wait } : { create: Array.from({ length: missing }, () => ({})), remove: [], after: undefined }
  }
  return freeIndexes(j, c, active, pods, missing, nowMs)
}

function surplusPods(j: Job, c: Counted, active: readonly Pod[], want: number, nowMs: number): Pod[] {
  const out: Pod[] = []
  if (isIndexed(j)) {
    const seen = new Set<number>()
    for (const p of active) {
      const i = indexOf(p)
      if (i === undefined || i >= (j.spec?.completions ?? 0) || c.succeededIndexes.has(i) || c.failedIndexes?.has(i) || seen.has(i)) out.push(p)
      else seen.add(i)
    }
  }
  const rest = active.filter((p) => !out.includes(p))
  if (rest.length > want) out.push(...rest.toSorted(byDeletionOrder(() => 0, nowMs)).slice(0, rest.length - want))
  return out
}

function freeIndexes(j: Job, c: Counted, active: readonly Pod[], pods: readonly Pod[], missing: number, nowMs: number) {
  const taken = new Set(active.map(indexOf))
  const create: NewPod[] = []
  let after: number | undefined
  for (let i = 0; i < (j.spec?.completions ?? 0) && create.length < missing; i++) {
    if (taken.has(i) || c.succeededIndexes.has(i) || c.failedIndexes?.has(i)) continue
    const own = pods.filter((p) => indexOf(p) === i)
    const wait = backoffLeftMs(c.failedIndexes ? own : pods, nowMs)
    if (wait > 0) { after = Math.min(after ?? Infinity, wait); continue }
    const failures = c.failedIndexes ? Math.max(-1, ...own.filter((p) => hasFailed(j, p) && judgeFailure(j, p).action !== 'Ignore').map(indexFailures)) + 1 : undefined
    create.push(failures === undefined ? { index: i } : { index: i, failures })
  }
  return { create, remove: [] as Pod[], after }
}

const finishedMs = (p: Pod): number => {
  const times = (p.status?.containerStatuses ?? []).flatMap((s) => (s.state?.terminated?.finishedAt ? [Date.parse(s.state.terminated.finishedAt)] : []))
  return times.length > 0 ? Math.max(...times) : Date.parse(p.status?.conditions?.find((c) => c.type === 'Ready')?.lastTransitionTime ?? p.metadata?.creationTimestamp ?? '') || 0
}

/** After failures in a row the next pod waits: ten seconds, doubled each time, from the last one's end. */
function backoffLeftMs(pods: readonly Pod[], nowMs: number): number {
  const lastSuccess = Math.max(0, ...pods.filter((p) => p.status?.phase === 'Succeeded').map(finishedMs))
  const failures = pods.filter((p) => p.status?.phase === 'Failed').map(finishedMs).filter((t) => t > lastSuccess)
  if (failures.length === 0) return 0
  return Math.max(0, Math.max(...failures) + Math.min(MAX_BACKOFF_MS, BACKOFF_MS * 2 ** Math.min(failures.length - 1, 10)) - nowMs)
}

/** The status after the finalizers are gone: what was uncounted is counted, and the Job ends if there is a reason and nobody is left. */
export function countedStatus(j: Job, s: JobStatus, nowMs: number): { status: JobStatus, finished?: JobCondition } {
  const { uncountedTerminatedPods: u, ...rest } = s
  const succeeded = (s.succeeded ?? 0) + (isIndexed(j) ? 0 : u?.succeeded?.length ?? 0)
  const failed = (s.failed ?? 0) + (u?.failed?.length ?? 0)
  const status: JobStatus = { ...rest, ...(succeeded > 0 && { succeeded }), ...(failed > 0 && { failed }), uncountedTerminatedPods: {} }
  const target = findJobCondition(s, 'FailureTarget') ?? findJobCondition(s, 'SuccessCriteriaMet')
  if (!target || (s.active ?? 0) > 0 || (s.terminating ?? 0) > 0) return { status }
  const type = target.type === 'FailureTarget' ? 'Failed' : 'Complete'
  const finished = jobCondition(type, 'True', target.reason ?? '', target.message ?? '', nowMs)
  return { status: { ...status, conditions: [...(s.conditions ?? []), finished], ...(type === 'Complete' && { completionTime: formatTime(nowMs) }) }, finished }
}
