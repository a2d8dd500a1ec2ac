import { deepEqual, isStatus, labelMatcher, resourceFacts, resources, type CustomResourceDefinition, type OwnerReference, type Pod, type PodDisruptionBudget, type Resource, type Scale as AutoscalingScale } from '@drydock/api'
import type { Result } from '@drydock/controller'
import { formatTime } from '@drydock/base'
import { customResourceStore } from '../shared/all-resources.ts'
import type { ControllerDefinition } from '../shared/context.ts'
import { podInformer, replicaSetInformer } from '../shared/informers.ts'
import { controllerOf, type Owned } from '../shared/owner.ts'
import { budgetStatus, DISRUPTED_TIMEOUT_MS, expectedPods, type Expected } from './plan.ts'

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
    customResourceStore(c.informers)
    type Scaled = Owned & { spec?: { replicas?: number | undefined } | undefined }
    const scale = (o: Scaled | undefined, uid: string) => (o && o.metadata?.uid === uid ? { uid, replicas: o.spec?.replicas ?? 1 } : undefined)

    /** The size that the pod's controller, or that one's controller, is asked for. */
    function scaleOf(p: Pod): Scale | undefined {
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

    /** Sizes of controllers of all other kinds, by their scale subresource. Throws where one has none. */
    async function otherScales(list: readonly Pod[], signal: AbortSignal): Promise<Map<string, Scale>> {
      const out = new Map<string, Scale>()
      const refs = new Map(list.flatMap((p) => { const ref = controllerOf(p); return ref && !followed.has(ref.kind) ? [[ref.uid, ref] as const] : [] }))
      for (const [uid, ref] of refs) {
        const kind = scalable(ref, customResourceStore(c.informers).list())
        try {
          const found = await c.client.get(kind, ref.name, { namespace: list[0]?.metadata?.namespace ?? '', subresource: 'scale', signal })
          if (found.metadata?.uid === uid) out.set(uid, { uid, replicas: found.spec?.replicas ?? 0 })
        } catch (e) {
          if (!isStatus(e, 'NotFound')) throw e
        }
      }
      return out
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
        const nowMs = c.clock.now()
        let size: Expected
        try {
          const counted = b.spec?.maxUnavailable !== undefined || typeof b.spec?.minAvailable === 'string'
          const others = counted ? await otherScales(mine, signal) : undefined
          size = expectedPods(b, mine, (p) => scaleOf(p) ?? others?.get(controllerOf(p)?.uid ?? ''))
        } catch (e) {
          signal.throwIfAborted()
          say(b, 'Warning', 'CalculateExpectedPodCountFailed', `Failed to calculate the number of expected pods: ${(e as Error).message}`)
          await save(b, { ...b.status, ...failed(b, (e as Error).message, nowMs) }, signal)
          throw e
        }
        if (size.unmanaged.length > 0) say(b, 'Warning', 'UnmanagedPods', `Pods selected by this PodDisruptionBudget (selector: ${selectorText(b)}) were found to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.`)
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

interface Scale { readonly uid: string, readonly replicas: number }

const followed = new Set(['ReplicaSet', 'Deployment', 'ReplicationController', 'StatefulSet'])

/** The resource of a controller's kind, if it can be scaled. Throws in upstream's words where not. */
function scalable(ref: OwnerReference, crds: readonly CustomResourceDefinition[]): Resource<AutoscalingScale> {
  const [group, version] = ref.apiVersion.includes('/') ? ref.apiVersion.split('/') as [string, string] : ['', ref.apiVersion]
  const fact = resourceFacts.find((r) => r.group === group && r.version === version && r.kind === ref.kind)
  const crd = fact ? undefined : crds.find((x) => x.spec?.group === group && x.spec.names.kind === ref.kind)
  const resource = fact?.resource ?? crd?.spec?.names.plural
  if (!resource) throw new Error(`no matches for kind "${ref.kind}" in version "${ref.apiVersion}"`)
  if (!(fact ? fact.subresources['scale'] : crd?.spec?.versions.find((v) => v.name === version)?.subresources?.scale)) throw new Error(`${group ? `${resource}.${group}` : resource} does not implement the scale subresource`)
  return { group, version, resource, kind: ref.kind, namespaced: true }
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
