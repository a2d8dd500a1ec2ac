import type { ApiObject } from '../../admission/types.ts'
import { since } from '../lib/print.ts'

/** printEvent: Last Seen … Name. An event of the new kind has a series or an eventTime instead of the old timestamps. */
export function eventCells(e: ApiObject, now: number): unknown[] {
  const first = e.firstTimestamp ?? e.eventTime
  const last = e.series ? e.series.lastObservedTime : e.lastTimestamp ?? first
  const count = e.series ? e.series.count : e.count
  const seen = (t: string | undefined) => since(t, now)
  const about = e.involvedObject ?? {}
  return [
    e.series ? seen(last) : e.lastTimestamp ? seen(e.lastTimestamp) : seen(first), e.type ?? '', e.reason ?? '',
    about.name ? `${String(about.kind ?? '').toLowerCase()}/${about.name}` : String(about.kind ?? '').toLowerCase(),
    about.fieldPath ?? '', source(e), String(e.message ?? '').trim(), seen(first), count || 1, e.metadata.name,
  ]
}

/** formatEventSource: component and, where there is one, host. */
function source(e: ApiObject): string {
  const component = e.source?.component || e.reportingComponent || ''
  const host = e.source?.host || e.reportingInstance || ''
  return host ? `${component}, ${host}` : component
}
