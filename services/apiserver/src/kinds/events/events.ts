import { resources } from '@drydock/api'
import type { ApiObject } from '../../admission/types.ts'
import { eventCells } from '../core/event-cells.ts'
import type { Kind } from '../kind.ts'
import { eventFrozen, validateChangedEvent, validateEvent } from '../core/validate/events.ts'

/** events.k8s.io: core events under other names of their fields. */
export const eventsEvents: Kind = {
  resource: resources.eventsEvents,
  invalidGroup: '',
  defaults(o) { o.eventTime ??= null },
  fields: (o) => ({
    'regarding.kind': o.regarding?.kind ?? '', 'regarding.namespace': o.regarding?.namespace ?? '', 'regarding.name': o.regarding?.name ?? '',
    reason: o.reason ?? '', type: o.type ?? '', reportingController: o.reportingController ?? '',
  }),
  cells: (o, c) => eventCells(inCoreWords(o), c.now),
  validate: (o) => validateEvent(inCoreWords(o), true),
  validateUpdate: (o, old) => [...validateChangedEvent(inCoreWords(o), true), ...eventFrozen(o, old)],
  allowUnconditionalUpdate: true,
}

const inCoreWords = (o: ApiObject): ApiObject => ({
  ...o, involvedObject: o.regarding ?? o.involvedObject, message: o.note ?? o.message, source: o.deprecatedSource ?? o.source, count: o.deprecatedCount ?? o.count,
  firstTimestamp: o.deprecatedFirstTimestamp ?? o.firstTimestamp, lastTimestamp: o.deprecatedLastTimestamp ?? o.lastTimestamp,
  reportingComponent: o.reportingController ?? o.reportingComponent,
})
