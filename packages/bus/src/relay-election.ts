/**
 * Which apiserver relays: pure code. It is elected on the bus itself, for only who reaches the bus can relay: the relay
 * claims to be one twice a second, and who hears no claim for a while takes over. Two at once (at start, or after the bus was
 * split) are harmless, for subscribers drop what they know; the one with the lesser identity stays.
 */
export const claimEveryMs = 500
/** No claim for so long: the relay is gone. Three claims lost, and some for a busy machine. */
export const claimTimeoutMs = 1800

export interface Claim { id: string, /** It stops: take over at once. */ leaving?: boolean }

export class RelayElection {
  readonly #id: string
  #leading = false
  #heardAt: number

  constructor(id: string, now: number) {
    this.#id = id
    this.#heardAt = now
  }

  get leading(): boolean { return this.#leading }

  heard(c: Claim, now: number): void {
    if (c.id === this.#id) return
    if (c.leaving) {
      this.#heardAt = now - claimTimeoutMs
      return
    }
    this.#heardAt = now
    if (this.#leading && c.id < this.#id) this.#leading = false
  }

  /** Called at every claim interval. True: claim. */
  tick(now: number): boolean {
    if (!this.#leading && now - this.#heardAt >= claimTimeoutMs) this.#leading = true
    return this.#leading
  }
}
