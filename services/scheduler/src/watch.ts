import { deepEqual, resources, type LabelSelector, type Node, type Pod } from '@drydock/api'
import type { InformerFactory, Store } from '@drydock/client'
import type { ClusterEvent } from './framework/types.ts'
import type { SchedulingQueue } from './queue/scheduling-queue.ts'
import { Cluster, type Lookups } from './snapshot/cluster.ts'
import type { NodeInfo } from './snapshot/node-info.ts'
import { PodInfo } from './snapshot/pod-info.ts'

/** Turns what informers tell into the cluster view, and into events that wake waiting pods. */
export interface View { readonly cluster: Cluster, readonly pods: Store<Pod> }

/** The informers' stores as the plugins' look-ups. */
export function createView(informers: InformerFactory): View {
  const namespaces = informers.informer(resources.namespaces).store
  const claims = informers.informer(resources.persistentvolumeclaims).store
  const volumes = informers.informer(resources.persistentvolumes).store
  const classes = informers.informer(resources.storageclasses).store
  const budgets = informers.informer(resources.poddisruptionbudgets).store
  const lookups: Lookups = {
    namespaceLabels: (ns) => namespaces.get(ns)?.metadata?.labels,
    claim: (ns, name) => claims.get(`${ns}/${name}`),
    volume: (name) => volumes.get(name),
    volumes: () => volumes.list(),
    storageClass: (name) => classes.get(name),
    disruptionBudgets: (ns) => budgets.list(ns),
    spreadSelector: spreadSelectors(informers),
  }
  return { cluster: new Cluster(lookups), pods: informers.informer(resources.pods).store }
}

/** Upstream's DefaultSelector: what the pod's services and its controller select by, together. */
function spreadSelectors(informers: InformerFactory): Lookups['spreadSelector'] {
  const services = informers.informer(resources.services).store
  const owners = {
    ReplicationController: informers.informer(resources.replicationcontrollers).store,
    ReplicaSet: informers.informer(resources.replicasets).store,
    StatefulSet: informers.informer(resources.statefulsets).store,
  }
  return (pod) => {
    const matchLabels: Record<string, string> = {}
    const matchExpressions: NonNullable<LabelSelector['matchExpressions']> = []
    for (const s of services.list(pod.namespace)) {
      const selector = s.spec?.selector
      if (selector && Object.keys(selector).length > 0 && Object.entries(selector).every(([k, v]) => pod.labels?.[k] === v)) Object.assign(matchLabels, selector)
    }
    const ref = pod.pod.metadata?.ownerReferences?.find((r) => r.controller)
    const key = `${pod.namespace}/${ref?.name}`
    if (ref?.kind === 'ReplicationController') Object.assign(matchLabels, owners.ReplicationController.get(key)?.spec?.selector)
    else if (ref?.kind === 'ReplicaSet' || ref?.kind === 'StatefulSet') {
      const selector = owners[ref.kind].get(key)?.spec?.selector
      Object.assign(matchLabels, selector?.matchLabels)
      matchExpressions.push(...(selector?.matchExpressions ?? []))
    }
    if (Object.keys(matchLabels).length === 0 && matchExpressions.length === 0) return undefined
    return { matchLabels, matchExpressions }
  }
}

export interface FeedOptions { informers: InformerFactory, cluster: Cluster, queue: SchedulingQueue, schedulerName: string }

/** Subscribes; must be called before the informers run, so that nothing is missed. */
export function feed(o: FeedOptions): void {
  const { informers, cluster, queue } = o
  informers.informer(resources.nodes).on({
    add(node) { cluster.setNode(node); queue.happened({ kind: 'NodeAdd', node: cluster.node(node.metadata?.name ?? '')! }) },
    update(node, old) { cluster.setNode(node); for (const kind of nodeChanges(node, old)) queue.happened({ kind, node: cluster.node(node.metadata?.name ?? '') as NodeInfo }) },
    delete(node) { cluster.removeNode(node.metadata?.name ?? ''); queue.happened({ kind: 'NodeDelete' }) },
  })
  const pods = podFeed(o)
  informers.informer(resources.pods).on({ add: pods.set, update: pods.set, delete: pods.remove })
  informers.informer(resources.namespaces).on({ update(ns, old) {
    if (deepEqual(ns.metadata?.labels, old.metadata?.labels)) return
    cluster.forgetGroups()
    queue.happened({ kind: 'Namespace' })
  } })
  const wake = (kind: ClusterEvent['kind']) => ({ add: () => queue.happened({ kind }), update: () => queue.happened({ kind }) })
  informers.informer(resources.persistentvolumeclaims).on(wake('PersistentVolumeClaim'))
  informers.informer(resources.persistentvolumes).on(wake('PersistentVolume'))
  informers.informer(resources.storageclasses).on(wake('StorageClass'))
}

function nodeChanges(node: Node, old: Node): ClusterEvent['kind'][] {
  const out: ClusterEvent['kind'][] = []
  if (!deepEqual(node.status?.allocatable, old.status?.allocatable)) out.push('NodeAllocatable')
  if (!deepEqual(node.metadata?.labels, old.metadata?.labels)) out.push('NodeLabel')
  if (!deepEqual(node.spec?.taints, old.spec?.taints) || node.spec?.unschedulable !== old.spec?.unschedulable) out.push('NodeTaint')
  return out
}

function podFeed({ cluster, queue, schedulerName }: FeedOptions) {
  const leave = (key: string) => {
    const was = cluster.pod(key)
    cluster.removePod(key)
    cluster.unnominate(key)
    if (was) queue.happened({ kind: 'AssignedPodDelete', pod: was })
  }
  const assigned = (info: PodInfo) => {
    queue.delete(info.key)
    cluster.unnominate(info.key)
    if (info.finished) return leave(info.key)
    const old = cluster.pod(info.key)
    const confirmed = !old || cluster.isAssumed(info.key)
    cluster.setPod(info, info.nodeName)
    if (confirmed) queue.happened({ kind: 'AssignedPodAdd', pod: info })
    else if (old.specKey !== info.specKey) queue.happened({ kind: 'AssignedPodUpdate', pod: info, old })
  }
  return {
    set(pod: Pod): void {
      if (pod.spec?.nodeName) return assigned(new PodInfo(pod))
      const info = new PodInfo(pod)
      if (info.spec.schedulerName !== undefined && info.spec.schedulerName !== schedulerName) return
      if (cluster.isAssumed(info.key) && cluster.pod(info.key)!.uid === info.uid) return
      if (info.terminating || info.finished) { queue.delete(info.key); cluster.unnominate(info.key); return }
      if (info.nominatedNode) cluster.nominate(info, info.nominatedNode)
      queue.update(info)
    },
    remove(pod: Pod): void {
      const key = `${pod.metadata?.namespace}/${pod.metadata?.name}`
      queue.delete(key)
      leave(key)
    },
  }
}
