/**
 * Calls `sync` after every change, at most once per `minSyncPeriodMs`, and again after a failure (backing off) or when
 * `fullSyncPeriodMs` has passed. Changes that come while it runs lead to one more run: nothing is queued but a bit.
 */
import { backoffMs, type Clock, type Logger } from '@drydock/base'

export interface SyncLoopOptions {
  sync(signal: AbortSignal): Promise<void>
  clock: Clock
  log: Logger
  /** Pause between two runs. */
  minSyncPeriodMs: number
  /** Runs at least this often. */
  fullSyncPeriodMs: number
}

export class SyncLoop {
  readonly #o: SyncLoopOptions
  #dirty = true
  #wake: () => void = () => {}
  /** Time of the last success on the clock; undefined before the first. */
  lastSyncMs: number | undefined
  /** Why the last run failed; undefined after a success. */
  failure: unknown

  constructor(o: SyncLoopOptions) { this.#o = o }

  changed(): void {
    this.#dirty = true
    this.#wake()
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#o
    signal.addEventListener('abort', () => this.#wake(), { once: true })
    for (let failures = 0; !signal.aborted;) {
      this.#dirty = false
      const began = clock.monotonic()
      try {
        await this.#o.sync(signal)
        failures = 0
        this.failure = undefined
        this.lastSyncMs = clock.now()
      } catch (e) {
        if (signal.aborted) return
        this.failure = e
        log.error({ err: e, failures: ++failures }, 'sync failed; will try again')
      }
      const pauseMs = failures ? backoffMs(failures - 1, { initialMs: 200, maxMs: 30_000 }) : this.#o.minSyncPeriodMs - (clock.monotonic() - began)
      if (pauseMs > 0) await clock.sleep(pauseMs, signal).catch(() => {})
      if (!failures) await this.#change(signal)
    }
  }

  /** Resolves at the next change, the end, or when a run is due anyway. */
  #change(signal: AbortSignal): Promise<void> {
    if (this.#dirty || signal.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const cancel = this.#o.clock.timer(this.#o.fullSyncPeriodMs, resolve)
      this.#wake = () => { cancel(); resolve() }
    })
  }
}
