/**
 * In-place resize (KEP 1287): agrees to new resources when they fit, brings running containers to them by CRI, and tells by
 * conditions and events. What was agreed to is taken from the API's status after a restart.
 */
import type { Container, Node, Pod, ResourceRequirements } from '@drydock/api'
import type { Cgroups } from '../cgroups/cgroups.ts'
import type { Cri } from '../cri/client.ts'
import type { PodEvent } from '../runtime/manager.ts'
import { latest, type PodRuntime } from '../runtime/types.ts'
import { same } from '../status/patch.ts'
import type { Draft } from './conditions.ts'
import { milli, whole } from './quantity.ts'
import { linuxResources, podTotal } from './resources.ts'

/** In-place resize: what the node agreed to, and what is still to be done in the runtime. */
export interface Resizer {
  /** The pod with the resources in force. Called with every version of the pod; may tell by events. */
  allocate(pod: Pod): { pod: Pod, conditions: readonly Draft[] }
  /** Brings running containers to what was agreed. True if anything changed. */
  apply(pod: Pod, rt: PodRuntime): Promise<boolean>
  restarts(pod: Pod, c: Container, containerId: string): boolean
  forget(uid: string): void
  /** The pod with the resources that it has, asking for nothing. */
  inForce(pod: Pod): Pod
}

interface Entry { allocated: Map<string, ResourceRequirements>, applied: Map<string, { id: string, resources: ResourceRequirements }>, generation: number, inProgress: boolean, pending?: Draft | undefined }
export interface ResizerOptions { cri: Cri, cgroups: Cgroups, event: PodEvent, node: () => Node, others: () => readonly Pod[], memoryCapacity: () => number }

const resizable = (pod: Pod): Container[] => [...(pod.spec?.initContainers ?? []).filter((c) => c.restartPolicy === 'Always'), ...(pod.spec?.containers ?? [])]

