/**
 * Keeps this machine's Node and Lease in the API: registers it, writes its status when something changed (and every five
 * minutes), renews the lease every quarter of its length. Also the kubelet's own view of the node.
 */
import { isStatus, resources, type ContainerImage, type Lease, type Node } from '@drydock/api'
import { backoffMs, formatMicroTime, type Clock, type Logger } from '@drydock/base'
import type { Client, EventRecorder } from '@drydock/client'
import type { Cri } from '../cri/client.ts'
import { availableMemory } from '../cgroups/cgroups.ts'
import { same } from '../status/patch.ts'
import { freeDisk, type Machine } from './machine.ts'
import { newNode, nodeStatus, ownLabels, withoutHeartbeat, type NodeSettings, type Runtime, type StatusInput } from './status.ts'

export interface NodeKeeper {
  /** As last written or read; before registration, as it will be. */
  readonly node: Node
  readonly ready: boolean
  run(signal: AbortSignal): Promise<void>
}
export interface NodeOptions {
  client: Client, cri: Cri, clock: Clock, log: Logger, events: EventRecorder
  settings: NodeSettings, machine: Machine, rootDir: string, register: boolean
  statusFrequencyMs: number, leaseSeconds: number
  runtime: { name: string, version: string }
}

const reportMs = 300_000, fastMs = 100

