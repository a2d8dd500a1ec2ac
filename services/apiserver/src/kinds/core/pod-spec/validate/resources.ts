import { FieldError, compareQuantities, dns1123Subdomain, duplicate, fieldForbidden, formatQuantity, invalid, isQualifiedName, notSupported, mustParseQuantity, required } from '@drydock/api'
import type { PodSpec, ResourceRequirements } from '@drydock/api'
import { byRule, each, isWhole, label, labelKey, quantityNotNegative, type Errors } from '../../../lib/validate.ts'
import { aggregate } from '../aggregate.ts'

const standardContainer = new Set(['cpu', 'memory', 'ephemeral-storage'])
const HUGE = 'hugepages-'

export const isHugePage = (name: string): boolean => name.startsWith(HUGE)
const isNative = (name: string): boolean => !name.includes('/') || name.includes('kubernetes.io/')
export const isExtended = (name: string): boolean => !isNative(name) && !name.startsWith('requests.') && isQualifiedName(`requests.${name}`).length === 0
/** IsOvercommitAllowed: what may be limited above what is requested. */
const mayOvercommit = (name: string): boolean => isNative(name) && !isHugePage(name)

const standard = new Set([
  'cpu', 'memory', 'ephemeral-storage', 'requests.cpu', 'requests.memory', 'requests.ephemeral-storage', 'limits.cpu', 'limits.memory', 'limits.ephemeral-storage', 'pods', 'resourcequotas',
  'services', 'replicationcontrollers', 'secrets', 'configmaps', 'persistentvolumeclaims', 'storage', 'requests.storage', 'services.nodeports', 'services.loadbalancers',
])
const isQuotaHugePage = (name: string): boolean => isHugePage(name) || name.startsWith('requests.hugepages-')

/** validateResourceName: a qualified name, or one of the names without a domain. */
export function resourceName(path: string, name: string): Errors {
  const out = labelKey(path, name)
  if (out.length) return out
  return name.includes('/') || standard.has(name) || isQuotaHugePage(name) ? [] : [invalid(path, name, 'must be a standard resource type or fully qualified')]
}

/** validateContainerResourceName. */
export function containerResourceName(path: string, name: string): Errors {
  const out = resourceName(path, name)
  if (!name.includes('/')) {
    if (!standardContainer.has(name) && !isHugePage(name)) out.push(invalid(path, name, 'must be a standard resource for containers'))
  } else if (!isNative(name) && !isExtended(name)) out.push(invalid(path, name, "doesn't follow extended resource name standard"))
  return out
}

/** ValidateResourceQuantityValue. */
export function resourceQuantity(name: string, path: string, q: string): Errors {
  const out = quantityNotNegative(path, q)
  if (isIntegerResource(name) && !isWhole(q)) out.push(invalid(path, q, 'must be an integer'))
  return out
}
const integerQuotas = new Set(['pods', 'services', 'replicationcontrollers', 'resourcequotas', 'secrets', 'configmaps', 'persistentvolumeclaims', 'services.nodeports', 'services.loadbalancers'])
const isIntegerResource = (name: string): boolean => integerQuotas.has(name) || isExtended(name)

/** ValidateContainerResourceRequirements, and for whole pods with `pod`. */
export function resourceRequirements(path: string, r: ResourceRequirements | undefined, claims: ReadonlySet<string>, o: { pod?: boolean } = {}): Errors {
  if (!r) return []
  const out: Errors = []
  const limits = r.limits ?? {}
  const requests = r.requests ?? {}
  let cpuOrMemory = false
  let huge = false
  const name = (at: string, n: string): FieldError[] => (o.pod ? podResourceName(at, n) : containerResourceName(at, n))
  for (const [n, q] of Object.entries(limits)) {
    const at = `${path}.limits[${n}]`
    out.push(...name(at, n), ...resourceQuantity(n, at, q))
    if (isHugePage(n)) {
      huge = true
      out.push(...hugePageAmount(at, n, q))
    }
    if (n === 'cpu' || n === 'memory') cpuOrMemory = true
  }
  for (const [n, q] of Object.entries(requests)) {
    const at = `${path}.requests[${n}]`
    out.push(...name(at, n), ...resourceQuantity(n, at, q))
    const limit = limits[n]
    if (limit !== undefined) {
      const order = compareQuantities(q, limit)
      if (order !== 0 && !mayOvercommit(n)) out.push(invalid(`${path}.requests`, q, `must be equal to ${n} limit of ${limit}`))
      else if (order > 0) out.push(invalid(`${path}.requests`, q, `must be less than or equal to ${n} limit of ${limit}`))
    } else if (!mayOvercommit(n)) out.push(required(`${path}.limits`, 'Limit must be set for non overcommitable resources'))
    if (isHugePage(n)) {
      huge = true
      out.push(...hugePageAmount(at, n, q))
    }
    if (n === 'cpu' || n === 'memory') cpuOrMemory = true
  }
  if (huge && !cpuOrMemory) out.push(fieldForbidden(path, 'HugePages require cpu or memory'))
  return [...out, ...resourceClaims(`${path}.claims`, r.claims, claims)]
}

