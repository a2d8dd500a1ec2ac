/**
 * autoscaling/v1 knows one target: the average CPU utilization. What else an autoscaler has (other metrics, behavior,
 * conditions, current metrics) travels through it as JSON in annotations (pkg/apis/autoscaling/v1/conversion.go).
 */
import { canonicalQuantity } from '@drydock/api'
import type { ApiObject } from '../../admission/types.ts'

type Json = Record<string, any>
const PREFIX = 'autoscaling.alpha.kubernetes.io/'
const METRICS = `${PREFIX}metrics`, CURRENT = `${PREFIX}current-metrics`, CONDITIONS = `${PREFIX}conditions`, BEHAVIOR = `${PREFIX}behavior`
const own: ReadonlySet<string> = new Set([METRICS, CURRENT, CONDITIONS, BEHAVIOR])

const isCpuUtilization = (m: Json): boolean => m['type'] === 'Resource' && m['resource']?.name === 'cpu' && m['resource'].target?.averageUtilization !== undefined

/** Field by field, so that what is absent stays absent and the order is that of Go's type. */
function fields(...pairs: Array<[name: string, value: unknown]>): Json {
  return Object.fromEntries(pairs.filter(([, v]) => v !== undefined))
}

const sources = ['object', 'pods', 'resource', 'containerResource', 'external'] as const
type Source = (typeof sources)[number]

/** The flat names of v1 for what v2 keeps in `target` (of a spec) or `current` (of a status). */
function flat(kind: Source, s: Json, part: 'target' | 'current'): Json {
  const v: Json = s[part] ?? {}
  const target = part === 'target'
  const value = target ? 'targetValue' : 'currentValue', average = target ? 'targetAverageValue' : 'currentAverageValue', utilization = target ? 'targetAverageUtilization' : 'currentAverageUtilization'
  switch (kind) {
    case 'object': return fields(['target', s['describedObject']], ['metricName', s['metric']?.name ?? ''], [value, v['value'] ?? '0'], ['selector', s['metric']?.selector], ['averageValue', v['averageValue']])
    case 'pods': return fields(['metricName', s['metric']?.name ?? ''], [average, v['averageValue'] ?? '0'], ['selector', s['metric']?.selector])
    case 'resource': return fields(['name', s['name']], [utilization, v['averageUtilization']], [average, v['averageValue'] ?? (target ? undefined : '0')])
    case 'containerResource': return fields(['name', s['name']], [utilization, v['averageUtilization']], [average, v['averageValue'] ?? (target ? undefined : '0')], ['container', s['container']])
    case 'external': return fields(['metricName', s['metric']?.name ?? ''], ['metricSelector', s['metric']?.selector], [value, v['value'] ?? (target ? undefined : '0')], [average, v['averageValue']])
  }
}

/** And back. */
function nested(kind: Source, s: Json, part: 'target' | 'current'): Json {
  const target = part === 'target'
  const q = (v: unknown): string | undefined => (v === undefined || v === null ? undefined : canonicalQuantity(v as string, false))
  const value = q(s[target ? 'targetValue' : 'currentValue']), average = q(s[target ? 'targetAverageValue' : 'currentAverageValue'] ?? (kind === 'object' ? s['averageValue'] : undefined))
  const utilization: unknown = s[target ? 'targetAverageUtilization' : 'currentAverageUtilization']
  const type = utilization !== undefined && utilization !== null ? 'Utilization' : kind === 'object' || kind === 'external' ? (average !== undefined ? 'AverageValue' : 'Value') : 'AverageValue'
  const keepsValue = !(target && kind === 'object' && average !== undefined)
  const amounts = fields(['type', target ? type : undefined], ['value', keepsValue ? value : undefined], ['averageUtilization', utilization ?? undefined], ['averageValue', average])
  const metric = fields(['name', s['metricName'] ?? ''], ['selector', s['selector'] ?? s['metricSelector']])
  switch (kind) {
    case 'object': return { describedObject: s['target'] ?? {}, metric, [part]: amounts }
    case 'pods': case 'external': return { metric, [part]: amounts }
    default: return fields(['name', s['name'] ?? ''], ['container', s['container']], [part, amounts])
  }
}

const toFlat = (list: readonly Json[], part: 'target' | 'current'): Json[] =>
  list.map((m) => fields(['type', m['type'] ?? ''], ...sources.map((k): [string, unknown] => [k, m[k] && flat(k, m[k], part)])))
const toNested = (list: readonly Json[], part: 'target' | 'current'): Json[] =>
  list.map((m) => fields(['type', m['type'] ?? ''], ...sources.map((k): [string, unknown] => [k, m[k] && nested(k, m[k], part)])))

/** Behavior is written by the names of Go's fields. */
const goBehavior = (b: Json): Json => Object.fromEntries((['scaleUp', 'scaleDown'] as const).map((side) => [upper(side), b[side] ? {
  StabilizationWindowSeconds: b[side].stabilizationWindowSeconds ?? null, SelectPolicy: b[side].selectPolicy ?? null,
  Policies: b[side].policies?.map((p: Json) => ({ Type: p['type'] ?? '', Value: p['value'] ?? 0, PeriodSeconds: p['periodSeconds'] ?? 0 })) ?? null, Tolerance: b[side].tolerance ?? null,
} : null]))
const upper = (s: string): string => s[0]!.toUpperCase() + s.slice(1)
const lower = (s: string): string => s[0]!.toLowerCase() + s.slice(1)