export function createNode(o: NodeOptions): NodeKeeper {
  const { settings: s } = o
  let runtime: Runtime = { ...o.runtime, notReady: 'container runtime status check may not have completed yet', networkNotReady: '' }
  let images: ContainerImage[] = [], pressure = { memory: false, disk: false, pid: false }
  let node = newNode(input({})), written = 0, registered = false

  function input(before: NonNullable<Node['status']>): StatusInput {
    return { machine: o.machine, settings: s, runtime, pressure, images, before, now: o.clock.now() }
  }

  async function look(): Promise<void> {
    try {
      const status = (await o.cri.status()).status
      const of = (type: string) => status?.conditions.find((c) => c.type === type)
      const words = (what: string, type: string) => { const c = of(type); return c?.status ? '' : `${what} not ready: ${type}=false reason:${c?.reason ?? ''} message:${c?.message ?? ''}` }
      runtime = { ...o.runtime, notReady: words('container runtime', 'RuntimeReady'), networkNotReady: words('container runtime network', 'NetworkReady') }
      const list = await o.cri.listImages()
      images = list.map((i) => ({ names: [...i.repoDigests, ...i.repoTags].slice(0, 5), sizeBytes: i.size })).sort((a, b) => b.sizeBytes - a.sizeBytes)
    } catch (e) {
      runtime = { ...runtime, notReady: `container runtime is down: ${e instanceof Error ? e.message : String(e)}` }
    }
    const [memory, disk] = await Promise.all([availableMemory(), freeDisk(o.rootDir).catch(() => undefined)])
    pressure = { memory: memory < 100 * 2 ** 20, disk: disk !== undefined && disk.available < disk.capacity * 0.02, pid: false }
  }

  const isReady = () => !runtime.notReady && !runtime.networkNotReady

  async function ensureRegistered(signal: AbortSignal): Promise<void> {
    for (let n = 0; !registered; n++) {
      try {
        if (!o.register) node = await o.client.get(resources.nodes, s.name, { signal })
        else node = await createOrGet(signal)
        registered = true
      } catch (e) {
        if (signal.aborted) throw e
        o.log.warn({ error: String(e) }, 'the node cannot be registered yet')
        await o.clock.sleep(backoffMs(n, { initialMs: 50, maxMs: 7_000 }), signal)
      }
    }
  }

  async function createOrGet(signal: AbortSignal): Promise<Node> {
    const wanted = newNode(input({}))
    try {
      const made = await o.client.create(resources.nodes, wanted, { signal })
      written = o.clock.monotonic()
      return made
    } catch (e) {
      if (!isStatus(e, 'AlreadyExists')) throw e
    }
    const there = await o.client.get<Node>(resources.nodes, s.name, { signal })
    const labels = { ...ownLabels(o.machine, s.name), ...s.labels }
    if (Object.entries(labels).every(([k, v]) => there.metadata?.labels?.[k] === v)) return there
    return o.client.patch<Node>(resources.nodes, s.name, { type: 'strategic', body: { metadata: { labels } } }, { signal })
  }

  async function report(signal: AbortSignal): Promise<void> {
    const before = node.status ?? {}, next = nodeStatus(input(before))
    const news = !same(withoutHeartbeat({ ...before, ...next }), withoutHeartbeat(before))
    if (!news && o.clock.monotonic() - written < reportMs) return
    const was = before.conditions?.find((c) => c.type === 'Ready')?.status
    try {
      const body = { status: { ...next, addresses: [{ $patch: 'replace' }, ...next.addresses!] } }
      node = await o.client.patch<Node>(resources.nodes, s.name, { type: 'strategic', body }, { subresource: 'status', signal })
      written = o.clock.monotonic()
    } catch (e) {
      if (isStatus(e, 'NotFound')) { registered = false; await ensureRegistered(signal); return }
      throw e
    }
    tellPressures()
    const is = next.conditions?.find((c) => c.type === 'Ready')?.status
    if (is !== was) o.events.event(self(), 'Normal', is === 'True' ? 'NodeReady' : 'NodeNotReady', `Node ${s.name} status is now: ${is === 'True' ? 'NodeReady' : 'NodeNotReady'}`)
  }

  /** Of each pressure when it is first known, and when it comes or goes. */
  const told = new Map<string, string>()
  function tellPressures(): void {
    for (const [type, yes, no] of [['MemoryPressure', 'NodeHasInsufficientMemory', 'NodeHasSufficientMemory'], ['DiskPressure', 'NodeHasDiskPressure', 'NodeHasNoDiskPressure'], ['PIDPressure', 'NodeHasInsufficientPID', 'NodeHasSufficientPID']] as const) {
      const status = node.status?.conditions?.find((c) => c.type === type)?.status
      if (!status || told.get(type) === status) continue
      told.set(type, status)
      const reason = status === 'True' ? yes : no
      o.events.event(self(), 'Normal', reason, `Node ${s.name} status is now: ${reason}`)
    }
  }

  /** Upstream's events about nodes name it by its name, not its uid. */
  const self = () => ({ apiVersion: 'v1', kind: 'Node', metadata: { name: s.name, uid: s.name } })

  async function statusLoop(signal: AbortSignal): Promise<void> {
    await look()
    await ensureRegistered(signal)
    o.events.event(self(), 'Normal', 'Starting', 'Starting kubelet.')
    tellPressures()
    for (let failures = 0; !signal.aborted;) {
      try {
        await report(signal)
        failures = 0
      } catch (e) {
        if (signal.aborted) return
        o.log.warn({ error: String(e) }, 'the node status cannot be written')
        failures++
      }
      // Until it is ready every moment counts; a node that is seen to be down is looked at each second.
      const wait = failures ? backoffMs(failures, { initialMs: 100, maxMs: o.statusFrequencyMs }) : isReady() ? o.statusFrequencyMs : o.clock.monotonic() < 60_000 ? fastMs : 1_000
      await o.clock.sleep(wait, signal)
      await look()
    }
  }

  async function leaseLoop(signal: AbortSignal): Promise<void> {
    const namespace = 'kube-node-lease', every = o.leaseSeconds * 250
    let lease: Lease | undefined
    for (let failures = 0; !signal.aborted;) {
      while (!registered) await o.clock.sleep(50, signal)
      const spec = { holderIdentity: s.name, leaseDurationSeconds: o.leaseSeconds, renewTime: formatMicroTime(o.clock.now()) }
      try {
        lease ??= await o.client.get<Lease>(resources.leases, s.name, { namespace, signal }).catch((e: unknown) => { if (isStatus(e, 'NotFound')) return undefined; throw e })
        if (lease) lease = await o.client.update<Lease>(resources.leases, { ...lease, spec: { ...lease.spec, ...spec } }, { namespace, signal })
        else {
          const ownerReferences = node.metadata?.uid ? [{ apiVersion: 'v1', kind: 'Node', name: s.name, uid: node.metadata.uid }] : []
          lease = await o.client.create<Lease>(resources.leases, { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: s.name, namespace, ownerReferences }, spec }, { namespace, signal })
        }
        failures = 0
      } catch (e) {
        if (signal.aborted) return
        lease = undefined
        if (failures++ > 0) o.log.warn({ error: String(e) }, 'the node lease cannot be renewed')
      }
      await o.clock.sleep(failures ? backoffMs(failures, { initialMs: 100, maxMs: 7_000 }) : every, signal)
    }
  }

  return {
    get node() { return node },
    get ready() { return isReady() },
    async run(signal) {
      const quiet = (p: Promise<void>) => p.catch((e: unknown) => { if (!signal.aborted) throw e })
      await Promise.all([quiet(statusLoop(signal)), quiet(leaseLoop(signal))])
    },
  }
}
