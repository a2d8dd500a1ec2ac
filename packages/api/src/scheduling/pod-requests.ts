import { amountOf, type Amounts } from './amounts.ts'
import type { Container, Pod, PodSpec } from '../types.gen.ts'

export interface PodRequestOptions {
  /** What stands in for a container that asks for none of a resource (upstream's non-zero requests: scoring only). */
  defaults?: Readonly<Amounts>
  /** Which of a container's two lists; default requests. */
  list?: 'requests' | 'limits'
}

/**
 * What a pod takes of its node (upstream's resourcehelper.PodRequests): containers and restartable init containers add
 * up; each other init container runs beside the restartable ones before it, and the highest moment counts; then
 * pod-level resources, where given, stand instead; then the overhead. Resizes that are not done yet count at their highest.
 */
export function podRequests(pod: Pick<Pod, 'spec' | 'status'>, o: PodRequestOptions = {}): Amounts {
  const spec = pod.spec as PodSpec | undefined
  const total: Amounts = {}
  if (!spec) return total
  for (const c of spec.containers) add(total, containerAmounts(c, pod, o))
  const sidecars: Amounts = {}
  const initPeak: Amounts = {}
  for (const c of spec.initContainers ?? []) {
    const own = containerAmounts(c, pod, o)
    if (c.restartPolicy === 'Always') {
      add(total, own)
      add(sidecars, own)
      raise(initPeak, sidecars)
    } else {
      const moment = { ...sidecars }
      add(moment, own)
      raise(initPeak, moment)
    }
  }
  raise(total, initPeak)
  const list = o.list ?? 'requests'
  for (const [r, q] of Object.entries(spec.resources?.[list] ?? {})) total[r] = amountOf(r, q)
  if (list === 'requests' || spec.overhead) for (const [r, q] of Object.entries(spec.overhead ?? {})) if (list === 'requests' || total[r]) total[r] = (total[r] ?? 0) + amountOf(r, q)
  return total
}

function containerAmounts(c: Container, pod: Pick<Pod, 'status'>, o: PodRequestOptions): Amounts {
  const list = o.list ?? 'requests'
  const out: Amounts = {}
  for (const [r, q] of Object.entries(c.resources?.[list] ?? {})) out[r] = amountOf(r, q)
  if (list === 'requests') {
    const status = pod.status?.containerStatuses?.find((s) => s.name === c.name) ?? pod.status?.initContainerStatuses?.find((s) => s.name === c.name)
    if (status) for (const held of [status.allocatedResources, status.resources?.requests]) for (const [r, q] of Object.entries(held ?? {})) if (out[r] !== undefined) out[r] = Math.max(out[r], amountOf(r, q))
  }
  for (const [r, n] of Object.entries(o.defaults ?? {})) if (out[r] === undefined) out[r] = n
  return out
}

function add(into: Amounts, more: Amounts): void { for (const r in more) into[r] = (into[r] ?? 0) + more[r]! }
function raise(into: Amounts, to: Amounts): void { for (const r in to) if (!(into[r]! >= to[r]!)) into[r] = to[r]! }
