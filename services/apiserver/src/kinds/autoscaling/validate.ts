import { dns1123Label, fieldForbidden, invalid, nameIsPathSegment, notSupported, mustParseQuantity, required } from '@drydock/api'
import type { ApiObject } from '../../admission/types.ts'
import { byRule, each, type Errors } from '../lib/validate.ts'
import { containerResourceName } from '../core/pod-spec/validate/resources.ts'

/** pkg/apis/autoscaling/validation, for the stored version. */

const segment = (path: string, v: string | undefined): Errors => (v ? byRule(path, v, (s) => nameIsPathSegment(s, false)) : [required(path)])

export function validateAutoscaler(spec: ApiObject['spec'] = {}): Errors {
  const out: Errors = []
  const min = spec.minReplicas as number | undefined
  if (min !== undefined && min < 1) out.push(invalid('spec.minReplicas', min, 'must be greater than or equal to 1'))
  if ((spec.maxReplicas ?? 0) < 1) out.push(invalid('spec.maxReplicas', spec.maxReplicas ?? 0, 'must be greater than 0'))
  if (min !== undefined && (spec.maxReplicas ?? 0) < min) out.push(invalid('spec.maxReplicas', spec.maxReplicas ?? 0, 'must be greater than or equal to `minReplicas`'))
  out.push(...target(spec.scaleTargetRef ?? {}))
  out.push(...each(spec.metrics as ApiObject[] | undefined, 'spec.metrics', metric))
  if (min === 0 && !spec.metrics?.some((m: { type: string }) => m.type === 'Object' || m.type === 'External')) out.push(fieldForbidden('spec.metrics', 'must specify at least one Object or External metric to support scaling to zero replicas'))
  for (const side of ['scaleUp', 'scaleDown']) if (spec.behavior?.[side]) out.push(...rules(`spec.behavior.${side}`, spec.behavior[side]))
  return out
}

function target(ref: { kind?: string, name?: string, apiVersion?: string }): Errors {
  const out = [...segment('spec.scaleTargetRef.kind', ref.kind), ...segment('spec.scaleTargetRef.name', ref.name)]
  const version = ref.apiVersion ?? ''
  const core = ref.kind === 'ReplicationController' || ref.kind === 'Pod'
  if (!core && (version === '' || !version.includes('/'))) out.push(invalid('spec.scaleTargetRef.apiVersion', version, 'apiVersion must specify API group'))
  return out
}

const types = ['ContainerResource', 'External', 'Object', 'Pods', 'Resource']
const fields: Readonly<Record<string, string>> = { Object: 'object', External: 'external', Pods: 'pods', Resource: 'resource', ContainerResource: 'containerResource' }

function metric(m: ApiObject, path: string): Errors {
  const out: Errors = []
  if (!m.type) out.push(required(`${path}.type`, 'must specify a metric source type'))
  // Told twice, by the two checks of upstream that come upon it.
  if (!types.includes(m.type)) return [...out, notSupported(`${path}.type`, m.type ?? '', types), notSupported(`${path}.type`, m.type ?? '', types)]
  const field = fields[m.type]!
  for (const other of Object.values(fields)) if (other !== field && m[other]) out.push(fieldForbidden(`${path}.${other}`, 'must populate the given metric source only'))
  const source = m[field]
  const at = `${path}.${field}`
  if (!source) return [...out, required(at, 'must populate information for the given metric source')]
  switch (m.type) {
    case 'Object': return [...out, ...segment(`${at}.describedObject.kind`, source.describedObject?.kind), ...segment(`${at}.describedObject.name`, source.describedObject?.name), ...identifier(`${at}.metric`, source.metric), ...metricTarget(`${at}.target`, source.target), ...oneValue(`${at}.target`, source.target, 'must set either a target value or averageValue')]
    case 'External': return [...out, ...identifier(`${at}.metric`, source.metric), ...metricTarget(`${at}.target`, source.target), ...external(at, source.target ?? {})]
    case 'Pods': return [...out, ...identifier(`${at}.metric`, source.metric), ...metricTarget(`${at}.target`, source.target), ...podsTarget(at, source.target ?? {})]
    case 'ContainerResource': return [...out, ...resourceName(at, source.name, true), ...(source.container ? byRule(`${at}.container`, source.container, dns1123Label) : [required(`${at}.container`, 'must specify a container')]), ...metricTarget(`${at}.target`, source.target), ...utilization(at, source.target ?? {})]
    default: return [...out, ...resourceName(at, source.name, false), ...metricTarget(`${at}.target`, source.target), ...utilization(at, source.target ?? {})]
  }
}

