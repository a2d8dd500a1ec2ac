import { dns1123Label, duplicate, invalid, labelMatcher, notSupported, omitValue, required, tooLong, tooMany } from '@drydock/api'
import type { CronJobSpec, JobSpec, PodFailurePolicyRule } from '@drydock/api'
import { validatePodTemplate } from '../core/pod-spec/validate/index.ts'
import { goSelector, isUsable, sortedMap, templateMatches } from '../lib/selector.ts'
import { domainPrefixedPath, each, labelSelector, nonNegative, qualified, type Errors } from '../lib/validate.ts'
import { validateSchedule, validateTimeZone } from './schedule.ts'
import { validateSuccessPolicy } from './success-policy.ts'

/** pkg/apis/batch/validation. */

const MAX_INDEXED_PARALLELISM = 100_000
const MAX_FAILED_INDEXES = 100_000
const MANY_COMPLETIONS = 100_000
const MAX_OF_MANY = 10_000

/** ValidateJobSpec, for jobs and for the templates of cron jobs. */
export function validateJobSpec(path: string, spec: JobSpec): Errors {
  const out: Errors = []
  for (const f of ['parallelism', 'completions', 'activeDeadlineSeconds', 'backoffLimit', 'ttlSecondsAfterFinished', 'backoffLimitPerIndex', 'maxFailedIndexes'] as const) {
    if (spec[f] !== undefined) out.push(...nonNegative(`${path}.${f}`, spec[f]))
  }
  if (spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined) out.push(required(`${path}.backoffLimitPerIndex`, 'when maxFailedIndexes is specified'))
  if (spec.managedBy !== undefined) {
    out.push(...domainPrefixedPath(`${path}.managedBy`, spec.managedBy))
    if (spec.managedBy.length > 63) out.push(tooLong(`${path}.managedBy`, 63))
  }
  if (spec.completionMode !== undefined) out.push(...completionMode(path, spec))
  if (spec.completionMode === undefined || spec.completionMode === 'NonIndexed') {
    for (const f of ['backoffLimitPerIndex', 'maxFailedIndexes'] as const) if (spec[f] !== undefined) out.push(invalid(`${path}.${f}`, spec[f], 'requires indexed completion mode'))
  }
  if (spec.podFailurePolicy) out.push(...failurePolicy(path, spec))
  if (spec.successPolicy) {
    if (spec.completionMode !== 'Indexed') out.push(invalid(`${path}.successPolicy`, shownSuccess(spec.successPolicy), 'requires indexed completion mode'))
    else out.push(...validateSuccessPolicy(`${path}.successPolicy`, spec))
  }
  if (spec.podReplacementPolicy !== undefined) out.push(...replacement(`${path}.podReplacementPolicy`, spec))
  return [...out, ...validatePodTemplate(`${path}.template`, spec.template), ...restartPolicy(path, spec)]
}

export const shownSuccess = (p: NonNullable<JobSpec['successPolicy']>): unknown =>
  ({ Rules: p.rules?.length ? p.rules.map((r) => ({ SucceededIndexes: r.succeededIndexes ?? null, SucceededCount: r.succeededCount ?? null })) : p.rules ?? null })

function completionMode(path: string, spec: JobSpec): Errors {
  const out: Errors = []
  const mode = spec.completionMode!
  if (mode !== 'NonIndexed' && mode !== 'Indexed') out.push(notSupported(`${path}.completionMode`, mode, ['NonIndexed', 'Indexed']))
  if (mode !== 'Indexed') return out
  if (spec.completions === undefined) out.push(required(`${path}.completions`, 'when completion mode is Indexed'))
  if ((spec.parallelism ?? 0) > MAX_INDEXED_PARALLELISM) out.push(invalid(`${path}.parallelism`, spec.parallelism, `must be less than or equal to ${MAX_INDEXED_PARALLELISM} when completion mode is Indexed`))
  if (spec.completions !== undefined && spec.maxFailedIndexes !== undefined && spec.maxFailedIndexes > spec.completions) out.push(invalid(`${path}.maxFailedIndexes`, spec.maxFailedIndexes, 'must be less than or equal to completions'))
  if ((spec.maxFailedIndexes ?? 0) > MAX_FAILED_INDEXES) out.push(invalid(`${path}.maxFailedIndexes`, spec.maxFailedIndexes, `must be less than or equal to ${MAX_FAILED_INDEXES}`))
  if ((spec.completions ?? 0) > MANY_COMPLETIONS && spec.backoffLimitPerIndex !== undefined) out.push(...manyIndexes(path, spec))
  return out
}