export function createResizer(o: ResizerOptions): Resizer {
  const entries = new Map<string, Entry>()
  const first = (pod: Pod): Entry => {
    const e: Entry = { allocated: new Map(), applied: new Map(), generation: pod.metadata?.generation ?? 0, inProgress: false }
    const shown = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])]
    for (const c of resizable(pod)) {
      const s = shown.find((x) => x.name === c.name), before = s?.state?.running ? s.resources : undefined
      e.allocated.set(c.name, before ?? c.resources ?? {})
      if (s?.containerID && before) e.applied.set(c.name, { id: s.containerID.slice(s.containerID.indexOf('://') + 3), resources: before })
    }
    entries.set(pod.metadata!.uid!, e)
    return e
  }
  const withAllocated = (pod: Pod, e: Entry): Pod => {
    const set = (c: Container): Container => { const a = e.allocated.get(c.name); return a && !same(a, c.resources ?? {}) ? { ...c, resources: a } : c }
    return { ...pod, spec: { ...pod.spec!, containers: pod.spec!.containers.map(set), ...(pod.spec!.initContainers && { initContainers: pod.spec!.initContainers.map(set) }) } }
  }
  const inForce = (pod: Pod): Pod => { const e = entries.get(pod.metadata!.uid!); return e ? withAllocated(pod, e) : pod }
  const detail = (pod: Pod, error?: string) => {
    const containers = resizable(pod).map((c) => ({ name: c.name, resources: ordered(c.resources ?? {}) }))
    return JSON.stringify({ containers, generation: pod.metadata?.generation ?? 0, ...(error && { error }) })
  }

  function decide(pod: Pod, e: Entry): void {
    const generation = pod.metadata?.generation
    const allocatable = o.node().status?.allocatable ?? {}, wanted = podTotal(pod, 'requests')
    const capacity = (k: string) => (k === 'cpu' ? milli(allocatable[k]) : whole(allocatable[k]))
    const used: Record<string, number> = {}
    for (const p of o.others()) if (p.metadata?.uid !== pod.metadata?.uid && p.status?.phase !== 'Succeeded' && p.status?.phase !== 'Failed') for (const [k, v] of Object.entries(podTotal(inForce(p), 'requests'))) used[k] = (used[k] ?? 0) + v
    const pend = (reason: 'Infeasible' | 'Deferred', message: string) => {
      if (e.pending?.reason !== reason || e.pending.message !== message) o.event(pod, 'Warning', `Resize${reason}`, `Pod resize ${reason}: ${detail(pod, message)}`)
      e.pending = { type: 'PodResizePending', status: 'True', reason, message }
    }
    for (const k of ['cpu', 'memory']) {
      if ((wanted[k] ?? 0) > capacity(k)) return pend('Infeasible', `Node didn't have enough capacity: ${k}, requested: ${wanted[k]}, capacity: ${capacity(k)}`)
    }
    for (const k of ['cpu', 'memory']) {
      if ((wanted[k] ?? 0) + (used[k] ?? 0) > capacity(k)) return pend('Deferred', `Node didn't have enough resource: ${k}, requested: ${wanted[k]}, used: ${used[k] ?? 0}, capacity: ${capacity(k)}`)
    }
    e.pending = undefined
    for (const c of resizable(pod)) e.allocated.set(c.name, c.resources ?? {})
    e.inProgress = true
    e.generation = generation ?? 0
    o.event(pod, 'Normal', 'ResizeStarted', `Pod resize started: ${detail(pod)}`)
  }

  return {
    inForce,
    allocate(pod) {
      const e = entries.get(pod.metadata!.uid!) ?? first(pod)
      const differs = resizable(pod).some((c) => !same(e.allocated.get(c.name) ?? {}, c.resources ?? {}))
      if (differs && !pod.metadata?.deletionTimestamp) decide(pod, e)
      else if (!differs) e.pending = undefined
      const conditions: Draft[] = [...(e.pending ? [e.pending] : []), ...(e.inProgress ? [{ type: 'PodResizeInProgress', status: 'True' as const }] : [])]
      return { pod: differs || e.pending ? withAllocated(pod, e) : pod, conditions }
    },
    restarts(pod, c, id) {
      const e = entries.get(pod.metadata!.uid!), now = e?.applied.get(c.name)
      if (!e?.inProgress || !now || now.id !== id) return false
      return (['cpu', 'memory'] as const).some((k) => changed(now.resources, c.resources ?? {}, k) && c.resizePolicy?.some((p) => p.resourceName === k && p.restartPolicy === 'RestartContainer'))
    },
    async apply(pod, rt) {
      const e = entries.get(pod.metadata!.uid!)
      if (!e) return false
      let open = false
      for (const c of resizable(pod)) {
        const rc = latest(rt, c.name), now = e.applied.get(c.name)
        if (rc?.state !== 'running') { open ||= e.inProgress; continue }
        if (now?.id !== rc.id) { e.applied.set(c.name, { id: rc.id, resources: c.resources ?? {} }); continue } // started with them
        if (same(now.resources, c.resources ?? {})) continue
        if (this.restarts(pod, c, rc.id)) { open = true; continue }
        await o.cgroups.ensure(pod)
        await o.cri.updateContainerResources(rc.id, linuxResources(pod, c, o.memoryCapacity()))
        e.applied.set(c.name, { id: rc.id, resources: c.resources ?? {} })
      }
      if (!e.inProgress || open) return false
      e.inProgress = false
      o.event(pod, 'Normal', 'ResizeCompleted', `Pod resize completed: ${detail(pod)}`)
      return true
    },
    forget(uid) { entries.delete(uid) },
  }
}

const changed = (a: ResourceRequirements, b: ResourceRequirements, k: string) => !same(a.requests?.[k], b.requests?.[k]) || !same(a.limits?.[k], b.limits?.[k])
const sorted = (m: Record<string, string> | undefined) => (m ? Object.fromEntries(Object.entries(m).sort(([a], [b]) => (a < b ? -1 : 1))) : undefined)
const ordered = (r: ResourceRequirements) => ({ ...(r.limits && { limits: sorted(r.limits as never) }), ...(r.requests && { requests: sorted(r.requests as never) }) })
