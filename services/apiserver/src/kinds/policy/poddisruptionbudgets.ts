import { resources } from '@drydock/api'
import type { Kind } from '../kind.ts'
import { ageOf } from '../lib/cells.ts'
import { specAndStatus } from '../lib/strategy.ts'

const emptyStatus = () => ({ disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 })

export const poddisruptionbudgets: Kind = {
  resource: resources.poddisruptionbudgets,
  defaults(o) {
    o.spec ??= {}
    o.status = { ...emptyStatus(), ...o.status }
  },
  ...specAndStatus({ emptyStatus }),
  cells: (o, c) => [o.metadata.name, String(o.spec?.minAvailable ?? 'N/A'), String(o.spec?.maxUnavailable ?? 'N/A'), o.status?.disruptionsAllowed ?? 0, ageOf(o, c)],
  allowUnconditionalUpdate: false,
}
