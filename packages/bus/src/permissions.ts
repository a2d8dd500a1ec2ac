/**
 * What each component may publish and subscribe: subjects are the permission boundary of the bus. Given to nats-server as
 * data, per certificate subject (verify_and_map). Nobody but the apiserver publishes anything; a kubelet hears the pods of
 * its own node only; Secrets are on the bus as metadata, which only the controller-manager may hear.
 */
import { bookmarkSubject, relaySubject, token, watchSubject } from './subject.ts'

export interface NatsPermissions { publish: readonly string[], subscribe: readonly string[] }
export type BusComponent = 'apiserver' | 'scheduler' | 'controller-manager' | 'kubelet' | 'kube-proxy' | 'netd' | 'dns'

/** The client libraries' own: answers to requests. */
const inbox = '_INBOX.>'
const core = (...resources: string[]): string[] => resources.map((r) => watchSubject('', r))
const groups = (...names: string[]): string[] => names.map((g) => `watch.${token(g)}.>`)

/** `node`: the kubelet's node. An unknown component gets nothing. */
export function natsPermissions(component: BusComponent | (string & {}), node = ''): NatsPermissions {
  const subscribe = (...subjects: string[]): NatsPermissions => ({ publish: [nothing], subscribe: [bookmarkSubject, inbox, ...subjects] })
  switch (component) {
    case 'apiserver': return { publish: ['watch.>', relaySubject], subscribe: [relaySubject, bookmarkSubject, inbox] }
    case 'controller-manager': return subscribe('watch.>')
    case 'scheduler': return subscribe(...core('pods', 'nodes', 'namespaces', 'services', 'replicationcontrollers', 'persistentvolumes', 'persistentvolumeclaims'),
      ...groups('apps', 'policy', 'storage.k8s.io', 'resource.k8s.io', 'scheduling.k8s.io'))
    case 'kubelet': return subscribe(watchSubject('', 'pods', node), ...core('nodes', 'services'), watchSubject('node.k8s.io', 'runtimeclasses'), watchSubject('storage.k8s.io', 'csidrivers'))
    case 'kube-proxy': return subscribe(...core('nodes', 'services'), watchSubject('discovery.k8s.io', 'endpointslices'), watchSubject('networking.k8s.io', 'servicecidrs'))
    case 'netd': return subscribe(...core('nodes', 'pods'), watchSubject('networking.k8s.io', 'networkpolicies'))
    case 'dns': return subscribe(...core('services', 'namespaces'), watchSubject('discovery.k8s.io', 'endpointslices'))
    default: return { publish: [nothing], subscribe: [nothing] }
  }
}

/** An empty list of what is allowed would allow everything in nats-server; nobody listens here. */
const nothing = 'nothing'
