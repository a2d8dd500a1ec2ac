import { amountOf, deepEqual, isStatus, mapMatcher, resourceFacts, resources, type HorizontalPodAutoscaler, type HorizontalPodAutoscalerStatus, type ObjectMeta, type Resource, type Scale } from '@drydock/api'
import { formatTime } from '@drydock/base'
import type { Result } from '@drydock/controller'
import { condition, type Condition } from '../shared/conditions.ts'
import type { ControllerDefinition } from '../shared/context.ts'
import { podInformer } from '../shared/informers.ts'
import { bounded, proposal, type Proposal, type Recommendation, type Usage } from './plan.ts'

const PERIOD_MS = 15_000
interface PodMetrics { metadata?: ObjectMeta, containers?: { name: string, usage?: Record<string, string> }[] }
const podMetrics: Resource<PodMetrics> = { group: 'metrics.k8s.io', version: 'v1beta1', resource: 'pods', kind: 'PodMetrics', namespaced: true }

/** Sets a condition in its place; the transition time moves with the status. */
function withCondition(list: readonly Condition[], next: Condition): Condition[] {
  const before = list.find((c) => c.type === next.type)
  const now = before && before.status === next.status && before.lastTransitionTime ? { ...next, lastTransitionTime: before.lastTransitionTime } : next
  return before ? list.map((c) => (c === before ? now : c)) : [...list, now]
}

/**
 * Scales by measured CPU and memory (metrics of type Resource; others are refused as upstream refuses what it cannot
 * get). Never more or fewer than the limits, whether or not anything can be measured.
 */
