import { compareQuantities, duplicate, fieldForbidden, invalid, required } from '@drydock/api'
import type { LimitRangeItem, ResourceQuotaSpec, ResourceQuotaStatus } from '@drydock/api'
import { each, qualified, type Errors } from '../../lib/validate.ts'
import { isHugePage, resourceName, resourceQuantity } from '../pod-spec/validate/resources.ts'

const standardQuota = new Set([
  'cpu', 'memory', 'ephemeral-storage', 'requests.cpu', 'requests.memory', 'requests.storage', 'requests.ephemeral-storage', 'limits.cpu', 'limits.memory', 'limits.ephemeral-storage', 'pods',
  'resourcequotas', 'services', 'replicationcontrollers', 'secrets', 'persistentvolumeclaims', 'configmaps', 'services.nodeports', 'services.loadbalancers',
])

const standardContainer = new Set(['cpu', 'memory', 'ephemeral-storage'])

/** ValidateResourceQuotaResourceName. */
function quotaName(path: string, name: string): Errors {
  const out = resourceName(path, name)
  if (!name.includes('/') && !standardQuota.has(name) && !isHugePage(name) && !name.startsWith('requests.hugepages-')) out.push(invalid(path, name, 'must be a standard resource for quota'))
  return out
}

const scopes = new Set(['Terminating', 'NotTerminating', 'BestEffort', 'NotBestEffort', 'PriorityClass', 'CrossNamespacePodAffinity', 'VolumeAttributesClass'])
const exists = new Set(['Terminating', 'NotTerminating', 'BestEffort', 'NotBestEffort', 'CrossNamespacePodAffinity'])
const EXISTS = "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity"

export function validateQuota(spec: ResourceQuotaSpec): Errors {
  const out: Errors = []
  for (const [k, q] of Object.entries(spec.hard ?? {})) out.push(...quotaName(`spec.hard[${k}]`, k), ...resourceQuantity(k, `spec.hard[${k}]`, q))
  out.push(...quotaScopes(spec), ...scopeSelector(spec))
  return out
}

/** ValidateResourceQuotaStatusUpdate. */
export const validateQuotaStatus = (status: ResourceQuotaStatus): Errors => (['hard', 'used'] as const).flatMap((part) =>
  Object.entries(status[part] ?? {}).flatMap(([k, q]) => [...quotaName(`status.${part}[${k}]`, k), ...resourceQuantity(k, `status.${part}[${k}]`, q)]))

const podCompute = new Set(['cpu', 'memory', 'limits.cpu', 'limits.memory', 'requests.cpu', 'requests.memory'])
/** IsResourceQuotaScopeValidForResource: pods without requests have nothing but their number to count. */
function scopeCounts(scope: string, resource: string): boolean {
  if (scope === 'VolumeAttributesClass') return ['persistentvolumeclaims', 'requests.storage'].includes(resource)
  return resource === 'pods' || (scope !== 'BestEffort' && podCompute.has(resource))
}

function quotaScopes(spec: ResourceQuotaSpec): Errors {
  const list = spec.scopes
  if (!list?.length) return []
  const out: Errors = []
  for (const s of list) {
    if (!scopes.has(s)) { out.push(invalid('spec.scopes', list, 'unsupported scope')); continue }
    for (const name of Object.keys(spec.hard ?? {})) if (standardQuota.has(name) && !scopeCounts(s, name)) out.push(invalid('spec.scopes', list, 'unsupported scope applied to resource'))
  }
  const clash = (a: string, b: string) => list.includes(a) && list.includes(b)
  if (clash('BestEffort', 'NotBestEffort') || clash('Terminating', 'NotTerminating')) out.push(invalid('spec.scopes', list, 'conflicting scopes'))
  return out
}

function scopeSelector(spec: ResourceQuotaSpec): Errors {
  const path = 'spec.scopeSelector.matchExpressions'
  const out: Errors = []
  for (const e of spec.scopeSelector?.matchExpressions ?? []) {
    if (!scopes.has(e.scopeName)) out.push(invalid(`${path}.scopeName`, e.scopeName ?? '', 'unsupported scope'))
    if (exists.has(e.scopeName) && e.operator !== 'Exists') out.push(invalid(`${path}.operator`, e.operator ?? '', EXISTS))
    switch (e.operator) {
      case 'In': case 'NotIn':
        if (!e.values?.length) out.push(required(`${path}.values`, "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"))
        break
      case 'Exists': case 'DoesNotExist':
        if (e.values?.length) out.push(invalid(`${path}.values`, e.values, "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector"))
        break
      default: out.push(invalid(`${path}.operator`, e.operator ?? '', 'not a valid selector operator'))
    }
  }
  return out
}

