import type { Container, ContainerStatus, Pod } from '@drydock/api'
import { age, since } from '../lib/print.ts'
import { orNone } from '../lib/cells.ts'

/** What a pod's row says: printPod of pkg/printers/internalversion. */
export function podCells(pod: Pod, now: number): unknown[] {
  const s = summarize(pod)
  const restarts = s.restarts > 0 && s.lastRestart > 0 ? `${s.restarts} (${since(new Date(s.lastRestart).toISOString(), now)} ago)` : String(s.restarts)
  return [
    pod.metadata?.name, `${s.ready}/${s.total}`, s.reason, restarts, age(pod as never, now),
    orNone(pod.status?.podIPs?.[0]?.ip ?? pod.status?.podIP), orNone(pod.spec?.nodeName), orNone(pod.status?.nominatedNodeName), readinessGates(pod),
  ]
}

/** Conditions of the row itself: clients mark finished pods by them. */
export function podRowConditions(pod: Pod): unknown[] | undefined {
  if (pod.status?.phase === 'Succeeded') return [{ type: 'Completed', status: 'True', reason: 'Succeeded', message: 'The pod has completed successfully.' }]
  if (pod.status?.phase === 'Failed') return [{ type: 'Completed', status: 'True', reason: 'Failed', message: 'The pod failed.' }]
  return undefined
}

interface Summary { ready: number, total: number, reason: string, restarts: number, lastRestart: number }

const isSidecar = (c: Container | undefined): boolean => c?.restartPolicy === 'Always'
const condition = (pod: Pod, type: string) => pod.status?.conditions?.find((c) => c.type === type)

function summarize(pod: Pod): Summary {
  const status = pod.status ?? {}
  const phase = status.phase ?? ''
  const s: Summary = { ready: 0, total: pod.spec?.containers.length ?? 0, reason: status.reason || phase, restarts: 0, lastRestart: 0 }
  if (status.conditions?.some((c) => c.type === 'PodScheduled' && c.reason === 'SchedulingGated')) s.reason = 'SchedulingGated'
  s.total += pod.spec?.initContainers?.filter(isSidecar).length ?? 0
  const sidecars: Restarts = { count: 0, last: 0 }
  const initializing = addInitContainers(pod, s, sidecars)
  if (!initializing || condition(pod, 'Initialized')?.status === 'True') {
    s.restarts = sidecars.count
    s.lastRestart = sidecars.last
    addContainers(pod, s)
  }
  if (pod.metadata?.deletionTimestamp) {
    if (status.reason === 'NodeLost') s.reason = 'Unknown'
    else if (phase !== 'Succeeded' && phase !== 'Failed') s.reason = 'Terminating'
  }
  return s
}

interface Restarts { count: number, last: number }

const endOfLast = (c: ContainerStatus): number => Date.parse(c.lastState?.terminated?.finishedAt ?? '') || 0

/** Goes through init containers up to the first that is not done; true when there is one. */
function addInitContainers(pod: Pod, s: Summary, sidecars: Restarts): boolean {
  const specs = new Map((pod.spec?.initContainers ?? []).map((c) => [c.name, c]))
  for (const [i, c] of (pod.status?.initContainerStatuses ?? []).entries()) {
    const sidecar = isSidecar(specs.get(c.name))
    s.restarts += c.restartCount ?? 0
    s.lastRestart = Math.max(s.lastRestart, endOfLast(c))
    if (sidecar) {
      sidecars.count += c.restartCount ?? 0
      sidecars.last = Math.max(sidecars.last, endOfLast(c))
    }
    const ended = c.state?.terminated
    const waiting = c.state?.waiting
    if (ended && (ended.exitCode ?? 0) === 0) continue
    if (sidecar && c.started) {
      if (c.ready) s.ready++
      continue
    }
    if (ended) s.reason = 'Init:' + (ended.reason || endText(ended))
    else if (waiting?.reason && waiting.reason !== 'PodInitializing') s.reason = 'Init:' + waiting.reason
    else s.reason = `Init:${i}/${specs.size}`
    return true
  }
  return false
}

const endText = (e: { signal?: number | undefined, exitCode?: number | undefined }): string => (e.signal ? `Signal:${e.signal}` : `ExitCode:${e.exitCode ?? 0}`)

function addContainers(pod: Pod, s: Summary): void {
  let running = false
  for (const c of (pod.status?.containerStatuses ?? []).toReversed()) {
    s.restarts += c.restartCount ?? 0
    s.lastRestart = Math.max(s.lastRestart, endOfLast(c))
    const ended = c.state?.terminated
    if (c.state?.waiting?.reason) s.reason = c.state.waiting.reason
    else if (ended) s.reason = ended.reason || endText(ended)
    else if (c.ready && c.state?.running) {
      running = true
      s.ready++
    }
  }
  if (s.reason === 'Completed' && running) s.reason = condition(pod, 'Ready')?.status === 'True' ? 'Running' : 'NotReady'
}

function readinessGates(pod: Pod): string {
  const gates = pod.spec?.readinessGates ?? []
  if (gates.length === 0) return '<none>'
  return `${gates.filter((g) => condition(pod, g.conditionType)?.status === 'True').length}/${gates.length}`
}
