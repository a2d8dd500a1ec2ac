import type { Kind } from '../kind.ts'
import { invalid, notSupported, resources } from '@drydock/api'
import type { PodDisruptionBudgetSpec } from '@drydock/api'
import { intOrPercent, labelSelector, notMoreThan100Percent, type Errors } from '../lib/validate.ts'
import { ageOf } from '../lib/cells.ts'
import { specAndStatus } from '../lib/strategy.ts'
import { counts } from '../lib/status.ts'

const emptyStatus = () => ({ disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 })

export const poddisruptionbudgets: Kind = {
  resource: resources.poddisruptionbudgets,
  defaults(o) {
    o.spec ??= {}
    o.status = { ...emptyStatus(), ...o.status }
  },
  ...specAndStatus({ emptyStatus, validate: (o) => counts(o, 'disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods') }),
  cells: (o, c) => [o.metadata.name, String(o.spec?.minAvailable ?? 'N/A'), String(o.spec?.maxUnavailable ?? 'N/A'), o.status?.disruptionsAllowed ?? 0, ageOf(o, c)],
  validate: (o) => validateBudget(o.spec),
  validateUpdate: (o) => validateBudget(o.spec),
  allowUnconditionalUpdate: false,
}

/** ValidatePodDisruptionBudgetSpec. */
function validateBudget(spec: PodDisruptionBudgetSpec): Errors {
  const out: Errors = []
  if (spec.minAvailable !== undefined && spec.maxUnavailable !== undefined) out.push(invalid('spec', { MinAvailable: spec.minAvailable, Selector: spec.selector ?? null, MaxUnavailable: spec.maxUnavailable, UnhealthyPodEvictionPolicy: spec.unhealthyPodEvictionPolicy ?? null }, 'minAvailable and maxUnavailable cannot be both set'))
  for (const f of ['minAvailable', 'maxUnavailable'] as const) if (spec[f] !== undefined) out.push(...intOrPercent(`spec.${f}`, spec[f]), ...notMoreThan100Percent(`spec.${f}`, spec[f]))
  out.push(...labelSelector('spec.selector', spec.selector))
  const policy = spec.unhealthyPodEvictionPolicy
  if (policy !== undefined && !['AlwaysAllow', 'IfHealthyBudget'].includes(policy)) out.push(notSupported('spec.unhealthyPodEvictionPolicy', policy, ['AlwaysAllow', 'IfHealthyBudget']))
  return out
}
