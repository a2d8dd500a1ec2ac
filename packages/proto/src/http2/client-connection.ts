/** The client's end: it opens streams, no more than the server allows (the others wait, bounded), and takes no push. */
import { Connection, type ConnectionOptions, type Wire } from './connection.ts'
import { codeName, errorCode, Http2Error, maxStreamId, preface, setting } from './frames.ts'
import type { Header } from './hpack.ts'
import { Stream, type StreamSink } from './stream.ts'

/** Requests that wait for the server to allow one stream more. */
const maxWaiting = 10_000
const nothing = Buffer.alloc(0)

export class ClientConnection extends Connection {
  /** Streams for which the server has no room yet, oldest first. */
  readonly #waiting: Stream[] = []
  #nextId = 1
  #maxStreams = Infinity
  /** No stream begins before the server has said how many may: what it refuses would have to be asked again. */
  #begun = false
  protected readonly lastPeerStream = 0

  constructor(wire: Wire, o: ConnectionOptions) {
    super(wire, o, nothing)
    this.begin(preface, [[setting.enablePush, 0], [setting.initialWindowSize, this.streamWindow]])
  }

  override get openStreams(): number { return this.streams.size + this.#waiting.length }

  /** A request whose body is `body`, or what the stream's `write` gives. */
  request(block: Buffer, sink: StreamSink, body?: Buffer): Stream {
    if (!this.usable) throw new Http2Error(errorCode.refusedStream, 'the connection takes no more requests', { unprocessed: true })
    const stream = new Stream(this, sink, this.streamWindow)
    stream.block = block
    if (body) {
      stream.pending = [body]
      stream.queuedBytes = body.length
      stream.ending = true
    }
    if (this.#mayOpen()) this.#open(stream)
    else if (this.#waiting.length < maxWaiting) this.#waiting.push(stream)
    else throw new Http2Error(errorCode.refusedStream, `more than ${maxWaiting} requests wait`, { unprocessed: true })
    return stream
  }

  #mayOpen(): boolean { return this.#begun && this.usable && this.streams.size < this.#maxStreams }

  #open(stream: Stream): void {
    stream.id = this.#nextId
    this.#nextId += 2
    stream.sendWindow = this.peerWindow
    this.streams.set(stream.id, stream)
    if (this.#nextId > maxStreamId) this.close()
    this.sendHeaders(stream, stream.block, false)
    stream.block = nothing
    if (stream.pending) this.send(stream)
  }

  protected freed(): void { while (this.#waiting.length && this.#mayOpen()) this.#open(this.#waiting.shift()!) }

  override reset(stream: Stream, code: number): void {
    const at = stream.id ? -1 : this.#waiting.indexOf(stream)
    if (at >= 0) this.#waiting.splice(at, 1)
    super.reset(stream, code)
  }

  protected hasBegun(id: number): boolean { return id % 2 === 1 && id < this.#nextId }

  onHeaders(id: number, headers: readonly Header[], ends: boolean): void {
    const stream = this.stream(id)
    if (!stream || stream.remoteEnded) return
    stream.takeHeaders(headers)
    if (ends && !stream.closed) this.remoteEnd(stream)
  }

  override onSetting(name: number, value: number): void {
    if (name === setting.maxConcurrentStreams) this.#maxStreams = value
    super.onSetting(name, value)
  }

  override onSettingsEnd(): void {
    super.onSettingsEnd()
    this.#begun = true
    this.freed()
  }

  override onGoaway(lastStream: number, code: number): void {
    this.retire()
    const error = new Http2Error(code, `the peer goes away: ${codeName(code)}`, { unprocessed: true })
    for (const s of [...this.streams.values()]) if (s.id > lastStream) this.end(s, error)
    super.onGoaway(lastStream, code)
  }

  /** The answer is whole. A request of which the server did not want the rest is cut off. */
  protected remoteOver(stream: Stream): void {
    if (!stream.localEnded) this.sendReset(stream.id, errorCode.noError)
    this.end(stream, undefined)
  }
  protected localOver(): void {}

  /** What has not begun ends. */
  protected override retire(): void {
    super.retire()
    const error = new Http2Error(errorCode.refusedStream, 'the connection closed before the request was sent', { unprocessed: true })
    for (const s of this.#waiting.splice(0)) this.tell(s, error)
  }
}
