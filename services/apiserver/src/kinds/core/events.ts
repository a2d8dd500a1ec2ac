import { resources } from '@drydock/api'
import type { ApiObject } from '../../admission/types.ts'
import type { Kind } from '../kind.ts'
import { validateChangedEvent, validateEvent } from './validate/events.ts'
import { eventCells } from './event-cells.ts'

/** Events of the core group: the one stored form. events.k8s.io shows the same objects in other words (../events). */
export const events: Kind = {
  resource: resources.events,
  defaults(o) {
    o.involvedObject ??= {}
    o.source ??= {}
    o.firstTimestamp ??= null
    o.lastTimestamp ??= null
    o.eventTime ??= null
    o.reportingComponent ??= ''
    o.reportingInstance ??= ''
  },
  fields: eventFields,
  cells: (o, c) => eventCells(o, c.now),
  validate: (o) => validateEvent(o, false),
  validateUpdate: (o) => validateChangedEvent(o, false),
  allowUnconditionalUpdate: true,
}

export function eventFields(o: ApiObject): Record<string, string> {
  const about = o.involvedObject ?? {}
  const source = o.source?.component || o.reportingComponent || ''
  return {
    'involvedObject.kind': about.kind ?? '', 'involvedObject.namespace': about.namespace ?? '', 'involvedObject.name': about.name ?? '',
    'involvedObject.uid': about.uid ?? '', 'involvedObject.apiVersion': about.apiVersion ?? '', 'involvedObject.resourceVersion': about.resourceVersion ?? '',
    'involvedObject.fieldPath': about.fieldPath ?? '', reason: o.reason ?? '', reportingComponent: o.reportingComponent ?? '', source, type: o.type ?? '',
  }
}
