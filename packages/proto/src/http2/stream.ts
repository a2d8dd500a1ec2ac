/** One request and its answer on a connection: the numbers that flow control needs, and what waits for a window. */
import type { Http2Error } from './frames.ts'
import type { Header } from './hpack.ts'

/** Who follows what the peer sends on a stream. None of these may throw. */
export interface StreamSink {
  /** A client's: the answer's headers, and its trailers. */
  headers(headers: readonly Header[]): void
  /** A piece of the body: `b` from `start` to `end`, during the call only. */
  data(b: Buffer, start: number, end: number): void
  /** A server's: the request is whole. */
  requested?(): void
  /** The last call, unless the stream was reset from here. Undefined: it ended properly. */
  closed(error: Http2Error | undefined): void
}

/** What the connection does for its streams. */
export interface StreamOwner {
  send(stream: Stream): void
  sendHeaders(stream: Stream, block: Buffer, end: boolean): void
  reset(stream: Stream, code: number): void
  credit(stream: Stream): void
}

const nothing: Buffer = Buffer.alloc(0)

export class Stream {
  readonly #owner: StreamOwner
  sink: StreamSink
  /** A request's header block, until it is sent. */
  block = nothing
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
  /** Bytes of body that wait. */
  queuedBytes = 0
  /** What is sent ends with what is pending, and then with these where there are any. */
  ending = false
  trailers: Buffer | undefined
  localEnded = false
  /** The peer's end has come, but may stand behind what a pause holds. */
  remoteEnded = false
  remoteTold = false
  closed = false
  /** Called when nothing waits any more, and at the end. */
  drained: (() => void) | undefined
  /** What came during a pause; its size is bounded by the receive window. */
  held: (Buffer | readonly Header[])[] | undefined

  constructor(owner: StreamOwner, sink: StreamSink, receiveWindow: number) {
    this.#owner = owner
    this.sink = sink
    this.receiveWindow = receiveWindow
  }

  /** A server's: the answer's headers, and with `end` all of the answer. Before any `write`. */
  respond(block: Buffer, end = false): void {
    if (this.closed || this.ending) return
    if (end) {
      this.ending = true
      this.trailers = block
      this.#owner.send(this)
    } else this.#owner.sendHeaders(this, block, false)
  }

  /** Goes out as the peer's windows allow. The buffer belongs to the stream from now on. */
  write(data: Buffer, end = false): void {
    if (this.closed || this.ending) return
    if (this.pending) this.pending.push(data)
    else this.pending = [data]
    this.queuedBytes += data.length
    this.ending = end
    if (this.id) this.#owner.send(this)
  }

  /** Ends it behind what waits. */
  end(trailers: Buffer): void {
    if (this.closed || this.ending) return
    this.ending = true
    this.trailers = trailers
    this.#owner.send(this)
  }

  /** Ends it at once; the sink is not called again. */
  reset(code: number): void { this.#owner.reset(this, code) }

  takeHeaders(headers: readonly Header[]): void {
    if (this.held) this.held.push(headers)
    else this.sink.headers(headers)
  }

  /** A piece of the body: to the sink, or held. */
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
    if (!this.held) this.#owner.credit(this)
  }
}
