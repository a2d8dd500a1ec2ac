/**
 * Delays that double with each failure of the same thing and are forgotten after it has been well for long
 * (client-go's flowcontrol.Backoff). Bounded: entries that have expired are dropped as new ones come.
 */
import type { Clock } from '@drydock/base'

export interface Backoff {
  /** Milliseconds still to wait, seen from an event (an exit, a failed pull) at `since`; 0 when it may go on. */
  remaining(key: string, since: number): number
  /** The delay as it now stands. */
  current(key: string): number
  /** It failed, or runs again: the next delay is twice as long. */
  next(key: string, since: number): void
  forget(prefix: string): void
}

export function createBackoff(clock: Clock, initialMs: number, maxMs: number): Backoff {
  const entries = new Map<string, { delay: number, updated: number }>()
  const expired = (e: { updated: number }, at: number) => at - e.updated > 2 * maxMs
  return {
    remaining(key, since) {
      const e = entries.get(key)
      if (!e || expired(e, since)) return 0
      return Math.max(0, since + e.delay - clock.now())
    },
    current: (key) => entries.get(key)?.delay ?? 0,
    next(key, since) {
      const e = entries.get(key), now = clock.now()
      if (entries.size > 4_096) for (const [k, x] of entries) if (expired(x, now)) entries.delete(k)
      entries.set(key, { delay: !e || expired(e, since) ? initialMs : Math.min(maxMs, e.delay * 2), updated: now })
    },
    forget(prefix) { for (const k of entries.keys()) if (k.startsWith(prefix)) entries.delete(k) },
  }
}

/** As Go prints durations of whole seconds: `10s`, `1m20s`, `5m0s`. */
export function goSeconds(ms: number): string {
  const s = Math.round(ms / 1000), h = Math.floor(s / 3600), m = Math.floor(s % 3600 / 60)
  return `${h ? `${h}h` : ''}${h || m ? `${m}m` : ''}${s % 60}s`
}

/** As Go prints any duration, to the millisecond: `1.234s`, `87ms`. */
export const goDuration = (ms: number): string => (ms < 1000 ? `${Math.round(ms)}ms` : ms < 60_000 ? `${(ms / 1000).toFixed(3).replace(/\.?0+$/, '')}s` : goSeconds(ms))
