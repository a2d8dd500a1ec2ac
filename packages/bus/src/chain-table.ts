/**
 * The relay's knowledge of its chains: for each resource and each shard the revision of its latest event. From it come the
 * claims "nothing happened after prev and before rev" that subscribers rely on, so it must never claim what it has not seen:
 * of a chain it knows nothing, it claims only what it knows of all of them, the floor.
 */

/** What a bookmark says: nothing happened after `prev[chain] ?? base`, up to and including `rev`. */
export interface Bookmark { rev: number, base: number, prev: Readonly<Record<string, number>> }

/** Chains remembered; beyond it the longest quiet are forgotten and the floor rises, which costs their subscribers a repair. */
const maxChains = 20_000
/** Bookmarks per generation: a bookmark names the chains that changed in this generation and the one before. */
const bookmarksPerGeneration = 10

export class ChainTable {
  /** By last change, oldest first. */
  readonly #last = new Map<string, number>()
  /** Every event after it is in `#last`, or forgotten at a revision not above it. */
  #floor: number
  #recent = new Set<string>()
  #before = new Set<string>()
  /** Chains in neither generation have had no event after it. */
  #base: number
  #generationStart: number
  #bookmarks = 0

  /** `revision`: every event after it will be noted. */
  constructor(revision: number) { this.#floor = this.#base = this.#generationStart = revision }

  /** Takes down an event; answers the revision of the one before it in the chain. Events of a chain come in order. */
  note(chain: string, rev: number): number {
    const prev = this.#last.get(chain) ?? this.#floor
    this.#last.delete(chain)
    this.#last.set(chain, rev)
    this.#recent.add(chain)
    if (this.#last.size > maxChains) this.#forgetOldest()
    return prev
  }

  /** Something was missed: nothing at or below `rev` may be claimed of any chain. */
  broken(rev: number): void {
    this.#last.clear()
    this.#recent.clear()
    this.#before.clear()
    this.#floor = this.#base = this.#generationStart = Math.max(rev, this.#floor)
  }

  /** `rev`: every event up to it has been noted. */
  bookmark(rev: number): Bookmark {
    const prev: Record<string, number> = {}
    for (const chain of this.#before) prev[chain] = this.#last.get(chain) ?? this.#floor
    for (const chain of this.#recent) prev[chain] = this.#last.get(chain) ?? this.#floor
    const made = { rev, base: this.#base, prev }
    if (++this.#bookmarks % bookmarksPerGeneration === 0) {
      this.#base = this.#generationStart
      this.#generationStart = rev
      this.#before = this.#recent
      this.#recent = new Set()
    }
    return made
  }

  #forgetOldest(): void {
    const [chain, rev] = this.#last.entries().next().value!
    this.#last.delete(chain)
    this.#recent.delete(chain)
    this.#before.delete(chain)
    this.#floor = Math.max(this.#floor, rev)
    this.#base = Math.max(this.#base, rev)
    this.#generationStart = Math.max(this.#generationStart, rev)
  }
}
