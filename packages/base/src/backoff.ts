/** Exponential back-off with a ceiling: initialMs, then × factor each time, never above maxMs. `random` spreads it (0 … jitter of the delay is added). */
export interface BackoffOptions {
  /** First delay. */ initialMs: number
  /** Ceiling of a delay, before jitter. */ maxMs: number
  /** Growth per attempt; default 2. */ factor?: number
  /** Added share of the delay, 0 … 1; default 0. */ jitter?: number
  /** Source of randomness in [0, 1); needed when jitter is set. */ random?: () => number
}

/** The delay before attempt number `attempt` (0 is the first retry). */
export function backoffMs(attempt: number, o: BackoffOptions): number {
  const raw = Math.min(o.maxMs, o.initialMs * (o.factor ?? 2) ** Math.min(attempt, 64))
  return raw + (o.jitter ? raw * o.jitter * (o.random ?? (() => 0))() : 0)
}
