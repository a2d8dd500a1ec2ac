import { addQuantities, compareQuantities, mustParseQuantity } from '@drydock/api'
import type { ParsedQuantity, PodSpec } from '@drydock/api'

type Sums = Record<string, ParsedQuantity>

/**
 * What containers ask for, or are limited to, together: they and the sidecars add up; each other init container runs beside
 * the sidecars before it, and the highest moment counts (AggregateContainerRequests, AggregateContainerLimits).
 */
export function aggregate(spec: PodSpec, list: 'requests' | 'limits'): Sums {
  const total: Sums = {}, sidecars: Sums = {}, peak: Sums = {}
  for (const c of spec.containers ?? []) add(total, c.resources?.[list])
  for (const c of spec.initContainers ?? []) {
    const own = c.resources?.[list]
    if (c.restartPolicy === 'Always') {
      add(total, own)
      raise(peak, add(sidecars, own))
    } else raise(peak, add({ ...sidecars }, own))
  }
  raise(total, peak)
  return total
}

function add(into: Sums, list: Record<string, string> | undefined): Sums {
  for (const [n, q] of Object.entries(list ?? {})) into[n] = into[n] ? addQuantities(into[n], mustParseQuantity(q)) : mustParseQuantity(q)
  return into
}

function raise(into: Sums, to: Sums): void {
  for (const n in to) if (!into[n] || compareQuantities(to[n]!, into[n]) > 0) into[n] = to[n]!
}