const podLevel = new Set(['cpu', 'memory'])
function podResourceName(path: string, name: string): Errors {
  const out = resourceName(path, name)
  if (out.length) return out
  return podLevel.has(name) || isHugePage(name) ? [] : [supportedPodLevel(path, name)]
}
const supportedPodLevel = (path: string, name: string): FieldError => notSupported(path, name, ['cpu', 'hugepages-', 'memory'])

/** validatePodResourceConsistency: a pod asks for all that its containers ask for together, and none of them is limited above it. */
export function podResourcesCover(path: string, spec: PodSpec): Errors {
  const r = spec.resources
  if (!r) return []
  const out: Errors = []
  for (const [n, sum] of Object.entries(aggregate(spec, 'requests'))) {
    if (!podLevel.has(n) && !isHugePage(n)) continue
    const whole = r.requests?.[n] ?? '0'
    if (compareQuantities(sum, whole) > 0) out.push(invalid(`${path}.requests[${n}]`, whole, `must be greater than or equal to aggregate container requests of ${formatQuantity(sum)}`))
  }
  for (const [i, c] of (spec.containers ?? []).entries()) for (const [n, q] of Object.entries(c.resources?.limits ?? {})) {
    const whole = r.limits?.[n]
    if (whole !== undefined && compareQuantities(q, whole) > 0) out.push(invalid(`spec.containers[${i}].resources.limits[${n}]`, q, `must be less than or equal to pod limits of ${whole}`))
  }
  return out
}

function hugePageAmount(path: string, name: string, q: string): Errors {
  const size = name.slice(HUGE.length)
  const page = parse(size)
  if (page === undefined || page <= 0n) return []
  const amount = parse(q)
  return amount !== undefined && amount % page === 0n ? [] : [invalid(path, q, `${q} is not positive integer multiple of ${size}`)]
}
function parse(q: string): bigint | undefined {
  try { return mustParseQuantity(q).nanos } catch { return undefined }
}

function resourceClaims(path: string, list: ResourceRequirements['claims'], known: ReadonlySet<string>): Errors {
  const seen = new Set<string>()
  const whole = new Set<string>()
  return each(list, path, (c, at) => {
    const out: Errors = []
    if (!c.name) return [required(at)]
    if (c.request) out.push(...label(`${at}.request`, c.request))
    if (!known.has(c.name)) out.push(new FieldError('NotFound', at, c.name, known.size ? `must be one of the names in pod.spec.resourceClaims: ${[...known].join(', ')}` : 'must be one of the names in pod.spec.resourceClaims which is empty'))
    const key = `${c.name}/${c.request ?? ''}`
    if (seen.has(key) || (c.request && whole.has(c.name)) || (!c.request && [...seen].some((s) => s.startsWith(`${c.name}/`)))) out.push(duplicate(at, c.request ? key : c.name))
    else {
      if (!c.request) whole.add(c.name)
      seen.add(key)
    }
    return out
  })
}

/** validateOverhead: names and amounts that a container's limits could have. */
export const overhead = (path: string, list: Record<string, string> | undefined): Errors => resourceRequirements('', list ? { limits: list } : undefined, new Set()).map((e) => replaced(e, path))
const replaced = (e: FieldError, path: string): FieldError => new FieldError(e.type, e.field.replace(/^\.limits/, path), e.badValue, e.detail)

export const claimName = (path: string, name: string): Errors => byRule(path, name, dns1123Subdomain)
