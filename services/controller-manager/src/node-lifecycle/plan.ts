import type { Node, NodeCondition, Taint } from '@drydock/api'
import { formatTime } from '@drydock/base'

/** What a node's conditions and its silence make of it. Pure. */

export const NOT_READY = 'node.kubernetes.io/not-ready'
export const UNREACHABLE = 'node.kubernetes.io/unreachable'
const taintOf: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Ready: { False: NOT_READY, Unknown: UNREACHABLE },
  MemoryPressure: { True: 'node.kubernetes.io/memory-pressure' },
  DiskPressure: { True: 'node.kubernetes.io/disk-pressure' },
  NetworkUnavailable: { True: 'node.kubernetes.io/network-unavailable' },
  PIDPressure: { True: 'node.kubernetes.io/pid-pressure' },
}
const UNSCHEDULABLE = 'node.kubernetes.io/unschedulable'
const owned = new Set([UNSCHEDULABLE, ...Object.values(taintOf).flatMap((t) => Object.values(t))])

export const readyStatus = (n: Node): string | undefined => n.status?.conditions?.find((c) => c.type === 'Ready')?.status

/** The taints that the node should have: those of others as they are, its own by its conditions. Undefined: no change. */
export function plannedTaints(n: Node, o: { evict: boolean, nowMs: number }): Taint[] | undefined {
  const before = n.spec?.taints ?? []
  const want: Taint[] = []
  for (const c of n.status?.conditions ?? []) {
    const key = taintOf[c.type]?.[c.status]
    if (key) want.push({ key, effect: 'NoSchedule' })
  }
  if (n.spec?.unschedulable) want.push({ key: UNSCHEDULABLE, effect: 'NoSchedule' })
  const ready = readyStatus(n)
  const exec = ready === 'False' ? NOT_READY : ready === 'Unknown' ? UNREACHABLE : undefined
  if (exec && o.evict) want.push({ key: exec, effect: 'NoExecute' })
  const ours = (t: Taint) => (t.effect === 'NoSchedule' && owned.has(t.key)) || (t.effect === 'NoExecute' && (t.key === NOT_READY || t.key === UNREACHABLE))
  const same = (a: Taint, b: Taint) => a.key === b.key && a.effect === b.effect
  const kept = before.filter((t) => !ours(t) || want.some((w) => same(w, t)))
  const added = want.filter((w) => !before.some((t) => same(t, w)))
  if (kept.length === before.length && added.length === 0) return undefined
  return [...kept, ...added.map((t) => ({ ...t, timeAdded: formatTime(o.nowMs) }))]
}

const heartbeats = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'] as const

/** The conditions of a node that is silent for too long; undefined where they say so already. */
export function silentConditions(n: Node, nowMs: number): NodeCondition[] | undefined {
  const now = formatTime(nowMs)
  let changed = false
  const out = [...(n.status?.conditions ?? [])]
  for (const type of heartbeats) {
    const i = out.findIndex((c) => c.type === type)
    const c = out[i]
    if (!c) {
      out.push({ type, status: 'Unknown', reason: 'NodeStatusNeverUpdated', message: 'Kubelet never posted node status.', lastHeartbeatTime: n.metadata?.creationTimestamp ?? now, lastTransitionTime: now })
      changed = true
    } else if (c.status !== 'Unknown') {
      out[i] = { ...c, status: 'Unknown', reason: 'NodeStatusUnknown', message: 'Kubelet stopped posting node status.', lastTransitionTime: now }
      changed = true
    }
  }
  return changed ? out : undefined
}
