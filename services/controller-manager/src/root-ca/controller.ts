import { deepEqual, isStatus, resources, type ConfigMap } from '@drydock/api'
import type { ControllerDefinition } from '../shared/context.ts'
import { isNamespaceTerminating } from '../shared/pod-control.ts'

const NAME = 'kube-root-ca.crt'
const DESCRIPTION = 'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.'

/** Every namespace has the cluster's CA as the ConfigMap kube-root-ca.crt, as it should be whatever becomes of it. */
export const rootCa: ControllerDefinition = {
  name: 'root-ca-certificate-publisher-controller',
  create(c) {
    const namespaces = c.informers.informer(resources.namespaces)
    const maps = c.informers.informer(resources.configmaps)
    const data = { 'ca.crt': c.settings.rootCa }
    const controller = c.controller({
      name: 'root-ca-certificate-publisher-controller',
      workers: 5,
      async reconcile(namespace, signal) {
        const ns = namespaces.store.get(namespace)
        if (!ns || ns.status?.phase === 'Terminating' || ns.metadata?.deletionTimestamp !== undefined) return
        const current = maps.store.get(`${namespace}/${NAME}`)
        const said = current?.metadata?.annotations?.['kubernetes.io/description']
        if (current && deepEqual(current.data, data) && said) return
        const next: ConfigMap = {
          ...current, apiVersion: 'v1', kind: 'ConfigMap', data,
          metadata: { ...current?.metadata, name: NAME, namespace, annotations: { ...current?.metadata?.annotations, 'kubernetes.io/description': DESCRIPTION } },
        }
        try {
          await (current ? c.client.update(resources.configmaps, next, { namespace, signal }) : c.client.create(resources.configmaps, next, { namespace, signal }))
        } catch (e) {
          if (!isStatus(e, 'AlreadyExists') && !isStatus(e, 'NotFound') && !isNamespaceTerminating(e)) throw e
        }
      },
    })
    namespaces.on({ add: (n) => controller.enqueue(n.metadata?.name ?? ''), update: (n) => controller.enqueue(n.metadata?.name ?? '') })
    const ours = (m: ConfigMap) => { if (m.metadata?.name === NAME) controller.enqueue(m.metadata.namespace ?? '') }
    maps.on({ update: ours, delete: ours })
    return controller
  },
}
