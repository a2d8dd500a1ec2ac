/**
 * Writes pod statuses to the API. Guarantees: per pod one write at a time, in the order in which they were set, none skipped
 * (up to a bound: then the oldest waiting ones are), none written that the API shows already; failures are retried until the
 * pod is gone. A terminated pod that is being deleted is deleted once its last status is written.
 */
import { isStatus, resources, type Pod, type PodStatus } from '@drydock/api'
import { backoffMs, type Clock, type Logger } from '@drydock/base'
import type { Client } from '@drydock/client'
import { isTerminalPhase } from '../pods/phase.ts'
import { statusPatch } from './patch.ts'

export interface StatusManager {
  set(pod: Pod, status: PodStatus): void
  /** What the API shows now. Where another has changed what is the kubelet's to say, it is said again: a node that was late has its pods made unready. */
  observed(pod: Pod): void
  /** The last one set, written or not. */
  shown(uid: string): PodStatus | undefined
  /** Everything of the pod has ended here: if it is being deleted, it may go. */
  terminated(pod: Pod): void
  forget(uid: string): void
  /** Resolves when what was set for the pod is written. */
  settled(uid: string): Promise<void>
  /** Resolves when nothing waits. */
  idle(): Promise<void>
}
interface Entry {
  pod: Pod
  shown: PodStatus
  /** What the API shows, as far as is known. */ written: PodStatus
  /** The newest state of it in the API that is known. */ seen: Pod
  /** What the API made of a status that was said again, at this version, stays. */ settled: number
  queue: PodStatus[]
  busy: boolean
  /** What is written now has been said before. */ repeats: boolean
  work: Promise<void>
  mayDelete: boolean
  deleted: boolean
}

const maxQueued = 32

export function createStatusManager(o: { client: Client, clock: Clock, log: Logger, signal: AbortSignal }): StatusManager {
  const entries = new Map<string, Entry>(), busy = new Set<Promise<void>>()
  const entry = (pod: Pod): Entry => {
    const uid = pod.metadata!.uid!
    let e = entries.get(uid)
    if (!e) entries.set(uid, e = { pod, shown: pod.status ?? {}, written: pod.status ?? {}, seen: pod, settled: 0, queue: [], busy: false, repeats: false, work: Promise.resolve(), mayDelete: false, deleted: false })
    e.pod = pod
    return e
  }
  const kick = (e: Entry) => {
    if (e.busy) return
    e.busy = true
    const p = drain(e).catch((error: unknown) => { if (!o.signal.aborted) o.log.error({ error: String(error), pod: e.pod.metadata?.name }, 'a pod status cannot be written') }).finally(() => { e.busy = false; busy.delete(p) })
    e.work = p
    busy.add(p)
  }

  async function drain(e: Entry): Promise<void> {
    while (!o.signal.aborted && entries.get(e.pod.metadata!.uid!) === e) {
      const next = e.queue[0]
      if (next) {
        if (!await attempt(e, () => write(e, next))) return
        e.queue.shift()
      } else if (contradicted(e)) {
        e.written = e.seen.status ?? {}
        e.repeats = true
        e.queue.push(e.shown)
      } else if (e.mayDelete && e.pod.metadata?.deletionTimestamp && !e.pod.metadata.finalizers?.length && !e.deleted) { // who holds it will let it go first
        if (!await attempt(e, () => remove(e))) return
        e.deleted = true
      } else return
    }
  }

  /** True when it is done; false when the pod is gone. Retries everything else. */
  async function attempt(e: Entry, act: () => Promise<void>): Promise<boolean> {
    for (let n = 0; !o.signal.aborted; n++) {
      try {
        await act()
        return true
      } catch (error) {
        if (isStatus(error, 'NotFound') || isStatus(error, 'Conflict')) { e.queue = []; return false } // another pod of that name, or none
        if (isStatus(error, 'Invalid')) { // it will never be taken: what comes after it may be
          o.log.error({ error: String(error), pod: e.pod.metadata?.name, namespace: e.pod.metadata?.namespace }, 'the API refuses a pod status')
          return true
        }
        o.log.warn({ error: String(error), pod: e.pod.metadata?.name, namespace: e.pod.metadata?.namespace }, 'writing a pod status failed; trying again')
        await o.clock.sleep(backoffMs(n, { initialMs: 50, maxMs: 5_000 }), o.signal)
      }
    }
    return false
  }

  async function write(e: Entry, next: PodStatus): Promise<void> {
    const body = statusPatch(e.written, next)
    if (!body) { e.written = next; return }
    const answer = await o.client.patch(resources.pods, e.pod.metadata!.name!, { type: 'strategic', body: { metadata: { uid: e.pod.metadata!.uid }, status: body } }, { namespace: e.pod.metadata!.namespace!, subresource: 'status', signal: o.signal })
    e.written = next
    see(e, answer)
    if (e.repeats) e.settled = versionOf(answer)
    e.repeats = false
  }
  const see = (e: Entry, pod: Pod) => { if (versionOf(pod) > versionOf(e.seen)) e.seen = pod }
  const contradicted = (e: Entry): boolean => {
    // No pod comes back from its end, whoever declared it.
    if (versionOf(e.seen) <= e.settled || isTerminalPhase(e.seen.status?.phase)) return false
    const p = statusPatch(e.seen.status ?? {}, e.shown)
    return p?.['phase'] !== undefined || p?.['conditions'] !== undefined
  }
  const remove = (e: Entry) => o.client.delete(resources.pods, e.pod.metadata!.name!, { namespace: e.pod.metadata!.namespace!, gracePeriodSeconds: 0, preconditions: { uid: e.pod.metadata!.uid! }, signal: o.signal })

  return {
    set(pod, status) {
      const e = entry(pod)
      if (!statusPatch(e.shown, status)) return
      e.shown = status
      e.queue.push(status)
      if (e.queue.length > maxQueued) e.queue.splice(1, e.queue.length - maxQueued) // the first may be on its way
      kick(e)
    },
    observed(pod) {
      const e = entries.get(pod.metadata!.uid!)
      if (!e) return
      see(e, pod)
      if (contradicted(e)) kick(e)
    },
    shown: (uid) => entries.get(uid)?.shown,
    terminated(pod) { const e = entry(pod); e.mayDelete = true; kick(e) },
    forget(uid) { entries.delete(uid) },
    settled: (uid) => entries.get(uid)?.work ?? Promise.resolve(),
    async idle() { while (busy.size) await Promise.allSettled(busy) },
  }
}

const versionOf = (p: Pod): number => Number(p.metadata?.resourceVersion ?? 0)
