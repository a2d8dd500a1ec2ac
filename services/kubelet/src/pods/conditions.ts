/** The pod's conditions that the kubelet owns, with upstream's reasons and words (pkg/kubelet/status/generate.go). Pure. */
import type { ContainerStatus, Pod, PodCondition } from '@drydock/api'
import { sandboxChanged } from '../runtime/plan.ts'
import { isSidecar, type PodRuntime } from '../runtime/types.ts'

export const ownConditions: ReadonlySet<string> = new Set(['PodScheduled', 'Ready', 'Initialized', 'ContainersReady', 'PodReadyToStartContainers', 'PodResizeInProgress', 'PodResizePending'])

export interface Draft { type: string, status: 'True' | 'False' | 'Unknown', reason?: string, message?: string }
const yes = (type: string): Draft => ({ type, status: 'True' })
const no = (type: string, reason: string, message?: string): Draft => ({ type, status: 'False', reason, ...(message && { message }) })
const list = (names: string[]) => `[${names.join(' ')}]`
const joined = (parts: [string, string[]][]) => parts.filter(([, names]) => names.length).map(([text, names]) => `${text}: ${list(names)}`).join(', ')

export function initialized(pod: Pod, statuses: ContainerStatus[], phase: string): Draft {
  const unknown: string[] = [], incomplete: string[] = []
  for (const c of pod.spec?.initContainers ?? []) {
    const s = statuses.find((x) => x.name === c.name)
    if (!s) unknown.push(c.name)
    else if (isSidecar(c) ? s.started !== true : !s.ready) incomplete.push(c.name)
  }
  if (phase === 'Succeeded' && unknown.length === 0) return { ...yes('Initialized'), reason: 'PodCompleted' }
  if (pod.spec?.containers.some((c) => { const s = statuses.find((x) => x.name === c.name); return s?.state?.running || s?.state?.terminated || s?.lastState?.terminated })) return yes('Initialized')
  const message = joined([['containers with unknown status', unknown], ['containers with incomplete status', incomplete]])
  return message ? no('Initialized', 'ContainersNotInitialized', message) : yes('Initialized')
}

export function containersReady(pod: Pod, statuses: ContainerStatus[], phase: string): Draft {
  const unknown: string[] = [], unready: string[] = []
  for (const c of [...(pod.spec?.initContainers ?? []).filter(isSidecar), ...(pod.spec?.containers ?? [])]) {
    const s = statuses.find((x) => x.name === c.name)
    if (!s) unknown.push(c.name)
    else if (!s.ready) unready.push(c.name)
  }
  if (phase === 'Succeeded' && unknown.length === 0) return no('ContainersReady', 'PodCompleted')
  if (phase === 'Failed') return no('ContainersReady', 'PodFailed')
  const message = joined([['containers with unknown status', unknown], ['containers with unready status', unready]])
  return message ? no('ContainersReady', 'ContainersNotReady', message) : yes('ContainersReady')
}

export function podReady(pod: Pod, containers: Draft, conditions: readonly PodCondition[]): Draft {
  if (containers.status !== 'True') return { ...containers, type: 'Ready' }
  const messages: string[] = []
  for (const g of pod.spec?.readinessGates ?? []) {
    const c = conditions.find((x) => x.type === g.conditionType)
    if (!c) messages.push(`corresponding condition of pod readiness gate "${g.conditionType}" does not exist.`)
    else if (c.status !== 'True') messages.push(`the status of pod readiness gate "${g.conditionType}" is not "True", but ${c.status}`)
  }
  return messages.length ? no('Ready', 'ReadinessGatesNotReady', messages.join(', ')) : yes('Ready')
}

export const readyToStart = (pod: Pod, rt: PodRuntime): Draft =>
  ({ type: 'PodReadyToStartContainers', status: sandboxChanged(pod, rt).changed ? 'False' : 'True' })
