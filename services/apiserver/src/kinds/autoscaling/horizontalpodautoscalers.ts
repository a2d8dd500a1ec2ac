import { resources } from '@drydock/api'
import type { ApiObject } from '../../admission/types.ts'
import type { Kind } from '../kind.ts'
import { validateAutoscaler } from './validate.ts'
import { ageOf } from '../lib/cells.ts'
import { counts } from '../lib/status.ts'
import { keep } from '../lib/strategy.ts'
import { targetsCell } from './targets-cell.ts'
import { autoscalerToV1, autoscalerToV2, keepPart, otherMetrics, withoutOwn } from './v1.ts'

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
      // What annotations and fields say of the same is made one.
      Object.assign(o, autoscalerToV1(autoscalerToV2(o)))
      return
    }
    if (!spec.metrics?.length) spec.metrics = [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: DEFAULT_UTILIZATION } } }]
    if (spec.behavior) defaultBehavior(spec.behavior)
    o.status ??= {}
    o.status.desiredReplicas ??= 0
    o.status.currentMetrics ??= null
  },
  prepareForCreate(o) {
    if (isV1(o)) keepPart(o, undefined, 'status')
    o.status = { currentMetrics: null, desiredReplicas: 0 }
  },
  prepareForUpdate(o, old) {
    keep(o, old, 'status')
    if (isV1(o)) keepPart(o, old, 'status')
  },
  subresources: {
    status: {
      prepareForUpdate(o, old) {
        keep(o, old, 'spec')
        if (isV1(o)) keepPart(o, old, 'spec')
      },
      validateUpdate: (o) => counts(o, 'currentReplicas', 'desiredReplicas'),
    },
  },
  partialMetadata: withoutOwn,
  cells(o, c) {
    const ref = o.spec?.scaleTargetRef ?? {}
    return [
      o.metadata.name, `${ref.kind ?? ''}/${ref.name ?? ''}`, targetsCell(inV2(o)), o.spec?.minReplicas === undefined ? '<unset>' : String(o.spec.minReplicas),
      o.spec?.maxReplicas ?? 0, o.status?.currentReplicas ?? 0, ageOf(o, c),
    ]
  },
  validate: (o) => validateAutoscaler(inV2(o).spec),
  validateUpdate: (o) => validateAutoscaler(inV2(o).spec),
  allowUnconditionalUpdate: true,
}

const isV1 = (o: ApiObject): boolean => o.apiVersion === 'autoscaling/v1'
const inV2 = (o: ApiObject): ApiObject => (isV1(o) ? autoscalerToV2(o) : o)

/** The stored form of an autoscaler of v1. */
export function storedAutoscaler(o: ApiObject): ApiObject {
  const v2 = autoscalerToV2(o)
  if (v2['spec']?.behavior) defaultBehavior(v2['spec'].behavior)
  return v2
}

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
