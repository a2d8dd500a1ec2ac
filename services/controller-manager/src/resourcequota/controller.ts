import { deepEqual, resources, type Pod, type ResourceQuota } from '@drydock/api'
import { collectable, type AnyObject } from '../shared/all-resources.ts'
import type { ControllerDefinition } from '../shared/context.ts'
import { podInformer } from '../shared/informers.ts'
import { isFinished } from '../shared/pods.ts'
import { countedResource, usage } from './plan.ts'

/**
 * Recounts what quotas are used for, whenever something goes that they may count. What comes is counted by admission,
 * against the same object: a conflict here is another look, never a lost count.
 */
export const resourceQuota: ControllerDefinition = {
  name: 'resourcequota-controller',
  create(c) {
    const quotas = c.informers.informer(resources.resourcequotas)
    const pods = podInformer(c.informers)
    const key = (q: ResourceQuota) => `${q.metadata?.namespace}/${q.metadata?.name}`

    async function countsFor(q: ResourceQuota, signal: AbortSignal): Promise<Map<string, number>> {
      const out = new Map<string, number>()
      for (const name of Object.keys(q.spec?.hard ?? {})) {
        const counted = countedResource(name)
        const r = counted && collectable.find((x) => x.resource === counted.resource && x.group === counted.group)
        if (r) out.set(name, (await c.client.list(r, { namespace: q.metadata?.namespace ?? '', signal })).items.length)
      }
      return out
    }

    const controller = c.controller({
      name: 'resourcequota-controller',
      workers: 5,
      async reconcile(k, signal) {
        const q = quotas.store.get(k)
        if (!q || q.metadata?.deletionTimestamp !== undefined) return
        const o = { namespace: q.metadata?.namespace ?? '', signal }
        const hard = q.spec?.hard ?? {}
        const names = Object.keys(hard)
        const services = names.some((n) => n.startsWith('services')) ? (await c.client.list(resources.services, o)).items : []
        const claims = names.some((n) => n.includes('storage')) ? (await c.client.list(resources.persistentvolumeclaims, o)).items : []
        const live = await c.client.list(resources.pods, o)
        const used = usage({ quota: q, pods: live.items, services, claims, counts: await countsFor(q, signal) })
        if (deepEqual(q.status?.hard ?? {}, hard) && deepEqual(q.status?.used ?? {}, used)) return
        await c.client.update(resources.resourcequotas, { ...q, status: { hard, used } }, { ...o, subresource: 'status' })
      },
    })
    quotas.on({ add: (q) => controller.enqueue(key(q)), update: (q, old) => { if (!deepEqual(q.spec, old.spec)) controller.enqueue(key(q)) } })
    const gone = (o: AnyObject) => { for (const q of quotas.store.list(o.metadata?.namespace)) controller.enqueue(key(q)) }
    for (const r of collectable) if (r.namespaced && r.resource !== 'pods' && r.resource !== 'leases') c.informers.informer(r).on({ delete: gone })
    pods.on({ delete: gone, update: (p: Pod, old: Pod) => { if (isFinished(p) && !isFinished(old)) gone(p) } })
    return controller
  },
}
