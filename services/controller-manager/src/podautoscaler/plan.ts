import { podRequests, type HorizontalPodAutoscaler, type MetricSpec, type Pod } from '@drydock/api'
import { isFinished, isReady, isTerminating } from '../shared/pods.ts'

/** How many replicas a measured load asks for, and how fast that may be followed. Pure. */

const TOLERANCE = 0.1
/** What may be added in 15 s (upstream's default scaleUp): four pods or as many again, whichever is more. */
const upLimit = (current: number): number => Math.max(current + 4, current * 2)
const DOWN_STABILIZATION_S = 300

/** Measured use by pod name: CPU in thousandths, others in whole units. */
export type Usage = ReadonlyMap<string, number>

export interface Proposal { readonly replicas: number, readonly utilization?: number, readonly average: number }

/**
 * Upstream's resource metric: use over requests, averaged over the pods that are measured; a pod that is not counts as
 * idle when scaling up, and as fully used when scaling down, so that what is not known damps. Throws in upstream's words.
 */
export function proposal(metric: MetricSpec, pods: readonly Pod[], usage: Usage, current: number): Proposal {
  const { name, target } = metric.resource!
  const counted = pods.filter((p) => !isTerminating(p) && !isFinished(p))
  const measured = counted.filter((p) => usage.has(p.metadata?.name ?? '') && isReady(p))
  if (measured.length === 0) throw new Error('did not receive metrics for targeted pods (pods might be unready)')
  const request = (p: Pod): number => {
    const r = podRequests(p)[name]
    if (r === undefined) throw new Error(`failed to get ${name} utilization: missing request for ${name} in container ${p.spec?.containers[0]?.name} of Pod ${p.metadata?.name}`)
    return r
  }
  const used = measured.reduce((n, p) => n + usage.get(p.metadata?.name ?? '')!, 0)
  const average = Math.floor(used / measured.length)
  const byUse = target.averageUtilization !== undefined
  const full = byUse ? (list: readonly Pod[]) => list.reduce((n, p) => n + request(p), 0) : (list: readonly Pod[]) => list.length * amountOfTarget(metric)
  const wanted = byUse ? target.averageUtilization! / 100 : 1
  const ratio = used / Math.max(1, full(measured)) / wanted
  const utilization = byUse ? Math.floor((used * 100) / Math.max(1, full(measured))) : undefined
  const answer = (replicas: number): Proposal => ({ replicas, average, ...(utilization !== undefined && { utilization }) })
  if (Math.abs(ratio - 1) <= TOLERANCE) return answer(current)
  const unknown = counted.filter((p) => !measured.includes(p))
  if (unknown.length === 0) return answer(Math.ceil(ratio * measured.length))
  const filled = (used + (ratio < 1 ? full(unknown) * wanted : 0)) / Math.max(1, full(counted)) / wanted
  if (Math.abs(filled - 1) <= TOLERANCE || (ratio < 1) !== (filled < 1)) return answer(current)
  return answer(Math.ceil(filled * counted.length))
}

function amountOfTarget(metric: MetricSpec): number {
  const probe: Pod = { spec: { containers: [{ name: 'x', resources: { requests: { [metric.resource!.name]: metric.resource!.target.averageValue ?? '0' } } }] } }
  return podRequests(probe)[metric.resource!.name] ?? 0
}

export interface Recommendation { readonly atMs: number, readonly replicas: number }

/** Within the limits; not down before the highest of the last minutes allows it; not up too fast. */
export function bounded(hpa: HorizontalPodAutoscaler, current: number, wanted: number, recent: readonly Recommendation[], nowMs: number): { replicas: number, reason: string, message: string, limited: boolean } {
  const windowMs = (hpa.spec?.behavior?.scaleDown?.stabilizationWindowSeconds ?? DOWN_STABILIZATION_S) * 1000
  const highest = Math.max(wanted, ...recent.filter((r) => nowMs - r.atMs <= windowMs).map((r) => r.replicas))
  const stable = wanted < current ? Math.min(current, highest) : wanted
  const min = hpa.spec?.minReplicas ?? 1
  const max = Math.min(hpa.spec?.maxReplicas ?? 1, upLimit(current))
  if (stable > max) return { replicas: max, limited: true, ...(max === hpa.spec?.maxReplicas ? { reason: 'TooManyReplicas', message: 'the desired replica count is more than the maximum replica count' } : { reason: 'ScaleUpLimit', message: 'the desired replica count is increasing faster than the maximum scale rate' }) }
  if (stable < min) return { replicas: min, limited: true, reason: 'TooFewReplicas', message: 'the desired replica count is less than the minimum replica count' }
  return { replicas: stable, limited: false, reason: 'DesiredWithinRange', message: 'the desired count is within the acceptable range' }
}
