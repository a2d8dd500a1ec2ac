import { deepEqual, labelMatcher, resources, type Pod, type PodDisruptionBudget } from '@drydock/api'
import type { Result } from '@drydock/controller'
import { formatTime } from '@drydock/base'
import type { ControllerDefinition } from '../shared/context.ts'
import { podInformer, replicaSetInformer } from '../shared/informers.ts'
import { controllerOf, type Owned } from '../shared/owner.ts'
import { budgetStatus, DISRUPTED_TIMEOUT_MS, expectedPods } from './plan.ts'

/** Says for every PodDisruptionBudget how many of its pods may go now. */
export const disruption: ControllerDefinition = {
  name: 'disruption-controller',
  create(c) {
    const events = c.recorder('controllermanager')
    const budgets = c.informers.informer(resources.poddisruptionbudgets)
    const pods = podInformer(c.informers)
    const sets = replicaSetInformer(c.informers).store
    const stores = {
      ReplicationController: c.informers.informer(resources.replicationcontrollers).store,
      StatefulSet: c.informers.informer(resources.statefulsets).store,
      Deployment: c.informers.informer(resources.deployments).store,
    }
    type Scaled = Owned & { spec?: { replicas?: number | undefined } | undefined }
    const scale = (o: Scaled | undefined, uid: string) => (o && o.metadata?.uid === uid ? { uid, replicas: o.spec?.replicas ?? 1 } : undefined)

    /** The size that the pod's controller, or that one's controller, is asked for. */
    function scaleOf(p: Pod): { uid: string, replicas: number } | undefined {
      const ref = controllerOf(p)
      const at = `${p.metadata?.namespace}/${ref?.name}`
      if (!ref) return undefined
      if (ref.kind === 'ReplicaSet') {
        const set = sets.get(at)
        const above = set && set.metadata?.uid === ref.uid ? controllerOf(set) : undefined
        return (above?.kind === 'Deployment' ? scale(stores.Deployment.get(`${p.metadata?.namespace}/${above.name}`), above.uid) : undefined) ?? scale(set, ref.uid)
      }
      return ref.kind === 'ReplicationController' || ref.kind === 'StatefulSet' ? scale(stores[ref.kind].get(at), ref.uid) : undefined
    }

    const say = (b: PodDisruptionBudget, type: 'Normal' | 'Warning', reason: string, message: string) =>
      events.event({ apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: b.metadata }, type, reason, message)

    async function save(b: PodDisruptionBudget, status: NonNullable<PodDisruptionBudget['status']>, signal: AbortSignal): Promise<void> {
      if (!deepEqual(status, b.status)) await c.client.update(resources.poddisruptionbudgets, { ...b, status }, { namespace: b.metadata?.namespace ?? '', subresource: 'status', signal })
    }

    const controller = c.controller({
      name: 'disruption-controller',
      workers: 2,
      async reconcile(key, signal): Promise<Result> {
        const b = budgets.store.get(key)
        if (!b) return
        const selects = labelMatcher(b.spec?.selector)
        const mine = pods.store.list(b.metadata?.namespace).filter((p) => selects(p.metadata?.labels) && p.status?.phase !== 'Succeeded' && p.status?.phase !== 'Failed')
        if (mine.length === 0) say(b, 'Normal', 'NoPods', 'No matching pods found')
        const size = expectedPods(b, mine, scaleOf)
        const nowMs = c.clock.now()
        if ('unmanaged' in size) {
          say(b, 'Warning', 'UnmanagedPods', `Pods selected by this PodDisruptionBudget (selector: ${selectorText(b)}) were found to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.`)
          return save(b, { ...b.status, ...failed(b, `found no controller ref for pod "${size.unmanaged[0]?.metadata?.name}"`, nowMs) }, signal)
        }
        await save(b, budgetStatus({ budget: b, pods: mine, ...size, nowMs }), signal)
        const waits = Object.values(b.status?.disruptedPods ?? {}).map((at) => Date.parse(at) + DISRUPTED_TIMEOUT_MS - nowMs).filter((ms) => ms > 0)
        return waits.length > 0 ? { requeueAfterMs: Math.min(...waits) + 100 } : undefined
      },
    })
    const key = (o: Owned) => `${o.metadata?.namespace}/${o.metadata?.name}`
    const ofPod = (p: Pod) => { for (const b of budgets.store.list(p.metadata?.namespace)) if (labelMatcher(b.spec?.selector)(p.metadata?.labels)) controller.enqueue(key(b)) }
    budgets.on({ add: (b) => controller.enqueue(key(b)), update: (b) => controller.enqueue(key(b)) })
    pods.on({ add: ofPod, delete: ofPod, update: (p, old) => { ofPod(p); if (!deepEqual(p.metadata?.labels, old.metadata?.labels)) ofPod(old) } })
    const resized = (o: Owned) => { for (const b of budgets.store.list(o.metadata?.namespace)) controller.enqueue(key(b)) }
    c.informers.informer(resources.deployments).on({ update: (d, old) => { if (d.spec?.replicas !== old.spec?.replicas) resized(d) } })
    return controller
  },
}

function failed(b: PodDisruptionBudget, message: string, nowMs: number) {
  const before = b.status?.conditions?.find((x) => x.type === 'DisruptionAllowed')
  const condition = {
    type: 'DisruptionAllowed', status: 'False', reason: 'SyncFailed', message, observedGeneration: b.metadata?.generation ?? 0,
    lastTransitionTime: before?.status === 'False' ? before.lastTransitionTime : formatTime(nowMs),
  }
  return { disruptionsAllowed: 0, currentHealthy: b.status?.currentHealthy ?? 0, desiredHealthy: b.status?.desiredHealthy ?? 0, expectedPods: b.status?.expectedPods ?? 0, observedGeneration: b.metadata?.generation ?? 0, conditions: [condition] }
}

const selectorText = (b: PodDisruptionBudget): string => `&LabelSelector{MatchLabels:map[string]string{${Object.entries(b.spec?.selector?.matchLabels ?? {}).map(([k, v]) => `${k}: ${v},`).join('')}},MatchExpressions:[]LabelSelectorRequirement{},}`
