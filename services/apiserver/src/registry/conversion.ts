/** Between versions of a kind that share their storage. */
import type { ApiObject } from '../admission/types.ts'
import { storedAutoscaler } from '../kinds/autoscaling/horizontalpodautoscalers.ts'
import { autoscalerToV1 } from '../kinds/autoscaling/v1.ts'

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
  ['autoscaling/v1/horizontalpodautoscalers', { storageGroup: 'autoscaling', toStorage: storedAutoscaler, fromStorage: autoscalerToV1 }],
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
