/**
 * What a reconcile says: nothing (done), or when to look again. Throwing means: log, back off, try again.
 */
export type Result = void | { requeueAfterMs: number }

export interface ControllerOptions {
  /** Upstream's name of the controller; stands in logs and metrics. */
  name: string
  /** Reconciles one key (`namespace/name`) from state. At most one call per key at a time. */
  reconcile(key: string, signal: AbortSignal): Promise<Result>
  /** Parallel keys; default 2. */
  workers?: number
}

/** A controller: its queue, which event handlers feed, and its loop. */
export interface Controller {
  readonly name: string
  /** Keys wait at most once each; a key added while it is reconciled runs again after. */
  enqueue(key: string): void
  enqueueAfter(key: string, delayMs: number): void
  run(signal: AbortSignal): Promise<void>
}
