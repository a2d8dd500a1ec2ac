/**
 * What a connection sends: frames are gathered and leave in one write when the event loop's present turn is over, so that
 * all that was asked in one turn costs one record of TLS and one system call. It keeps order. It has no bound of its own:
 * whoever fills it is bounded by the peer's windows and number of streams.
 */

const chunkBytes = 32_768
/** Empty chunks kept for later. */
const maxSpare = 2

export class Outbox {
  readonly #write: (bytes: Buffer, done: () => void) => void
  readonly #spare: Buffer[] = []
  #chunk: Buffer | undefined
  #used = 0
  #scheduled = false
  #closed = false

  constructor(write: (bytes: Buffer, done: () => void) => void) { this.#write = write }

  /** The chunk with `bytes` of room from `at` on. Fill it before anything else is called. */
  reserve(bytes: number): { chunk: Buffer, at: number } {
    if (this.#chunk && this.#used + bytes > this.#chunk.length) this.flush()
    this.#chunk ??= bytes > chunkBytes ? Buffer.allocUnsafeSlow(bytes) : this.#spare.pop() ?? Buffer.allocUnsafeSlow(chunkBytes)
    place.chunk = this.#chunk
    place.at = this.#used
    this.#used += bytes
    if (!this.#scheduled) {
      this.#scheduled = true
      setImmediate(this.#turnEnded)
    }
    return place
  }

  flush(): void {
    const chunk = this.#chunk
    if (!chunk || !this.#used || this.#closed) return
    const bytes = chunk.subarray(0, this.#used)
    this.#chunk = undefined
    this.#used = 0
    this.#write(bytes, () => { if (this.#spare.length < maxSpare && chunk.length === chunkBytes) this.#spare.push(chunk) })
  }

  close(): void {
    this.#closed = true
    this.#chunk = undefined
    this.#spare.length = 0
  }

  readonly #turnEnded = (): void => {
    this.#scheduled = false
    this.flush()
  }
}

/** One for all: it is read before the next one is made. */
const place: { chunk: Buffer, at: number } = { chunk: Buffer.alloc(0), at: 0 }
