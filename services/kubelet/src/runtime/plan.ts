/**
 * What to do for a pod next, decided from its spec and the runtime's state alone: kuberuntime's computePodActions.
 * No I/O, no clock. The same input gives the same plan, and a pod as it should be gives an empty one.
 */
import type { Container, Pod } from '@drydock/api'
import { restartsAfter, shouldRun } from './restart.ts'
import { isSidecar, latest, type PodRuntime, type RuntimeContainer } from './types.ts'

export type ProbeResult = 'success' | 'failure' | 'unknown'
export type KillReason = 'liveness' | 'startup' | 'unknown' | 'changed' | 'resize' | 'post-start'

/** Views into what others know, by container id. */
export interface PlanInput {
  liveness(containerId: string): ProbeResult | undefined
  startup(containerId: string): ProbeResult | undefined
  /** Hash of a container's spec, to compare with the one the container was made with. */
  hash(c: Container): string
  /** True when the container's new resources ask for a restart by its resizePolicy. */
  resizeRestarts?(c: Container, rc: RuntimeContainer): boolean
}
export interface Kill { container: RuntimeContainer, spec: Container, message: string, reason: KillReason }
export interface Plan {
  /** Stop everything, sandbox too. */ killPod: boolean
  createSandbox: boolean
  sandboxId: string
  attempt: number
  /** Indices into the spec's lists. */ initToStart: number[]
  toStart: number[]
  ephemeralToStart: number[]
  toKill: Kill[]
}

/** Whether the pod needs another sandbox, and with which attempt. */
export function sandboxChanged(pod: Pod, rt: PodRuntime): { changed: boolean, attempt: number, id: string } {
  const newest = rt.sandboxes[0]
  if (!newest) return { changed: true, attempt: 0, id: '' }
  const again = { changed: true, attempt: newest.attempt + 1, id: newest.id }
  if (!newest.ready || rt.sandboxes.filter((s) => s.ready).length > 1) return again
  if (newest.hostNetwork !== (pod.spec?.hostNetwork ?? false)) return again
  if (!newest.hostNetwork && newest.ips.length === 0) return again
  return { changed: false, attempt: newest.attempt, id: newest.id }
}

const failed = (c: RuntimeContainer) => c.state === 'unknown' || (c.state === 'exited' && c.exitCode !== 0)
const neverRestarts = (pod: Pod) => pod.spec?.restartPolicy === 'Never'

export function plan(pod: Pod, rt: PodRuntime, input: PlanInput): Plan {
  const { changed, attempt, id } = sandboxChanged(pod, rt)
  const p: Plan = { killPod: changed, createSandbox: changed, sandboxId: id, attempt, initToStart: [], toStart: [], ephemeralToStart: [], toKill: [] }
  if (changed) return planNewSandbox(pod, rt, p)
  p.ephemeralToStart = (pod.spec?.ephemeralContainers ?? []).flatMap((c, i) => (latest(rt, c.name) ? [] : [i]))
  const initialized = planInit(pod, rt, input, p)
  if (p.killPod || !initialized) return p
  let kept = 0
  for (const [i, c] of (pod.spec?.containers ?? []).entries()) if (planContainer(pod, rt, input, p, c, i)) kept++
  if (kept === 0 && p.toStart.length === 0) {
    p.killPod = true
    p.initToStart = [] // sidecars must not keep the pod alive
  }
  return p
}

function planNewSandbox(pod: Pod, rt: PodRuntime, p: Plan): Plan {
  const spec = pod.spec!
  const perContainer = spec.containers.some((c) => c.restartPolicy || c.restartPolicyRules?.length)
  if (neverRestarts(pod) && !perContainer && p.attempt !== 0 && rt.containers.length > 0) return { ...p, createSandbox: false }
  const toStart = spec.containers.flatMap((c, i) => {
    const last = latest(rt, c.name)
    return last?.state === 'exited' && !restartsAfter(c, pod, last.exitCode) ? [] : [i]
  })
  if (toStart.length === 0 && spec.containers.some((c) => latest(rt, c.name))) return { ...p, createSandbox: false }
  return spec.initContainers?.length ? { ...p, initToStart: [0] } : { ...p, toStart }
}

