/** The server's end: it takes streams, refuses those that are too many, and ends each when its answer has been sent. */
import { Connection, type ConnectionOptions, type Wire } from './connection.ts'
import { errorCode, preface, protocolError, setting } from './frames.ts'
import type { Header } from './hpack.ts'
import { Stream, type StreamSink } from './stream.ts'

export interface ServerConnectionOptions extends ConnectionOptions {
  maxStreams: number
  /** Answers who follows the request; `respond` and `end` of the stream answer it. */
  onStream(stream: Stream, headers: readonly Header[]): StreamSink
}

const nothing = Buffer.alloc(0)

export class ServerConnection extends Connection {
  readonly #o: ServerConnectionOptions
  protected lastPeerStream = 0

  constructor(wire: Wire, o: ServerConnectionOptions) {
    super(wire, o, preface)
    this.#o = o
    this.begin(nothing, [[setting.maxConcurrentStreams, o.maxStreams], [setting.initialWindowSize, this.streamWindow]])
  }

  onHeaders(id: number, headers: readonly Header[], ends: boolean): void {
    if (id % 2 === 0) throw protocolError(`a client has no stream ${id}`)
    if (id <= this.lastPeerStream) return this.#onTrailers(id, ends)
    this.lastPeerStream = id
    if (!this.usable) return
    if (this.streams.size >= this.#o.maxStreams) return this.sendReset(id, errorCode.refusedStream)
    const stream = new Stream(this, ignored, this.streamWindow)
    stream.id = id
    stream.sendWindow = this.peerWindow
    this.streams.set(id, stream)
    stream.sink = this.#o.onStream(stream, headers)
    if (ends && !stream.closed) this.remoteEnd(stream)
  }

  /** Of requests they say nothing. */
  #onTrailers(id: number, ends: boolean): void {
    const stream = this.streams.get(id)
    if (!stream || stream.remoteEnded) return
    if (!ends) throw protocolError('headers in the middle of a request')
    this.remoteEnd(stream)
  }

  protected hasBegun(id: number): boolean { return id % 2 === 1 && id <= this.lastPeerStream }

  protected remoteOver(stream: Stream): void { stream.sink.requested?.() }

  /** The answer is whole; what the client still sends is not wanted. */
  protected localOver(stream: Stream): void {
    if (!stream.remoteEnded) this.sendReset(stream.id, errorCode.noError)
    this.end(stream, undefined)
  }

  protected freed(): void {}
}

/** Until somebody follows. */
const ignored: StreamSink = { headers() {}, data() {}, closed() {} }
