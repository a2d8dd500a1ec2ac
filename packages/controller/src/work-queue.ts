/**
 * A queue of keys. Invariants: a key waits at most once; it is never handed out while it is being worked on; a key added
 * meanwhile is handed out again after. Bounded by the number of different keys. (client-go/util/workqueue)
 */
import { backoffMs, type Clock } from '@drydock/base'

/** client-go's default for items that fail: 5 ms, doubling, at most 1,000 s. */
export const failureBackoff = { initialMs: 5, maxMs: 1_000_000 }

export class WorkQueue {
  readonly #clock: Clock
  /** In the order in which they came; a Set keeps that and holds each once. */
  readonly #waiting = new Set<string>()
  readonly #working = new Set<string>()
  /** Added while being worked on. */
  readonly #again = new Set<string>()
  readonly #failures = new Map<string, number>()
  readonly #delayed = new Map<string, { at: number, cancel: () => void }>()
  readonly #takers: (() => void)[] = []

  constructor(clock: Clock) { this.#clock = clock }

  /** Keys that wait to be taken. */
  get size(): number { return this.#waiting.size }

  add(key: string): void {
    if (this.#working.has(key)) { this.#again.add(key); return }
    this.#waiting.add(key)
    this.#takers.shift()?.()
  }

  /** Adds after a delay; of several delays of a key the earliest counts. */
  addAfter(key: string, delayMs: number): void {
    if (delayMs <= 0) return this.add(key)
    const at = this.#clock.monotonic() + delayMs, there = this.#delayed.get(key)
    if (there && there.at <= at) return
    there?.cancel()
    const due = () => { this.#delayed.delete(key); this.add(key) }
    this.#delayed.set(key, { at, cancel: this.#clock.timer(delayMs, due) })
  }

  /** After a failure: later each time, until `forget`. Answers the delay, ms. */
  addRateLimited(key: string): number {
    const n = this.#failures.get(key) ?? 0, delayMs = backoffMs(n, failureBackoff)
    this.#failures.set(key, n + 1)
    this.addAfter(key, delayMs)
    return delayMs
  }

  forget(key: string): void { this.#failures.delete(key) }
  failures(key: string): number { return this.#failures.get(key) ?? 0 }

  /** The next key; undefined once the signal aborts. */
  async take(signal: AbortSignal): Promise<string | undefined> {
    while (!signal.aborted) {
      for (const key of this.#waiting) {
        this.#waiting.delete(key)
        this.#working.add(key)
        return key
      }
      await this.#wait(signal)
    }
    return undefined
  }

  #wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => { signal.removeEventListener('abort', onAbort); resolve() }
      const onAbort = () => { const i = this.#takers.indexOf(wake); if (i >= 0) this.#takers.splice(i, 1); resolve() }
      signal.addEventListener('abort', onAbort, { once: true })
      this.#takers.push(wake)
    })
  }

  done(key: string): void {
    this.#working.delete(key)
    if (this.#again.delete(key)) this.add(key)
  }

  /** Forgets what is delayed. */
  close(): void {
    for (const d of this.#delayed.values()) d.cancel()
    this.#delayed.clear()
  }
}
