/** What a pod asks of the node, its QoS class, and these as the kernel's numbers. Pure. */
import type { Container, Pod, ResourceRequirements } from '@drydock/api'
import * as cri from '@drydock/proto/cri'
import { milli, quantity, whole } from './quantity.ts'

export type QOSClass = 'Guaranteed' | 'Burstable' | 'BestEffort'
type Amounts = Record<string, number>

const computed = ['cpu', 'memory']
const value = (name: string, q: string | number | undefined) => (name === 'cpu' ? milli(q) : whole(q))
const add = (to: Amounts, of: Record<string, string | number> | undefined) => { for (const [k, q] of Object.entries(of ?? {})) to[k] = (to[k] ?? 0) + value(k, q) }
const max = (to: Amounts, of: Amounts) => { for (const [k, v] of Object.entries(of)) to[k] = Math.max(to[k] ?? 0, v) }

/** Requests or limits of the pod: the sum of containers and sidecars, at least that of each init step, plus overhead. CPU in milli-CPUs. */
export function podTotal(pod: Pod, which: 'requests' | 'limits'): Amounts {
  const total: Amounts = {}
  const sidecars: Amounts = {}
  const steps: Amounts = {}
  for (const c of pod.spec?.containers ?? []) add(total, c.resources?.[which])
  for (const c of pod.spec?.initContainers ?? []) {
    const own: Amounts = {}
    add(own, c.resources?.[which])
    if (c.restartPolicy === 'Always') { add(total, c.resources?.[which]); add(sidecars, c.resources?.[which]); max(steps, sidecars) }
    else { for (const [k, v] of Object.entries(sidecars)) own[k] = (own[k] ?? 0) + v; max(steps, own) }
  }
  max(total, steps)
  const podLevel: Amounts = {}
  add(podLevel, pod.spec?.resources?.[which])
  Object.assign(total, podLevel)
  if (which === 'requests' || Object.keys(total).length) add(total, pod.spec?.overhead)
  return total
}

export function qosClass(pod: Pod): QOSClass {
  if (pod.status?.qosClass) return pod.status.qosClass as QOSClass
  const requests: Amounts = {}, limits: Amounts = {}
  let guaranteed = true
  const all: { resources?: ResourceRequirements | undefined }[] = pod.spec?.resources ? [{ resources: pod.spec.resources }] : [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])]
  for (const c of all) {
    for (const k of computed) {
      const r = quantity(c.resources?.requests?.[k]), l = quantity(c.resources?.limits?.[k])
      if (r > 0) requests[k] = (requests[k] ?? 0) + r
      if (l > 0) limits[k] = (limits[k] ?? 0) + l
      else guaranteed = false
    }
  }
  if (Object.keys(requests).length === 0 && Object.keys(limits).length === 0) return 'BestEffort'
  return guaranteed && computed.every((k) => (requests[k] ?? limits[k]) === limits[k]) ? 'Guaranteed' : 'Burstable'
}

const minShares = 2, maxShares = 262_144, quotaPeriod = 100_000, minQuota = 1_000
export const cpuShares = (milliCPU: number): number => (milliCPU === 0 ? minShares : Math.min(maxShares, Math.max(minShares, Math.floor(milliCPU * 1024 / 1000))))
export const cpuQuota = (milliCPU: number): number => (milliCPU === 0 ? 0 : Math.max(minQuota, Math.floor(milliCPU * quotaPeriod / 1000)))

/** kubelet/qos.GetContainerOOMScoreAdjust. */
export function oomScoreAdj(pod: Pod, c: Container, memoryCapacity: number): number {
  if ((pod.spec?.priority ?? 0) >= 2_000_000_000) return -997
  const qos = qosClass(pod)
  if (qos === 'Guaranteed') return -997
  if (qos === 'BestEffort') return 1000
  const adjust = 1000 - Math.floor(1000 * whole(c.resources?.requests?.['memory']) / memoryCapacity)
  return adjust < 3 ? 3 : adjust === 1000 ? 999 : adjust
}

/** A container's limits as CRI takes them. */
export function linuxResources(pod: Pod, c: Container, memoryCapacity: number): cri.LinuxContainerResources {
  const { requests, limits } = c.resources ?? {}
  const request = requests?.['cpu'] === undefined && limits?.['cpu'] !== undefined ? milli(limits['cpu']) : milli(requests?.['cpu'])
  return cri.LinuxContainerResources.fromPartial({
    cpuShares: cpuShares(request),
    cpuQuota: cpuQuota(milli(limits?.['cpu'])), cpuPeriod: quotaPeriod,
    memoryLimitInBytes: whole(limits?.['memory']),
    oomScoreAdj: oomScoreAdj(pod, c, memoryCapacity),
  })
}
