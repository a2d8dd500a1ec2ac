/**
 * The machine's speed at the time of a bench: the CPU that a bare node:https server in a process of its own spends on a GET of
 * 2 KB. Upstream's figures were taken where that is 0.017 ms; CPU figures are divided by this run's before they are compared
 * with them, so that a slower or busier machine changes nothing.
 */
import { fork } from 'node:child_process'
import { join } from 'node:path'
import { cpuMs, median } from './measure.ts'

/** Of the machine that upstream's figures are from, ms. */
export const referenceMs = 0.017

export interface Calibration {
  /** One measurement; taken in turns with what is to be scaled. */
  measure(): Promise<void>
  /** CPU of a GET here, ms. */
  readonly bareMs: number
  /** What a figure would be on upstream's machine. */
  scaled(ms: number): number
  stop(): void
}

const gets = 2000

/** `get` asks a port for one GET; `files` are PEM files of the CA and of a serving certificate. */
export async function calibrate(files: { ca: string, cert: string, key: string }, flood: (n: number, at: number, work: () => Promise<unknown>) => Promise<number>, get: (port: number) => Promise<unknown>): Promise<Calibration> {
  const child = fork(join(import.meta.dirname, 'bare-server.ts'), [files.ca, files.cert, files.key])
  const port = await new Promise<number>((resolve, reject) => { child.once('message', (p) => resolve(p as number)); child.once('exit', () => reject(new Error('the bare server ended'))) })
  const taken: number[] = []
  await flood(gets, 32, () => get(port))
  return {
    async measure() {
      const before = cpuMs(child.pid!)
      await flood(gets, 32, () => get(port))
      taken.push((cpuMs(child.pid!) - before) / gets)
    },
    get bareMs() { return median(taken) },
    scaled: (ms) => ms * referenceMs / median(taken),
    stop: () => child.disconnect(),
  }
}
