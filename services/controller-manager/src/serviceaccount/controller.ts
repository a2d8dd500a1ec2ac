import { isStatus, resources } from '@drydock/api'
import type { ControllerDefinition } from '../shared/context.ts'
import { isNamespaceTerminating } from '../shared/pod-control.ts'

/** Every namespace that stays has its `default` ServiceAccount. */
export const serviceAccount: ControllerDefinition = {
  name: 'serviceaccount-controller',
  create(c) {
    const namespaces = c.informers.informer(resources.namespaces)
    const accounts = c.informers.informer(resources.serviceaccounts)
    const controller = c.controller({
      name: 'serviceaccount-controller',
      workers: 5,
      async reconcile(namespace, signal) {
        const ns = namespaces.store.get(namespace)
        if (!ns || ns.status?.phase === 'Terminating' || ns.metadata?.deletionTimestamp !== undefined || accounts.store.get(`${namespace}/default`)) return
        try {
          await c.client.create(resources.serviceaccounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace } }, { namespace, signal })
        } catch (e) {
          if (!isStatus(e, 'AlreadyExists') && !isStatus(e, 'NotFound') && !isNamespaceTerminating(e)) throw e
        }
      },
    })
    namespaces.on({ add: (n) => controller.enqueue(n.metadata?.name ?? ''), update: (n) => controller.enqueue(n.metadata?.name ?? '') })
    accounts.on({ delete: (a) => controller.enqueue(a.metadata?.namespace ?? '') })
    return controller
  },
}
