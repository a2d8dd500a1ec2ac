import { isStatus, labelMatcher, nodeSelectorMatcher, resources, wholeAmount, type Node, type PersistentVolume, type PersistentVolumeClaim } from '@drydock/api'
import type { Result } from '@drydock/controller'
import type { ControllerDefinition } from '../shared/context.ts'
import { podInformer } from '../shared/informers.ts'
import { claimsOf } from '../volume-protection/controller.ts'

const COMPLETED = 'pv.kubernetes.io/bind-completed'
const BY_CONTROLLER = 'pv.kubernetes.io/bound-by-controller'
const RESYNC_MS = 15_000

/**
 * The smallest volume that a claim can have; one that is reserved for it goes before all others. `node`: where it is
 * needed, for a claim that waited for its first pod. Pure.
 */
export function findVolume(claim: PersistentVolumeClaim, volumes: readonly PersistentVolume[], node?: Node): PersistentVolume | undefined {
  const want = wholeAmount(claim.spec?.resources?.requests?.['storage'])
  const selects = claim.spec?.selector ? labelMatcher(claim.spec.selector) : () => true
  const fits = volumes.filter((v) => {
    const ref = v.spec?.claimRef
    const mine = ref?.namespace === claim.metadata?.namespace && ref?.name === claim.metadata?.name && (!ref?.uid || ref.uid === claim.metadata?.uid)
    if (v.metadata?.deletionTimestamp !== undefined || (ref && !mine) || (!ref && v.status?.phase !== 'Available')) return false
    if (node && !reaches(v, node)) return false
    if (claim.spec?.volumeName) return claim.spec.volumeName === v.metadata?.name
    return (v.spec?.storageClassName ?? '') === (claim.spec?.storageClassName ?? '') && (v.spec?.volumeMode ?? 'Filesystem') === (claim.spec?.volumeMode ?? 'Filesystem')
      && (claim.spec?.accessModes ?? []).every((m) => v.spec?.accessModes?.includes(m)) && wholeAmount(v.spec?.capacity?.['storage']) >= want && selects(v.metadata?.labels)
  })
  return fits.toSorted((a, b) => Number(!a.spec?.claimRef) - Number(!b.spec?.claimRef) || wholeAmount(a.spec?.capacity?.['storage']) - wholeAmount(b.spec?.capacity?.['storage']))[0]
}

function reaches(v: PersistentVolume, node: Node): boolean {
  const terms = v.spec?.nodeAffinity?.required?.nodeSelectorTerms
  return !terms || nodeSelectorMatcher(terms)({ name: node.metadata?.name ?? '', labels: node.metadata?.labels })
}

