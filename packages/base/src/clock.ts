/**
 * Time as a parameter. Whoever waits or reads the time takes a Clock, so that a cluster can run under a fake one.
 * Only this file of the whole repository touches the runtime's timers.
 */
export interface Clock {
  /** Wall time in milliseconds since the epoch. */
  now(): number
  /** Monotonic milliseconds, for durations. */
  monotonic(): number
  /** Resolves after `ms`; rejects with the signal's reason if it aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** Calls `run` once after `ms` unless cancelled. The timer does not keep the process alive by itself. */
  timer(ms: number, run: () => void): Cancel
}

export type Cancel = () => void

export const realClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep(ms, signal) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const onAbort = () => { clearTimeout(t); reject(signal!.reason) }
      const t = setTimeout(() => { signal?.removeEventListener('abort', onAbort); resolve() }, ms)
      signal?.addEventListener('abort', onAbort, { once: true })
    })
  },
  timer(ms, run) {
    const t = setTimeout(run, Math.min(ms, 2 ** 31 - 1))
    t.unref()
    return () => clearTimeout(t)
  },
}

/** RFC 3339 in seconds, as metav1.Time is written. The last answer is kept: writes of one second ask for the same text. */
export function formatTime(ms: number): string {
  const second = Math.floor(ms / 1000)
  if (second !== lastSecond) {
    lastText = new Date(second * 1000).toISOString().slice(0, 19) + 'Z'
    lastSecond = second
  }
  return lastText
}
let lastSecond = NaN, lastText = ''

/** RFC 3339 with six fractional digits, as metav1.MicroTime is written. */
export const formatMicroTime = (ms: number): string => new Date(ms).toISOString().slice(0, 23) + '000Z'
