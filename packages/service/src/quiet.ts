/**
 * Gives memory back once a process has become quiet: after a start or a burst of work V8 keeps the space that it grew into,
 * and would keep it for ever in a process that hardly allocates. It costs one collection (40 to 70 ms of CPU) after each
 * burst, never during one.
 */
import type { Clock } from '@drydock/base'

export interface QuietOptions {
  clock: Clock
  /** CPU used by the process so far, ms. */
  cpuMs: () => number
  /** Resident memory now. */
  memoryBytes: () => number
  collect: () => void
}

const lookEveryMs = 4000
/** Less than this share of a core is quiet. */
const quietShare = 0.03
/** So much work outside quiet times is worth a collection. */
const burstMs = 150
/** Smaller processes have nothing to give: the collector's own code would take as much. */
const worthBytes = 65 << 20

export function collectWhenQuiet(o: QuietOptions, signal: AbortSignal): void {
  const { clock, collect } = o
  let at = clock.monotonic(), cpu = 0, burst = 0
  const look = () => {
    if (signal.aborted) return
    const now = clock.monotonic(), used = o.cpuMs(), share = (used - cpu) / (now - at || 1)
    if (share >= quietShare) burst += used - cpu
    else if (burst >= burstMs) {
      if (o.memoryBytes() >= worthBytes) collect()
      burst = 0
    }
    at = clock.monotonic(); cpu = o.cpuMs()
    clock.timer(lookEveryMs, look)
  }
  clock.timer(lookEveryMs, look)
}

/** The whole process's CPU, ms. */
export function processCpuMs(): number {
  const u = process.cpuUsage()
  return (u.user + u.system) / 1000
}

/** V8's most thorough collection, which also shrinks what is empty. */
export function collectThoroughly(): void {
  const { setFlagsFromString } = process.getBuiltinModule('node:v8'), { runInNewContext } = process.getBuiltinModule('node:vm')
  // Only for the moment: code that was compiled ahead is not taken under other flags.
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as (o: { type: 'major', execution: 'sync', flavor: 'last-resort' }) => void
  setFlagsFromString('--no-expose-gc')
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' })
}
