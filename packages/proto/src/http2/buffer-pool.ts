/** Memory that is needed for moments, shared by all connections: an idle one holds none. */
export class BufferPool {
  readonly #sizeBytes: number
  readonly #max: number
  readonly #spare: Buffer[] = []

  /** Keeps at most `max` buffers for the next who takes one. */
  constructor(sizeBytes: number, max: number) {
    this.#sizeBytes = sizeBytes
    this.#max = max
  }

  take(): Buffer { return this.#spare.pop() ?? Buffer.allocUnsafeSlow(this.#sizeBytes) }

  /** Nobody may use it afterwards. */
  give(b: Buffer): void { if (b.length === this.#sizeBytes && this.#spare.length < this.#max) this.#spare.push(b) }
}
