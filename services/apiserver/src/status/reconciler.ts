import type { Clock, Logger } from '@drydock/base'

export interface ReconcilerOptions {
  clock: Clock
  log: Logger
  /** One object by its key, seen anew; throws to be called again later. */
  reconcile(key: string, signal: AbortSignal): Promise<void>
}

const firstDelayMs = 100
const maxDelayMs = 30_000

/**
 * Keys to be seen to, each once however often it is added; one at a time, those that fail again after a while. As many keys
 * are kept as there are objects.
 */
export class Reconciler {
  readonly #o: ReconcilerOptions
  readonly #keys = new Set<string>()
  readonly #failures = new Map<string, number>()
  #wake: (() => void) | undefined

  constructor(o: ReconcilerOptions) { this.#o = o }

  add(key: string): void {
    this.#keys.add(key)
    this.#wake?.()
  }

  async run(signal: AbortSignal): Promise<void> {
    const onAbort = () => this.#wake?.()
    signal.addEventListener('abort', onAbort, { once: true })
    while (!signal.aborted) {
      const key = this.#keys.values().next().value
      if (key === undefined) {
        await new Promise<void>((resolve) => { this.#wake = resolve })
        this.#wake = undefined
        continue
      }
      this.#keys.delete(key)
      try {
        await this.#o.reconcile(key, signal)
        this.#failures.delete(key)
      } catch (e) {
        if (!signal.aborted) this.#again(key, e)
      }
    }
    signal.removeEventListener('abort', onAbort)
  }

  #again(key: string, err: unknown): void {
    const failures = (this.#failures.get(key) ?? 0) + 1
    this.#failures.set(key, failures)
    const delay = Math.min(firstDelayMs * 2 ** (failures - 1), maxDelayMs)
    this.#o.log.warn({ err, key, againInMs: delay }, 'a status was not written')
    this.#o.clock.timer(delay, () => this.add(key))
  }
}
