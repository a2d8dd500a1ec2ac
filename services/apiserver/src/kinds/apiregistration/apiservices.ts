import { dns1035Label, invalid, required, resources } from '@drydock/api'
import type { ApiObject } from '../../admission/types.ts'
import type { Kind } from '../kind.ts'
import { ageOf } from '../lib/cells.ts'
import { byRule, subdomain, type Errors } from '../lib/validate.ts'
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
  validate: (o) => validateService(o),
  validateUpdate: (o) => validateService(o),
  allowUnconditionalUpdate: false,
}

const PRIORITY_MAX = 20_000
const VERSION_PRIORITY_MAX = 1000

/** ValidateAPIService. */
function validateService(o: ApiObject): Errors {
  const spec = o.spec ?? {}
  const out: Errors = []
  const name = `${spec.version ?? ''}.${spec.group ?? ''}`
  if (o.metadata.name && o.metadata.name !== name) out.push(invalid('metadata.name', o.metadata.name, `must be \`spec.version+"."+spec.group\`: ${JSON.stringify(name)}`))
  if (spec.group) out.push(...subdomain('spec.group', spec.group))
  else if (spec.version !== 'v1') out.push(required('spec.group', 'only v1 may have an empty group and it better be legacy kube'))
  out.push(...byRule('spec.version', spec.version ?? '', dns1035Label))
  const within = (field: string, max: number) => { const v: number = spec[field] ?? 0; if (v <= 0 || v > max) out.push(invalid(`spec.${field}`, v, `must be positive and less than ${max}`)) }
  within('groupPriorityMinimum', PRIORITY_MAX)
  within('versionPriority', VERSION_PRIORITY_MAX)
  const service = spec.service
  if (!service) return out
  if (!service.namespace) out.push(required('spec.service.namespace'))
  if (!service.name) out.push(required('spec.service.name'))
  if (service.port !== undefined && (service.port < 1 || service.port > 65535)) out.push(invalid('spec.service.port', service.port, 'port is not valid: must be between 1 and 65535, inclusive'))
  return out
}
