import type { Clock } from '@drydock/base'
import { backoffMs } from '@drydock/base'
import type { ClusterEvent, FilterPlugin, Hint } from '../framework/types.ts'
import type { PodInfo } from '../snapshot/pod-info.ts'
import { KeyedHeap } from './heap.ts'

/**
 * Pods that wait for a node, in upstream's three places: active (by priority, then age), backing off (by when that ends),
 * and unschedulable (until something happens that a plugin which refused them asked to hear of, or five minutes pass).
 * A pod is in one place at most. Holds at most what the pod informer holds.
 */
export interface QueuedPod {
  pod: PodInfo
  /** When it came into the queue for this round; decides among pods of one priority. */
  timestampMs: number
  attempts: number
  /** Tries that ended in "no node fits", which the next back-off counts. */
  unschedulableCount: number
  /** Tries that ended in an error (an apiserver's refusal), counted apart. */
  errorCount: number
  /** Plugins that refused it the last time. Empty after an error: then any event is worth a try. */
  rejectedBy: ReadonlySet<string>
  backoffUntilMs: number
  /** Waits for its gates to be removed. */
  gated: boolean
}

export interface QueueOptions {
  clock: Clock
  plugins: readonly FilterPlugin[]
  /** Default 1,000. */ initialBackoffMs?: number
  /** Default 10,000. */ maxBackoffMs?: number
  /** Default five minutes. */ maxUnschedulableMs?: number
}

const byPriorityThenAge = (a: QueuedPod, b: QueuedPod): boolean =>
  a.pod.priority !== b.pod.priority ? a.pod.priority > b.pod.priority : a.timestampMs < b.timestampMs

export class SchedulingQueue {
  readonly #clock: Clock
  readonly #active = new KeyedHeap<QueuedPod>((q) => q.pod.key, byPriorityThenAge)
  readonly #backoff = new KeyedHeap<QueuedPod>((q) => q.pod.key, (a, b) => a.backoffUntilMs < b.backoffUntilMs)
  readonly #unschedulable = new Map<string, QueuedPod>()
  /** Plugin name → its hints. */
  readonly #hints = new Map<string, readonly Hint[]>()
  readonly #initialMs: number
  readonly #maxMs: number
  readonly #maxUnschedulableMs: number
  #wake: (() => void) | undefined

  constructor(o: QueueOptions) {
    this.#clock = o.clock
    this.#initialMs = o.initialBackoffMs ?? 1000
    this.#maxMs = o.maxBackoffMs ?? 10_000
    this.#maxUnschedulableMs = o.maxUnschedulableMs ?? 300_000
    for (const p of o.plugins) this.#hints.set(p.name, p.requeueOn)
  }