/** Scopes stay; the order in which they are named does not count. */
export function scopesFrozen(now: ResourceQuotaSpec, was: ResourceQuotaSpec): Errors {
  const key = (s: ResourceQuotaSpec) => [...new Set(s.scopes ?? [])].sort().join()
  return key(now) === key(was) ? [] : [invalid('spec.scopes', now.scopes ?? null, 'field is immutable')]
}

const limitTypes = new Set(['Pod', 'Container', 'PersistentVolumeClaim'])

/** ValidateLimitRange. */
export function validateLimitRange(limits: readonly LimitRangeItem[] | undefined): Errors {
  const seen = new Set<string>()
  return each(limits, 'spec.limits', (l, at) => {
    const out = limitType(`${at}.type`, l.type ?? '')
    if (seen.has(l.type)) out.push(duplicate(`${at}.type`, l.type))
    seen.add(l.type)
    const names = new Set<string>()
    for (const part of ['max', 'min', 'maxLimitRequestRatio'] as const) {
      for (const [k, q] of Object.entries(l[part] ?? {})) {
        out.push(...limitName(`${at}.${part}[${k}]`, l.type, k), ...(part === 'maxLimitRequestRatio' ? [] : resourceQuantity(k, `${at}.${part}[${k}]`, q)))
        names.add(k)
      }
    }
    if (l.type === 'Pod') {
      if (Object.keys(l.default ?? {}).length) out.push(fieldForbidden(`${at}.default`, 'may not be specified when `type` is \'Pod\''))
      if (Object.keys(l.defaultRequest ?? {}).length) out.push(fieldForbidden(`${at}.defaultRequest`, 'may not be specified when `type` is \'Pod\''))
    } else {
      for (const part of ['default', 'defaultRequest'] as const) for (const [k, q] of Object.entries(l[part] ?? {})) {
        out.push(...limitName(`${at}.${part}[${k}]`, l.type, k), ...resourceQuantity(k, `${at}.${part}[${k}]`, q))
        names.add(k)
      }
    }
    if (l.type === 'PersistentVolumeClaim' && l.min?.storage === undefined && l.max?.storage === undefined) out.push(required(`${at}.limits`, 'either minimum or maximum storage value is required, but neither was provided'))
    for (const k of names) out.push(...amounts(at, l, k))
    return out
  })
}

function limitType(path: string, type: string): Errors {
  const out = qualified(path, type)
  if (out.length) return out
  return type.includes('/') || limitTypes.has(type) ? [] : [invalid(path, type, 'must be a standard limit type or fully qualified')]
}

function limitName(path: string, type: string, name: string): Errors {
  if (type !== 'Container' && type !== 'Pod') return resourceName(path, name)
  const out = resourceName(path, name)
  if (!name.includes('/') && !standardContainer.has(name) && !isHugePage(name)) out.push(invalid(path, name, 'must be a standard resource for containers'))
  return out
}

/** Minimum ≤ default request ≤ default limit ≤ maximum. */
function amounts(at: string, l: LimitRangeItem, k: string): Errors {
  const out: Errors = []
  const above = (a: string | undefined, b: string | undefined) => a !== undefined && b !== undefined && compareQuantities(a, b) > 0
  const [max, min, limit, request, ratio] = [l.max?.[k], l.min?.[k], l.default?.[k], l.defaultRequest?.[k], l.maxLimitRequestRatio?.[k]]
  if (above(min, max)) out.push(invalid(`${at}.min[${k}]`, min, `min value ${min} is greater than max value ${max}`))
  if (above(min, request)) out.push(invalid(`${at}.defaultRequest[${k}]`, request, `min value ${min} is greater than default request value ${request}`))
  if (above(request, max)) out.push(invalid(`${at}.defaultRequest[${k}]`, request, `default request value ${request} is greater than max value ${max}`))
  if (above(request, limit)) out.push(invalid(`${at}.defaultRequest[${k}]`, request, `default request value ${request} is greater than default limit value ${limit}`))
  if (above(min, limit)) out.push(invalid(`${at}.default[${k}]`, min, `min value ${min} is greater than default value ${limit}`))
  if (above(limit, max)) out.push(invalid(`${at}.default[${k}]`, max, `default value ${limit} is greater than max value ${max}`))
  if (ratio !== undefined && compareQuantities(ratio, '1') < 0) out.push(invalid(`${at}.maxLimitRequestRatio[${k}]`, ratio, `ratio ${ratio} is less than 1`))
  return out
}

