/**
 * The client's side of one HTTP/2 connection (RFC 9113), made for many short calls: frames are read where they lie and
 * written into one buffer that leaves once per turn of the event loop (outbox.ts), and a call costs one small object. It
 * guarantees that each stream's sink is told of its end exactly once unless the stream was reset from here; that windows
 * hold both ways; and that no more streams are open than the peer allows (the others wait, bounded). A peer that breaks
 * the protocol loses the connection. Server push is refused. It has no clock: whoever holds it sets deadlines and pings.
 */
import { codeName, defaultMaxFrameBytes, defaultWindowBytes, errorCode, frameFlag, frameType, headBytes, Http2Error, maxStreamId, maxWindowBytes, preface, protocolError, setting, writeHead, writeUint32 } from './frames.ts'
import type { Header } from './hpack.ts'
import { Outbox } from './outbox.ts'
import { type PeerEvents, PeerReader } from './reader.ts'
import { Stream, type StreamOwner, type StreamSink } from './stream.ts'

/** What of a socket the connection uses. */
export interface Wire {
  readonly writableLength: number
  write(bytes: Buffer, done: () => void): unknown
  /** Goes when what was written has left. */
  end(): unknown
  destroy(): unknown
}

export interface ConnectionOptions {
  /** It takes no new streams from now on: closed, lost or going away. Called once. */
  onUnusable(): void
  /** Bytes of one answer in flight. Default 4 MiB. */
  streamWindowBytes?: number
  /** Bytes of all answers in flight. Default 16 MiB. */
  windowBytes?: number
}

/** Requests that wait for the peer to allow one stream more. */
const maxWaiting = 10_000
/** Answers to pings and the like that the peer does not take. */
const maxUnsentBytes = 64 << 20
const lost = (cause?: unknown) => new Http2Error(errorCode.connectError, cause instanceof Error ? `the connection was lost: ${cause.message}` : 'the connection was lost', { cause })

export class Connection implements PeerEvents, StreamOwner {
  readonly #wire: Wire
  readonly #o: ConnectionOptions
  readonly #out: Outbox
  readonly #reader = new PeerReader(this)
  readonly #streamWindow: number
  readonly #streams = new Map<number, Stream>()
  /** Streams for which the peer has no room yet, oldest first. */
  readonly #waiting: Stream[] = []
  /** Streams whose body waits for a window, oldest first. */
  readonly #blocked = new Set<Stream>()
  readonly #pings: (() => void)[] = []
  readonly #peer = { initialWindow: defaultWindowBytes, maxStreams: Infinity }
  /** No stream begins before the peer has said how many may: what it refuses would have to be asked again. */
  #begun = false
  /** The peer's table became smaller: the next header block has to say that ours, which is never used, has (RFC 7541, 4.2). */
  #resizeTable = false
  #nextId = 1
  #sendWindow = defaultWindowBytes
  #receiveWindow: number
  readonly #fullReceiveWindow: number
  #unusable = false
  #closed = false
  /** Counts what has been received, so that whoever watches the time sees that the peer lives. */
  received = 0

  constructor(wire: Wire, o: ConnectionOptions) {
    this.#wire = wire
    this.#o = o
    this.#out = new Outbox((bytes, done) => this.#wire.write(bytes, done))
    this.#streamWindow = o.streamWindowBytes ?? 4 << 20
    this.#fullReceiveWindow = this.#receiveWindow = o.windowBytes ?? 16 << 20
    this.#begin()
  }

