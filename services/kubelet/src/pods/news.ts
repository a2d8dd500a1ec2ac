/** What of a pod from the API concerns the kubelet. Pure. */
import type { Pod } from '@drydock/api'
import { same } from '../status/patch.ts'
import { ownConditions } from './conditions.ts'
import { isTerminalPhase } from './phase.ts'

/** Whether the API says anything that is not the kubelet's own word. */
export function news(a: Pod, b: Pod): boolean {
  const foreign = (p: Pod) => p.status?.conditions?.filter((c) => !ownConditions.has(c.type)) ?? []
  const { metadata: m } = a, { metadata: n } = b
  return m?.deletionTimestamp !== n?.deletionTimestamp || m?.deletionGracePeriodSeconds !== n?.deletionGracePeriodSeconds || !same(a.spec, b.spec) || !same(m?.labels, n?.labels)
    || !same(m?.annotations, n?.annotations) || !same(foreign(a), foreign(b)) || (isTerminalPhase(b.status?.phase) && !isTerminalPhase(a.status?.phase))
}
