import { isStatus, resources, type ObjectMeta, type PersistentVolume, type PersistentVolumeClaim, type Pod, type Resource } from '@drydock/api'
import type { Client } from '@drydock/client'
import type { ControllerDefinition } from '../shared/context.ts'
import { podInformer } from '../shared/informers.ts'
import { isFinished } from '../shared/pods.ts'

const PVC = 'kubernetes.io/pvc-protection'
const PV = 'kubernetes.io/pv-protection'

/** Adds or takes away a finalizer, against the version that was decided on. */
async function setFinalizer<T extends { metadata?: ObjectMeta | undefined }>(client: Client, r: Resource<T>, o: T, finalizer: string, present: boolean, signal: AbortSignal): Promise<void> {
  const now = o.metadata?.finalizers ?? []
  if (now.includes(finalizer) === present) return
  const body = { metadata: { uid: o.metadata?.uid, resourceVersion: o.metadata?.resourceVersion, finalizers: present ? [...now, finalizer] : now.filter((f) => f !== finalizer) } }
  try {
    await client.patch(r, o.metadata?.name ?? '', { type: 'merge', body }, { namespace: o.metadata?.namespace ?? '', signal })
  } catch (e) {
    if (!isStatus(e, 'NotFound')) throw e
  }
}

export const claimsOf = (p: Pod): string[] => (p.spec?.volumes ?? []).flatMap((v) => (v.persistentVolumeClaim ? [v.persistentVolumeClaim.claimName] : v.ephemeral ? [`${p.metadata?.name}-${v.name}`] : []))

/** A claim that a pod uses stays until the pod is done. */
export const claimProtection: ControllerDefinition = {
  name: 'persistentvolumeclaim-protection-controller',
  create(c) {
    const claims = c.informers.informer(resources.persistentvolumeclaims)
    const pods = podInformer(c.informers)
    const controller = c.controller({
      name: 'persistentvolumeclaim-protection-controller',
      async reconcile(key, signal) {
        const claim = claims.store.get(key)
        if (!claim) return
        const { namespace, name = '', deletionTimestamp } = claim.metadata ?? {}
        if (deletionTimestamp === undefined) return setFinalizer(c.client, resources.persistentvolumeclaims, claim, PVC, true, signal)
        const used = (list: readonly Pod[]) => list.some((p) => claimsOf(p).includes(name) && p.spec?.nodeName && !isFinished(p))
        if (used(pods.store.list(namespace))) return
        const live = await c.client.list(resources.pods, { namespace: namespace ?? '', signal })
        if (!used(live.items)) await setFinalizer(c.client, resources.persistentvolumeclaims, claim, PVC, false, signal)
      },
    })
    const seen = (o: PersistentVolumeClaim) => controller.enqueue(`${o.metadata?.namespace}/${o.metadata?.name}`)
    claims.on({ add: seen, update: seen })
    const ofPod = (p: Pod) => { for (const name of claimsOf(p)) controller.enqueue(`${p.metadata?.namespace}/${name}`) }
    pods.on({ delete: ofPod, update: (p) => { if (isFinished(p)) ofPod(p) } })
    return controller
  },
}

/** A volume that is bound to a claim stays as long as that. */
export const volumeProtection: ControllerDefinition = {
  name: 'persistentvolume-protection-controller',
  create(c) {
    const volumes = c.informers.informer(resources.persistentvolumes)
    const controller = c.controller({
      name: 'persistentvolume-protection-controller',
      async reconcile(key, signal) {
        const volume = volumes.store.get(key)
        if (!volume) return
        const going = volume.metadata?.deletionTimestamp !== undefined
        if (going && volume.status?.phase === 'Bound') return
        await setFinalizer(c.client, resources.persistentvolumes, volume, PV, !going, signal)
      },
    })
    const seen = (v: PersistentVolume) => controller.enqueue(v.metadata?.name ?? '')
    volumes.on({ add: seen, update: seen })
    return controller
  },
}
