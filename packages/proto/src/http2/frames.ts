/**
 * The frames of HTTP/2 (RFC 9113, sections 4 and 6): their names, their writing, and a reader that cuts a byte stream into
 * whole frames wherever the pieces were cut. A frame larger than was allowed, or longer than its kind, is an Http2Error.
 */
import { BufferPool } from './buffer-pool.ts'

export const frameType = { data: 0, headers: 1, priority: 2, rstStream: 3, settings: 4, pushPromise: 5, ping: 6, goaway: 7, windowUpdate: 8, continuation: 9 } as const
export const frameFlag = { endStream: 1, ack: 1, endHeaders: 4, padded: 8, priority: 32 } as const
export const setting = { headerTableSize: 1, enablePush: 2, maxConcurrentStreams: 3, initialWindowSize: 4, maxFrameSize: 5, maxHeaderListSize: 6 } as const
export const errorCode = {
  noError: 0, protocolError: 1, internalError: 2, flowControlError: 3, settingsTimeout: 4, streamClosed: 5, frameSizeError: 6,
  refusedStream: 7, cancel: 8, compressionError: 9, connectError: 10, enhanceYourCalm: 11, inadequateSecurity: 12, http11Required: 13,
} as const
const codeNames = Object.fromEntries(Object.entries(errorCode).map(([name, code]) => [code, name]))
export const codeName = (code: number): string => codeNames[code] ?? `error ${code}`

/** What ended a stream or a connection before its time. */
export class Http2Error extends Error {
  readonly code: number
  /** The peer has not acted on the request: it can be repeated whatever it does. */
  readonly unprocessed: boolean
  constructor(code: number, message: string, o: { unprocessed?: boolean, cause?: unknown } = {}) {
    super(message, o.cause === undefined ? undefined : { cause: o.cause })
    this.name = 'Http2Error'
    this.code = code
    this.unprocessed = o.unprocessed ?? false
  }
}
export const protocolError = (message: string): Http2Error => new Http2Error(errorCode.protocolError, message)

export const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1')
/** Before every frame. */
export const headBytes = 9
/** What a peer may send unless told otherwise; we never tell. */
export const defaultMaxFrameBytes = 16_384
export const defaultWindowBytes = 65_535
export const maxWindowBytes = 2 ** 31 - 1
export const maxStreamId = 2 ** 31 - 1

/** Writes a frame's head at `at`; answers where its payload begins. */
export function writeHead(b: Buffer, at: number, length: number, type: number, flags: number, stream: number): number {
  b[at] = length >>> 16
  b[at + 1] = (length >>> 8) & 255
  b[at + 2] = length & 255
  b[at + 3] = type
  b[at + 4] = flags
  return writeUint32(b, at + 5, stream)
}

export function writeUint32(b: Buffer, at: number, value: number): number {
  b[at] = value >>> 24
  b[at + 1] = (value >>> 16) & 255
  b[at + 2] = (value >>> 8) & 255
  b[at + 3] = value & 255
  return at + 4
}

export const readUint32 = (b: Buffer, at: number): number => ((b[at]! << 24) | (b[at + 1]! << 16) | (b[at + 2]! << 8) | b[at + 3]!) >>> 0
/** The reserved bit is ignored. */
export const readUint31 = (b: Buffer, at: number): number => readUint32(b, at) & 0x7fffffff

export interface FrameSink {
  /** The payload is `b` from `start` to `end`, during the call only. False: no more frames are wanted. */
  frame(type: number, flags: number, stream: number, b: Buffer, start: number, end: number): boolean
}

const holds = new BufferPool(headBytes + defaultMaxFrameBytes, 8)

export class FrameCutter {
  readonly #maxBytes: number
  /** A frame of which only the beginning has come; never more than one frame. */
  #held: Buffer | undefined
  #heldBytes = 0

  /** No more than the default. */
  constructor(maxFrameBytes = defaultMaxFrameBytes) { this.#maxBytes = maxFrameBytes }

  push(b: Buffer, length: number, sink: FrameSink): void {
    let at = 0
    if (this.#heldBytes) {
      at = this.#complete(b, length)
      if (at < 0) return
      const held = this.#held!
      this.#heldBytes = 0
      this.#held = undefined
      const more = give(held, 0, sink)
      holds.give(held)
      if (!more) return
    }
    while (length - at >= headBytes) {
      const next = at + headBytes + this.#payloadBytes(b, at)
      if (next > length) break
      if (!give(b, at, sink)) return
      at = next
    }
    if (at < length) this.#hold(b, at, length)
  }

  /** Completes what is held; answers where the rest begins, -1 when there is not enough yet. */
  #complete(b: Buffer, length: number): number {
    let at = 0
    const held = this.#held!
    for (;;) {
      const wanted = this.#heldBytes < headBytes ? headBytes : headBytes + this.#payloadBytes(held, 0)
      if (this.#heldBytes === wanted) return at
      const next = Math.min(at + wanted - this.#heldBytes, length)
      b.copy(held, this.#heldBytes, at, next)
      this.#heldBytes += next - at
      at = next
      if (this.#heldBytes < wanted) return -1
    }
  }

  #hold(b: Buffer, at: number, length: number): void {
    this.#held = holds.take()
    this.#heldBytes = b.copy(this.#held, 0, at, length)
  }

  #payloadBytes(b: Buffer, at: number): number {
    const n = (b[at]! << 16) | (b[at + 1]! << 8) | b[at + 2]!
    if (n > this.#maxBytes) throw new Http2Error(errorCode.frameSizeError, `a frame of ${n} bytes is larger than ${this.#maxBytes}`)
    return n
  }
}

function give(b: Buffer, at: number, sink: FrameSink): boolean {
  const n = (b[at]! << 16) | (b[at + 1]! << 8) | b[at + 2]!
  return sink.frame(b[at + 3]!, b[at + 4]!, readUint31(b, at + 5), b, at + headBytes, at + headBytes + n)
}