  get sizes(): { active: number, backoff: number, unschedulable: number, gated: number } {
    let gated = 0
    for (const q of this.#unschedulable.values()) if (q.gated) gated++
    return { active: this.#active.size, backoff: this.#backoff.size, unschedulable: this.#unschedulable.size - gated, gated }
  }

  /** A pod that is new to the queue. */
  add(pod: PodInfo): void {
    const q: QueuedPod = { pod, timestampMs: this.#clock.now(), attempts: 0, unschedulableCount: 0, errorCount: 0, rejectedBy: new Set(), backoffUntilMs: 0, gated: pod.gated }
    this.delete(pod.key)
    if (pod.gated) this.#unschedulable.set(pod.key, q)
    else this.#activate(q)
  }

  /** The pod changed while it waits. One that is being scheduled is not here: what its try says decides. */
  update(pod: PodInfo): void {
    const active = this.#active.get(pod.key)
    if (active) { active.pod = pod; this.#active.push(active); return }
    const backing = this.#backoff.get(pod.key)
    if (backing) { backing.pod = pod; return }
    const q = this.#unschedulable.get(pod.key)
    if (!q) { this.add(pod); return }
    const before = q.pod
    q.pod = pod
    if (q.gated && !pod.gated) {
      q.gated = false
      q.timestampMs = this.#clock.now()
      this.#unschedulable.delete(pod.key)
      this.#activate(q)
    } else if (!q.gated && pod.specKey !== before.specKey) {
      this.#requeue(q)
    }
  }

  delete(key: string): void {
    this.#active.delete(key)
    this.#backoff.delete(key)
    this.#unschedulable.delete(key)
  }

  has(key: string): boolean { return !!this.#active.get(key) || !!this.#backoff.get(key) || this.#unschedulable.has(key) }

  /** A try ended without a node. `error`: not for want of a node, so it backs off whatever else happens. */
  putBack(q: QueuedPod, o: { rejectedBy: ReadonlySet<string>, error?: boolean }): void {
    q.rejectedBy = o.rejectedBy
    q.timestampMs = this.#clock.now()
    if (o.error) q.errorCount++
    else { q.unschedulableCount++; q.errorCount = 0 }
    this.#unschedulable.set(q.pod.key, q)
    if (o.error) this.#requeue(q)
  }

  /** Moves the pods for which the event may change the answer. */
  happened(event: ClusterEvent): void {
    if (this.#unschedulable.size === 0) return
    for (const q of [...this.#unschedulable.values()]) if (!q.gated && this.#worth(q, event)) this.#requeue(q)
  }

  /** The next pod to schedule. Where none is active, one whose back-off is not for an error may go early, as upstream's. */
  pop(): QueuedPod | undefined {
    this.#flush()
    const q = this.#active.pop() ?? this.#early()
    if (q) q.attempts++
    return q
  }

  /** Resolves when there may be something to pop; `signal` ends the wait by rejecting. */
  async ready(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    this.#flush()
    if (this.#active.size > 0 || this.#earlyPeek()) return
    await new Promise<void>((resolve, reject) => {
      const next = this.#backoff.peek()
      const dueMs = Math.min(next ? next.backoffUntilMs - this.#clock.now() : Infinity, 30_000)
      const done = () => { this.#wake = undefined; cancel(); signal.removeEventListener('abort', abort); resolve() }
      const abort = () => { this.#wake = undefined; cancel(); reject(signal.reason) }
      const cancel = this.#clock.timer(Math.max(1, dueMs), done)
      signal.addEventListener('abort', abort, { once: true })
      this.#wake = done
    })
  }

  #worth(q: QueuedPod, event: ClusterEvent): boolean {
    if (event.kind === 'Force' || q.rejectedBy.size === 0) return true
    for (const name of q.rejectedBy) {
      for (const h of this.#hints.get(name) ?? []) {
        if (h.on === event.kind && (h.worth === undefined || h.worth(q.pod, event))) return true
      }
    }
    return false
  }

  #backoffMs(q: QueuedPod): number {
    const n = q.errorCount > 0 ? q.errorCount : q.unschedulableCount
    return n === 0 ? 0 : backoffMs(n - 1, { initialMs: this.#initialMs, maxMs: this.#maxMs })
  }

  #requeue(q: QueuedPod): void {
    this.#unschedulable.delete(q.pod.key)
    q.backoffUntilMs = q.timestampMs + this.#backoffMs(q)
    if (q.backoffUntilMs <= this.#clock.now()) this.#activate(q)
    else { this.#backoff.push(q); this.#wake?.() }
  }

  #activate(q: QueuedPod): void {
    this.#active.push(q)
    this.#wake?.()
  }

  #earlyPeek(): QueuedPod | undefined {
    const q = this.#backoff.peek()
    return q && q.errorCount === 0 ? q : undefined
  }

  #early(): QueuedPod | undefined {
    return this.#earlyPeek() ? this.#backoff.pop() : undefined
  }

  #flush(): void {
    const now = this.#clock.now()
    for (let q = this.#backoff.peek(); q && q.backoffUntilMs <= now; q = this.#backoff.peek()) {
      this.#backoff.pop()
      this.#active.push(q)
    }
    if (now < this.#nextStaleCheckMs) return
    this.#nextStaleCheckMs = now + 30_000
    for (const q of [...this.#unschedulable.values()]) if (!q.gated && now - q.timestampMs > this.#maxUnschedulableMs) this.#requeue(q)
  }

  #nextStaleCheckMs = 0
}
