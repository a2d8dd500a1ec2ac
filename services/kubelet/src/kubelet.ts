/** The composition root: wires the parts of a kubelet and runs them together. */
import { mkdir } from 'node:fs/promises'
import { resources, type Node, type Pod, type Service, type Taint } from '@drydock/api'
import { runGroup, type Clock, type Logger, type Random } from '@drydock/base'
import type { Client, EventRecorder, InformerFactory } from '@drydock/client'
import { createCgroups } from './cgroups/cgroups.ts'
import type { Cri } from './cri/client.ts'
import { createImages } from './images/manager.ts'
import { createNode, type NodeKeeper } from './node/node.ts'
import { readMachine } from './node/machine.ts'
import { runPleg } from './pleg.ts'
import { createPodManager, type PodManager } from './pods/manager.ts'
import { milli, whole } from './pods/quantity.ts'
import { runStorageLimits } from './pods/storage.ts'
import { createResizer } from './pods/resizer.ts'
import { createProbes } from './probes/manager.ts'
import { createRuntimeManager, type PodEvent } from './runtime/manager.ts'
import { labels } from './runtime/types.ts'
import { createStatusManager } from './status/manager.ts'
import { systemMounter } from './volumes/mounts.ts'
import { createObjects } from './volumes/objects.ts'
import { createVolumes } from './volumes/volumes.ts'

export interface KubeletConfig {
  nodeName: string
  nodeIPs: readonly string[]
  port: number
  rootDir: string
  podLogsDir: string
  cgroupRoot: string
  cgroupDriver: string
  clusterDNS: readonly string[]
  clusterDomain: string
  resolvConf: string
  nodeLabels: Readonly<Record<string, string>>
  taints: readonly Taint[]
  registerNode: boolean
  registerSchedulable: boolean
  maxPods: number
  reserved: Readonly<Record<string, string>>
  statusFrequencyMs: number
  leaseSeconds: number
  endpoint: string
  allowedSysctls: readonly string[]
}
export interface KubeletDeps { client: Client, informers: InformerFactory, events: EventRecorder, cri: Cri, clock: Clock, random: Random, log: Logger }
export interface Kubelet { pods: PodManager, node: NodeKeeper, cri: Cri, config: KubeletConfig, run(signal: AbortSignal): Promise<void> }

export const kubeletVersion = 'v1.35.6'

export async function createKubelet(c: KubeletConfig, d: KubeletDeps, signal: AbortSignal): Promise<Kubelet> {
  await mkdir(c.rootDir, { recursive: true, mode: 0o750 })
  const [machine, version, existing] = await Promise.all([readMachine(c.rootDir), d.cri.version(), d.cri.listPodSandbox({})])
  const runtimeName = version.runtimeName
  const node = createNode({
    ...d, machine, rootDir: c.rootDir, register: c.registerNode, statusFrequencyMs: c.statusFrequencyMs, leaseSeconds: c.leaseSeconds, runtime: { name: runtimeName, version: version.runtimeVersion.replace(/[-~+].*$/, '') },
    settings: { name: c.nodeName, ips: c.nodeIPs, port: c.port, labels: c.nodeLabels, taints: c.taints, unschedulable: !c.registerSchedulable, maxPods: c.maxPods, reserved: c.reserved, kubeletVersion },
  })
  const event: PodEvent = (pod, type, reason, message, container) => d.events.event({ apiVersion: 'v1', kind: 'Pod', metadata: pod.metadata }, type, reason, message, container && fieldPath(pod, container))
  const objects = createObjects(d.client, d.clock)
  const amounts = () => { const a = node.node.status?.allocatable ?? {}; return { cpu: milli(a['cpu']), memory: whole(a['memory']), ephemeralStorage: whole(a['ephemeral-storage']), hostIPs: c.nodeIPs, memoryCapacity: machine.memoryBytes } }
  const volumes = createVolumes({ rootDir: c.rootDir, objects, mounter: systemMounter, clock: d.clock, log: d.log, node: amounts })
  const cgroups = createCgroups({ root: c.cgroupRoot, driver: c.cgroupDriver, log: d.log })
  const images = createImages({ cri: d.cri, clock: d.clock, secret: (ns, name) => objects.secret(ns, name, true) })
  const services = d.informers.informer<Service>(resources.services)
  // Labels and taints change between the node's own reports: whichever is newer counts.
  const seenNode = d.informers.informer<Node>(resources.nodes, { fieldSelector: `metadata.name=${c.nodeName}` })
  const currentNode = (): Node => {
    const seen = seenNode.store.get(c.nodeName)
    return seen && Number(seen.metadata?.resourceVersion) > Number(node.node.metadata?.resourceVersion ?? 0) ? seen : node.node
  }
  const pods = d.informers.informer<Pod>(resources.pods, { shard: c.nodeName })
  const runtime = createRuntimeManager({ ...d, images, objects, volumes, event, services: () => services.store.list(), node: amounts, clusterDNS: c.clusterDNS, clusterDomain: c.clusterDomain, resolvConf: c.resolvConf, podLogsDir: c.podLogsDir, rootDir: c.rootDir })
  const status = createStatusManager({ client: d.client, clock: d.clock, log: d.log, signal })
  const probes = createProbes({ ...d, event: (pod, container, reason, message) => event(pod, 'Warning', reason, message, container.name), changed: (uid) => manager.wake(uid) })
  const resizer = createResizer({ cri: d.cri, cgroups, event, node: currentNode, others: () => manager.pods(), memoryCapacity: () => machine.memoryBytes })
  const manager: PodManager = createPodManager({
    deps: { ...d, runtime, status, probes, volumes, cgroups, images, objects, event, runtimeName, hostIPs: () => c.nodeIPs, resizer },
    log: d.log, node: currentNode, can: { appArmor: machine.appArmor, allowedSysctls: c.allowedSysctls }, signal, podLogsDir: c.podLogsDir, existing: new Set(existing.map((s) => s.labels[labels.podUID] ?? '')),
  })

  /** Pods are begun once the API's whole list is here: what is not in it has no business on the node. */
  async function watchPods(running: AbortSignal): Promise<void> {
    await Promise.all([pods.synced(running), services.synced(running)])
    pods.on({ add: (p) => manager.observed(p), update: (p) => manager.observed(p), delete: (p) => manager.deleted(p) })
    await manager.sweep()
    await runPleg({ cri: d.cri, clock: d.clock, log: d.log, endpoint: c.endpoint, runtimeName, exited: (id) => manager.exited(id), relist: () => manager.relist() }, running)
  }

  return {
    pods: manager, node, cri: d.cri, config: c,
    run: (outer) => runGroup(outer, [(s) => d.informers.run(s), (s) => node.run(s), watchPods, (s) => runStorageLimits({ ...d, pods: () => manager.pods(), volumeDir: volumes.emptyDir, podLogsDir: c.podLogsDir, evict: (uid, message) => manager.evict(uid, message) }, s)]),
  }
}

function fieldPath(pod: Pod, container: string): string {
  const list = pod.spec?.initContainers?.some((c) => c.name === container) ? 'initContainers' : pod.spec?.ephemeralContainers?.some((c) => c.name === container) ? 'ephemeralContainers' : 'containers'
  return `spec.${list}{${container}}`
}
