import { formatQuantity, parseQuantity, resources } from '@drydock/api'
import type { Container, LimitRange, LimitRangeItem, ParsedQuantity, PodSpec } from '@drydock/api'
import { aggregate, refuse } from '../errors.ts'
import type { AdmissionPlugin, AdmissionRequest } from '../types.ts'
import type { PluginParts } from '../parts.ts'
import { containerTotals } from './amounts.ts'

type Amounts = Record<string, string>

/** Containers get the defaults of the namespace's limit ranges; pods, containers and claims keep within them. */
export function limitRanger(parts: PluginParts): AdmissionPlugin {
  const ranges = (r: AdmissionRequest): LimitRange[] => parts.reader.list(resources.limitranges, r.namespace)
  return {
    name: 'LimitRanger',
    handles: (r) => (isPods(r) && ((r.operation === 'CREATE' && !r.subresource) || (r.operation === 'UPDATE' && r.subresource === 'resize')))
      || (isClaims(r) && (r.operation === 'CREATE' || r.operation === 'UPDATE') && !r.subresource),
    admit(r) {
      if (isPods(r) && r.operation === 'CREATE') for (const range of ranges(r)) setDefaults(r, range)
    },
    validate(r) {
      for (const range of ranges(r)) {
        const errors = isPods(r) ? podErrors(range, r.object!['spec'] as PodSpec) : claimErrors(range, r.object!['spec']?.resources?.requests ?? {})
        if (errors.length) throw refuse(r, aggregate(errors))
      }
    },
  }
}

const isPods = (r: AdmissionRequest): boolean => r.resource.resource === 'pods' && !r.resource.group
const isClaims = (r: AdmissionRequest): boolean => r.resource.resource === 'persistentvolumeclaims'
const itemsOf = (range: LimitRange, type: string): LimitRangeItem[] => (range.spec?.limits ?? []).filter((i) => i.type === type)

function setDefaults(r: AdmissionRequest, range: LimitRange): void {
  const spec = r.object!['spec'] as PodSpec
  const requests: Amounts = {}, limits: Amounts = {}
  for (const item of itemsOf(range, 'Container')) { Object.assign(requests, item.defaultRequest); Object.assign(limits, item.default) }
  const said: string[] = []
  const merge = (c: Container, what: string) => {
    for (const [list, wanted, word] of [['requests', requests, 'request'], ['limits', limits, 'limit']] as const) {
      const missing = Object.keys(wanted).filter((k) => c.resources?.[list]?.[k] === undefined).sort()
      if (!missing.length) continue
      c.resources = { ...c.resources, [list]: { ...c.resources?.[list], ...Object.fromEntries(missing.map((k) => [k, wanted[k]!])) } }
      said.push(`${missing.join(', ')} ${word} for ${what} ${c.name}`)
    }
  }
  for (const c of spec.containers) merge(c, 'container')
  for (const c of spec.initContainers ?? []) merge(c, 'init container')
  if (said.length) r.object!.metadata['annotations'] = { ...r.object!.metadata['annotations'], 'kubernetes.io/limit-ranger': `LimitRanger plugin set: ${said.join('; ')}` }
}

function podErrors(range: LimitRange, spec: PodSpec): string[] {
  const errors: string[] = []
  for (const item of itemsOf(range, 'Container')) for (const c of [...spec.containers, ...spec.initContainers ?? []]) errors.push(...itemErrors(item, parse(c.resources?.requests), parse(c.resources?.limits)))
  for (const item of itemsOf(range, 'Pod')) errors.push(...itemErrors(item, containerTotals(spec, 'requests'), containerTotals(spec, 'limits')))
  return errors
}

function claimErrors(range: LimitRange, requests: Amounts): string[] {
  const parsed = parse(requests)
  return itemsOf(range, 'PersistentVolumeClaim').flatMap((item) => [
    ...each(item.min, (k, v) => below(item.type, k, v, parsed.get(k), undefined)),
    ...each(item.max, (k, v) => {
      const request = parsed.get(k)
      if (!request) return `maximum ${k} usage per ${item.type} is ${text(v)}.  No request is specified`
      return request.nanos > v.nanos ? `maximum ${k} usage per ${item.type} is ${text(v)}, but request is ${text(request)}` : undefined
    }),
  ])
}

type Parsed = ReadonlyMap<string, ParsedQuantity>
const parse = (a: Amounts | undefined): Parsed => new Map(Object.entries(a ?? {}).map(([k, v]) => [k, parseQuantity(v) ?? { nanos: 0n, format: 'DecimalSI' }]))
const text = formatQuantity

function each(bounds: Amounts | undefined, check: (resource: string, bound: ParsedQuantity) => string | undefined): string[] {
  return [...parse(bounds)].map(([k, v]) => check(k, v)).filter((e) => e !== undefined)
}

function itemErrors(item: LimitRangeItem, requests: Parsed, limits: Parsed): string[] {
  return [
    ...each(item.min, (k, v) => below(item.type, k, v, requests.get(k), limits.get(k))),
    ...each(item.max, (k, v) => above(item.type, k, v, requests.get(k), limits.get(k))),
    ...each(item.maxLimitRequestRatio, (k, v) => ratio(item.type, k, v, requests.get(k), limits.get(k))),
  ]
}

function below(type: string, resource: string, min: ParsedQuantity, request: ParsedQuantity | undefined, limit: ParsedQuantity | undefined): string | undefined {
  const head = `minimum ${resource} usage per ${type} is ${text(min)}`
  if (!request) return `${head}.  No request is specified`
  if (request.nanos < min.nanos) return `${head}, but request is ${text(request)}`
  return limit && limit.nanos < min.nanos ? `${head}, but limit is ${text(limit)}` : undefined
}

function above(type: string, resource: string, max: ParsedQuantity, request: ParsedQuantity | undefined, limit: ParsedQuantity | undefined): string | undefined {
  const head = `maximum ${resource} usage per ${type} is ${text(max)}`
  if (!limit) return `${head}.  No limit is specified`
  if (limit.nanos > max.nanos) return `${head}, but limit is ${text(limit)}`
  return request && request.nanos > max.nanos ? `${head}, but request is ${text(request)}` : undefined
}

function ratio(type: string, resource: string, max: ParsedQuantity, request: ParsedQuantity | undefined, limit: ParsedQuantity | undefined): string | undefined {
  const head = `${resource} max limit to request ratio per ${type} is ${text(max)}`
  if (!request || request.nanos === 0n) return `${head}, but no request is specified or request is 0`
  if (!limit || limit.nanos === 0n) return `${head}, but no limit is specified or limit is 0`
  return limit.nanos * 1_000_000_000n > max.nanos * request.nanos ? `${head}, but provided ratio is ${(Number(limit.nanos) / Number(request.nanos)).toFixed(6)}` : undefined
}
