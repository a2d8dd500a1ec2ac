/** Which containers run again: restart policies of pods and containers. Pure. */
import type { Container, Pod } from '@drydock/api'
import { latest, type PodRuntime, type AnyContainer } from './types.ts'

/** What the container's own policy (sidecars, per-container rules) or the pod's says after an exit with `exitCode`. */
export function restartsAfter(container: AnyContainer, pod: Pod, exitCode: number): boolean {
  const own = container as Container
  for (const rule of own.restartPolicyRules ?? []) {
    if (rule.action !== 'Restart' || !rule.exitCodes) continue
    const listed = rule.exitCodes.values?.includes(exitCode) ?? false
    if (rule.exitCodes.operator === 'In' ? listed : !listed) return true
  }
  const policy = own.restartPolicy ?? pod.spec?.restartPolicy ?? 'Always'
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0)
}

/** kubecontainer.ShouldContainerBeRestarted: not running, and not done for good. */
export function shouldRun(container: AnyContainer, pod: Pod, rt: PodRuntime): boolean {
  if (pod.metadata?.deletionTimestamp) return false
  const c = latest(rt, container.name)
  if (!c) return true
  if (c.state === 'running') return false
  if (c.state !== 'exited') return true
  return restartsAfter(container, pod, c.exitCode)
}
