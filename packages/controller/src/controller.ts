/** A controller: keys from event handlers, a reconcile from state, one place for what it returns or throws. */
import { isStatus } from '@drydock/api'
import { type Clock, type Logger, realClock } from '@drydock/base'
import type { Controller, ControllerOptions } from './types.ts'
import { WorkQueue } from './work-queue.ts'

export interface ControllerParts { log: Logger, clock?: Clock }

export function createController(o: ControllerOptions, parts: ControllerParts): Controller { return new QueueController(o, parts) }

class QueueController implements Controller {
  readonly name: string
  readonly #o: ControllerOptions
  readonly #log: Logger
  readonly #queue: WorkQueue

  constructor(o: ControllerOptions, { log, clock = realClock }: ControllerParts) {
    this.name = o.name
    this.#o = o
    this.#log = log.child({ controller: o.name })
    this.#queue = new WorkQueue(clock)
  }

  enqueue(key: string): void { this.#queue.add(key) }
  enqueueAfter(key: string, delayMs: number): void { this.#queue.addAfter(key, delayMs) }

  async run(signal: AbortSignal): Promise<void> {
    try { await Promise.all(Array.from({ length: this.#o.workers ?? 2 }, () => this.#work(signal))) } finally { this.#queue.close() }
  }

  async #work(signal: AbortSignal): Promise<void> {
    for (let key = await this.#queue.take(signal); key !== undefined; key = await this.#queue.take(signal)) {
      try {
        const result = await this.#o.reconcile(key, signal)
        this.#queue.forget(key)
        if (result) this.#queue.addAfter(key, result.requeueAfterMs)
      } catch (error) {
        if (!signal.aborted) this.#failed(key, error)
      } finally {
        this.#queue.done(key)
      }
    }
  }

  // A conflict is the ordinary way to learn that the view was old: no news for the log.
  #failed(key: string, error: unknown): void {
    const delayMs = this.#queue.addRateLimited(key)
    if (isStatus(error, 'Conflict')) this.#log.debug({ key, err: error, delayMs }, 'reconcile met a conflict; again')
    else this.#log.warn({ key, err: error, delayMs, failures: this.#queue.failures(key) }, 'reconcile failed; again after a pause')
  }
}