function fromGo(v: unknown): unknown {
  if (Array.isArray(v)) return v.map(fromGo)
  if (v === null || typeof v !== 'object') return v
  return Object.fromEntries(Object.entries(v).filter(([, x]) => x !== null).map(([k, x]) => [lower(k), fromGo(x)]))
}

/** What an annotation holds; nothing when it holds no such JSON. */
function parsed<T>(o: ApiObject, key: string, convert: (v: unknown) => T): T | undefined {
  const text: unknown = o.metadata?.['annotations']?.[key]
  if (typeof text !== 'string') return undefined
  try {
    return convert(JSON.parse(text))
  } catch {
    return undefined
  }
}

const listOf = (v: unknown): Json[] => (v as Json[]).map((x) => x)

/** Metrics beyond the one of v1: with them there is no default target. */
export const otherMetrics = (o: ApiObject): Json[] | undefined => parsed(o, METRICS, (v) => toNested(listOf(v), 'target'))

/** Metadata as it is inside, where what the annotations carry has fields of its own. */
export function withoutOwn(metadata: ApiObject['metadata']): ApiObject['metadata'] {
  const annotations = metadata['annotations'] as Record<string, string> | undefined
  if (!annotations || !Object.keys(annotations).some((k) => own.has(k))) return metadata
  const kept = Object.fromEntries(Object.entries(annotations).filter(([k]) => !own.has(k)))
  const { annotations: _, ...rest } = metadata
  return Object.keys(kept).length ? { ...rest, annotations: kept } : rest
}

export function autoscalerToV2(o: ApiObject): ApiObject {
  const { targetCPUUtilizationPercentage: percent, ...spec } = o['spec'] ?? {}
  const { currentCPUUtilizationPercentage: current, ...status } = o['status'] ?? {}
  const cpu = percent === undefined ? [] : [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: percent } } }]
  const metrics = [...otherMetrics(o) ?? [], ...cpu]
  const behavior = parsed(o, BEHAVIOR, (v) => fromGo(v) as Json)
  const currentMetrics = parsed(o, CURRENT, (v) => toNested(listOf(v), 'current'))
  const conditions = parsed(o, CONDITIONS, listOf)
  const now = currentMetrics ?? (current === undefined ? undefined : [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: current, averageValue: '0' } } }])
  return {
    ...o, apiVersion: 'autoscaling/v2', metadata: withoutOwn(o.metadata),
    spec: { ...spec, ...(metrics.length && { metrics }), ...(behavior && Object.keys(behavior).length && { behavior }) },
    ...(o['status'] && { status: { ...status, ...(now && { currentMetrics: now }), ...(conditions && { conditions }) } }),
  }
}

export function autoscalerToV1(o: ApiObject): ApiObject {
  const { metrics, behavior, ...spec } = o['spec'] ?? {}
  const { currentMetrics, conditions, ...status } = o['status'] ?? {}
  const percent = (metrics as Json[] | undefined)?.find(isCpuUtilization)?.['resource'].target.averageUtilization
  const current = (currentMetrics as Json[] | undefined)?.find((m) => m['type'] === 'Resource' && m['resource']?.name === 'cpu')?.['resource'].current?.averageUtilization
  const others = (metrics as Json[] | undefined)?.filter((m) => !isCpuUtilization(m)) ?? []
  const annotations = fields(
    [METRICS, others.length ? JSON.stringify(toFlat(others, 'target')) : undefined], [CURRENT, currentMetrics?.length ? JSON.stringify(toFlat(currentMetrics, 'current')) : undefined],
    [BEHAVIOR, behavior ? JSON.stringify(goBehavior(behavior)) : undefined], [CONDITIONS, conditions?.length ? JSON.stringify(conditions) : undefined],
  )
  const metadata = withoutOwn(o.metadata)
  return {
    ...o, apiVersion: 'autoscaling/v1',
    metadata: Object.keys(annotations).length ? { ...metadata, annotations: { ...metadata['annotations'], ...annotations } } : metadata,
    spec: { ...spec, ...(percent !== undefined && { targetCPUUtilizationPercentage: percent }) },
    status: { currentReplicas: 0, desiredReplicas: 0, ...status, ...(current !== undefined && { currentCPUUtilizationPercentage: current }) },
  }
}

/** What of an autoscaler of v1 stands in annotations: the server's part (of status) or the user's (of spec). */
const partOf = { spec: [METRICS, BEHAVIOR], status: [CURRENT, CONDITIONS] } as const

/** Takes the annotations of a part over from the stored object, in place; without one they go. */
export function keepPart(o: ApiObject, old: ApiObject | undefined, part: keyof typeof partOf): void {
  const annotations: Record<string, string> = { ...o.metadata['annotations'] as Record<string, string> | undefined }
  for (const key of partOf[part]) {
    const was = (old?.metadata['annotations'] as Record<string, string> | undefined)?.[key]
    if (was === undefined) delete annotations[key]
    else annotations[key] = was
  }
  if (Object.keys(annotations).length) o.metadata['annotations'] = annotations
  else delete o.metadata['annotations']
}