const resourceName = (at: string, name: string | undefined, checked: boolean): Errors =>
  (name ? (checked ? containerResourceName(`${at}.name`, name) : []) : [required(`${at}.name`, 'must specify a resource name')])

const identifier = (path: string, m: { name?: string } | undefined): Errors =>
  (m?.name ? byRule(`${path}.name`, m.name, (s) => nameIsPathSegment(s, false)) : [required(`${path}.name`, 'must specify a metric name')])

interface Target { type?: string, value?: string, averageValue?: string, averageUtilization?: number }
const zero = (q: string): boolean => mustParseQuantity(q).nanos <= 0n

function metricTarget(path: string, t: Target = {}): Errors {
  const out: Errors = []
  if (!t.type) out.push(required(`${path}.type`, 'must specify a metric target type'))
  if (!['Utilization', 'Value', 'AverageValue'].includes(t.type ?? '')) out.push(invalid(`${path}.type`, t.type ?? '', 'must be either Utilization, Value, or AverageValue'))
  if (t.value !== undefined && zero(t.value)) out.push(invalid(`${path}.value`, t.value, 'must be positive'))
  if (t.averageUtilization !== undefined && t.averageUtilization < 1) out.push(invalid(`${path}.averageUtilization`, t.averageUtilization, 'must be greater than 0'))
  if (t.averageValue !== undefined && zero(t.averageValue)) out.push(invalid(`${path}.averageValue`, t.averageValue, 'must be positive'))
  return out
}

const oneValue = (path: string, t: Target = {}, why: string): Errors => (t.value === undefined && t.averageValue === undefined ? [required(`${path}.averageValue`, why)] : [])

function external(at: string, t: Target): Errors {
  const out = oneValue(`${at}.target`, t, 'must set either a target value for metric or a per-pod target')
  if (t.value !== undefined && t.averageValue !== undefined) out.push(fieldForbidden(`${at}.target.value`, 'may not set both a target value for metric and a per-pod target'))
  return out
}

const podsTarget = (at: string, t: Target): Errors => (t.averageValue === undefined || zero(t.averageValue) ? [required(`${at}.target.averageValue`, 'must specify a positive target averageValue')] : [])

function utilization(at: string, t: Target): Errors {
  const out: Errors = []
  if (t.averageUtilization === undefined && t.averageValue === undefined) out.push(required(`${at}.target.averageUtilization`, 'must set either a target raw value or a target utilization'))
  if (t.averageUtilization !== undefined && t.averageValue !== undefined) out.push(fieldForbidden(`${at}.target.averageValue`, 'may not set both a target raw value and a target utilization'))
  return out
}

const MAX_PERIOD = 1800
const MAX_WINDOW = 3600

function rules(path: string, r: ApiObject): Errors {
  const out: Errors = []
  const window = r.stabilizationWindowSeconds as number | undefined
  if (window !== undefined && window < 0) out.push(invalid(`${path}.stabilizationWindowSeconds`, window, 'must be greater than or equal to zero'))
  if (window !== undefined && window > MAX_WINDOW) out.push(invalid(`${path}.stabilizationWindowSeconds`, window, `must be less than or equal to ${MAX_WINDOW}`))
  if (r.selectPolicy !== undefined && !['Disabled', 'Max', 'Min'].includes(r.selectPolicy)) out.push(notSupported(`${path}.selectPolicy`, r.selectPolicy, ['Disabled', 'Max', 'Min']))
  if (!r.policies?.length) out.push(required(`${path}.policies`, 'must specify at least one Policy'))
  return [...out, ...each(r.policies as Array<{ type?: string, value?: number, periodSeconds?: number }> | undefined, `${path}.policies`, (p, at) => {
    const errs: Errors = []
    if (p.type !== 'Pods' && p.type !== 'Percent') errs.push(notSupported(`${at}.type`, p.type ?? '', ['Percent', 'Pods']))
    if ((p.value ?? 0) <= 0) errs.push(invalid(`${at}.value`, p.value ?? 0, 'must be greater than zero'))
    if ((p.periodSeconds ?? 0) <= 0) errs.push(invalid(`${at}.periodSeconds`, p.periodSeconds ?? 0, 'must be greater than zero'))
    if ((p.periodSeconds ?? 0) > MAX_PERIOD) errs.push(invalid(`${at}.periodSeconds`, p.periodSeconds, `must be less than or equal to ${MAX_PERIOD}`))
    return errs
  })]
}
