import { isStatus, resources, type Node, type Pod } from '@drydock/api'
import { formatTime } from '@drydock/base'
import type { ControllerDefinition } from '../shared/context.ts'
import { podInformer } from '../shared/informers.ts'
import { isFinished } from '../shared/pods.ts'
import { readyStatus } from '../node-lifecycle/plan.ts'
import { planGc } from './plan.ts'

const PERIOD_MS = 20_000
/** A node must be missing for this long before its pods go: it may only be late in the view. */
const QUARANTINE_MS = 40_000

const isOutOfService = (n: Node | undefined): boolean => !!n && readyStatus(n) !== 'True' && !!n.spec?.taints?.some((t) => t.key === 'node.kubernetes.io/out-of-service')

export const podGc: ControllerDefinition = {
  name: 'pod-garbage-collector-controller',
  create(c) {
    const nodes = c.informers.informer(resources.nodes)
    const pods = podInformer(c.informers)
    const missingSince = new Map<string, number>()

    async function remove(pod: Pod, message: string | undefined, signal: AbortSignal): Promise<void> {
      const o = { namespace: pod.metadata?.namespace ?? '', signal }
      const name = pod.metadata?.name ?? ''
      try {
        if (!isFinished(pod)) {
          const condition = message && {
            type: 'DisruptionTarget', status: 'True', reason: 'DeletionByPodGC', message, lastProbeTime: null, lastTransitionTime: formatTime(c.clock.now()),
            ...(pod.metadata?.generation !== undefined && { observedGeneration: pod.metadata.generation }),
          }
          await c.client.patch(resources.pods, name, { type: 'strategic', body: { metadata: { uid: pod.metadata?.uid }, status: { phase: 'Failed', ...(condition && { conditions: [condition] }) } } }, { ...o, subresource: 'status' })
        }
        await c.client.delete(resources.pods, name, { ...o, gracePeriodSeconds: 0, preconditions: { uid: pod.metadata?.uid ?? '' } })
      } catch (e) {
        if (!isStatus(e, 'NotFound') && !isStatus(e, 'Conflict')) c.log.warn({ pod: `${o.namespace}/${name}`, err: e }, 'could not collect a pod')
      }
    }

    /** Missing in the view for the quarantine, and by the API's own word. */
    async function gone(name: string, signal: AbortSignal): Promise<boolean> {
      const since = missingSince.get(name) ?? c.clock.monotonic()
      missingSince.set(name, since)
      if (c.clock.monotonic() - since < QUARANTINE_MS) return false
      try {
        await c.client.get(resources.nodes, name, { signal })
        return false
      } catch (e) {
        return isStatus(e, 'NotFound')
      }
    }

    async function collect(signal: AbortSignal): Promise<void> {
      const all = pods.store.list()
      const named = new Set(all.flatMap((p) => (p.spec?.nodeName && !nodes.store.get(p.spec.nodeName) ? [p.spec.nodeName] : [])))
      for (const n of missingSince.keys()) if (!named.has(n)) missingSince.delete(n)
      const goneNodes = new Set<string>()
      for (const n of named) if (await gone(n, signal)) goneNodes.add(n)
      const plan = planGc({ pods: all, threshold: c.settings.terminatedPodGcThreshold, nodeExists: (n) => !named.has(n), nodeGone: (n) => goneNodes.has(n), nodeOutOfService: (n) => isOutOfService(nodes.store.get(n)) })
      for (const p of plan.outOfService) await remove(p, undefined, signal)
      for (const p of plan.terminated) await remove(p, undefined, signal)
      for (const p of plan.orphaned) await remove(p, 'PodGC: node no longer exists', signal)
      for (const p of plan.unscheduled) await remove(p, undefined, signal)
    }

    return {
      async run(signal) {
        while (!signal.aborted) {
          await collect(signal).catch((e: unknown) => { if (!signal.aborted) c.log.warn({ err: e }, 'pod garbage collection failed') })
          await c.clock.sleep(PERIOD_MS, signal).catch(() => {})
        }
      },
    }
  },
}
