/**
 * What the frames of a peer say: padding taken off, header blocks put together and decoded, sizes and the order of frames
 * checked. What is wrong by itself, whatever the state of the connection, is an Http2Error here.
 */
import { defaultMaxFrameBytes, errorCode, FrameCutter, type FrameSink, frameFlag, frameType, Http2Error, maxWindowBytes, protocolError, readUint31, readUint32, setting } from './frames.ts'
import { type Header, HeaderDecoder } from './hpack.ts'

export interface PeerEvents {
  /** No more is wanted. */
  readonly closed: boolean
  /** `flowBytes` is what it counts for in the windows: padding, too. */
  onData(stream: number, b: Buffer, start: number, end: number, flowBytes: number, ends: boolean): void
  onHeaders(stream: number, headers: readonly Header[], ends: boolean): void
  onReset(stream: number, code: number): void
  /** All of one frame's, then `onSettingsEnd`. */
  onSetting(name: number, value: number): void
  onSettingsEnd(): void
  onPing(b: Buffer, start: number): void
  onPong(): void
  onGoaway(lastStream: number, code: number): void
  /** Stream 0: the connection. */
  onWindowUpdate(stream: number, bytes: number): void
}

const maxHeaderBlockBytes = 256 << 10
/** Empty frames are work, too. */
const maxContinuations = 64
const wrongSize = (what: string) => new Http2Error(errorCode.frameSizeError, `${what} of another size`)

export class PeerReader implements FrameSink {
  readonly #cutter = new FrameCutter()
  readonly #decoder = new HeaderDecoder()
  readonly #on: PeerEvents
  /** A header block that goes on in the next frame, which can be no other. */
  #block: { stream: number, ends: boolean, parts: Buffer[], bytes: number } | undefined
  #begun = false
  /** What a client must send before its first frame and has not yet. */
  #preface: Buffer

  constructor(on: PeerEvents, preface: Buffer) {
    this.#on = on
    this.#preface = preface
  }

  push(b: Buffer, length: number): void {
    if (!this.#preface.length) return this.#cutter.push(b, length, this)
    const n = Math.min(length, this.#preface.length)
    if (b.compare(this.#preface, 0, n, 0, n)) throw protocolError('the peer does not speak HTTP/2')
    this.#preface = this.#preface.subarray(n)
    if (n < length) this.#cutter.push(b.subarray(n, length), length - n, this)
  }

  frame(type: number, flags: number, id: number, b: Buffer, start: number, end: number): boolean {
    if (!this.#begun && (type !== frameType.settings || flags & frameFlag.ack)) throw protocolError('the peer does not begin with SETTINGS')
    this.#begun = true
    if (this.#block && (type !== frameType.continuation || id !== this.#block.stream)) throw protocolError('a header block is interrupted')
    switch (type) {
      case frameType.data: this.#data(flags, id, b, start, end); break
      case frameType.headers: this.#headers(flags, id, b, start, end); break
      case frameType.continuation: this.#continuation(flags, b, start, end); break
      case frameType.settings: this.#settings(flags, id, b, start, end); break
      case frameType.pushPromise: throw protocolError('a push, which was refused')
      case frameType.rstStream:
        if (end - start !== 4) throw wrongSize('RST_STREAM')
        this.#on.onReset(id, readUint32(b, start))
        break
      case frameType.ping:
        ofConnection(id)
        if (end - start !== 8) throw wrongSize('PING')
        if (flags & frameFlag.ack) this.#on.onPong()
        else this.#on.onPing(b, start)
        break
      case frameType.goaway:
        ofConnection(id)
        if (end - start < 8) throw wrongSize('GOAWAY')
        this.#on.onGoaway(readUint31(b, start), readUint32(b, start + 4))
        break
      case frameType.windowUpdate: this.#windowUpdate(id, b, start, end); break
      // PRIORITY, and kinds that nobody knows, mean nothing.
    }
    return !this.#on.closed
  }

  #data(flags: number, id: number, b: Buffer, start: number, end: number): void {
    const ends = (flags & frameFlag.endStream) !== 0
    if (!(flags & frameFlag.padded)) this.#on.onData(id, b, start, end, end - start, ends)
    else this.#on.onData(id, b, start + 1, end - padding(b, start, end), end - start, ends)
  }

  #headers(flags: number, id: number, b: Buffer, start: number, end: number): void {
    let from = start, to = end
    if (flags & frameFlag.padded) {
      to -= padding(b, start, end)
      from++
    }
    if (flags & frameFlag.priority) from += 5
    if (from > to) throw wrongSize('HEADERS')
    const ends = (flags & frameFlag.endStream) !== 0
    if (flags & frameFlag.endHeaders) this.#on.onHeaders(id, this.#decoder.decode(b, from, to), ends)
    else this.#block = { stream: id, ends, parts: [Buffer.from(b.subarray(from, to))], bytes: to - from }
  }

  #continuation(flags: number, b: Buffer, start: number, end: number): void {
    const block = this.#block
    if (!block) throw protocolError('CONTINUATION of nothing')
    block.bytes += end - start
    if (block.bytes > maxHeaderBlockBytes || block.parts.length > maxContinuations) throw new Http2Error(errorCode.enhanceYourCalm, 'headers without end')
    block.parts.push(Buffer.from(b.subarray(start, end)))
    if (!(flags & frameFlag.endHeaders)) return
    this.#block = undefined
    this.#on.onHeaders(block.stream, this.#decoder.decode(Buffer.concat(block.parts), 0, block.bytes), block.ends)
  }

  #settings(flags: number, id: number, b: Buffer, start: number, end: number): void {
    ofConnection(id)
    if ((end - start) % 6 || (flags & frameFlag.ack && end !== start)) throw wrongSize('SETTINGS')
    if (flags & frameFlag.ack) return
    for (let at = start; at < end; at += 6) {
      const name = (b[at]! << 8) | b[at + 1]!, value = readUint32(b, at + 2)
      if (name === setting.initialWindowSize && value > maxWindowBytes) throw new Http2Error(errorCode.flowControlError, `a window of ${value} bytes`)
      if (name === setting.maxFrameSize && (value < defaultMaxFrameBytes || value > 0xffffff)) throw protocolError(`frames of ${value} bytes`)
      this.#on.onSetting(name, value)
    }
    this.#on.onSettingsEnd()
  }

  #windowUpdate(id: number, b: Buffer, start: number, end: number): void {
    if (end - start !== 4) throw wrongSize('WINDOW_UPDATE')
    const bytes = readUint31(b, start)
    if (bytes === 0) throw protocolError('a window that grows by nothing')
    this.#on.onWindowUpdate(id, bytes)
  }
}

function ofConnection(stream: number): void { if (stream !== 0) throw protocolError('a frame of the connection on a stream') }

/** Bytes of padding behind the payload; the byte that says so is before it. */
function padding(b: Buffer, start: number, end: number): number {
  if (start === end) throw wrongSize('padding')
  const n = b[start]!
  if (start + 1 + n > end) throw protocolError('more padding than frame')
  return n
}
