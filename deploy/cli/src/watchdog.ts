/**
 * Brings a killed launcher back. The launcher and its watchdog watch each other: the watchdog is a shell that waits for the
 * end of a pipe which only the launcher holds (no memory to speak of, no polling), then becomes the next launcher; the
 * launcher sees the watchdog's end as its parent and starts another.
 *
 * A launcher that fails before it has started a watchdog stays away; one that keeps dying later returns after a growing
 * pause (200 ms … 10 s; a minute of life resets it).
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { backoffMs, type Clock } from '@drydock/base'

const script = `attempt=$1 pause=$2; shift 2
while read -r word; do case $word in end) exit 0;; calm) attempt=1 pause=0;; esac; done
sleep "$pause"
exec "$@" --attempt="$attempt"`

export class Watchdog {
  readonly #command: readonly string[]
  readonly #attempt: number
  readonly #clock: Clock
  #child: ChildProcess | undefined
  #over = false

  /** `command` starts the launcher anew; `attempt` is how many launchers in a row did not live for a minute before this one. */
  constructor(o: { command: readonly string[], attempt: number, clock: Clock }) {
    this.#command = o.command; this.#attempt = o.attempt; this.#clock = o.clock
  }

  get pid(): number | undefined { return this.#child?.pid }

  start(): void {
    if (this.#over) return
    this.#spawn(this.#attempt)
    this.#clock.timer(60_000, () => this.#tell('calm'))
  }

  #spawn(attempt: number): void {
    const pauseSeconds = attempt === 0 ? 0 : backoffMs(attempt - 1, { initialMs: 200, maxMs: 10_000 }) / 1000
    // A group of its own: who kills the launcher's group does not kill what brings it back.
    const child = spawn('/bin/sh', ['-c', script, 'drydock-watchdog', String(attempt + 1), String(pauseSeconds), ...this.#command], { stdio: ['pipe', 'inherit', 'inherit'], detached: true })
    child.stdin!.on('error', () => undefined)
    child.on('error', () => undefined)
    child.on('exit', () => { if (!this.#over) this.#clock.timer(1_000, () => { if (!this.#over) this.#spawn(attempt) }) })
    child.unref()
    this.#child = child
  }

  #tell(word: string): void { this.#child?.stdin?.write(`${word}\n`) }

  /** The launcher ends on purpose: nothing is to bring it back. */
  end(): void { this.#over = true; this.#tell('end') }
}
