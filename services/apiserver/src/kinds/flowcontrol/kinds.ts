import { resources } from '@drydock/api'
import type { Kind } from '../kind.ts'
import { validateFlowSchema, validatePriorityLevel } from './validate.ts'
import { ageOf } from '../lib/cells.ts'
import { specAndStatus } from '../lib/strategy.ts'

export const flowschemas: Kind = {
  resource: resources.flowschemas,
  defaults(o) {
    o.spec ??= {}
    if (!o.spec.matchingPrecedence) o.spec.matchingPrecedence = 1000
    o.status ??= {}
  },
  ...specAndStatus(),
  cells(o, c) {
    const dangling = o.status?.conditions?.find((x: { type: string }) => x.type === 'Dangling')?.status ?? '?'
    return [o.metadata.name, o.spec?.priorityLevelConfiguration?.name || '<none>', o.spec?.matchingPrecedence ?? 0, o.spec?.distinguisherMethod?.type ?? '<none>', ageOf(o, c), dangling]
  },
  validate: (o) => validateFlowSchema(o.metadata.name ?? '', o.spec),
  validateUpdate: (o) => validateFlowSchema(o.metadata.name ?? '', o.spec),
  allowUnconditionalUpdate: true,
}

export const prioritylevelconfigurations: Kind = {
  resource: resources.prioritylevelconfigurations,
  defaults(o) {
    o.spec ??= {}
    o.status ??= {}
    const { limited, exempt } = o.spec
    if (exempt) {
      exempt.nominalConcurrencyShares ??= 0
      exempt.lendablePercent ??= 0
    }
    if (!limited) return
    limited.nominalConcurrencyShares ??= 30
    limited.lendablePercent ??= 0
    const queuing = limited.limitResponse?.queuing
    if (!queuing) return
    if (!queuing.handSize) queuing.handSize = 8
    if (!queuing.queues) queuing.queues = 64
    if (!queuing.queueLengthLimit) queuing.queueLengthLimit = 50
  },
  ...specAndStatus(),
  cells(o, c) {
    const limited = o.spec?.limited
    const queuing = limited?.limitResponse?.queuing
    const shares = limited?.nominalConcurrencyShares ?? o.spec?.exempt?.nominalConcurrencyShares ?? '<none>'
    return [o.metadata.name, o.spec?.type ?? '', shares, queuing?.queues ?? '<none>', queuing?.handSize ?? '<none>', queuing?.queueLengthLimit ?? '<none>', ageOf(o, c)]
  },
  validate: (o) => validatePriorityLevel(o.spec),
  validateUpdate: (o) => validatePriorityLevel(o.spec),
  allowUnconditionalUpdate: true,
}
