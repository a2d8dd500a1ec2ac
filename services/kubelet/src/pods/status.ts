/** The pod's status from its spec, the runtime's state and the probes (generateAPIPodStatus and mergePodStatus). Pure but for `now`. */
import { formatTime } from '@drydock/base'
import type { ContainerStatus, Pod, PodCondition, PodStatus } from '@drydock/api'
import { containerStatuses, notLocated, type ContainerStatusInput, type StartFailures } from './container-status.ts'
import { containersReady, initialized, ownConditions, podReady, readyToStart, type Draft } from './conditions.ts'
import { isTerminalPhase, phaseOf } from './phase.ts'
import { qosClass } from './resources.ts'
import { isSidecar, type AnyContainer, type PodRuntime } from '../runtime/types.ts'

/** What probes say of a container that runs. */
export interface ProbeView {
  /** Undefined: there is no readiness probe. */ ready(containerId: string, container: string): boolean | undefined
  /** Undefined: there is no startup probe. */ started(containerId: string, container: string): boolean | undefined
}

export interface StatusInput {
  pod: Pod
  runtime: PodRuntime
  /** Shown last by this kubelet, else the API's. */ old: PodStatus
  failures: StartFailures
  probes: ProbeView
  runtimeName: string
  hostIPs: readonly string[]
  now: number
  /** No container will run again. */ terminal: boolean
  /** Fails the pod, whatever its containers say. */ evicted?: { reason: string, message: string } | undefined
  /** Conditions of a resize under way. */ resize?: readonly Draft[]
  allocated?: ContainerStatusInput['allocated']
}

const idOf = (s: ContainerStatus) => s.containerID?.slice(s.containerID.indexOf('://') + 3) ?? ''

function applyProbes(pod: Pod, statuses: ContainerStatus[], probes: ProbeView): void {
  for (const s of statuses) {
    const init = pod.spec?.initContainers?.find((c) => c.name === s.name)
    const running = s.state?.running !== undefined
    s.started = running && (probes.started(idOf(s), s.name) ?? true)
    if (init && !isSidecar(init)) s.ready = s.state?.terminated?.exitCode === 0
    else s.ready = running && s.started && (probes.ready(idOf(s), s.name) ?? true)
  }
}

export function podStatus(i: StatusInput): PodStatus {
  const { pod, runtime } = i, spec = pod.spec!
  const of = (containers: readonly AnyContainer[] | undefined, kind: ContainerStatusInput['kind'], old: readonly ContainerStatus[] | undefined) =>
    (containers?.length ? containerStatuses(containers, { pod, runtime, old: old ?? [], failures: i.failures, runtimeName: i.runtimeName, kind, ...(i.allocated && { allocated: i.allocated }) }) : undefined)
  const init = of(spec.initContainers, 'init', i.old.initContainerStatuses)
  const regular = of(spec.containers, 'regular', i.old.containerStatuses) ?? []
  const ephemeral = of(spec.ephemeralContainers as AnyContainer[] | undefined, 'ephemeral', i.old.ephemeralContainerStatuses)
  applyProbes(pod, [...(init ?? []), ...regular], i.probes)
  for (const s of ephemeral ?? []) delete s.started
  const all = [...(init ?? []), ...regular]
  const s: PodStatus = {
    phase: nextPhase(i, all), observedGeneration: pod.metadata?.generation ?? 0, qosClass: qosClass(pod),
    startTime: i.old.startTime ?? pod.status?.startTime ?? formatTime(i.now),
    ...(init && { initContainerStatuses: init }), containerStatuses: regular, ...(ephemeral && { ephemeralContainerStatuses: ephemeral }),
  }
  if (i.evicted) { s.phase = 'Failed'; s.reason = i.evicted.reason; s.message = i.evicted.message }
  else if (s.phase === i.old.phase) {
    const reason = i.old.reason || pod.status?.reason, message = i.old.message || pod.status?.message
    if (reason) s.reason = reason
    if (message) s.message = message
  }
  s.conditions = conditions(i, all, s.phase!)
  addIPs(i, s)
  if (i.terminal) endUnknown(pod, s)
  return s
}

/** What never ran, or is not known of, ends with the pod as a failure (upstream's TerminatePod). Not where init containers were still at work. */
function endUnknown(pod: Pod, s: PodStatus): void {
  const statuses = s.containerStatuses ?? []
  const begun = !pod.spec?.initContainers?.length || statuses.some((c) => c.lastState?.terminated || !c.state?.waiting) || s.initContainerStatuses?.at(-1)?.state?.terminated?.exitCode === 0
  const open = statuses.filter((c) => !c.state?.terminated)
  if (!begun || open.length === 0) return
  for (const c of open) c.state = notLocated
  if (!isTerminalPhase(s.phase)) s.phase = 'Failed'
}

function nextPhase(i: StatusInput, all: ContainerStatus[]): string {
  const hasInitialized = i.pod.spec!.containers.some((c) => i.runtime.containers.some((r) => r.name === c.name && (r.state === 'running' || r.state === 'exited')))
  const phase = phaseOf(i.pod, all, i.terminal, hasInitialized)
  if (isTerminalPhase(i.pod.status?.phase)) return i.pod.status!.phase!
  if (!isTerminalPhase(phase) && isTerminalPhase(i.old.phase)) return i.old.phase!
  return phase
}

function conditions(i: StatusInput, all: ContainerStatus[], phase: string): PodCondition[] {
  const foreign = (i.pod.status?.conditions ?? []).filter((c) => !ownConditions.has(c.type))
  const ready = containersReady(i.pod, all, phase)
  const own: Draft[] = [...(i.resize ?? []), readyToStart(i.pod, i.runtime), initialized(i.pod, all, phase), podReady(i.pod, ready, foreign), ready, { type: 'PodScheduled', status: 'True' }]
  const generation = i.pod.metadata?.generation
  return [...foreign, ...own.map((d) => {
    const before = (i.old.conditions ?? i.pod.status?.conditions ?? []).find((c) => c.type === d.type)
    const since = before?.status === d.status && before.lastTransitionTime ? before.lastTransitionTime : formatTime(i.now)
    return { ...d, lastProbeTime: d.type.startsWith('PodResize') ? before?.lastProbeTime ?? formatTime(i.now) : null as unknown as string, lastTransitionTime: since, ...(generation && { observedGeneration: generation }) }
  })]
}

function addIPs(i: StatusInput, s: PodStatus): void {
  if (i.hostIPs[0]) { s.hostIP = i.hostIPs[0]; s.hostIPs = i.hostIPs.map((ip) => ({ ip })) }
  const sandbox = i.runtime.sandboxes[0]
  let ips = i.pod.spec?.hostNetwork ? [...i.hostIPs] : sandbox?.ips.length ? sandbox.ips : (i.old.podIPs ?? []).map((x) => x.ip)
  if (i.pod.spec?.hostNetwork && !sandbox && !i.old.podIP) ips = [...i.hostIPs]
  if (ips[0]) { s.podIP = ips[0]; s.podIPs = ips.map((ip) => ({ ip })) }
}

/** While containers may still run, a pod does not go to its last phase (upstream's mergePodStatus). */
export function holdBack(next: PodStatus, shown: PodStatus, mayRun: boolean): PodStatus {
  if (!isTerminalPhase(next.phase)) return next
  if (mayRun && !isTerminalPhase(shown.phase)) {
    const { reason: _r, message: _m, ...rest } = next
    return { ...rest, phase: shown.phase ?? 'Pending', ...(shown.reason && { reason: shown.reason }), ...(shown.message && { message: shown.message }) }
  }
  return next
}
