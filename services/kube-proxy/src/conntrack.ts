/**
 * Makes the kernel forget UDP flows, by the conntrack tool where it is installed. Without it UDP clients that keep their
 * port reach a dead endpoint until the flow's timeout (30 s to 120 s); that is said once in the log.
 */
import type { Exec, Logger } from '@drydock/base'

/** Calls per sync; what is beyond runs out by its own timeout. */
const maxCalls = 200

export class Conntrack {
  #missing = false
  readonly #exec: Exec
  readonly #log: Logger
  constructor(o: { exec: Exec, log: Logger }) { this.#exec = o.exec; this.#log = o.log }

  async forget(flows: readonly string[][], signal?: AbortSignal): Promise<void> {
    for (const args of this.#missing ? [] : flows.slice(0, maxCalls)) {
      try {
        await this.#exec('conntrack', args, { ...(signal && { signal }) })
      } catch (e) {
        if ((e as NodeJS.ErrnoException).code === 'ENOENT') {
          this.#missing = true
          this.#log.warn({}, 'the conntrack tool is not installed: stale UDP flows stay until they time out')
          return
        }
        if (!/0 flow entries/.test(String(e))) this.#log.warn({ err: e }, 'stale UDP flows not deleted')
      }
    }
  }
}
