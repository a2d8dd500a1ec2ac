import { deepEqual, isStatus, resources, type Lease, type Node, type Pod } from '@drydock/api'
import { formatTime } from '@drydock/base'
import type { EventRecorder, Informer } from '@drydock/client'
import type { Controller } from '@drydock/controller'
import type { ControllerContext, ControllerDefinition, Running } from '../shared/context.ts'
import { podInformer } from '../shared/informers.ts'
import { isReady } from '../shared/pods.ts'
import { plannedTaints, readyStatus, silentConditions } from './plan.ts'

/** A node that was never heard of has longer to say its first word (upstream's nodeStartupGracePeriod). */
const STARTUP_GRACE_MS = 60_000
/** Upstream taints one node in ten seconds for eviction: when many fail at once, it may be the network. */
const EVICTION_PERIOD_MS = 10_000

/**
 * Watches over nodes: one that is silent for the grace period becomes Unknown; conditions become taints at once. Silence
 * is measured by this process's own clock from what it saw last, so that clocks need not agree; a restart begins anew.
 */
export const nodeLifecycle: ControllerDefinition = { name: 'node-lifecycle-controller', create: (c) => new NodeLifecycle(c) }

class NodeLifecycle implements Running {
  readonly #c: ControllerContext
  readonly #events: EventRecorder
  readonly #nodes: Informer<Node>
  readonly #leases: Informer<Lease>
  readonly #pods: Informer<Pod>
  readonly #heard = new Map<string, { lease: string, status: string, atMs: number }>()
  readonly #controller: Controller
  #nextEvictionMs = 0

  constructor(c: ControllerContext) {
    this.#c = c
    this.#events = c.recorder('node-controller')
    this.#nodes = c.informers.informer(resources.nodes)
    this.#leases = c.informers.informer(resources.leases, { namespace: 'kube-node-lease' })
    this.#pods = podInformer(c.informers)
    this.#controller = c.controller({ name: 'node-lifecycle-controller', workers: 8, reconcile: (key, signal) => this.#reconcile(key, signal) })
    const say = (n: Node, reason: string, what: string) => {
      const name = n.metadata?.name ?? ''
      this.#events.event({ apiVersion: 'v1', kind: 'Node', metadata: { name, uid: n.metadata?.uid } }, 'Normal', reason, `Node ${name} event: ${what}`)
    }
    this.#nodes.on({
      add: (n) => { say(n, 'RegisteredNode', `Registered Node ${n.metadata?.name} in Controller`); this.#controller.enqueue(n.metadata?.name ?? '') },
      update: (n) => this.#controller.enqueue(n.metadata?.name ?? ''),
      delete: (n) => { say(n, 'RemovingNode', `Removing Node ${n.metadata?.name} from Controller`); this.#heard.delete(n.metadata?.name ?? '') },
    })
  }

  async run(signal: AbortSignal): Promise<void> {
    const monitor = async () => {
      while (!signal.aborted) {
        for (const n of this.#nodes.store.list()) this.#controller.enqueue(n.metadata?.name ?? '')
        await this.#c.clock.sleep(this.#c.settings.nodeMonitorPeriodMs, signal).catch(() => {})
      }
    }
    await Promise.all([monitor(), this.#controller.run(signal)])
  }

  async #reconcile(name: string, signal: AbortSignal): Promise<void> {
    let node = this.#nodes.store.get(name)
    if (!node) return
    const now = this.#c.clock.monotonic()
    if (now - this.#lastHeardMs(node, now) > this.#graceMs(node)) {
      const conditions = silentConditions(node, this.#c.clock.now())
      if (conditions) {
        const wasReady = readyStatus(node) === 'True'
        node = await this.#c.client.update(resources.nodes, { ...node, status: { ...node.status, conditions } }, { subresource: 'status', signal })
        if (wasReady) this.#events.event({ apiVersion: 'v1', kind: 'Node', metadata: { name, uid: node.metadata?.uid } }, 'Normal', 'NodeNotReady', `Node ${name} status is now: NodeNotReady`)
      }
    }
    if (readyStatus(node) === 'False' || readyStatus(node) === 'Unknown') await this.#markPods(name, signal)
    const taints = plannedTaints(node, { evict: this.#mayEvict(node), nowMs: this.#c.clock.now() })
    if (taints && !deepEqual(taints, node.spec?.taints)) await this.#saveTaints(node, taints, signal)
  }

  #graceMs(n: Node): number { return n.status?.conditions?.some((c) => c.type === 'Ready') ? this.#c.settings.nodeMonitorGracePeriodMs : Math.max(STARTUP_GRACE_MS, this.#c.settings.nodeMonitorGracePeriodMs) }

  #lastHeardMs(n: Node, nowMs: number): number {
    const name = n.metadata?.name ?? ''
    const lease = this.#leases.store.get(`kube-node-lease/${name}`)?.spec?.renewTime ?? ''
    const status = n.status?.conditions?.find((c) => c.type === 'Ready')?.lastHeartbeatTime ?? ''
    const before = this.#heard.get(name)
    if (before && before.lease === lease && before.status === status) return before.atMs
    this.#heard.set(name, { lease, status, atMs: nowMs })
    return nowMs
  }

  /** Not when no node is well (then it is more likely us), and not too many at a time. Those that are tainted stay so. */
  #mayEvict(n: Node): boolean {
    if (!this.#nodes.store.list().some((x) => readyStatus(x) === 'True')) return false
    const tainted = n.spec?.taints?.some((t) => t.effect === 'NoExecute' && t.key.startsWith('node.kubernetes.io/'))
    if (tainted || readyStatus(n) === 'True' || readyStatus(n) === undefined) return true
    const now = this.#c.clock.monotonic()
    if (now < this.#nextEvictionMs) return false
    this.#nextEvictionMs = now + EVICTION_PERIOD_MS
    return true
  }

  async #saveTaints(n: Node, taints: object[], signal: AbortSignal): Promise<void> {
    const body = { metadata: { uid: n.metadata?.uid, resourceVersion: n.metadata?.resourceVersion }, spec: { taints: taints.length > 0 ? taints : null } }
    try {
      await this.#c.client.patch(resources.nodes, n.metadata?.name ?? '', { type: 'merge', body }, { signal })
    } catch (e) {
      if (!isStatus(e, 'NotFound')) throw e
    }
  }

  /** A pod on a node that is not well is not ready: services must not send anybody there. */
  async #markPods(node: string, signal: AbortSignal): Promise<void> {
    for (const pod of this.#pods.store.byIndex('node', node)) {
      if (!isReady(pod)) continue
      const condition = { type: 'Ready', status: 'False', lastTransitionTime: formatTime(this.#c.clock.now()) }
      try {
        await this.#c.client.patch(resources.pods, pod.metadata?.name ?? '', { type: 'strategic', body: { metadata: { uid: pod.metadata?.uid }, status: { conditions: [condition] } } }, { namespace: pod.metadata?.namespace ?? '', subresource: 'status', signal })
        this.#events.event({ apiVersion: 'v1', kind: 'Pod', metadata: pod.metadata }, 'Warning', 'NodeNotReady', 'Node is not ready')
      } catch (e) {
        if (!isStatus(e, 'NotFound') && !isStatus(e, 'Conflict')) throw e
      }
    }
  }
}
