/**
 * What both ends of an HTTP/2 connection (RFC 9113) do, made for many short calls: frames are read where they lie and
 * written into one buffer that leaves once per turn of the event loop (outbox.ts), and a call costs one small object. It
 * guarantees that each stream's sink is told of its end exactly once unless the stream was reset from here; that windows
 * hold both ways; and that little waits in front of a socket that does not take it. A peer that breaks the protocol loses
 * the connection. It has no clock: whoever holds it sets deadlines and pings.
 */
import { codeName, defaultMaxFrameBytes, defaultWindowBytes, errorCode, frameFlag, frameType, headBytes, Http2Error, maxWindowBytes, protocolError, setting, writeHead, writeUint32 } from './frames.ts'
import type { Header } from './hpack.ts'
import { Outbox } from './outbox.ts'
import { type PeerEvents, PeerReader } from './reader.ts'
import type { Stream, StreamOwner } from './stream.ts'

/** What of a socket the connection uses. */
export interface Wire {
  readonly writableLength: number
  /** `done` is called later, never from within. */
  write(bytes: Buffer, done: () => void): unknown
  /** Goes when what was written has left. */
  end(): unknown
  destroy(): unknown
}

export interface ConnectionOptions {
  /** No new streams from now on: closed, lost or going away. Called once. */
  onUnusable(): void
  /** What a peer may have sent of one stream before it was taken. Default 4 MiB. */
  streamWindowBytes?: number
  /** The same of all streams. Default 16 MiB. */
  windowBytes?: number
}

/** Bodies wait with us while so much waits in the socket. */
const maxWireBytes = 256 << 10
/** Answers to pings and the like that the peer does not take. */
const maxUnsentBytes = 64 << 20
const lost = (cause?: unknown) => new Http2Error(errorCode.connectError, cause instanceof Error ? `the connection was lost: ${cause.message}` : 'the connection was lost', { cause })

export abstract class Connection implements PeerEvents, StreamOwner {
  readonly #wire: Wire
  readonly #o: ConnectionOptions
  readonly #out: Outbox
  readonly #reader: PeerReader
  protected readonly streams = new Map<number, Stream>()
  protected readonly streamWindow: number
  /** Streams whose body waits for a window or for the socket, oldest first. */
  readonly #blocked = new Set<Stream>()
  readonly #pings: (() => void)[] = []
  /** What the peer lets one stream send. */
  protected peerWindow = defaultWindowBytes
  #sendWindow = defaultWindowBytes
  #receiveWindow: number
  readonly #fullReceiveWindow: number
  /** The peer's table became smaller: the next header block has to say that ours, which is never used, has (RFC 7541, 4.2). */
  #resizeTable = false
  #unusable = false
  #closed = false
  /** Counts what has been received, so that whoever watches the time sees that the peer lives. */
  received = 0

  constructor(wire: Wire, o: ConnectionOptions, expectedPreface: Buffer) {
    this.#wire = wire
    this.#o = o
    this.#out = new Outbox((bytes, done) => this.#wire.write(bytes, () => { done(); this.#sendBlocked() }))
    this.#reader = new PeerReader(this, expectedPreface)
    this.streamWindow = o.streamWindowBytes ?? 4 << 20
    this.#fullReceiveWindow = this.#receiveWindow = o.windowBytes ?? 16 << 20
  }

