import { parseQuantity } from '@drydock/api'
import type { PodSpec, ResourceRequirements } from '@drydock/api'

const considered = ['cpu', 'memory'] as const

const positive = (q: string | undefined): boolean => q !== undefined && (parseQuantity(q)?.nanos ?? 0n) > 0n

/**
 * The class by which a pod is evicted (pkg/apis/core/helper/qos): Guaranteed when every container limits both CPU and memory
 * to what it requests, BestEffort when none says anything, else Burstable. Pod-level resources go before the containers'.
 */
export function qosClass(spec: PodSpec): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  const all: ResourceRequirements[] = spec.resources && (spec.resources.limits || spec.resources.requests)
    ? [spec.resources]
    : [...(spec.containers ?? []), ...(spec.initContainers ?? [])].map((c) => c.resources ?? {})
  const said = all.some((r) => considered.some((n) => positive(r.requests?.[n]) || positive(r.limits?.[n])))
  if (!said) return 'BestEffort'
  return all.every(guaranteed) ? 'Guaranteed' : 'Burstable'
}

const guaranteed = (r: ResourceRequirements): boolean =>
  considered.every((n) => positive(r.limits?.[n]) && sameAmount(r.requests?.[n] ?? r.limits?.[n], r.limits?.[n]))

const sameAmount = (a: string | undefined, b: string | undefined): boolean =>
  a !== undefined && b !== undefined && parseQuantity(a)?.nanos === parseQuantity(b)?.nanos