/** So many indexes, each with retries of its own, are kept within bounds. */
function manyIndexes(path: string, spec: JobSpec): Errors {
  const out: Errors = spec.maxFailedIndexes === undefined ? [required(`${path}.maxFailedIndexes`, `must be specified when completions is above ${MANY_COMPLETIONS}`)] : []
  for (const f of ['parallelism', 'maxFailedIndexes'] as const) {
    if ((spec[f] ?? 0) > MAX_OF_MANY) out.push(invalid(`${path}.${f}`, spec[f], `must be less than or equal to ${MAX_OF_MANY} when completions are above ${MANY_COMPLETIONS} and used with backoff limit per index`))
  }
  return out
}

function restartPolicy(path: string, spec: JobSpec): Errors {
  const policy = spec.template?.spec?.restartPolicy ?? ''
  const at = `${path}.template.spec.restartPolicy`
  if (policy === 'Always' || policy === '') return [required(at, 'valid values: "OnFailure", "Never"')]
  if (policy !== 'OnFailure' && policy !== 'Never') return [notSupported(at, policy, ['OnFailure', 'Never'])]
  return spec.podFailurePolicy && policy !== 'Never' ? [invalid(at, policy, 'only "Never" is supported when podFailurePolicy is specified')] : []
}

function replacement(path: string, spec: JobSpec): Errors {
  const policy = spec.podReplacementPolicy!
  const values = spec.podFailurePolicy ? ['Failed'] : ['Failed', 'TerminatingOrFailed']
  return values.includes(policy) ? [] : [notSupported(path, policy, values)]
}

const actions = ['Count', 'FailIndex', 'FailJob', 'Ignore']
const quoted = (list: readonly string[]): string => `[${list.map((x) => JSON.stringify(x)).join(' ')}]`

function failurePolicy(path: string, spec: JobSpec): Errors {
  const containers = new Set([...(spec.template?.spec?.containers ?? []), ...(spec.template?.spec?.initContainers ?? [])].map((c) => c.name))
  const rules = spec.podFailurePolicy!.rules
  const at = `${path}.podFailurePolicy.rules`
  const out: Errors = (rules?.length ?? 0) > 20 ? [tooManyRules(at, rules.length)] : []
  return [...out, ...each(rules, at, (r, p) => failureRule(p, r, spec, containers))]
}
const tooManyRules = (path: string, n: number) => tooMany(path, n, 20)

function failureRule(path: string, r: PodFailurePolicyRule, spec: JobSpec, containers: ReadonlySet<string>): Errors {
  const out: Errors = []
  if (!r.action) out.push(required(`${path}.action`, `valid values: ${quoted(actions)}`))
  else if (r.action === 'FailIndex' && spec.backoffLimitPerIndex === undefined) out.push(invalid(`${path}.action`, r.action, 'requires the backoffLimitPerIndex to be set'))
  else if (!actions.includes(r.action)) out.push(notSupported(`${path}.action`, r.action, actions))
  if (r.onExitCodes) out.push(...exitCodes(`${path}.onExitCodes`, r.onExitCodes, containers))
  if (r.onPodConditions?.length) out.push(...conditions(`${path}.onPodConditions`, r.onPodConditions))
  if (r.onExitCodes && r.onPodConditions?.length) out.push(invalid(path, omitValue, 'specifying both OnExitCodes and OnPodConditions is not supported'))
  if (!r.onExitCodes && !r.onPodConditions?.length) out.push(invalid(path, omitValue, 'specifying one of OnExitCodes and OnPodConditions is required'))
  return out
}

function exitCodes(path: string, e: NonNullable<PodFailurePolicyRule['onExitCodes']>, containers: ReadonlySet<string>): Errors {
  const out: Errors = []
  if (!e.operator) out.push(required(`${path}.operator`, `valid values: ${quoted(['In', 'NotIn'])}`))
  else if (!['In', 'NotIn'].includes(e.operator)) out.push(notSupported(`${path}.operator`, e.operator, ['In', 'NotIn']))
  if (e.containerName !== undefined && !containers.has(e.containerName)) out.push(invalid(`${path}.containerName`, e.containerName, 'must be one of the container or initContainer names in the pod template'))
  const values = e.values ?? []
  if (values.length === 0) return [...out, invalid(`${path}.values`, e.values ?? null, 'at least one value is required')]
  if (values.length > 255) out.push(tooMany(`${path}.values`, values.length, 255))
  const seen = new Set<number>()
  out.push(...each(values, `${path}.values`, (v, at) => {
    const errs: Errors = []
    if (e.operator === 'In' && v === 0) errs.push(invalid(at, v, 'must not be 0 for the In operator'))
    if (seen.has(v)) errs.push(duplicate(at, v))
    seen.add(v)
    return errs
  }))
  if (values.some((v, i) => i > 0 && values[i - 1]! > v)) out.push(invalid(`${path}.values`, values, 'must be ordered'))
  return out
}

