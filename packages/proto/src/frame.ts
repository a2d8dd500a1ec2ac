/** gRPC's framing over HTTP/2: five bytes before each message. Nothing here is compressed. */

/** The five bytes before a message of so many bytes. */
export function frameHeader(sizeBytes: number): Buffer {
  const head = Buffer.allocUnsafe(5)
  head[0] = 0
  head.writeUInt32BE(sizeBytes, 1)
  return head
}

/** A message with its header. */
export function frame(message: Uint8Array): Buffer {
  const out = Buffer.allocUnsafe(5 + message.length)
  out[0] = 0
  out.writeUInt32BE(message.length, 1)
  out.set(message, 5)
  return out
}

/** Cuts a byte stream into messages. A message longer than `maxBytes` throws. */
export class FrameReader {
  readonly #maxBytes: number
  #held: Buffer[] = []
  #heldBytes = 0
  #wanted = 5

  constructor(maxBytes: number) { this.#maxBytes = maxBytes }

  push(data: Buffer, onMessage: (message: Buffer) => void): void {
    this.#held.push(data)
    this.#heldBytes += data.length
    while (this.#heldBytes >= this.#wanted) {
      const all = this.#held.length === 1 ? this.#held[0]! : Buffer.concat(this.#held)
      const size = all.readUInt32BE(1)
      if (all[0] !== 0) throw new Error('compressed gRPC messages are not spoken here')
      if (size > this.#maxBytes) throw new RangeError(`a message of ${size} bytes is larger than ${this.#maxBytes}`)
      if (all.length < size + 5) {
        this.#held = [all]
        this.#wanted = size + 5
        return
      }
      this.#held = all.length > size + 5 ? [all.subarray(size + 5)] : []
      this.#heldBytes = all.length - size - 5
      this.#wanted = 5
      onMessage(all.subarray(5, size + 5))
    }
  }
}
