/**
 * What a connection sends: frames are gathered and leave in one write when the event loop's present turn is over, or when
 * the write before has left, so that all that was asked meanwhile costs one record of TLS and one system call. It keeps
 * order. It has no bound of its own: whoever fills it is bounded by the peer's windows and number of streams.
 */
import { BufferPool } from './buffer-pool.ts'

const chunkBytes = 32_768
const chunks = new BufferPool(chunkBytes, 8)

export class Outbox {
  readonly #write: (bytes: Buffer, done: () => void) => void
  #chunk: Buffer | undefined
  #used = 0
  #scheduled = false
  /** Writes that have not left. */
  #writing = 0
  /** A turn has ended during them. */
  #due = false
  #closed = false

  constructor(write: (bytes: Buffer, done: () => void) => void) { this.#write = write }

  /** The chunk with `bytes` of room from `at` on. Fill it before anything else is called. */
  reserve(bytes: number): { chunk: Buffer, at: number } {
    if (this.#chunk && this.#used + bytes > this.#chunk.length) this.flush()
    this.#chunk ??= bytes > chunkBytes ? Buffer.allocUnsafeSlow(bytes) : chunks.take()
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
    this.#writing++
    this.#write(bytes, () => {
      chunks.give(chunk)
      if (--this.#writing > 0 || !this.#due) return
      this.#due = false
      this.flush()
    })
  }

  close(): void {
    this.#closed = true
    this.#chunk = undefined
  }

  readonly #turnEnded = (): void => {
    this.#scheduled = false
    if (this.#writing) this.#due = true
    else this.flush()
  }
}

/** One for all: it is read before the next one is made. */
const place: { chunk: Buffer, at: number } = { chunk: Buffer.alloc(0), at: 0 }
