/** The Node as the kubelet registers and shows it: labels, capacity, addresses, conditions, with upstream's reasons and words. Pure. */
import { formatTime } from '@drydock/base'
import type { ContainerImage, Node, NodeCondition, NodeStatus, Taint } from '@drydock/api'
import { quantity, whole, milli } from '../pods/quantity.ts'
import type { Machine } from './machine.ts'

export interface NodeSettings {
  name: string
  ips: readonly string[]
  port: number
  labels: Readonly<Record<string, string>>
  taints: readonly Taint[]
  unschedulable: boolean
  maxPods: number
  /** Held back from pods: `cpu`, `memory`. */ reserved: Readonly<Record<string, string>>
  kubeletVersion: string
}
export interface Runtime { name: string, version: string, /** Why it is not ready; '' if it is. */ notReady: string, networkNotReady: string }
export interface Pressure { memory: boolean, disk: boolean, pid: boolean }

const evictionMemory = 100 * 2 ** 20 // memory.available<100Mi, the default hard threshold

export function capacity(m: Machine, s: NodeSettings): { capacity: Record<string, string>, allocatable: Record<string, string> } {
  const total: Record<string, string> = { cpu: String(m.cpus), 'ephemeral-storage': `${Math.floor(m.diskBytes / 1024)}Ki`, 'hugepages-1Gi': '0', 'hugepages-2Mi': '0', memory: `${Math.floor(m.memoryBytes / 1024)}Ki`, pods: String(s.maxPods) }
  const cpu = m.cpus * 1000 - milli(s.reserved['cpu'])
  const memory = Math.max(0, m.memoryBytes - evictionMemory - whole(s.reserved['memory']))
  const disk = Math.floor(m.diskBytes * 0.9 - quantity(s.reserved['ephemeral-storage']))
  return { capacity: total, allocatable: { ...total, cpu: cpu % 1000 ? `${cpu}m` : String(cpu / 1000), memory: `${Math.floor(memory / 1024)}Ki`, 'ephemeral-storage': String(disk) } }
}

export const ownLabels = (m: Machine, name: string): Record<string, string> => ({
  'beta.kubernetes.io/arch': m.architecture, 'beta.kubernetes.io/os': 'linux', 'kubernetes.io/arch': m.architecture, 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux',
})

export function conditions(before: readonly NodeCondition[], r: Runtime, p: Pressure, now: number): NodeCondition[] {
  const errors = [r.notReady, r.networkNotReady].filter(Boolean)
  const wanted: [string, boolean, string, string][] = [
    ['MemoryPressure', p.memory, p.memory ? 'KubeletHasInsufficientMemory' : 'KubeletHasSufficientMemory', p.memory ? 'kubelet has insufficient memory available' : 'kubelet has sufficient memory available'],
    ['DiskPressure', p.disk, p.disk ? 'KubeletHasDiskPressure' : 'KubeletHasNoDiskPressure', p.disk ? 'kubelet has disk pressure' : 'kubelet has no disk pressure'],
    ['PIDPressure', p.pid, p.pid ? 'KubeletHasInsufficientPID' : 'KubeletHasSufficientPID', p.pid ? 'kubelet has insufficient PID available' : 'kubelet has sufficient PID available'],
    ['Ready', errors.length === 0, errors.length ? 'KubeletNotReady' : 'KubeletReady', errors.length ? (errors.length > 1 ? `[${errors.join(', ')}]` : errors[0]!) : 'kubelet is posting ready status'],
  ]
  return wanted.map(([type, yes, reason, message]) => {
    const status = yes ? 'True' : 'False', old = before.find((c) => c.type === type)
    return { type, status, lastHeartbeatTime: formatTime(now), lastTransitionTime: old?.status === status && old.lastTransitionTime ? old.lastTransitionTime : formatTime(now), reason, message }
  })
}

export interface StatusInput { machine: Machine, settings: NodeSettings, runtime: Runtime, pressure: Pressure, images: readonly ContainerImage[], before: NodeStatus, now: number }

export function nodeStatus(i: StatusInput): NodeStatus {
  const m = i.machine, s = i.settings
  return {
    ...capacity(m, s),
    conditions: conditions(i.before.conditions ?? [], i.runtime, i.pressure, i.now),
    addresses: [...s.ips.map((address) => ({ type: 'InternalIP', address })), { type: 'Hostname', address: s.name }],
    daemonEndpoints: { kubeletEndpoint: { Port: s.port } },
    nodeInfo: {
      machineID: m.machineID, systemUUID: m.systemUUID, bootID: m.bootID, kernelVersion: m.kernelVersion, osImage: m.osImage,
      containerRuntimeVersion: `${i.runtime.name}://${i.runtime.version}`, kubeletVersion: s.kubeletVersion, kubeProxyVersion: '', operatingSystem: 'linux', architecture: m.architecture,
    },
    images: i.images.slice(0, 50),
    runtimeHandlers: [],
  }
}

export function newNode(i: StatusInput): Node {
  const s = i.settings
  return {
    apiVersion: 'v1', kind: 'Node',
    metadata: {
      name: s.name, labels: { ...ownLabels(i.machine, s.name), ...s.labels },
      annotations: { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true', ...(s.ips[0] && { 'alpha.kubernetes.io/provided-node-ip': s.ips.join(',') }) },
    },
    spec: { ...(s.taints.length && { taints: [...s.taints] }), ...(s.unschedulable && { unschedulable: true }) },
    status: nodeStatus(i),
  }
}

/** Of the parts that say something new: heartbeat times alone are worth a write only every few minutes. */
export const withoutHeartbeat = (s: NodeStatus): NodeStatus => ({ ...s, ...(s.conditions && { conditions: s.conditions.map(({ lastHeartbeatTime: _h, ...c }) => c) }) })