export const podAutoscaler: ControllerDefinition = {
  name: 'horizontal-pod-autoscaler-controller',
  create(c) {
    const events = c.recorder('horizontal-pod-autoscaler')
    const hpas = c.informers.informer(resources.autoscalingV2Horizontalpodautoscalers)
    const pods = podInformer(c.informers)
    const recommendations = new Map<string, Recommendation[]>()
    const say = (h: HorizontalPodAutoscaler, type: 'Normal' | 'Warning', reason: string, message: string) =>
      events.event({ apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: h.metadata }, type, reason, message)

    async function save(h: HorizontalPodAutoscaler, status: HorizontalPodAutoscalerStatus, signal: AbortSignal): Promise<void> {
      if (deepEqual(status, h.status)) return
      await c.client.update(resources.autoscalingV2Horizontalpodautoscalers, { ...h, status }, { namespace: h.metadata?.namespace ?? '', subresource: 'status', signal })
    }

    function targetOf(h: HorizontalPodAutoscaler): Resource<Scale> | undefined {
      const ref = h.spec?.scaleTargetRef
      const [group, version] = ref?.apiVersion?.includes('/') ? ref.apiVersion.split('/') : ['', ref?.apiVersion ?? 'v1']
      const fact = resourceFacts.find((r) => r.group === group && r.version === version && r.kind === ref?.kind && r.subresources['scale'])
      return fact && { group: fact.group, version: fact.version, resource: fact.resource, kind: fact.kind, namespaced: true }
    }

    async function usageOf(namespace: string, resource: string, signal: AbortSignal): Promise<Usage> {
      try {
        const { items } = await c.client.list(podMetrics, { namespace, signal })
        return new Map(items.map((m) => [m.metadata?.name ?? '', (m.containers ?? []).reduce((n, x) => n + amountOf(resource, x.usage?.[resource]), 0)]))
      } catch (e) {
        const why = isStatus(e, 'NotFound') ? 'the server could not find the requested resource (get pods.metrics.k8s.io)' : (e as Error).message
        throw new Error(`unable to get metrics for resource ${resource}: unable to fetch metrics from resource metrics API: ${why}`)
      }
    }

    /** The most that any metric asks for. Throws when none could be had; says of each which could not. */
    async function measure(h: HorizontalPodAutoscaler, scale: Scale, current: number, invalid: (reason: string, message: string) => void, signal: AbortSignal): Promise<{ best: Proposal, metric: string }> {
      const parts = Object.fromEntries((scale.status?.selector ?? '').split(',').filter((p) => p.includes('=')).map((p) => p.split('=') as [string, string]))
      const mine = pods.store.list(h.metadata?.namespace).filter((p) => mapMatcher(parts)(p.metadata?.labels))
      let best: { best: Proposal, metric: string } | undefined
      let first: string | undefined
      let failed = 0
      for (const m of h.spec?.metrics ?? []) {
        const name = m.resource?.name ?? m.type
        const what = m.resource?.target.averageUtilization !== undefined ? `failed to get ${name} utilization: ` : ''
        try {
          if (m.type !== 'Resource' || !m.resource) throw new Error(`metrics of type ${m.type} are not supported`)
          const p = proposal(m, mine, await usageOf(h.metadata?.namespace ?? '', name, signal), current)
          if (!best || p.replicas > best.best.replicas) best = { best: p, metric: `${name} resource${p.utilization !== undefined ? ' utilization (percentage of request)' : ''} above target` }
        } catch (e) {
          failed++
          const message = `${(e as Error).message.startsWith(what) ? '' : what}${(e as Error).message}`
          if (failed === 1) invalid('FailedGetResourceMetric', message)
          say(h, 'Warning', 'FailedGetResourceMetric', message)
          first ??= `failed to get ${name} resource metric value: ${message}`
        }
      }
      if (!best) throw new Error(`invalid metrics (${failed} invalid out of ${h.spec?.metrics?.length ?? 0}), first error is: ${first}`)
      return best
    }

    const controller = c.controller({
      name: 'horizontal-pod-autoscaler-controller',
      workers: 5,
      async reconcile(key, signal): Promise<Result> {
        const h = hpas.store.get(key)
        if (!h) return void recommendations.delete(key)
        const nowMs = c.clock.now()
        const namespace = h.metadata?.namespace ?? ''
        let conditions: Condition[] = [...(h.status?.conditions ?? [])]
        const set = (type: string, status: 'True' | 'False', reason: string, message: string) => { conditions = withCondition(conditions, condition(type, status, reason, message, nowMs)) }
        const status = (o: Partial<HorizontalPodAutoscalerStatus>): HorizontalPodAutoscalerStatus => ({
          ...(h.status?.lastScaleTime !== undefined && { lastScaleTime: h.status.lastScaleTime }), currentMetrics: h.status?.currentMetrics ?? null as never, desiredReplicas: h.status?.desiredReplicas ?? 0, ...o, conditions: conditions as never,
        })
        const again = { requeueAfterMs: PERIOD_MS }
        const name = h.spec?.scaleTargetRef.name ?? ''
        const target = targetOf(h)
        let scale: Scale
        try {
          if (!target) throw new Error(`no matches for kind "${h.spec?.scaleTargetRef.kind}" in group "${h.spec?.scaleTargetRef.apiVersion?.split('/')[0] ?? ''}"`)
          scale = await c.client.get(target, name, { namespace, subresource: 'scale', signal })
        } catch (e) {
          signal.throwIfAborted()
          say(h, 'Warning', 'FailedGetScale', (e as Error).message)
          set('AbleToScale', 'False', 'FailedGetScale', `the HPA controller was unable to get the target's current scale: ${(e as Error).message}`)
          await save(h, status({}), signal)
          return again
        }
        set('AbleToScale', 'True', 'SucceededGetScale', "the HPA controller was able to get the target's current scale")
        const current = scale.spec?.replicas ?? 0
        const min = h.spec?.minReplicas ?? 1
        let desired = current
        let reason = ''
        if (current === 0 && min !== 0) set('ScalingActive', 'False', 'ScalingDisabled', 'scaling is disabled since the replica count of the target is zero')
        else if (current > (h.spec?.maxReplicas ?? 1)) [desired, reason] = [h.spec?.maxReplicas ?? 1, 'Current number of replicas above Spec.MaxReplicas']
        else if (current < min) [desired, reason] = [min, 'Current number of replicas below Spec.MinReplicas']
        else {
          try {
            const { best, metric } = await measure(h, scale, current, (r, m) => set('ScalingActive', 'False', r, `the HPA was unable to compute the replica count: ${m}`), signal)
            set('ScalingActive', 'True', 'ValidMetricFound', `the HPA was able to successfully calculate a replica count from ${metric.replace(' above target', '')}`)
            const recent = (recommendations.get(key) ?? []).filter((r) => nowMs - r.atMs < 3_600_000).slice(-300)
            const b = bounded(h, current, best.replicas, recent, nowMs)
            recommendations.set(key, [...recent, { atMs: nowMs, replicas: best.replicas }])
            set('ScalingLimited', b.limited ? 'True' : 'False', b.reason, b.message)
            desired = b.replicas
            reason = desired > current ? metric : 'All metrics below target'
          } catch (e) {
            signal.throwIfAborted()
            say(h, 'Warning', 'FailedComputeMetricsReplicas', (e as Error).message)
            await save(h, status({ currentReplicas: current, currentMetrics: (h.spec?.metrics ?? []).map(() => ({ type: '' })) }), signal)
            return again
          }
        }
        if (desired === current) {
          await save(h, status({ currentReplicas: current, desiredReplicas: desired }), signal)
          return again
        }
        await c.client.update(target!, { ...scale, spec: { ...scale.spec, replicas: desired } }, { namespace, subresource: 'scale', signal })
        set('AbleToScale', 'True', 'SucceededRescale', `the HPA controller was able to update the target scale to ${desired}`)
        say(h, 'Normal', 'SuccessfulRescale', `New size: ${desired}; reason: ${reason}`)
        await save(h, status({ currentReplicas: current, desiredReplicas: desired, lastScaleTime: formatTime(nowMs) }), signal)
        return again
      },
    })
    const key = (h: HorizontalPodAutoscaler) => `${h.metadata?.namespace}/${h.metadata?.name}`
    hpas.on({ add: (h) => controller.enqueue(key(h)), update: (h, old) => { if (!deepEqual(h.spec, old.spec)) controller.enqueueAfter(key(h), PERIOD_MS) } })
    return controller
  },
}