/** Plans init containers and sidecars; true once all have done or reached what they must before the others start. */
function planInit(pod: Pod, rt: PodRuntime, input: PlanInput, p: Plan): boolean {
  const list = pod.spec?.initContainers ?? []
  if (list.length === 0) return true
  let initialized = pod.spec!.containers.some((c) => latest(rt, c.name) !== undefined)
  // From the end: the last one that ever ran says how far it came; before it only sidecars matter.
  let previously = initialized
  const start: number[] = []
  for (let i = list.length - 1; i >= 0; i--) {
    const c = list[i]!, rc = latest(rt, c.name), sidecar = isSidecar(c)
    if (!rc) { if (previously && sidecar) start.push(i); continue }
    if (previously && !sidecar) continue
    const done = () => { if (i === list.length - 1) initialized = true; else if (!previously) start.push(i + 1) }
    if (rc.state === 'created') start.push(i)
    else if (rc.state === 'running') { if (sidecar && planRunningSidecar(input, p, c, rc, i, start)) done() }
    else if (sidecar) start.push(i)
    else if (!failed(rc)) done()
    else if (neverRestarts(pod) && !(c.restartPolicy || c.restartPolicyRules?.length) || !restartsAfter(c, pod, rc.exitCode || 1)) { p.killPod = true; return false }
    else start.push(i)
    previously = true
  }
  if (!previously) start.push(0)
  p.initToStart = [...new Set(start)].sort((a, b) => a - b)
  return initialized
}

/** True when a running sidecar has started by its startup probe. Kills and restarts it where a probe or its spec asks for it. */
function planRunningSidecar(input: PlanInput, p: Plan, c: Container, rc: RuntimeContainer, i: number, start: number[]): boolean {
  const kill = (message: string, reason: KillReason) => { p.toKill.push({ container: rc, spec: c, message, reason }); start.push(i) }
  if (c.startupProbe) {
    const startup = input.startup(rc.id)
    if (startup === 'failure') kill(`Init container ${c.name} failed startup probe`, 'startup')
    if (startup !== 'success') return false
  }
  if (rc.hash && rc.hash !== input.hash(c)) kill(`Init container ${c.name} definition changed`, 'changed')
  else if (c.livenessProbe && input.liveness(rc.id) === 'failure') kill(`Init container ${c.name} failed liveness probe`, 'liveness')
  else if (input.resizeRestarts?.(c, rc)) kill(`Init container ${c.name} resize requires restart`, 'resize')
  return true
}

/** True if the container runs and is kept. */
function planContainer(pod: Pod, rt: PodRuntime, input: PlanInput, p: Plan, c: Container, i: number): boolean {
  const rc = latest(rt, c.name)
  if (!rc || rc.state !== 'running') {
    if (!shouldRun(c, pod, rt)) return false
    p.toStart.push(i)
    if (rc?.state === 'unknown') p.toKill.push({ container: rc, spec: c, message: `Container is in "unknown" state, try killing it before restart`, reason: 'unknown' })
    return false
  }
  // A probe's verdict ends the container with a failure, whatever its exit code: it runs again unless nothing of the pod does.
  let restart = (c.restartPolicy ?? pod.spec?.restartPolicy) !== 'Never' || (c.restartPolicyRules?.length ?? 0) > 0
  let message: string, reason: KillReason
  if (rc.hash && rc.hash !== input.hash(c)) { message = `Container ${c.name} definition changed`; reason = 'changed'; restart = true }
  else if (input.liveness(rc.id) === 'failure') { message = `Container ${c.name} failed liveness probe`; reason = 'liveness' }
  else if (input.startup(rc.id) === 'failure') { message = `Container ${c.name} failed startup probe`; reason = 'startup' }
  else if (input.resizeRestarts?.(c, rc)) {
    p.toKill.push({ container: rc, spec: c, message: `Container ${c.name} resize requires restart`, reason: 'resize' })
    p.toStart.push(i)
    return false
  } else return true
  if (restart) { message += ', will be restarted'; p.toStart.push(i) }
  p.toKill.push({ container: rc, spec: c, message, reason })
  return false
}
