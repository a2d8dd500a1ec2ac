/** stats/v1alpha1 Summary: what older readers of a kubelet's statistics ask for. */
import { formatTime, type Clock } from '@drydock/base'
import type { Cri } from '../cri/client.ts'
import type { PodManager } from '../pods/manager.ts'
import { usage } from './usage.ts'

export interface SummaryDeps { cri: Cri, clock: Clock, pods: PodManager, nodeName: string }

export async function summary(d: SummaryDeps): Promise<object> {
  const { node, containers } = await usage(d.cri, d.clock), time = formatTime(d.clock.now())
  const pods = d.pods.pods().map((p) => {
    const own = containers.filter((c) => c.uid === p.metadata!.uid), sum = (of: (c: typeof own[number]) => number) => own.reduce((n, c) => n + of(c), 0)
    return {
      podRef: { name: p.metadata!.name, namespace: p.metadata!.namespace, uid: p.metadata!.uid }, startTime: p.status?.startTime,
      containers: own.map((c) => ({ name: c.name, cpu: { time, usageCoreNanoSeconds: c.cpuNanos, ...(c.nanoCores !== undefined && { usageNanoCores: c.nanoCores }) }, memory: { time, workingSetBytes: c.memoryBytes } })),
      cpu: { time, usageCoreNanoSeconds: sum((c) => c.cpuNanos) }, memory: { time, workingSetBytes: sum((c) => c.memoryBytes) },
    }
  })
  return { node: { nodeName: d.nodeName, cpu: { time, usageCoreNanoSeconds: node.cpuNanos }, memory: { time, availableBytes: node.availableBytes, usageBytes: node.usedBytes, workingSetBytes: node.memoryBytes } }, pods }
}
