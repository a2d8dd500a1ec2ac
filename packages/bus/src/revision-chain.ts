/**
 * Reliable multicast by revision chain, the pure part of a subscription: no I/O, no clock. It decides what a subscriber
 * does with each message, whatever the network does to messages.
 *
 * A message of the bus claims: "nothing happened in the chain (a resource, or a shard of one) after `prev` and before
 * `rev`". So a subscriber that knows everything up to r applies it if prev ≤ r < rev, drops it if rev ≤ r, and else has
 * missed something. Then it asks an apiserver for everything after r (the direct watch) and stays with that until a message
 * of the bus joins on.
 *
 * Guarantees, whatever is lost, repeated, late or reordered on the bus: events are applied in revision order, each at most
 * once, none is left out, and `revision` never goes back.
 */

/** What the bus brought: an event, or (without one) a bookmark that carries the claim only. */
export interface BusMessage<E> { rev: number, prev: number, event?: E }

/** What the owner must do, in this order: apply, then change the watch. */
export interface Decision<E> {
  apply: readonly E[]
  /** `open`: watch directly, from `revision` on. `close`: the bus suffices. */
  direct?: 'open' | 'close'
}

/** Messages kept while a gap is repaired; beyond it the oldest go, which costs only a later join. */
const maxPending = 4096
const nothing: Decision<never> = { apply: [] }

export class RevisionChain<E> {
  #revision = 0
  #mode: 'direct' | 'bus' = 'direct'
  /** By rev, ascending; all have rev > revision. Only in direct mode. */
  #pending: BusMessage<E>[] = []

  /** Everything up to here is known. Never goes back. */
  get revision(): number { return this.#revision }
  get mode(): 'direct' | 'bus' { return this.#mode }

  /** A list as of `revision` is in the store. The owner watches directly from there on. False: it is older than what is known, keep nothing of it. */
  listed(revision: number): boolean {
    if (revision < this.#revision) return false
    this.#revision = revision
    this.#mode = 'direct'
    this.#forget()
    return true
  }

  /** From the bus. */
  fromBus(m: BusMessage<E>): Decision<E> {
    if (this.#mode === 'direct') {
      // A bookmark of just what is known: the bus is alive and nothing has been missed.
      if (m.rev === this.#revision && m.event === undefined && !this.#pending.length) {
        this.#mode = 'bus'
        return { apply: [], direct: 'close' }
      }
      if (m.rev <= this.#revision) return nothing
      this.#keep(m)
      return this.#join()
    }
    if (m.rev <= this.#revision) return nothing
    if (m.prev <= this.#revision) {
      this.#revision = m.rev
      return m.event === undefined ? nothing : { apply: [m.event] }
    }
    this.#mode = 'direct'
    this.#keep(m)
    return { apply: [], direct: 'open' }
  }

  /** From the direct watch, which is in order and without gaps from the revision at which it was opened. */
  fromDirect(rev: number, event: E | undefined): Decision<E> {
    if (this.#mode !== 'direct' || rev <= this.#revision) return nothing
    this.#revision = rev
    this.#forget()
    const joined = this.#join()
    return event === undefined ? joined : { ...joined, apply: [event, ...joined.apply] }
  }

  /** No message has come for too long: the bus or the relay is away. */
  silent(): Decision<E> {
    if (this.#mode === 'direct') return nothing
    this.#mode = 'direct'
    return { apply: [], direct: 'open' }
  }

  #keep(m: BusMessage<E>): void {
    let at = this.#pending.length
    while (at > 0 && this.#pending[at - 1]!.rev > m.rev) at--
    // Of two messages with one rev the wider claim is worth more; an event is worth more than a bookmark.
    const same = at > 0 && this.#pending[at - 1]!.rev === m.rev ? this.#pending[at - 1]! : undefined
    if (same) this.#pending[at - 1] = merge(same, m)
    else this.#pending.splice(at, 0, m)
    if (this.#pending.length > maxPending) this.#pending.shift()
  }

  #forget(): void {
    let n = 0
    while (n < this.#pending.length && this.#pending[n]!.rev <= this.#revision) n++
    if (n) this.#pending.splice(0, n)
  }

  // The bus takes over when everything that waits follows without a gap, and something does.
  #join(): Decision<E> {
    if (!this.#pending.length) return nothing
    let r = this.#revision
    for (const m of this.#pending) {
      if (m.prev > r) return nothing
      r = m.rev
    }
    const apply = this.#pending.flatMap((m) => (m.event === undefined ? [] : [m.event]))
    this.#pending = []
    this.#revision = r
    this.#mode = 'bus'
    return { apply, direct: 'close' }
  }
}

const merge = <E>(a: BusMessage<E>, b: BusMessage<E>): BusMessage<E> => {
  const event = a.event ?? b.event
  return { rev: a.rev, prev: Math.min(a.prev, b.prev), ...(event !== undefined && { event }) }
}
