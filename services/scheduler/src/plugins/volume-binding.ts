import { nodeSelectorMatcher, type PersistentVolume, type PersistentVolumeClaim } from '@drydock/api'
import { rejection, type FilterPlugin, type RejectEvery } from '../framework/types.ts'
import type { Cluster } from '../snapshot/cluster.ts'
import type { NodeInfo } from '../snapshot/node-info.ts'
import type { PodInfo } from '../snapshot/pod-info.ts'

const name = 'VolumeBinding'
const wrongNode = rejection(name, false, "node(s) didn't match PersistentVolume's node affinity")
const noVolume = rejection(name, false, "node(s) didn't find available persistent volumes to bind")
const every = (message: string): RejectEvery => ({ every: rejection(name, false, message) })

/**
 * A pod with claims waits until each is bound, or can be bound late (WaitForFirstConsumer) to a volume that the node
 * reaches or that a provisioner will make. Which volume it is, the volume controller settles.
 */
export const volumeBinding: FilterPlugin = {
  name,
  requeueOn: [{ on: 'PersistentVolumeClaim' }, { on: 'PersistentVolume' }, { on: 'StorageClass' }, { on: 'NodeAdd' }, { on: 'NodeLabel' }],
  prepare(pod, cluster) {
    const claims = claimNames(pod)
    if (claims.length === 0) return undefined
    const bound: PersistentVolume[] = []
    const late: PersistentVolumeClaim[] = []
    for (const claimName of claims) {
      const claim = cluster.lookups.claim(pod.namespace, claimName)
      if (!claim) return every(`persistentvolumeclaim "${claimName}" not found`)
      if (claim.metadata?.deletionTimestamp) return every(`persistentvolumeclaim "${claimName}" is being deleted`)
      if (claim.status?.phase === 'Lost') return every(`persistentvolumeclaim "${claimName}" bound to non-existent persistentvolume "${claim.spec?.volumeName ?? ''}"`)
      if (claim.spec?.volumeName && claim.status?.phase === 'Bound') {
        const volume = cluster.lookups.volume(claim.spec.volumeName)
        if (!volume) return every('node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)')
        bound.push(volume)
      } else if (bindsLate(claim, cluster)) late.push(claim)
      else return every('pod has unbound immediate PersistentVolumeClaims')
    }
    const reach = bound.map(reachable)
    return {
      filter(node) {
        if (!reach.every((r) => r(node))) return wrongNode
        return late.every((c) => canBind(c, node, cluster)) ? undefined : noVolume
      },
    }
  },
}

function claimNames(pod: PodInfo): string[] {
  return (pod.spec.volumes ?? []).flatMap((v) => (v.persistentVolumeClaim ? [v.persistentVolumeClaim.claimName] : v.ephemeral ? [`${pod.name}-${v.name}`] : []))
}

function bindsLate(claim: PersistentVolumeClaim, cluster: Cluster): boolean {
  const className = claim.spec?.storageClassName
  return !!className && cluster.lookups.storageClass(className)?.volumeBindingMode === 'WaitForFirstConsumer'
}

function reachable(volume: PersistentVolume): (node: NodeInfo) => boolean {
  const terms = volume.spec?.nodeAffinity?.required?.nodeSelectorTerms
  return terms ? nodeSelectorMatcher(terms) : () => true
}

function canBind(claim: PersistentVolumeClaim, node: NodeInfo, cluster: Cluster): boolean {
  const className = claim.spec?.storageClassName
  const free = cluster.lookups.volumes().some((v) => v.status?.phase === 'Available' && v.spec?.storageClassName === className && reachable(v)(node))
  if (free) return true
  const provisioner = className ? cluster.lookups.storageClass(className)?.provisioner : undefined
  return !!provisioner && provisioner !== 'kubernetes.io/no-provisioner'
}
