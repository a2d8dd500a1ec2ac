/** One request and its answer on a connection: the numbers that flow control needs, and what waits for a window. */
import type { Header } from './hpack.ts'
import type { Http2Error } from './frames.ts'

/** Who follows a stream. None of these may throw. */
export interface StreamSink {
  /** The answer's headers, and its trailers. */
  headers(headers: readonly Header[]): void
  /** A piece of the answer's body: `b` from `start` to `end`, during the call only. */
  data(b: Buffer, start: number, end: number): void
  /** The last call, unless the stream was reset from here. Undefined: the peer ended it properly. */
  closed(error: Http2Error | undefined): void
}

/** What the connection does for its streams. */
export interface StreamOwner {
  send(stream: Stream): void
  reset(stream: Stream, code: number): void
  credit(stream: Stream): void
}

export class Stream {
  readonly #owner: StreamOwner
  readonly sink: StreamSink
  /** The request's header block, until it is sent. */
  block: Buffer
  /** 0 until the peer lets it begin. */
  id = 0
  /** Bytes that may be sent; a change of SETTINGS can make it negative. */
  sendWindow = 0
  /** Bytes that the peer may still send. */
  receiveWindow: number
  /** Received and taken, not yet given back to the peer. */
  uncredited = 0
  /** Body that waits; the first `sent` bytes of the first are gone. */
  pending: Buffer[] | undefined
  sent = 0
  /** The request's body ends with what is pending. */
  ending = false
  localEnded = false
  /** The peer's end has come but stands behind what a pause holds. */
  remoteEnded = false
  closed = false
  /** What came during a pause; its size is bounded by the receive window. */
  held: (Buffer | readonly Header[])[] | undefined

  constructor(owner: StreamOwner, block: Buffer, sink: StreamSink, receiveWindow: number) {
    this.#owner = owner
    this.block = block
    this.sink = sink
    this.receiveWindow = receiveWindow
  }

  /** Goes out as the peer's windows allow. The buffer belongs to the stream from now on. */
  write(data: Buffer, end = false): void {
    if (this.closed || this.ending) return
    if (this.pending) this.pending.push(data)
    else this.pending = [data]
    this.ending = end
    if (this.id) this.#owner.send(this)
  }

  /** Ends it at once; the sink is not called again. */
  reset(code: number): void { this.#owner.reset(this, code) }

  /** A piece of the answer: to the sink, or held. */
  take(b: Buffer, start: number, end: number): void {
    if (this.held) this.held.push(Buffer.from(b.subarray(start, end)))
    else {
      this.uncredited += end - start
      if (end > start) this.sink.data(b, start, end)
    }
  }

  /** Holds what comes; the peer may send one window more. */
  pause(): void { if (!this.closed) this.held ??= [] }

  resume(): void {
    const held = this.held
    if (!held) return
    this.held = undefined
    for (let i = 0; i < held.length && !this.closed; i++) {
      if (this.held) { (this.held as typeof held).push(...held.slice(i)); return }
      const h = held[i]!
      if (Buffer.isBuffer(h)) {
        this.uncredited += h.length
        this.sink.data(h, 0, h.length)
      } else this.sink.headers(h as readonly Header[])
    }
    this.#owner.credit(this)
  }
}
