/** The pod's phase from its containers' statuses: upstream's getPhase. Pure. */
import type { ContainerStatus, Pod } from '@drydock/api'
import { isSidecar } from '../runtime/types.ts'

export type Phase = 'Pending' | 'Running' | 'Succeeded' | 'Failed'
export const isTerminalPhase = (phase: string | undefined): boolean => phase === 'Succeeded' || phase === 'Failed'

interface Counts { pendingInit: number, failedInit: number, pendingSidecars: number, running: number, waiting: number, stopped: number, succeeded: number, unknown: number }

function count(pod: Pod, statuses: ContainerStatus[]): Counts {
  const n: Counts = { pendingInit: 0, failedInit: 0, pendingSidecars: 0, running: 0, waiting: 0, stopped: 0, succeeded: 0, unknown: 0 }
  for (const c of pod.spec?.initContainers ?? []) {
    const s = statuses.find((x) => x.name === c.name)
    if (isSidecar(c)) {
      if (!s) n.unknown++
      else if (s.state?.running) { n.running++; if (!s.started) n.pendingSidecars++ }
      else if (s.state?.waiting) { if (!s.lastState?.terminated) { n.pendingSidecars++; n.waiting++ } }
      else if (!s.state?.terminated) { n.pendingSidecars++; n.unknown++ }
    } else if (s?.state?.terminated) { if (s.state.terminated.exitCode !== 0) n.failedInit++ }
    else if (s?.state?.waiting && s.lastState?.terminated) { if (s.lastState.terminated.exitCode !== 0) n.failedInit++ }
    else n.pendingInit++
  }
  for (const c of pod.spec?.containers ?? []) {
    const s = statuses.find((x) => x.name === c.name)
    if (!s?.state) n.unknown++
    else if (s.state.running) n.running++
    else if (s.state.terminated) { n.stopped++; if (s.state.terminated.exitCode === 0) n.succeeded++ }
    else if (s.lastState?.terminated) n.stopped++
    else n.waiting++
  }
  return n
}

/** `terminal`: the containers will not run again, whatever the restart policy. `hasInitialized`: a regular container has run before. */
export function phaseOf(pod: Pod, statuses: ContainerStatus[], terminal: boolean, hasInitialized: boolean): Phase {
  const n = count(pod, statuses), policy = pod.spec?.restartPolicy ?? 'Always'
  if (n.failedInit > 0 && policy === 'Never') return 'Failed'
  if (n.pendingInit > 0 || (n.pendingSidecars > 0 && !hasInitialized) || n.waiting > 0) return 'Pending'
  if (n.running > 0 && n.unknown === 0) return 'Running'
  if (n.running === 0 && n.stopped > 0 && n.unknown === 0) {
    const all = n.stopped === n.succeeded
    if (terminal) return all ? 'Succeeded' : 'Failed'
    if (restartsMore(pod, statuses)) return 'Running'
    if (policy === 'Always') return 'Running'
    if (all) return 'Succeeded'
    return policy === 'Never' ? 'Failed' : 'Running'
  }
  return 'Pending'
}

/** Containers with restart rules of their own: running again although the pod's policy says otherwise. */
function restartsMore(pod: Pod, statuses: ContainerStatus[]): boolean {
  return (pod.spec?.containers ?? []).some((c) => {
    const t = statuses.find((s) => s.name === c.name)?.state?.terminated
    if (!t || !(c.restartPolicy || c.restartPolicyRules?.length)) return false
    if (c.restartPolicyRules?.some((r) => r.action === 'Restart' && r.exitCodes && (r.exitCodes.operator === 'In') === (r.exitCodes.values ?? []).includes(t.exitCode))) return true
    return c.restartPolicy === 'Always' || (c.restartPolicy === 'OnFailure' && t.exitCode !== 0)
  })
}
