import { resources } from '@drydock/api'
import type { Job, JobSpec } from '@drydock/api'
import type { ApiObject } from '../../admission/types.ts'
import { defaultPodTemplate } from '../core/pod-spec/defaults.ts'
import type { Kind } from '../kind.ts'
import { validateJobStatus } from './job-status.ts'
import { validateJobChange } from './job-update.ts'
import { validateJob, validateWholeJob } from './validate.ts'
import { nameWarnings, templateUpdateWarnings } from '../core/pod-spec/warnings.ts'
import { jobCells } from './job-cells.ts'
import { semanticEqual } from '../lib/equal.ts'
import { bumpGeneration, keep, keepMeta, setDefault, specAndStatus } from '../lib/strategy.ts'

export const jobs: Kind = {
  resource: resources.jobs,
  defaults(o) {
    const job = o as unknown as Job
    job.spec ??= { template: {} }
    defaultJobSpec(job.spec)
    shareLabels(o)
    job.status ??= {}
  },
  ...specAndStatus(),
  prepareForCreate(o) {
    o.status = {}
    o.metadata.generation = 1
    generateSelector(o)
    shareLabels(o)
  },
  prepareForUpdate(o, old) {
    keep(o, old, 'status')
    bumpGeneration(o, old, !semanticEqual(o.spec, old.spec))
  },
  subresources: { status: { prepareForUpdate(o, old) { keep(o, old, 'spec'); keepMeta(o, old, 'generation'); shareLabels(o) }, validateUpdate: (o, old) => validateJobStatus(o as never, old as never) } },
  fields: (o) => ({ 'status.successful': String(o.status?.succeeded ?? 0) }),
  cells: (o, c) => jobCells(o as unknown as Job, c.now),
  warnings: (o, old) => [...(old ? [] : nameWarnings(o.metadata.name)), ...templateUpdateWarnings(o as never, old as never, o.spec?.template, 'spec.template')],
  validate: (o) => validateJob(o.spec, o.metadata),
  // Upstream checks a changed job as a new one too: its complaints come twice.
  validateUpdate: (o, old) => [...validateJob(o.spec, o.metadata, { oldLabelsOnly: !hasLabels(old) }), ...validateWholeJob(o.spec), ...validateJobChange(o.spec, old)],
  allowUnconditionalUpdate: true,
  defaultDeletionPolicy: 'Orphan',
}

export function defaultJobSpec(spec: JobSpec): void {
  setDefault(spec, 'template', {})
  spec.template.spec ??= { containers: [] }
  defaultPodTemplate(spec.template)
  if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1
  setDefault(spec, 'parallelism', 1)
  setDefault(spec, 'backoffLimit', spec.backoffLimitPerIndex === undefined ? 6 : 2147483647)
  setDefault(spec, 'completionMode', 'NonIndexed')
  setDefault(spec, 'suspend', false)
  setDefault(spec, 'manualSelector', false)
  setDefault(spec, 'podReplacementPolicy', spec.podFailurePolicy ? 'Failed' : 'TerminatingOrFailed')
  for (const rule of spec.podFailurePolicy?.rules ?? []) for (const p of rule.onPodConditions ?? []) if (!p.status) p.status = 'True'
}

const hasLabels = (o: ApiObject): boolean =>
  ['batch.kubernetes.io/job-name', 'batch.kubernetes.io/controller-uid'].every((k) => o.spec.template?.metadata?.labels?.[k] !== undefined)

/** A job without labels has its template's: the same map, so that the labels of a generated selector are in both. */
function shareLabels(o: ApiObject): void {
  const labels: Record<string, string> | undefined = o.spec.template?.metadata?.labels
  const own: Record<string, string> | undefined = o.metadata.labels
  if (labels && (!own || Object.keys(own).length === 0)) o.metadata.labels = labels
}

/** A Job owns its pods by its uid, unless the user has said that the selector is their own (manualSelector). */
function generateSelector(o: ApiObject): void {
  const spec = o.spec as JobSpec
  if (spec.manualSelector) return
  const { uid = '', name = '' } = o.metadata as { uid?: string, name?: string }
  const metadata = (spec.template.metadata ??= {})
  const labels = (metadata.labels ??= {})
  const put = (key: string, value: string) => { if (!labels[key]) labels[key] = value }
  put('job-name', name)
  put('batch.kubernetes.io/job-name', name)
  put('controller-uid', uid)
  put('batch.kubernetes.io/controller-uid', uid)
  spec.selector ??= {}
  spec.selector.matchLabels ??= {}
  spec.selector.matchLabels['batch.kubernetes.io/controller-uid'] ??= uid
}