  get usable(): boolean { return !this.#unusable }
  get closed(): boolean { return this.#closed }
  get openStreams(): number { return this.#streams.size + this.#waiting.length }

  /** A request without a body unless the stream's `write` follows, or `body` is the whole of it. */
  request(block: Buffer, sink: StreamSink, body?: Buffer): Stream {
    if (this.#unusable) throw new Http2Error(errorCode.refusedStream, 'the connection takes no more requests', { unprocessed: true })
    if (block.length > defaultMaxFrameBytes) throw new Http2Error(errorCode.internalError, 'the headers are too large for one frame', { unprocessed: true })
    const stream = new Stream(this, block, sink, this.#streamWindow)
    if (body) {
      stream.pending = [body]
      stream.ending = true
    }
    if (this.#mayOpen()) this.#open(stream)
    else if (this.#waiting.length < maxWaiting) this.#waiting.push(stream)
    else throw new Http2Error(errorCode.refusedStream, `more than ${maxWaiting} requests wait`, { unprocessed: true })
    return stream
  }

  /** Calls `pong` when the peer answers. */
  ping(pong: () => void): void {
    if (this.#closed) return
    this.#pings.push(pong)
    this.#frame(frameType.ping, 0, 0, 8, (b, at) => b.fill(0, at, at + 8))
  }

  /** No more requests; it goes when the last stream has ended. */
  close(): void {
    this.#retire()
    this.#endIfIdle()
  }

  /** Ends everything now. */
  destroy(cause?: Error): void { this.ended(cause) }

  /** The socket is gone, or has to go. */
  ended(cause?: unknown): void {
    if (this.#closed) return
    this.#closed = true
    this.#retire()
    this.#out.close()
    this.#wire.destroy()
    const error = cause instanceof Http2Error ? cause : lost(cause)
    for (const s of [...this.#streams.values()]) this.#end(s, error)
  }

  /** What the socket read: valid during the call only. */
  receive(b: Buffer, length: number): void {
    if (this.#closed) return
    this.received++
    try { this.#reader.push(b, length) } catch (e) {
      if (!(e instanceof Http2Error)) throw e
      this.#frame(frameType.goaway, 0, 0, 8, (out, at) => writeUint32(out, writeUint32(out, at, 0), e.code))
      this.#out.flush()
      this.ended(e)
    }
  }

  // ── what is sent ──

  #begin(): void {
    const { chunk, at } = this.#out.reserve(preface.length)
    preface.copy(chunk, at)
    this.#frame(frameType.settings, 0, 0, 12, (b, at) => writeSetting(b, writeSetting(b, at, setting.enablePush, 0), setting.initialWindowSize, this.#streamWindow))
    this.#windowUpdate(0, this.#fullReceiveWindow - defaultWindowBytes)
  }

  #open(stream: Stream): void {
    const { block } = stream, id = this.#nextId
    this.#nextId += 2
    stream.id = id
    stream.sendWindow = this.#peer.initialWindow
    stream.block = nothing
    this.#streams.set(id, stream)
    if (this.#nextId > maxStreamId) this.close()
    const length = block.length + (this.#resizeTable ? 1 : 0), { chunk, at } = this.#out.reserve(headBytes + length)
    let to = writeHead(chunk, at, length, frameType.headers, frameFlag.endHeaders, id)
    if (this.#resizeTable) chunk[to++] = emptyTable
    this.#resizeTable = false
    block.copy(chunk, to)
    if (stream.pending) this.send(stream)
  }

  /** Sends of the stream's body what the windows allow; the rest waits. */
  send(stream: Stream): void {
    const pending = stream.pending!
    while (pending.length) {
      const body = pending[0]!, left = body.length - stream.sent
      const size = Math.max(0, Math.min(left, stream.sendWindow, this.#sendWindow, defaultMaxFrameBytes))
      if (size === 0 && left > 0) { this.#blocked.add(stream); return }
      const last = size === left && pending.length === 1 && stream.ending
      const { chunk, at } = this.#out.reserve(headBytes + size)
      body.copy(chunk, writeHead(chunk, at, size, frameType.data, last ? frameFlag.endStream : 0, stream.id), stream.sent, stream.sent + size)
      stream.sendWindow -= size
      this.#sendWindow -= size
      stream.sent += size
      if (size < left) continue
      pending.shift()
      stream.sent = 0
      stream.localEnded = last
    }
    stream.pending = undefined
    this.#blocked.delete(stream)
  }

  #sendBlocked(): void {
    for (const s of this.#blocked) {
      if (this.#sendWindow <= 0) return
      this.send(s)
    }
  }

  reset(stream: Stream, code: number): void {
    if (stream.closed) return
    if (stream.id && !this.#closed) this.#frame(frameType.rstStream, 0, stream.id, 4, (b, at) => writeUint32(b, at, code))
    stream.closed = true
    this.#remove(stream)
  }

  #windowUpdate(stream: number, bytes: number): void { this.#frame(frameType.windowUpdate, 0, stream, 4, (b, at) => writeUint32(b, at, bytes)) }

  #frame(type: number, flags: number, stream: number, length: number, fill: (b: Buffer, at: number) => void): void {
    if (this.#closed) return
    if (this.#wire.writableLength > maxUnsentBytes) return this.ended(new Http2Error(errorCode.enhanceYourCalm, 'the peer asks for more than it takes'))
    const { chunk, at } = this.#out.reserve(headBytes + length)
    fill(chunk, writeHead(chunk, at, length, type, flags, stream))
  }

  // ── what is received ──

  /** Undefined for one that has ended; one that never began breaks the protocol. */
  #stream(id: number): Stream | undefined {
    const stream = this.#streams.get(id)
    if (!stream && (id === 0 || id % 2 === 0 || id >= this.#nextId)) throw protocolError(`there is no stream ${id}`)
    return stream
  }

  onData(id: number, b: Buffer, start: number, end: number, flowBytes: number, ends: boolean): void {
    const stream = this.#stream(id)
    this.#receiveWindow -= flowBytes
    if (this.#receiveWindow < 0) throw new Http2Error(errorCode.flowControlError, 'more data than the window allows')
    if (this.#receiveWindow < this.#fullReceiveWindow / 2) {
      this.#windowUpdate(0, this.#fullReceiveWindow - this.#receiveWindow)
      this.#receiveWindow = this.#fullReceiveWindow
    }
    if (!stream || stream.remoteEnded) return
    stream.receiveWindow -= flowBytes
    if (stream.receiveWindow < 0) throw new Http2Error(errorCode.flowControlError, 'more data than the stream\'s window allows')
    stream.uncredited += flowBytes - (end - start)
    stream.take(b, start, end)
    if (stream.closed) return
    if (ends) this.#remoteEnd(stream)
    else this.credit(stream)
  }

  /** Gives back to the peer what was taken, half a window at a time. */
  credit(stream: Stream): void {
    if (stream.closed) return
    if (stream.remoteEnded) this.#remoteEnd(stream)
    else if (stream.uncredited >= this.#streamWindow / 2) {
      this.#windowUpdate(stream.id, stream.uncredited)
      stream.receiveWindow += stream.uncredited
      stream.uncredited = 0
    }
  }

  onHeaders(id: number, headers: readonly Header[], ends: boolean): void {
    const stream = this.#stream(id)
    if (!stream || stream.remoteEnded) return
    if (stream.held) stream.held.push(headers)
    else stream.sink.headers(headers)
    if (ends && !stream.closed) this.#remoteEnd(stream)
  }

  /** The answer is whole. A request of which the peer did not want the rest is cut off. */
  #remoteEnd(stream: Stream): void {
    stream.remoteEnded = true
    if (stream.held) return
    if (!stream.localEnded) this.#frame(frameType.rstStream, 0, stream.id, 4, (b, at) => writeUint32(b, at, errorCode.noError))
    this.#end(stream, undefined)
  }

  onReset(id: number, code: number): void {
    const stream = this.#stream(id)
    // After a whole answer it only says that the rest of the request is not wanted.
    if (stream && !(stream.remoteEnded && code === errorCode.noError)) this.#end(stream, new Http2Error(code, `the peer ended the stream: ${codeName(code)}`, { unprocessed: code === errorCode.refusedStream }))
  }

  onSetting(name: number, value: number): void {
    if (name === setting.maxConcurrentStreams) this.#peer.maxStreams = value
    if (name === setting.headerTableSize) this.#resizeTable = true
    if (name !== setting.initialWindowSize) return // Larger frames than the default would gain nothing.
    for (const s of this.#streams.values()) s.sendWindow += value - this.#peer.initialWindow
    this.#peer.initialWindow = value
  }

  onSettingsEnd(): void {
    this.#begun = true
    this.#frame(frameType.settings, frameFlag.ack, 0, 0, () => {})
    this.#sendBlocked()
    this.#openWaiting()
  }

  onPing(b: Buffer, start: number): void { this.#frame(frameType.ping, frameFlag.ack, 0, 8, (out, at) => b.copy(out, at, start, start + 8)) }
  onPong(): void { this.#pings.shift()?.() }

  onGoaway(lastStream: number, code: number): void {
    this.#retire()
    const error = new Http2Error(code, `the peer goes away: ${codeName(code)}`, { unprocessed: true })
    for (const s of [...this.#streams.values()]) if (s.id > lastStream) this.#end(s, error)
    this.#endIfIdle()
  }

  onWindowUpdate(id: number, bytes: number): void {
    if (id === 0) {
      this.#sendWindow = grown(this.#sendWindow, bytes)
      return this.#sendBlocked()
    }
    const stream = this.#stream(id)
    if (!stream) return
    stream.sendWindow = grown(stream.sendWindow, bytes)
    if (stream.pending) this.send(stream)
  }

  // ── ends ──

  #end(stream: Stream, error: Http2Error | undefined): void {
    this.#remove(stream)
    this.#tell(stream, error)
  }

  #tell(stream: Stream, error: Http2Error | undefined): void {
    if (stream.closed) return
    stream.closed = true
    stream.sink.closed(error)
  }

  #remove(stream: Stream): void {
    stream.held = stream.pending = undefined
    this.#blocked.delete(stream)
    if (!stream.id) {
      const at = this.#waiting.indexOf(stream)
      if (at >= 0) this.#waiting.splice(at, 1)
      return
    }
    this.#streams.delete(stream.id)
    if (this.#waiting.length) this.#openWaiting()
    if (this.#unusable) this.#endIfIdle()
  }

  #mayOpen(): boolean { return this.#begun && !this.#unusable && this.#streams.size < this.#peer.maxStreams }

  #openWaiting(): void {
    while (this.#waiting.length && this.#mayOpen()) this.#open(this.#waiting.shift()!)
  }

  /** From now on nothing new begins; what has not begun ends. */
  #retire(): void {
    if (this.#unusable) return
    this.#unusable = true
    this.#o.onUnusable()
    const error = new Http2Error(errorCode.refusedStream, 'the connection closed before the request was sent', { unprocessed: true })
    for (const s of this.#waiting.splice(0)) this.#tell(s, error)
  }

  #endIfIdle(): void {
    if (!this.#unusable || this.#closed || this.#streams.size) return
    this.#frame(frameType.goaway, 0, 0, 8, (b, at) => b.fill(0, at, at + 8))
    this.#out.flush()
    this.#closed = true
    this.#out.close()
    this.#wire.end()
  }
}

const nothing = Buffer.alloc(0)
/** HPACK's size update to 0. */
const emptyTable = 0x20

function grown(window: number, bytes: number): number {
  if (window + bytes > maxWindowBytes) throw new Http2Error(errorCode.flowControlError, 'a window that is too large')
  return window + bytes
}

function writeSetting(b: Buffer, at: number, name: number, value: number): number {
  b[at] = name >>> 8
  b[at + 1] = name & 255
  return writeUint32(b, at + 2, value)
}
