/** What containers and the machine use, read from CRI and /proc when asked. */
import { readFile } from 'node:fs/promises'
import type { Clock } from '@drydock/base'
import type { Cri } from '../cri/client.ts'
import { labels } from '../runtime/types.ts'

export interface ContainerUsage { pod: string, namespace: string, uid: string, name: string, /** CPU time since it started. */ cpuNanos: number, nanoCores: number | undefined, memoryBytes: number, /** Milliseconds since the epoch. */ at: number }
export interface Usage { containers: ContainerUsage[], node: { cpuNanos: number, memoryBytes: number, availableBytes: number, usedBytes: number } }

export async function usage(cri: Cri, clock: Clock): Promise<Usage> {
  const [stats, stat, meminfo] = await Promise.all([cri.listContainerStats(), readFile('/proc/stat', 'utf8').catch(() => ''), readFile('/proc/meminfo', 'utf8').catch(() => '')])
  const kb = (k: string) => Number(new RegExp(`${k}:\\s+(\\d+)`).exec(meminfo)?.[1] ?? 0) * 1024
  const [user = 0, nice = 0, system = 0, , , irq = 0, soft = 0, steal = 0] = /^cpu +(.*)/.exec(stat)?.[1]?.split(' ').map(Number) ?? []
  return {
    containers: stats.map((s) => {
      const l = s.attributes?.labels ?? {}
      return {
        pod: l[labels.podName] ?? '', namespace: l[labels.podNamespace] ?? '', uid: l[labels.podUID] ?? '', name: l[labels.containerName] ?? '',
        cpuNanos: s.cpu?.usageCoreNanoSeconds?.value ?? 0, nanoCores: s.cpu?.usageNanoCores?.value, memoryBytes: s.memory?.workingSetBytes?.value ?? 0, at: clock.now(),
      }
    }).filter((c) => c.uid),
    // The kernel counts in hundredths of a second.
    node: { cpuNanos: (user + nice + system + irq + soft + steal) * 1e7, memoryBytes: kb('MemTotal') - kb('MemAvailable'), availableBytes: kb('MemAvailable'), usedBytes: kb('MemTotal') - kb('MemFree') },
  }
}