  get usable(): boolean { return !this.#unusable }
  get closed(): boolean { return this.#closed }
  get openStreams(): number { return this.streams.size }

  /** Calls `pong` when the peer answers. */
  ping(pong: () => void): void {
    if (this.#closed) return
    this.#pings.push(pong)
    this.#frame(frameType.ping, 0, 0, 8, (b, at) => b.fill(0, at, at + 8))
  }

  /** No more streams; it goes when the last one has ended. */
  close(): void {
    this.retire()
    this.#endIfIdle()
  }

  /** Ends everything now. */
  destroy(cause?: Error): void {
    this.ended(cause)
    this.#wire.destroy() // closed already, it may still wait for a peer that takes nothing
  }

  /** The socket is gone, or has to go. */
  ended(cause?: unknown): void {
    if (this.#closed) return
    this.#closed = true
    this.retire()
    this.#out.close()
    this.#wire.destroy()
    const error = cause instanceof Http2Error ? cause : lost(cause)
    for (const s of [...this.streams.values()]) this.end(s, error)
  }

  /** What the socket read: valid during the call only. */
  receive(b: Buffer, length: number): void {
    if (this.#closed) return
    this.received++
    try { this.#reader.push(b, length) } catch (e) {
      if (!(e instanceof Http2Error)) throw e
      this.#frame(frameType.goaway, 0, 0, 8, (out, at) => writeUint32(out, writeUint32(out, at, this.lastPeerStream), e.code))
      this.#out.flush()
      this.ended(e)
    }
  }

  // ── what the two ends do differently ──

  /** The highest stream of the peer's that this end has looked at. */
  protected abstract readonly lastPeerStream: number
  /** Whether there has been a stream of this number. */
  protected abstract hasBegun(id: number): boolean
  /** The peer has sent all of a stream. */
  protected abstract remoteOver(stream: Stream): void
  /** All of a stream has been sent. */
  protected abstract localOver(stream: Stream): void
  /** A stream has ended: another may begin. */
  protected abstract freed(): void
  abstract onHeaders(id: number, headers: readonly Header[], ends: boolean): void

  // ── what is sent ──

  protected begin(preface: Buffer, settings: readonly [name: number, value: number][]): void {
    const { chunk, at } = this.#out.reserve(preface.length)
    preface.copy(chunk, at)
    this.#frame(frameType.settings, 0, 0, settings.length * 6, (b, start) => {
      let to = start
      for (const [name, value] of settings) {
        b[to] = name >>> 8
        b[to + 1] = name & 255
        to = writeUint32(b, to + 2, value)
      }
    })
    this.#windowUpdate(0, this.#fullReceiveWindow - defaultWindowBytes)
  }

  /** Headers or trailers; a block that is too long for a frame goes on in others. */
  sendHeaders(stream: Stream, block: Buffer, end: boolean): void {
    const resize = this.#resizeTable ? 1 : 0, first = Math.min(block.length, defaultMaxFrameBytes - resize)
    let flags = (end ? frameFlag.endStream : 0) | (first === block.length ? frameFlag.endHeaders : 0)
    const { chunk, at } = this.#out.reserve(headBytes + resize + first)
    let to = writeHead(chunk, at, resize + first, frameType.headers, flags, stream.id)
    if (resize) chunk[to++] = emptyTable
    this.#resizeTable = false
    block.copy(chunk, to, 0, first)
    for (let from = first; from < block.length;) {
      const next = Math.min(block.length, from + defaultMaxFrameBytes)
      flags = next === block.length ? frameFlag.endHeaders : 0
      this.#frame(frameType.continuation, flags, stream.id, next - from, (b, start) => block.copy(b, start, from, next))
      from = next
    }
  }

  /** Sends of the stream what the windows and the socket allow; the rest waits. */
  send(stream: Stream): void {
    const { pending } = stream
    while (pending?.length) {
      const body = pending[0]!, left = body.length - stream.sent
      const room = this.#wire.writableLength > maxWireBytes ? 0 : defaultMaxFrameBytes
      const size = Math.max(0, Math.min(left, stream.sendWindow, this.#sendWindow, room))
      if (size === 0 && left > 0) { this.#blocked.add(stream); return }
      const last = size === left && pending.length === 1 && stream.ending && !stream.trailers
      const { chunk, at } = this.#out.reserve(headBytes + size)
      body.copy(chunk, writeHead(chunk, at, size, frameType.data, last ? frameFlag.endStream : 0, stream.id), stream.sent, stream.sent + size)
      stream.sendWindow -= size
      this.#sendWindow -= size
      stream.sent += size
      stream.queuedBytes -= size
      if (size < left) continue
      pending.shift()
      stream.sent = 0
    }
    stream.pending = undefined
    this.#blocked.delete(stream)
    if (stream.ending && !stream.localEnded) {
      if (stream.trailers) this.sendHeaders(stream, stream.trailers, true)
      stream.localEnded = true
      this.localOver(stream)
    }
    stream.drained?.()
  }

  #sendBlocked(): void {
    if (this.#closed) return
    for (const s of this.#blocked) {
      if (this.#sendWindow <= 0 || this.#wire.writableLength > maxWireBytes) return
      this.send(s)
    }
  }

  /** Ends a stream at once, without a word to its sink. */
  reset(stream: Stream, code: number): void {
    if (stream.closed) return
    if (stream.id) this.sendReset(stream.id, code)
    stream.closed = true
    this.#remove(stream)
  }

  protected sendReset(id: number, code: number): void { this.#frame(frameType.rstStream, 0, id, 4, (b, at) => writeUint32(b, at, code)) }

  #windowUpdate(stream: number, bytes: number): void { this.#frame(frameType.windowUpdate, 0, stream, 4, (b, at) => writeUint32(b, at, bytes)) }

  #frame(type: number, flags: number, stream: number, length: number, fill: (b: Buffer, at: number) => void): void {
    if (this.#closed) return
    if (this.#wire.writableLength > maxUnsentBytes) return this.ended(new Http2Error(errorCode.enhanceYourCalm, 'the peer asks for more than it takes'))
    const { chunk, at } = this.#out.reserve(headBytes + length)
    fill(chunk, writeHead(chunk, at, length, type, flags, stream))
  }

  // ── what is received ──

  /** Undefined for one that has ended; one that never began breaks the protocol. */
  protected stream(id: number): Stream | undefined {
    const stream = this.streams.get(id)
    if (!stream && (id === 0 || !this.hasBegun(id))) throw protocolError(`there is no stream ${id}`)
    return stream
  }

  onData(id: number, b: Buffer, start: number, end: number, flowBytes: number, ends: boolean): void {
    const stream = this.stream(id)
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
    if (ends) this.remoteEnd(stream)
    else this.credit(stream)
  }

  /** Gives back to the peer what was taken, half a window at a time. */
  credit(stream: Stream): void {
    if (stream.closed) return
    if (stream.remoteEnded) this.remoteEnd(stream)
    else if (stream.uncredited >= this.streamWindow / 2) {
      this.#windowUpdate(stream.id, stream.uncredited)
      stream.receiveWindow += stream.uncredited
      stream.uncredited = 0
    }
  }

  protected remoteEnd(stream: Stream): void {
    stream.remoteEnded = true
    if (stream.held || stream.remoteTold) return
    stream.remoteTold = true
    this.remoteOver(stream)
  }

  onReset(id: number, code: number): void {
    const stream = this.stream(id)
    // After a whole answer it only says that the rest of the request is not wanted.
    if (stream && !(stream.remoteEnded && code === errorCode.noError)) this.end(stream, new Http2Error(code, `the peer ended the stream: ${codeName(code)}`, { unprocessed: code === errorCode.refusedStream }))
  }

  onSetting(name: number, value: number): void {
    if (name === setting.headerTableSize) this.#resizeTable = true
    if (name !== setting.initialWindowSize) return // Larger frames than the default would gain nothing.
    for (const s of this.streams.values()) s.sendWindow += value - this.peerWindow
    this.peerWindow = value
  }

  onSettingsEnd(): void {
    this.#frame(frameType.settings, frameFlag.ack, 0, 0, () => {})
    this.#sendBlocked()
  }

  onPing(b: Buffer, start: number): void { this.#frame(frameType.ping, frameFlag.ack, 0, 8, (out, at) => b.copy(out, at, start, start + 8)) }
  onPong(): void { this.#pings.shift()?.() }

  onGoaway(_lastStream: number, _code: number): void {
    this.retire()
    this.#endIfIdle()
  }

  onWindowUpdate(id: number, bytes: number): void {
    if (id === 0) {
      this.#sendWindow = grown(this.#sendWindow, bytes)
      return this.#sendBlocked()
    }
    const stream = this.stream(id)
    if (!stream) return
    stream.sendWindow = grown(stream.sendWindow, bytes)
    if (stream.pending) this.send(stream)
  }

  // ── ends ──

  protected end(stream: Stream, error: Http2Error | undefined): void {
    this.#remove(stream)
    this.tell(stream, error)
  }

  protected tell(stream: Stream, error: Http2Error | undefined): void {
    if (stream.closed) return
    stream.closed = true
    stream.sink.closed(error)
    stream.drained?.()
  }

  #remove(stream: Stream): void {
    stream.held = stream.pending = undefined
    stream.queuedBytes = 0
    this.#blocked.delete(stream)
    if (stream.id) this.streams.delete(stream.id)
    this.freed()
    if (this.#unusable) this.#endIfIdle()
  }

  /** From now on nothing new begins. */
  protected retire(): void {
    if (this.#unusable) return
    this.#unusable = true
    this.#o.onUnusable()
  }

  #endIfIdle(): void {
    if (!this.#unusable || this.#closed || this.streams.size) return
    this.#frame(frameType.goaway, 0, 0, 8, (b, at) => writeUint32(b, writeUint32(b, at, this.lastPeerStream), errorCode.noError))
    this.#out.flush()
    this.#closed = true
    this.#out.close()
    this.#wire.end()
  }
}

/** HPACK's size update to 0. */
const emptyTable = 0x20

function grown(window: number, bytes: number): number {
  if (window + bytes > maxWindowBytes) throw new Http2Error(errorCode.flowControlError, 'a window that is too large')
  return window + bytes
}