/** Binds claims to volumes that are there. Volumes are not made here: that is a provisioner's, outside. */
export const volumeBinder: ControllerDefinition = {
  name: 'persistentvolume-binder-controller',
  create(c) {
    const events = c.recorder('persistentvolume-controller')
    const claims = c.informers.informer(resources.persistentvolumeclaims)
    const volumes = c.informers.informer(resources.persistentvolumes)
    const classes = c.informers.informer(resources.storageclasses).store
    const nodes = c.informers.informer(resources.nodes).store
    const pods = podInformer(c.informers)
    const key = (o: PersistentVolumeClaim) => `${o.metadata?.namespace}/${o.metadata?.name}`
    const say = (claim: PersistentVolumeClaim, reason: string, message: string, type: 'Normal' | 'Warning' = 'Normal') => events.event({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: claim.metadata }, type, reason, message)

    async function bind(claim: PersistentVolumeClaim, volume: PersistentVolume, signal: AbortSignal): Promise<void> {
      const claimRef = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: claim.metadata?.namespace ?? '', name: claim.metadata?.name ?? '', uid: claim.metadata?.uid ?? '', resourceVersion: claim.metadata?.resourceVersion ?? '' }
      let v = volume
      if (volume.spec?.claimRef?.uid !== claim.metadata?.uid) {
        v = await c.client.update(resources.persistentvolumes, { ...volume, metadata: { ...volume.metadata, ...(!volume.spec?.claimRef && { annotations: { ...volume.metadata?.annotations, [BY_CONTROLLER]: 'yes' } }) }, spec: { ...volume.spec!, claimRef } }, { signal })
      }
      if (v.status?.phase !== 'Bound') await c.client.update(resources.persistentvolumes, { ...v, status: { ...v.status, phase: 'Bound' } }, { subresource: 'status', signal })
      const o = { namespace: claim.metadata?.namespace ?? '', signal }
      let now = claim
      if (claim.spec?.volumeName !== v.metadata?.name || claim.metadata?.annotations?.[COMPLETED] === undefined) {
        const annotations = { ...claim.metadata?.annotations, [COMPLETED]: 'yes', ...(!claim.spec?.volumeName && { [BY_CONTROLLER]: 'yes' }) }
        now = await c.client.update(resources.persistentvolumeclaims, { ...claim, metadata: { ...claim.metadata, annotations }, spec: { ...claim.spec!, volumeName: v.metadata?.name ?? '' } }, o)
      }
      await c.client.update(resources.persistentvolumeclaims, { ...now, status: { ...now.status, phase: 'Bound', ...(v.spec?.accessModes && { accessModes: v.spec.accessModes }), ...(v.spec?.capacity && { capacity: v.spec.capacity }) } }, { ...o, subresource: 'status' })
    }

    /** A bound claim whose volume is gone, or another's, has lost it for good. The API is asked: the view may be late. */
    async function checkBound(claim: PersistentVolumeClaim, signal: AbortSignal): Promise<void> {
      const seen = volumes.store.get(claim.spec?.volumeName ?? '')
      if (seen?.spec?.claimRef?.uid === claim.metadata?.uid) return
      const live = await c.client.get(resources.persistentvolumes, claim.spec?.volumeName ?? '', { signal }).catch((e: unknown) => { if (isStatus(e, 'NotFound')) return undefined; throw e })
      if (live && (!live.spec?.claimRef || live.spec.claimRef.uid === claim.metadata?.uid)) return
      const { accessModes: _a, capacity: _c, ...rest } = claim.status ?? {}
      await c.client.update(resources.persistentvolumeclaims, { ...claim, status: { ...rest, phase: 'Lost' } }, { namespace: claim.metadata?.namespace ?? '', subresource: 'status', signal })
      if (live) say(claim, 'ClaimMisbound', 'Two claims are bound to the same volume, this one is bound incorrectly', 'Warning')
      else say(claim, 'ClaimLost', 'Bound claim has lost its PersistentVolume. Data on the volume is lost!', 'Warning')
    }

    const controller = c.controller({
      name: 'persistentvolume-binder-controller',
      async reconcile(k, signal): Promise<Result> {
        const claim = claims.store.get(k)
        if (!claim || claim.metadata?.deletionTimestamp !== undefined || claim.status?.phase === 'Lost') return
        if (claim.status?.phase === 'Bound') return checkBound(claim, signal)
        const className = claim.spec?.storageClassName ?? ''
        const late = !!className && classes.get(className)?.volumeBindingMode === 'WaitForFirstConsumer'
        const consumer = late ? pods.store.list(claim.metadata?.namespace).find((p) => p.spec?.nodeName && claimsOf(p).includes(claim.metadata?.name ?? '')) : undefined
        const awaited = consumer !== undefined
        const volume = late && !awaited && !claim.spec?.volumeName ? undefined : findVolume(claim, volumes.store.list(), nodes.get(consumer?.spec?.nodeName ?? ''))
        if (volume) return bind(claim, volume, signal)
        if (late && !awaited) say(claim, 'WaitForFirstConsumer', 'waiting for first consumer to be created before binding')
        else if (className) say(claim, 'ExternalProvisioning', `Waiting for a volume to be created either by the external provisioner '${classes.get(className)?.provisioner ?? ''}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`)
        else say(claim, 'FailedBinding', 'no persistent volumes available for this claim and no storage class is set')
        return { requeueAfterMs: RESYNC_MS }
      },
    })
    /** A volume without a claim is available; one whose claim is gone is released. What it holds is its provisioner's, outside. */
    const keeper = c.controller({
      name: 'persistentvolume-phases',
      async reconcile(name, signal) {
        const v = volumes.store.get(name)
        if (!v || v.metadata?.deletionTimestamp !== undefined) return
        const ref = v.spec?.claimRef
        const claim = ref?.uid ? claims.store.get(`${ref.namespace}/${ref.name}`) : undefined
        const phase = !ref?.uid ? 'Available' : claim?.metadata?.uid === ref.uid ? 'Bound' : 'Released'
        try {
          if (phase !== v.status?.phase && !(phase === 'Bound')) await c.client.update(resources.persistentvolumes, { ...v, status: { ...v.status, phase } }, { subresource: 'status', signal })
        } catch (e) {
          if (!isStatus(e, 'NotFound')) throw e
        }
      },
    })
    const seen = (o: PersistentVolumeClaim) => controller.enqueue(key(o))
    claims.on({ add: seen, update: seen, delete: (o) => { if (o.spec?.volumeName) keeper.enqueue(o.spec.volumeName) } })
    const volume = (v: PersistentVolume) => { keeper.enqueue(v.metadata?.name ?? ''); for (const o of claims.store.list()) if (o.status?.phase !== 'Bound') seen(o) }
    volumes.on({ add: volume, update: volume, delete: (v) => { const ref = v.spec?.claimRef; if (ref) controller.enqueue(`${ref.namespace}/${ref.name}`) } })
    pods.on({ update: (p, old) => { if (p.spec?.nodeName && !old.spec?.nodeName) for (const name of claimsOf(p)) controller.enqueue(`${p.metadata?.namespace}/${name}`) } })
    return { async run(signal) { await Promise.all([controller.run(signal), keeper.run(signal)]) } }
  },
}
