/** Container statuses as the API shows them, from the runtime's state and what was shown before (convertToAPIContainerStatuses). Pure. */
import { formatTime } from '@drydock/base'
import type { Container, ContainerState, ContainerStatus, Pod } from '@drydock/api'
import { shouldRun } from '../runtime/restart.ts'
import { latest, type AnyContainer, type PodRuntime, type RuntimeContainer } from '../runtime/types.ts'

/** Why the last start of a container failed, by container name: what a waiting container shows. */
export type StartFailures = (container: string) => { reason: string, message: string } | undefined

const terminatedBy = (id: string, c: RuntimeContainer): ContainerState => ({
  terminated: {
    exitCode: c.exitCode, ...(c.reason && { reason: c.reason }), ...(c.message && { message: c.message }),
    startedAt: formatTime(c.startedAt), finishedAt: formatTime(c.finishedAt), containerID: id,
  },
})

/** The end of what is not known of. */
export const notLocated: ContainerState = { terminated: { exitCode: 137, reason: 'ContainerStatusUnknown', message: 'The container could not be located when the pod was terminated', startedAt: null as unknown as string, finishedAt: null as unknown as string } }

function stateOf(c: RuntimeContainer, runtime: string): ContainerState {
  const id = `${runtime}://${c.id}`
  if (c.state === 'running') return { running: { startedAt: formatTime(c.startedAt) } }
  if (c.state === 'exited') return terminatedBy(id, c)
  if (c.state === 'unknown') return notLocated
  return { waiting: {} }
}

const mountsOf = (c: AnyContainer) => c.volumeMounts?.map((m) => ({ name: m.name, mountPath: m.mountPath, ...(m.readOnly && { readOnly: true, recursiveReadOnly: m.recursiveReadOnly === 'IfPossible' ? 'Disabled' : m.recursiveReadOnly ?? 'Disabled' }) }))

/** Resources as they are in force: those the node agreed to, which for a running container are also those it has. */
function resourcesOf(c: AnyContainer, applied: Container['resources']): Partial<ContainerStatus> {
  const r = applied ?? (c as Container).resources ?? {}
  return { resources: r, ...(r.requests && { allocatedResources: r.requests }) }
}

export interface ContainerStatusInput {
  pod: Pod
  runtime: PodRuntime
  old: readonly ContainerStatus[]
  failures: StartFailures
  /** `containerd`: what stands before a container's id. */ runtimeName: string
  kind: 'init' | 'regular' | 'ephemeral'
  /** Resources that the node has agreed to and put in force, where they differ from the spec's (a resize under way). */
  allocated?: (container: string) => Container['resources'] | undefined
}

export function containerStatuses(containers: readonly AnyContainer[], i: ContainerStatusInput): ContainerStatus[] {
  const hasInit = (i.pod.spec?.initContainers?.length ?? 0) > 0
  const waitingReason = hasInit && i.kind !== 'ephemeral' ? 'PodInitializing' : 'ContainerCreating'
  const out = containers.map((c) => one(c, i, waitingReason))
  return i.kind === 'regular' || i.kind === 'ephemeral' ? out.sort((a, b) => (a.name < b.name ? -1 : 1)) : out
}

function one(c: AnyContainer, i: ContainerStatusInput, waitingReason: string): ContainerStatus {
  const old = i.old.find((s) => s.name === c.name)
  const [now, before] = i.runtime.containers.filter((x) => x.name === c.name)
  const status = now ? fromRuntime(c, now, before, i) : withoutRuntime(c, old, i, waitingReason)
  const failure = waits(c, i) ? i.failures(c.name) : undefined
  if (failure) {
    if (status.state?.terminated) status.lastState = status.state
    status.state = { waiting: { ...(failure.message && { message: failure.message }), reason: failure.reason } }
  }
  return status
}

/** Only containers that are to run again show why they do not. */
function waits(c: AnyContainer, i: ContainerStatusInput): boolean {
  const rc = latest(i.runtime, c.name)
  if (i.kind === 'init' && (c as Container).restartPolicy !== 'Always' && rc?.state === 'exited' && rc.exitCode === 0) return false
  return shouldRun(c, i.pod, i.runtime)
}

function fromRuntime(c: AnyContainer, now: RuntimeContainer, before: RuntimeContainer | undefined, i: ContainerStatusInput): ContainerStatus {
  const mounts = mountsOf(c)
  return {
    name: c.name, state: stateOf(now, i.runtimeName), lastState: before ? stateOf(before, i.runtimeName) : {}, ready: false,
    restartCount: now.restartCount, image: now.image, imageID: now.imageRef, containerID: `${i.runtimeName}://${now.id}`, started: false,
    ...resourcesOf(c, i.allocated?.(c.name)),
    ...(mounts && { volumeMounts: mounts }),
  }
}

function withoutRuntime(c: AnyContainer, old: ContainerStatus | undefined, i: ContainerStatusInput, waitingReason: string): ContainerStatus {
  if (old?.state?.terminated) return { ...old, ready: false, started: false }
  const mounts = mountsOf(c)
  const status: ContainerStatus = {
    name: c.name, state: { waiting: { reason: waitingReason } }, lastState: old?.lastState ?? {}, ready: false,
    restartCount: old?.restartCount ?? 0, image: c.image ?? '', imageID: '', started: false, ...(mounts && { volumeMounts: mounts }),
  }
  if (old?.state?.running && !status.lastState?.terminated) {
    status.lastState = { terminated: { exitCode: 137, reason: 'ContainerStatusUnknown', message: 'The container could not be located when the pod was deleted.  The container used to be Running', startedAt: null as unknown as string, finishedAt: null as unknown as string } }
    if (!i.pod.metadata?.deletionTimestamp) status.restartCount++
  }
  return status
}
