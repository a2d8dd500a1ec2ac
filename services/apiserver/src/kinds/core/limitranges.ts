import { resources } from '@drydock/api'
import type { LimitRangeItem } from '@drydock/api'
import type { Kind } from '../kind.ts'
import { validateLimitRange } from './validate/quotas.ts'

export const limitranges: Kind = {
  resource: resources.limitranges,
  defaults(o) {
    o.spec ??= { limits: [] }
    for (const item of (o.spec.limits ?? []) as LimitRangeItem[]) if (item.type === 'Container') defaultItem(item)
  },
  prepareForCreate(o) {
    // Upstream gives a limit range without a name a generated one.
    if (!o.metadata.name && !o.metadata.generateName) o.metadata.name = o.metadata.uid
  },
  validate: (o) => validateLimitRange(o.spec?.limits),
  validateUpdate: (o) => validateLimitRange(o.spec?.limits),
  allowUnconditionalUpdate: true,
}

/** A container's default limit is the maximum, its default request the default limit or the minimum. */
function defaultItem(item: LimitRangeItem): void {
  const limits: Record<string, string> = { ...item.default }
  const requests: Record<string, string> = { ...item.defaultRequest }
  for (const [name, q] of Object.entries(item.max ?? {})) limits[name] ??= q
  for (const [name, q] of Object.entries(limits)) requests[name] ??= q
  for (const [name, q] of Object.entries(item.min ?? {})) requests[name] ??= q
  item.default = limits
  item.defaultRequest = requests
}
