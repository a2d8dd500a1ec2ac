import { dns1123Subdomain, invalid, required } from '@drydock/api'
import type { ApiObject } from '../../../admission/types.ts'
import { semanticEqual } from '../../lib/equal.ts'
import { qualified, type Errors } from '../../lib/validate.ts'

const text = (path: string, v: string | undefined, max: number): Errors => ((v ?? '').length > max ? [invalid(path, '', `can have at most ${max} characters`)] : [])

/** ValidateEventCreate. Events written through events.k8s.io, and those with an eventTime, follow the new API's rules. */
export function validateEvent(e: ApiObject, newApi: boolean): Errors {
  const out = validateChangedEvent(e, newApi)
  if (!newApi) return out
  if (!e.eventTime) out.push(required('eventTime'))
  if (e.type !== 'Normal' && e.type !== 'Warning') out.push(invalid('type', '', `has invalid value: ${e.type ?? ''}`))
  if (e.series) out.push(...series(e.series))
  return out
}

/** legacyValidateEvent: what holds for every event, and for those with an eventTime. */
export function validateChangedEvent(e: ApiObject, newApi: boolean): Errors {
  const out = place(e)
  if (!e.eventTime) return out
  const controller = newApi ? 'reportingController' : 'reportingComponent'
  const by: string = e.reportingComponent ?? e.reportingController ?? ''
  if (!by) out.push(required(controller))
  out.push(...qualified(controller, by))
  if (!e.reportingInstance) out.push(required('reportingInstance'))
  out.push(...text('reportingInstance', e.reportingInstance, 128), ...(e.action ? text('action', e.action, 128) : [required('action')]), ...(e.reason ? text('reason', e.reason, 128) : [required('reason')]))
  out.push(...text('message', e.message ?? e.note, 1024))
  return out
}

function series(s: { count?: number, lastObservedTime?: string | null }): Errors {
  return [
    ...((s.count ?? 0) < 2 ? [invalid('series.count', '', 'should be at least 2')] : []),
    ...(s.lastObservedTime ? [] : [required('series.lastObservedTime')]),
  ]
}

/** The object that an old event is about stands in the event's namespace; cluster-scoped ones in default. */
function place(e: ApiObject): Errors {
  const about = e.involvedObject ?? e.regarding ?? {}
  const namespace: string = e.metadata.namespace ?? ''
  const out: Errors = []
  if (!about.namespace) {
    if (namespace && namespace !== 'default' && namespace !== 'kube-system') out.push(invalid('involvedObject.namespace', about.namespace ?? '', 'does not match event.namespace'))
  } else if (!e.eventTime && namespace !== about.namespace) out.push(invalid('involvedObject.namespace', about.namespace, 'does not match event.namespace'))
  for (const m of dns1123Subdomain(namespace)) out.push(invalid('namespace', namespace, m))
  return out
}

const frozen: ReadonlyArray<readonly [field: string, core: string]> = [
  ['involvedObject', 'regarding'], ['reason', 'reason'], ['reason', 'reason'], ['message', 'note'], ['source', 'deprecatedSource'], ['firstTimestamp', 'deprecatedFirstTimestamp'], ['lastTimestamp', 'deprecatedLastTimestamp'],
  ['count', 'deprecatedCount'], ['type', 'type'], ['eventTime', 'eventTime'], ['action', 'action'], ['related', 'related'], ['reportingController', 'reportingController'], ['reportingInstance', 'reportingInstance'],
]

const texts = new Set(['reason', 'message', 'type', 'action', 'reportingController', 'reportingInstance'])

/** Of an event of the new API only its series grows. */
export function eventFrozen(now: ApiObject, was: ApiObject): Errors {
  const at = (o: ApiObject, [core, own]: readonly [string, string]) => o[own] ?? o[core] ?? (core === 'reportingController' ? o.reportingComponent : undefined)
  return frozen.flatMap((f) => (semanticEqual(at(now, f), at(was, f)) ? [] : [invalid(f[0], at(now, f) === undefined && texts.has(f[0]) ? '' : shown(at(now, f)), 'field is immutable')]))
}

const reference = ['Kind', 'Namespace', 'Name', 'UID', 'APIVersion', 'ResourceVersion', 'FieldPath'] as const
const fieldOf = (k: string): string => (k === 'UID' ? 'uid' : k === 'APIVersion' ? 'apiVersion' : k[0]!.toLowerCase() + k.slice(1))

/** A reference as Go prints its internal form. */
function shown(v: unknown): unknown {
  if (v === undefined || v === null || typeof v !== 'object') return v ?? null
  return Object.fromEntries(reference.map((k) => [k, (v as Record<string, unknown>)[fieldOf(k)] ?? '']))
}
