/** stats/v1alpha1 Summary from CRI's container statistics: what `kubectl top` and metrics-server read. */
import { readFile } from 'node:fs/promises'
import { formatTime, type Clock } from '@drydock/base'
import type { Cri } from '../cri/client.ts'
import type { PodManager } from '../pods/manager.ts'
import { labels } from '../runtime/types.ts'

export interface SummaryDeps { cri: Cri, clock: Clock, pods: PodManager, nodeName: string }

export async function summary(d: SummaryDeps): Promise<object> {
  const time = formatTime(d.clock.now()), byPod = new Map<string, { name: string, cpu: object, memory: object }[]>()
  let cpu = 0, memory = 0
  for (const s of await d.cri.listContainerStats()) {
    const l = s.attributes?.labels ?? {}, uid = l[labels.podUID] ?? ''
    const used = s.cpu?.usageCoreNanoSeconds?.value ?? 0, working = s.memory?.workingSetBytes?.value ?? 0
    cpu += used
    memory += working
    const list = byPod.get(uid) ?? []
    list.push({ name: l[labels.containerName] ?? '', cpu: { time, usageCoreNanoSeconds: used, ...(s.cpu?.usageNanoCores && { usageNanoCores: s.cpu.usageNanoCores.value }) }, memory: { time, workingSetBytes: working } })
    byPod.set(uid, list)
  }
  const info = await readFile('/proc/meminfo', 'utf8').catch(() => ''), kb = (k: string) => Number(new RegExp(`${k}:\\s+(\\d+)`).exec(info)?.[1] ?? 0) * 1024
  const pods = d.pods.pods().map((p) => ({ podRef: { name: p.metadata!.name, namespace: p.metadata!.namespace, uid: p.metadata!.uid }, startTime: p.status?.startTime, containers: byPod.get(p.metadata!.uid!) ?? [] }))
  return { node: { nodeName: d.nodeName, cpu: { time, usageCoreNanoSeconds: cpu }, memory: { time, availableBytes: kb('MemAvailable'), usageBytes: kb('MemTotal') - kb('MemFree'), workingSetBytes: Math.max(memory, kb('MemTotal') - kb('MemAvailable')) } }, pods }
}
