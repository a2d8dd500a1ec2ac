import type { Pod } from '@drydock/api'

export interface GcPlan { readonly terminated: readonly Pod[], readonly orphaned: readonly Pod[], readonly unscheduled: readonly Pod[], readonly outOfService: readonly Pod[] }

export interface GcInput {
  pods: readonly Pod[]
  /** Most finished pods to keep; 0 or less: all. */
  threshold: number
  /** Nodes that are there, and those that are gone for long enough. */
  nodeExists(name: string): boolean
  nodeGone(name: string): boolean
  /** Not ready, and said by its administrator to be out of service: its pods run no more. */
  nodeOutOfService(name: string): boolean
}

/**
 * Pods that nobody will tidy up: too many that ended, those of nodes that are gone, those
 * deleted before they had a node, and those that nobody there can end. Pure.
 */
export function planGc(i: GcInput): GcPlan {
  const ended = i.pods.filter((p) => p.status?.phase !== 'Pending' && p.status?.phase !== 'Running' && p.status?.phase !== 'Unknown' && p.status?.phase !== undefined)
  const surplus = i.threshold > 0 ? ended.length - i.threshold : 0
  const age = (p: Pod) => p.metadata?.creationTimestamp ?? ''
  const evictedFirst = (p: Pod) => (p.status?.reason === 'Evicted' ? 0 : 1)
  return {
    terminated: surplus > 0 ? ended.toSorted((a, b) => evictedFirst(a) - evictedFirst(b) || (age(a) < age(b) ? -1 : 1)).slice(0, surplus) : [],
    orphaned: i.pods.filter((p) => p.spec?.nodeName && !i.nodeExists(p.spec.nodeName) && i.nodeGone(p.spec.nodeName)),
    unscheduled: i.pods.filter((p) => !p.spec?.nodeName && p.metadata?.deletionTimestamp !== undefined),
    outOfService: i.pods.filter((p) => !!p.spec?.nodeName && p.metadata?.deletionTimestamp !== undefined && i.nodeOutOfService(p.spec.nodeName)),
  }
}
