import { invalid, resources } from '@drydock/api'
import type { CronJob } from '@drydock/api'
import type { Kind } from '../kind.ts'
import type { Errors } from '../lib/validate.ts'
import { validateCronJob } from './validate.ts'
import { nameWarnings, templateUpdateWarnings } from '../core/pod-spec/warnings.ts'
import { ageOf, containerCells } from '../lib/cells.ts'
import { formatSelector, since } from '../lib/print.ts'
import { setDefault, setDefaultText, specAndStatus } from '../lib/strategy.ts'
import { defaultJobSpec } from './jobs.ts'

export const cronjobs: Kind = {
  resource: resources.cronjobs,
  defaults(o) {
    const c = o as unknown as CronJob
    c.spec ??= { schedule: '', jobTemplate: {} }
    const spec = c.spec
    setDefault(spec, 'jobTemplate', {})
    spec.jobTemplate.spec ??= { template: {} }
    defaultTemplate(spec.jobTemplate.spec)
    setDefaultText(spec, 'concurrencyPolicy', 'Allow')
    setDefault(spec, 'suspend', false)
    setDefault(spec, 'successfulJobsHistoryLimit', 3)
    setDefault(spec, 'failedJobsHistoryLimit', 1)
    c.status ??= {}
  },
  ...specAndStatus(),
  cells: (o, c) => [
    o.metadata.name, o.spec?.schedule ?? '', o.spec?.timeZone ?? '<none>', o.spec?.suspend ? 'True' : 'False', o.status?.active?.length ?? 0,
    o.status?.lastScheduleTime ? since(o.status.lastScheduleTime, c.now) : '<none>', ageOf(o, c),
    ...containerCells(o.spec?.jobTemplate?.spec?.template?.spec), formatSelector(o.spec?.jobTemplate?.spec?.selector),
  ],
  warnings: (o, old) => [...(old ? [] : nameWarnings(o.metadata.name)), ...templateUpdateWarnings(o as never, old as never, o.spec?.jobTemplate?.spec?.template, 'spec.jobTemplate.spec.template')],
  validate: (o) => [...jobNameFits(o.metadata.name ?? ''), ...validateCronJob(o.spec)],
  validateUpdate: (o) => validateCronJob(o.spec),
  allowUnconditionalUpdate: true,
  defaultDeletionPolicy: 'Background',
}

/** Of a job that is still to be made only the pod template is defaulted; the rest when the job is made. */
function defaultTemplate(spec: NonNullable<CronJob['spec']>['jobTemplate']['spec'] & {}): void {
  const whole = { ...spec }
  defaultJobSpec(whole)
  spec.template = whole.template
  if (whole.podFailurePolicy) spec.podFailurePolicy = whole.podFailurePolicy
}

/** A job is named after its cron job and the minute it is for: eleven characters more. */
const MAX_NAME = 52
const jobNameFits = (name: string): Errors => (name.length > MAX_NAME ? [invalid('metadata.name', name, `must be no more than ${MAX_NAME} characters`)] : [])
