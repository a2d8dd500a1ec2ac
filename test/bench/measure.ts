/** What benches share: medians, CPU and memory of processes from /proc, and the form of a figure. */
import { readdirSync, readFileSync } from 'node:fs'

/** One figure against a limit measured in the same run. `good` says which way the ratio should go. */
export interface Figure {
  name: string
  value: number
  unit: string
  /** What it is measured against in this run, in the same unit. */
  limit?: { name: string, value: number }
  /** The bar: value / limit, or value where there is no limit, at most or at least this. */
  target?: { atMost?: number, atLeast?: number }
}
export type Bench = (say: (line: string) => void) => Promise<Figure[]>

export const median = (a: readonly number[]): number => [...a].sort((x, y) => x - y)[Math.floor(a.length / 2)] ?? NaN
export const measured = (f: Figure): number => (f.limit ? f.value / f.limit.value : f.value)
export const met = (f: Figure): boolean | undefined => f.target && (f.target.atMost === undefined || measured(f) <= f.target.atMost) && (f.target.atLeast === undefined || measured(f) >= f.target.atLeast)

/** CPU of a process's threads so far, ms, to the nanosecond (a thread that ended takes its own with it). */
export function cpuMs(pid: number): number {
  let ns = 0
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    try { ns += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]) } catch (e) { if ((e as NodeJS.ErrnoException).code !== 'ENOENT' && (e as NodeJS.ErrnoException).code !== 'ESRCH') throw e }
  }
  return ns / 1e6
}
export const rssMiB = (pid: number): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
