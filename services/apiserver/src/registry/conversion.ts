/** Between versions of a kind that share their storage. */
import type { ApiObject } from '../admission/types.ts'

export interface Conversion {
  /** Group that the objects are stored under. */
  storageGroup: string
  /** Both give a new object; metadata is shared. */
  toStorage(o: ApiObject): ApiObject
  fromStorage(o: ApiObject): ApiObject
}

/** By `group/version/resource` of the version that is not stored. */
export const conversions: ReadonlyMap<string, Conversion> = new Map([
  ['events.k8s.io/v1/events', { storageGroup: '', toStorage: eventToCore, fromStorage: eventFromCore }],
  ['autoscaling/v1/horizontalpodautoscalers', { storageGroup: 'autoscaling', toStorage: autoscalerToV2, fromStorage: autoscalerToV1 }],
])

const eventNames = [
  ['involvedObject', 'regarding'], ['message', 'note'], ['source', 'deprecatedSource'], ['firstTimestamp', 'deprecatedFirstTimestamp'],
  ['lastTimestamp', 'deprecatedLastTimestamp'], ['count', 'deprecatedCount'], ['reportingComponent', 'reportingController'],
] as const

function eventFromCore(o: ApiObject): ApiObject { return renamed(o, 'events.k8s.io/v1', new Map(eventNames)) }
function eventToCore(o: ApiObject): ApiObject { return renamed(o, 'v1', new Map(eventNames.map(([core, own]) => [own, core]))) }

function renamed(o: ApiObject, apiVersion: string, names: ReadonlyMap<string, string>): ApiObject {
  const out: Record<string, unknown> = {}
  for (const k in o) out[names.get(k) ?? k] = o[k]
  return { ...out, apiVersion } as ApiObject
}

const cpuOf = (metrics: any[] | undefined) => metrics?.find((m) => m.type === 'Resource' && m.resource?.name === 'cpu' && m.resource.target?.averageUtilization !== undefined)

// v1 knows one target: the average CPU utilization. Other metrics do not travel through v1.
function autoscalerToV2(o: ApiObject): ApiObject {
  const { targetCPUUtilizationPercentage: percent, ...spec } = o['spec'] ?? {}
  const { currentCPUUtilizationPercentage: current, ...status } = o['status'] ?? {}
  const resource = (value: number, key: string) => ({ type: 'Resource', resource: { name: 'cpu', [key]: key === 'target' ? { type: 'Utilization', averageUtilization: value } : { averageUtilization: value, averageValue: '0' } } })
  return {
    ...o, apiVersion: 'autoscaling/v2',
    spec: { ...spec, ...(percent !== undefined && { metrics: [resource(percent, 'target')] }) },
    ...(o['status'] && { status: { ...status, ...(current !== undefined && { currentMetrics: [resource(current, 'current')] }) } }),
  }
}

function autoscalerToV1(o: ApiObject): ApiObject {
  const { metrics, behavior: _b, ...spec } = o['spec'] ?? {}
  const { currentMetrics, conditions: _c, ...status } = o['status'] ?? {}
  const percent = cpuOf(metrics)?.resource.target.averageUtilization
  const current = currentMetrics?.find((m: any) => m.type === 'Resource' && m.resource?.name === 'cpu')?.resource.current?.averageUtilization
  return {
    ...o, apiVersion: 'autoscaling/v1',
    spec: { ...spec, ...(percent !== undefined && { targetCPUUtilizationPercentage: percent }) },
    status: { currentReplicas: 0, desiredReplicas: 0, ...status, ...(current !== undefined && { currentCPUUtilizationPercentage: current }) },
  }
}
