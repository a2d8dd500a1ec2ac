import type { Cancel, Clock } from '@drydock/base'

interface Timer { at: number, order: number, run: () => void }

/** Time that moves only when told. Timers of one moment run in the order in which they were made. */
export class FakeClock implements Clock {
  #now: number
  #order = 0
  readonly #start: number
  #timers: Timer[] = []

  /** Wall time at the start, in milliseconds. */
  constructor(start = Date.UTC(2026, 0, 1)) { this.#start = this.#now = start }

  now(): number { return this.#now }
  monotonic(): number { return this.#now - this.#start }
  /** Timers that wait. */
  get pending(): number { return this.#timers.length }

  timer(ms: number, run: () => void): Cancel {
    const t = { at: this.#now + Math.max(0, ms), order: this.#order++, run }
    this.#timers.push(t)
    return () => { this.#timers = this.#timers.filter((x) => x !== t) }
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const onAbort = () => { cancel(); reject(signal!.reason) }
      const cancel = this.timer(ms, () => { signal?.removeEventListener('abort', onAbort); resolve() })
      signal?.addEventListener('abort', onAbort, { once: true })
    })
  }

  /** Moves on, running what falls due in order. */
  advance(ms: number): void {
    const until = this.#now + ms
    for (let t = this.#next(until); t; t = this.#next(until)) {
      this.#timers = this.#timers.filter((x) => x !== t)
      this.#now = Math.max(this.#now, t.at)
      t.run()
    }
    this.#now = until
  }

  /** As `advance`, with the promises between the timers settled: for code that sleeps in loops. */
  async advanceAsync(ms: number): Promise<void> {
    const until = this.#now + ms
    await settle()
    for (let t = this.#next(until); t; t = this.#next(until)) {
      this.#timers = this.#timers.filter((x) => x !== t)
      this.#now = Math.max(this.#now, t.at)
      t.run()
      await settle()
    }
    this.#now = until
  }

  #next(until: number): Timer | undefined {
    let first: Timer | undefined
    for (const t of this.#timers) if (t.at <= until && (!first || t.at < first.at || (t.at === first.at && t.order < first.order))) first = t
    return first
  }
}

/** Lets promises that are ready run on. */
export const settle = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve) })
