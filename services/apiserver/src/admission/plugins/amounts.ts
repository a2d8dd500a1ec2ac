import { addQuantities, parseQuantity } from '@drydock/api'
import type { Container, ParsedQuantity, PodSpec } from '@drydock/api'

/** Exact amounts by resource, for limits and quotas: the scheduler's whole numbers would print differently. */
export type ExactAmounts = Map<string, ParsedQuantity>

/**
 * What a pod asks for in all (component-helpers' PodRequests and PodLimits): containers and restartable init containers
 * add up, the others count where they need more at their moment; pod-level amounts stand instead; overhead comes on top.
 */
export function containerTotals(spec: PodSpec, list: 'requests' | 'limits'): ExactAmounts {
  const total: ExactAmounts = new Map(), sidecars: ExactAmounts = new Map(), peak: ExactAmounts = new Map()
  for (const c of spec.containers) add(total, amountsOf(c, list))
  for (const c of spec.initContainers ?? []) {
    const own = amountsOf(c, list)
    if (c.restartPolicy === 'Always') {
      add(total, own)
      add(sidecars, own)
      raise(peak, sidecars)
    } else {
      add(own, sidecars)
      raise(peak, own)
    }
  }
  raise(total, peak)
  for (const [k, v] of parseAmounts(spec.resources?.[list])) total.set(k, v)
  for (const [k, v] of parseAmounts(spec.overhead)) if (list === 'requests' || total.has(k)) add(total, new Map([[k, v]]))
  return total
}

export const parseAmounts = (a: Record<string, string> | undefined): ExactAmounts =>
  new Map(Object.entries(a ?? {}).map(([k, v]) => [k, parseQuantity(v) ?? { nanos: 0n, format: 'DecimalSI' }]))

const amountsOf = (c: Container, list: 'requests' | 'limits'): ExactAmounts => parseAmounts(c.resources?.[list])

function add(into: ExactAmounts, more: ExactAmounts): void {
  for (const [k, v] of more) { const old = into.get(k); into.set(k, old ? addQuantities(old, v) : v) }
}

function raise(into: ExactAmounts, to: ExactAmounts): void {
  for (const [k, v] of to) { const old = into.get(k); if (!old || old.nanos < v.nanos) into.set(k, v) }
}
