import { compareQuantities, resources } from '@drydock/api'
import type { ApiObject } from '../../admission/types.ts'
import type { Kind } from '../kind.ts'
import { scopesFrozen, validateQuota, validateQuotaStatus } from './validate/quotas.ts'
import { ageOf } from '../lib/cells.ts'
import { byBytes } from '../lib/print.ts'
import { specAndStatus } from '../lib/strategy.ts'

export const resourcequotas: Kind = {
  resource: resources.resourcequotas,
  defaults(o) {
    o.spec ??= {}
    o.status ??= {}
  },
  ...specAndStatus({ generation: false, validate: (o) => validateQuotaStatus(o.status ?? {}) }),
  cells(o, c) {
    const [requests, limits] = quotaCells(o)
    return [o.metadata.name, requests, limits, ageOf(o, c)]
  },
  validate: (o) => validateQuota(o.spec),
  warnings: (o) => amountWarnings(o.spec.hard ?? {}),
  validateUpdate: (o, old) => [...validateQuota(o.spec), ...scopesFrozen(o.spec, old.spec)],
  allowUnconditionalUpdate: true,
}

/** What may be requested in all should not be above what may be limited. */
function amountWarnings(hard: Record<string, string>): string[] {
  return ['cpu', 'memory', 'ephemeral-storage'].flatMap((n) => {
    const request = hard[`requests.${n}`], limit = hard[`limits.${n}`]
    return request !== undefined && limit !== undefined && compareQuantities(request, limit) > 0 ? [`ResourceQuota requests.${n} (${request}) should be less than limits.${n} (${limit})`] : []
  })
}

/** `name: used/hard, …`: limits apart from everything else. */
function quotaCells(o: ApiObject): [requests: string, limits: string] {
  const hard: Record<string, string> = o.status?.hard ?? {}
  const used: Record<string, string> = o.status?.used ?? {}
  const out: [string[], string[]] = [[], []]
  for (const name of Object.keys(hard).sort(byBytes)) out[name.startsWith('limits') ? 1 : 0].push(`${name}: ${used[name] ?? '0'}/${hard[name]}`)
  return [out[0].join(', '), out[1].join(', ')]
}