function conditions(path: string, list: NonNullable<PodFailurePolicyRule['onPodConditions']>): Errors {
  const out: Errors = list.length > 20 ? [tooMany(path, list.length, 20)] : []
  return [...out, ...each(list, path, (c, at) => [
    ...qualified(`${at}.type`, c.type ?? ''),
    ...(!c.status ? [required(`${at}.status`, `valid values: ${quoted(['False', 'True', 'Unknown'])}`)] : ['False', 'True', 'Unknown'].includes(c.status) ? [] : [notSupported(`${at}.status`, c.status, ['False', 'True', 'Unknown'])]),
  ])]
}

/** ValidateJob: the selector is there, matches the template, and is the generated one unless the user answers for it. */
export function validateJob(spec: JobSpec, meta: { name?: string, uid?: string }, o: { oldLabelsOnly?: boolean } = {}): Errors {
  return [...generatedSelector(spec, meta, o.oldLabelsOnly ?? false), ...validateWholeJob(spec), ...(spec.completionMode === 'Indexed' && (spec.completions ?? 0) > 0 ? indexedName(spec, meta) : [])]
}

/** A job's spec with its selector, as it is checked at updates too. */
export function validateWholeJob(spec: JobSpec): Errors {
  const out: Errors = []
  out.push(...(spec.selector ? labelSelector('spec.selector', spec.selector) : [required('spec.selector')]))
  if (isUsable(spec.selector)) out.push(...templateMatches('spec.template', spec.selector, spec.template?.metadata))
  return [...out, ...validateJobSpec('spec', spec)]
}

/** The name and the highest index are a pod's hostname. */
function indexedName(spec: JobSpec, meta: { name?: string }): Errors {
  const pod = `${meta.name ?? ''}-${spec.completions! - 1}`
  return dns1123Label(pod).length ? [invalid('metadata.name', meta.name ?? '', `will not able to create pod with invalid DNS label: ${pod}`)] : []
}

const UID = 'batch.kubernetes.io/controller-uid'

/** ValidateGeneratedSelector. A job that was made without the labels of today needs those of yesterday only. */
function generatedSelector(spec: JobSpec, meta: { name?: string, uid?: string }, oldLabelsOnly: boolean): Errors {
  if (spec.manualSelector || !spec.selector) return []
  const out: Errors = []
  const labels = spec.template?.metadata?.labels ?? {}
  const expected: Record<string, string> = { 'controller-uid': meta.uid ?? '', 'job-name': meta.name ?? '', ...(!oldLabelsOnly && { [UID]: meta.uid ?? '', 'batch.kubernetes.io/job-name': meta.name ?? '' }) }
  for (const [key, value] of Object.entries(expected)) {
    const at = `spec.template.metadata.labels[${key}]`
    if (labels[key] === undefined) out.push(required(at, `must be '${value}'`))
    else if (labels[key] !== value) out.push(invalid(at, sortedMap(labels), `must be '${value}'`))
  }
  if (isUsable(spec.selector) && !labelMatcher(spec.selector)(expected)) out.push(invalid('spec.selector', goSelector(spec.selector), '`selector` not auto-generated'))
  return out
}

export function validateCronJob(spec: CronJobSpec): Errors {
  const out: Errors = spec.schedule ? validateSchedule('spec.schedule', spec.schedule, spec.timeZone) : [required('spec.schedule')]
  if (spec.startingDeadlineSeconds !== undefined) out.push(...nonNegative('spec.startingDeadlineSeconds', spec.startingDeadlineSeconds))
  out.push(...validateTimeZone('spec.timeZone', spec.timeZone))
  if (!spec.concurrencyPolicy) out.push(required('spec.concurrencyPolicy'))
  else if (!['Allow', 'Forbid', 'Replace'].includes(spec.concurrencyPolicy)) out.push(notSupported('spec.concurrencyPolicy', spec.concurrencyPolicy, ['Allow', 'Forbid', 'Replace']))
  const job = spec.jobTemplate?.spec
  if (job) {
    out.push(...validateJobSpec('spec.jobTemplate.spec', job))
    if (job.manualSelector) out.push(notSupported('spec.jobTemplate.spec.manualSelector', job.manualSelector, ['nil', 'false']))
  }
  for (const f of ['successfulJobsHistoryLimit', 'failedJobsHistoryLimit'] as const) if (spec[f] !== undefined) out.push(...nonNegative(`spec.${f}`, spec[f]))
  return out
}

