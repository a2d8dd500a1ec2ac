import { resources } from '@drydock/api'
import type { Kind } from '../kind.ts'
import { ageOf } from '../lib/cells.ts'
import { keep } from '../lib/strategy.ts'

export const apiservices: Kind = {
  resource: resources.apiservices,
  defaults(o) {
    o.spec ??= {}
    if (o.spec.service) o.spec.service.port ??= 443
    o.status ??= {}
  },
  prepareForCreate(o, c) {
    o.status = {}
    // Served by this process itself: available by nature.
    if (!o.spec?.service) o.status.conditions = [{ type: 'Available', status: 'True', reason: 'Local', message: 'Local APIServices are always available', lastTransitionTime: new Date(c.now()).toISOString().replace(/\.\d+Z$/, 'Z') }]
  },
  prepareForUpdate: (o, old) => keep(o, old, 'status'),
  subresources: { status: { prepareForUpdate: (o, old) => keep(o, old, 'spec') } },
  cells(o, c) {
    const service = o.spec?.service
    const available = o.status?.conditions?.find((x: { type: string }) => x.type === 'Available')
    const text = !available ? 'Unknown' : available.status === 'True' ? 'True' : `${available.status} (${available.reason ?? ''})`
    return [o.metadata.name, service ? `${service.namespace}/${service.name}` : 'Local', text, ageOf(o, c)]
  },
  allowUnconditionalUpdate: false,
}
