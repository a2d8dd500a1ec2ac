import { resources } from '@drydock/api'
import type { ApiObject } from '../../admission/types.ts'
import type { Kind } from '../kind.ts'
import { validateAutoscaler } from './validate.ts'
import { ageOf } from '../lib/cells.ts'
import { counts } from '../lib/status.ts'
import { keep } from '../lib/strategy.ts'
import { targetsCell } from './targets-cell.ts'
import { autoscalerToV2, otherMetrics } from './v1.ts'

const DEFAULT_UTILIZATION = 80

/** autoscaling/v2, which is also what is stored. */
export const horizontalpodautoscalers: Kind = {
  resource: resources.autoscalingV2Horizontalpodautoscalers,
  defaults(o) {
    const spec = (o.spec ??= {})
    spec.minReplicas ??= 1
    if (o.apiVersion === 'autoscaling/v1') {
      // v1 knows one target; without any, in annotations or not, it is the default one.
      if (!otherMetrics(o)?.length) spec.targetCPUUtilizationPercentage ??= DEFAULT_UTILIZATION
      return
    }
    if (!spec.metrics?.length) spec.metrics = [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: DEFAULT_UTILIZATION } } }]
    if (spec.behavior) defaultBehavior(spec.behavior)
    o.status ??= {}
    o.status.desiredReplicas ??= 0
    o.status.currentMetrics ??= null
  },
  prepareForCreate(o) { o.status = { currentMetrics: null, desiredReplicas: 0 } },
  prepareForUpdate: (o, old) => keep(o, old, 'status'),
  subresources: { status: { prepareForUpdate: (o, old) => keep(o, old, 'spec'), validateUpdate: (o) => counts(o, 'currentReplicas', 'desiredReplicas') } },
  cells(o, c) {
    const ref = o.spec?.scaleTargetRef ?? {}
    return [
      o.metadata.name, `${ref.kind ?? ''}/${ref.name ?? ''}`, targetsCell(o), o.spec?.minReplicas === undefined ? '<unset>' : String(o.spec.minReplicas),
      o.spec?.maxReplicas ?? 0, o.status?.currentReplicas ?? 0, ageOf(o, c),
    ]
  },
  validate: (o) => validateAutoscaler(inV2(o).spec),
  validateUpdate: (o) => validateAutoscaler(inV2(o).spec),
  allowUnconditionalUpdate: true,
}

const inV2 = (o: ApiObject): ApiObject => (o.apiVersion === 'autoscaling/v1' ? autoscalerToV2(o) : o)

interface ScalingRules { selectPolicy?: string, stabilizationWindowSeconds?: number, policies?: unknown[], tolerance?: string }

function defaultBehavior(b: { scaleUp?: ScalingRules, scaleDown?: ScalingRules }): void {
  b.scaleUp = withDefaults(b.scaleUp, 0, [{ type: 'Pods', value: 4, periodSeconds: 15 }, { type: 'Percent', value: 100, periodSeconds: 15 }])
  b.scaleDown = withDefaults(b.scaleDown, undefined, [{ type: 'Percent', value: 100, periodSeconds: 15 }])
}

function withDefaults(rules: ScalingRules | undefined, window: number | undefined, policies: unknown[]): ScalingRules {
  const out: ScalingRules = { ...rules }
  out.selectPolicy ??= 'Max'
  if (window !== undefined) out.stabilizationWindowSeconds ??= window
  if (!out.policies) out.policies = policies
  return out
}
