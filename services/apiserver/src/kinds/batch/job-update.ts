import { invalid } from '@drydock/api'
import type { JobSpec } from '@drydock/api'
import type { ApiObject } from '../../admission/types.ts'
import { goFailurePolicy, goTemplate } from '../lib/go-struct.ts'
import { goSelector, immutable } from '../lib/selector.ts'
import type { Errors } from '../lib/validate.ts'
import { semanticEqual } from '../lib/equal.ts'
import { shownSuccess } from './validate.ts'

const scheduling = ['nodeSelector', 'tolerations', 'schedulingGates'] as const

/** ValidateJobSpecUpdate: what a job is does not change once it is there. */
export function validateJobChange(spec: JobSpec, oldJob: ApiObject): Errors {
  const old = oldJob.spec as JobSpec
  return [
    ...completionsChange(spec, old),
    ...immutable('spec.selector', spec.selector, old.selector, goSelector(spec.selector)),
    ...templateChange(spec, oldJob),
    ...immutable('spec.completionMode', spec.completionMode, old.completionMode),
    ...immutable('spec.podFailurePolicy', spec.podFailurePolicy, old.podFailurePolicy, spec.podFailurePolicy && goFailurePolicy(spec.podFailurePolicy)),
    ...immutable('spec.backoffLimitPerIndex', spec.backoffLimitPerIndex, old.backoffLimitPerIndex),
    ...immutable('spec.managedBy', spec.managedBy, old.managedBy),
    ...immutable('spec.successPolicy', spec.successPolicy, old.successPolicy, spec.successPolicy && shownSuccess(spec.successPolicy)),
  ]
}

/** A job that is suspended and has not started may still be told where its pods go. */
function templateChange(spec: JobSpec, oldJob: ApiObject): Errors {
  const old = oldJob.spec as JobSpec
  const mutable = old.suspend && !oldJob.status?.startTime
  const strip = (s: JobSpec) => {
    if (!mutable) return s.template
    const { metadata, spec: pod } = s.template
    const rest = { ...pod } as Record<string, unknown>
    for (const f of scheduling) delete rest[f]
    const { nodeAffinity: _n, ...affinity } = pod?.affinity ?? {}
    if (Object.keys(affinity).length) rest['affinity'] = affinity
    else delete rest['affinity']
    const { labels: _l, annotations: _a, ...meta } = metadata ?? {}
    return { metadata: meta, spec: rest }
  }
  return semanticEqual(strip(spec), strip(old)) ? [] : [invalid('spec.template', goTemplate(spec.template), 'field is immutable')]
}

/** An indexed job may grow and shrink to as many indexes as it has workers. */
function completionsChange(spec: JobSpec, old: JobSpec): Errors {
  if (spec.completionMode !== 'Indexed') return immutable('spec.completions', spec.completions, old.completions)
  if (spec.completions === old.completions || spec.completions === undefined) return []
  return spec.completions === spec.parallelism ? [] : [invalid('spec.completions', spec.completions, 'can only be modified in tandem with spec.parallelism')]
}
