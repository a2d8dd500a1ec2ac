import { isStatus, resources, type Node, type Pod } from '@drydock/api'
import { formatTime } from '@drydock/base'
import type { Result } from '@drydock/controller'
import type { ControllerDefinition } from '../shared/context.ts'
import { podInformer } from '../shared/informers.ts'
import { evictionTime } from './plan.ts'

/** Deletes pods from nodes with NoExecute taints that they do not tolerate, or no longer. Level by level: a taint that goes in time saves them. */
export const taintEviction: ControllerDefinition = {
  name: 'taint-eviction-controller',
  create(c) {
    const events = c.recorder('taint-eviction-controller')
    const nodes = c.informers.informer(resources.nodes)
    const pods = podInformer(c.informers)
    const key = (p: Pod) => `${p.metadata?.namespace}/${p.metadata?.name}`

    /** When a pod was first seen on a node with taints that do not say since when. */
    const firstSeen = new Map<string, number>()
    /** Pods whose time is set and not come. */
    const waiting = new Set<string>()
    /** Told to go; what the view shows of them until they do is older than that. */
    const evicted = new Set<string>()
    const cancel = (pod: Pod) => { if (waiting.delete(pod.metadata?.uid ?? '')) say(pod, 'Cancelling deletion of') }

    const say = (pod: Pod, what: string) => events.event({ apiVersion: 'v1', kind: 'Pod', metadata: pod.metadata }, 'Normal', 'TaintManagerEviction', `${what} Pod ${key(pod)}`)

    async function evict(pod: Pod, signal: AbortSignal): Promise<void> {
      const o = { namespace: pod.metadata?.namespace ?? '', signal }
      const name = pod.metadata?.name ?? ''
      say(pod, 'Marking for deletion')
      const condition = {
        type: 'DisruptionTarget', status: 'True', reason: 'DeletionByTaintManager', message: 'Taint manager: deleting due to NoExecute taint', lastProbeTime: null,
        lastTransitionTime: formatTime(c.clock.now()), ...(pod.metadata?.generation !== undefined && { observedGeneration: pod.metadata.generation }),
      }
      try {
        await c.client.patch(resources.pods, name, { type: 'strategic', body: { metadata: { uid: pod.metadata?.uid }, status: { conditions: [condition] } } }, { ...o, subresource: 'status' })
        await c.client.delete(resources.pods, name, { ...o, preconditions: { uid: pod.metadata?.uid ?? '' } })
      } catch (e) {
        if (!isStatus(e, 'NotFound') && !isStatus(e, 'Conflict')) throw e
      }
    }

    const controller = c.controller({
      name: 'taint-eviction-controller',
      workers: 8,
      async reconcile(k, signal): Promise<Result> {
        const pod = pods.store.get(k)
        if (!pod?.spec?.nodeName || pod.metadata?.deletionTimestamp !== undefined) return
        const node = nodes.store.get(pod.spec.nodeName)
        const uid = pod.metadata?.uid ?? ''
        if (evicted.has(uid)) return
        const now = c.clock.now()
        const at = evictionTime(pod, node?.spec?.taints ?? [], { nowMs: now, firstSeenMs: firstSeen.get(uid) ?? now })
        if (at === 'never') {
          firstSeen.delete(uid)
          return cancel(pod)
        }
        if (!firstSeen.has(uid)) firstSeen.set(uid, now)
        if (at > now) {
          waiting.add(uid)
          return { requeueAfterMs: at - now }
        }
        waiting.delete(uid)
        await evict(pod, signal)
        if (pods.store.get(k)?.metadata?.uid === uid) evicted.add(uid)
      },
    })
    const hasHard = (n: Node | undefined) => n?.spec?.taints?.some((t) => t.effect === 'NoExecute') ?? false
    const ofNode = (n: Node) => { if (hasHard(n)) for (const p of pods.store.byIndex('node', n.metadata?.name ?? '')) controller.enqueue(key(p)) }
    const ofPod = (p: Pod) => { if (p.spec?.nodeName && hasHard(nodes.store.get(p.spec.nodeName))) controller.enqueue(key(p)) }
    nodes.on({ add: ofNode, update: (n, old) => { if (JSON.stringify(n.spec?.taints) !== JSON.stringify(old.spec?.taints)) ofNode(hasHard(n) ? n : old) } })
    pods.on({ add: ofPod, update: ofPod, delete: (p) => { const uid = p.metadata?.uid ?? ''; firstSeen.delete(uid); evicted.delete(uid); cancel(p) } })
    return controller
  },
}
