import { invalid, mapMatcher, required } from '@drydock/api'
import type { ReplicationControllerSpec } from '@drydock/api'
import { runsForEver } from '../apps/validate.ts'
import { sortedMap } from '../lib/selector.ts'
import { nonNegative, type Errors } from '../lib/validate.ts'
import { validatePodTemplate } from './pod-spec/validate/index.ts'

/** ValidateReplicationControllerSpec: its selector is a plain map. */
export function validateController(spec: ReplicationControllerSpec): Errors {
  const out: Errors = nonNegative('spec.minReadySeconds', spec.minReadySeconds)
  if (!Object.keys(spec.selector ?? {}).length) out.push(required('spec.selector'))
  if (spec.replicas === undefined) out.push(required('spec.replicas'))
  else out.push(...nonNegative('spec.replicas', spec.replicas))
  if (!spec.template) return [...out, required('spec.template')]
  const labels = spec.template.metadata?.labels
  if (Object.keys(spec.selector ?? {}).length && !mapMatcher(spec.selector)(labels)) out.push(invalid('spec.template.metadata.labels', sortedMap(labels), '`selector` does not match template `labels`'))
  return [...out, ...validatePodTemplate('spec.template', spec.template), ...runsForEver('spec.template', spec.template, 'ReplicationController')]
}
