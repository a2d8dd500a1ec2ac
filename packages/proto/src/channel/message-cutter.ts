/** Cuts the pieces of a body into gRPC messages. A message that lies whole in one piece is given as a view of it. */
import { GrpcError, grpcCode } from './status.ts'

export interface MessageSink {
  /** Unless it is `owned`, the message lies in the socket's memory and is valid during the call only: take what you keep. */
  message(message: Buffer, owned: boolean): void
}

const headBytes = 5

export class MessageCutter {
  readonly #maxBytes: number
  /** A head, then a whole message, of which only the beginning has come. */
  #held: Buffer | undefined
  #heldBytes = 0

  constructor(maxBytes: number) { this.#maxBytes = maxBytes }

  /** Throws GrpcError for what is no message. */
  push(b: Buffer, start: number, end: number, sink: MessageSink): void {
    let at = start
    while (at < end || this.#heldBytes) {
      if (this.#heldBytes) {
        at = this.#complete(b, at, end, sink)
        if (this.#heldBytes) return
        continue
      }
      const size = end - at >= headBytes ? this.#size(b, at) : Infinity
      if (at + size > end) return this.#hold(b, at, end, size)
      sink.message(b.subarray(at + headBytes, at + size), false)
      at += size
    }
  }

  /** Whether a message has begun and not ended. */
  get open(): boolean { return this.#heldBytes > 0 }

  #hold(b: Buffer, at: number, end: number, size: number): void {
    this.#held = Buffer.allocUnsafeSlow(size === Infinity ? headBytes : size)
    this.#heldBytes = b.copy(this.#held, 0, at, end)
  }

  #complete(b: Buffer, at: number, end: number, sink: MessageSink): number {
    let held = this.#held!, next = at
    if (this.#heldBytes < headBytes) {
      next = this.#fill(b, next, end, headBytes)
      if (this.#heldBytes < headBytes) return next
      const whole = Buffer.allocUnsafeSlow(this.#size(held, 0))
      held.copy(whole, 0, 0, headBytes)
      this.#held = held = whole
    }
    next = this.#fill(b, next, end, held.length)
    if (this.#heldBytes === held.length) {
      this.#heldBytes = 0
      this.#held = undefined
      sink.message(held.subarray(headBytes), true)
    }
    return next
  }

  #fill(b: Buffer, at: number, end: number, wanted: number): number {
    const next = Math.min(end, at + wanted - this.#heldBytes)
    if (next > at) this.#heldBytes += b.copy(this.#held!, this.#heldBytes, at, next)
    return next
  }

  #size(b: Buffer, at: number): number {
    if (b[at] !== 0) throw new GrpcError(grpcCode.internal, 'compressed gRPC messages are not spoken here')
    const size = b.readUInt32BE(at + 1)
    if (size > this.#maxBytes) throw new GrpcError(grpcCode.resourceExhausted, `a message of ${size} bytes is larger than ${this.#maxBytes}`)
    return headBytes + size
  }
}
