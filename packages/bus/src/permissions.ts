/** What each component may say and hear on the bus: the permission boundary that nats-server enforces by certificate. */
import { bookmarkSubject, relaySubject, token, watchSubject } from './subject.ts'

export interface NatsPermissions { publish: string[], subscribe: string[] }

// Subjects of resources that a component reads. Secrets are harmless there: their events carry metadata alone.
const everything = ['watch.>']
const resources = (...r: (readonly [group: string, resource: string])[]) => [bookmarkSubject, ...r.map(([g, x]) => watchSubject(g, x))]

/**
 * Permissions of a component (`apiserver`, `scheduler`, `controller-manager`, `kubelet`, `kube-proxy`, `netd`). Only the
 * apiserver publishes; a kubelet hears of no node's pods but its own. Throws for a component that it does not know.
 */
export function natsPermissions(component: string, nodeName = ''): NatsPermissions {
  switch (component) {
    case 'apiserver': return { publish: ['watch.>', relaySubject], subscribe: [relaySubject] }
    case 'scheduler': case 'controller-manager': return { publish: [], subscribe: everything }
    case 'kubelet': return { publish: [], subscribe: [...resources(['', 'nodes'], ['', 'services'], ['', 'configmaps'], ['', 'secrets'], ['node.k8s.io', 'runtimeclasses']), `watch.core.pods.${token(nodeName)}.>`] }
    case 'kube-proxy': return { publish: [], subscribe: resources(['', 'services'], ['', 'nodes'], ['discovery.k8s.io', 'endpointslices'], ['networking.k8s.io', 'servicecidrs']) }
    case 'netd': return { publish: [], subscribe: [...resources(['', 'nodes']), `watch.core.pods.${nodeName ? token(nodeName) : '*'}.>`] }
    default: throw new Error(`no permissions on the bus for a component ${JSON.stringify(component)}`)
  }
}
