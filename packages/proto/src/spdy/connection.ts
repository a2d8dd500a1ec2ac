/**
 * A SPDY connection over any byte stream, of either side. Streams are Duplexes: `end` half-closes, `destroy` resets. One slow
 * reader holds up the connection (there is no flow control per stream): buffers stay bounded.
 */
import { Duplex } from 'node:stream'
import { controlFrame, dataFrame, flagFin, FrameReader, frameType, HeaderReader, HeaderWriter, type Frame, type Headers } from './frames.ts'

export interface SpdyOptions {
  side: 'client' | 'server'
  /** A stream that the peer opened. Unset: such streams are refused. */
  onStream?(s: SpdyStream): void
  /** Streams that may be open at once; default 1,024. */ maxStreams?: number
}

const highWater = 256 * 1024, maxData = 64 * 1024

export class SpdyStream extends Duplex {
  readonly id: number
  readonly headers: Headers
  readonly #connection: SpdyConnection
  #finished = false
  constructor(connection: SpdyConnection, id: number, headers: Headers) {
    super({ readableHighWaterMark: highWater, allowHalfOpen: true })
    this.#connection = connection
    this.id = id
    this.headers = headers
  }
  #eof = false
  /** The peer sends no more. */
  finishReading(): void {
    if (this.#eof || this.destroyed) return
    this.#eof = true
    this.push(null)
  }
  /** The peer has gone: what it sent before can still be read, then the stream is destroyed. */
  abandon(): void {
    if (this.destroyed) return
    if (this.readableEnded) return void this.destroy()
    this.once('end', () => this.destroy())
    this.finishReading()
    this.read(0) // with nothing left to read the end comes even where nobody reads
  }
  override _read(): void { this.#connection.resume() }
  override _write(chunk: Buffer, _e: BufferEncoding, cb: (e?: Error | null) => void): void {
    for (let at = 0; at + maxData < chunk.length; at += maxData) this.#connection.send(dataFrame(this.id, chunk.subarray(at, at + maxData), false))
    const rest = chunk.length % maxData || maxData
    this.#connection.send(dataFrame(this.id, chunk.subarray(chunk.length - rest), false), cb)
  }
  override _final(cb: (e?: Error | null) => void): void { this.#finished = true; this.#connection.send(dataFrame(this.id, Buffer.alloc(0), true), cb) }
  override _destroy(e: Error | null, cb: (e?: Error | null) => void): void {
    if (!this.#finished || !this.readableEnded) this.#connection.reset(this.id, !this.#finished)
    this.#connection.forget(this.id)
    cb(e)
  }
}

export class SpdyConnection {
  readonly #socket: Duplex
  readonly #options: SpdyOptions
  readonly #streams = new Map<number, SpdyStream>()
  readonly #reader = new FrameReader()
  readonly #headerReader = new HeaderReader()
  readonly #headerWriter = new HeaderWriter()
  #nextId: number
  #work: Promise<void> = Promise.resolve()
  #closed = false

  constructor(socket: Duplex, o: SpdyOptions) {
    this.#socket = socket
    this.#options = o
    this.#nextId = o.side === 'client' ? 1 : 2
    socket.on('data', (d: Buffer) => this.#take(d))
    // What has come is taken before the end is.
    const over = () => { this.#work = this.#work.then(() => this.close()) }
    socket.once('close', over).once('end', over).on('error', over)
  }

  get closed(): boolean { return this.#closed }

  open(headers: Headers): SpdyStream {
    const id = this.#nextId
    this.#nextId += 2
    const s = this.#add(id, headers), head = Buffer.alloc(10)
    head.writeUInt32BE(id, 0)
    this.send(controlFrame(frameType.synStream, 0, Buffer.concat([head, this.#headerWriter.write(headers)])))
    return s
  }

  send(frame: Buffer, cb?: (e?: Error | null) => void): void {
    if (this.#closed || this.#socket.destroyed) { cb?.(new Error('the SPDY connection is closed')); return }
    this.#socket.write(frame, cb)
  }
  resume(): void { this.#socket.resume() }
  reset(id: number, tell: boolean): void {
    if (!tell || this.#closed) return
    const b = Buffer.alloc(8)
    b.writeUInt32BE(id, 0)
    b.writeUInt32BE(5, 4) // CANCEL
    this.send(controlFrame(frameType.rstStream, 0, b))
  }
  forget(id: number): void { this.#streams.delete(id) }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    for (const s of [...this.#streams.values()]) s.abandon()
    this.#headerReader.close()
    this.#socket.end()
  }

  #add(id: number, headers: Headers): SpdyStream {
    const s = new SpdyStream(this, id, headers)
    s.on('error', () => {}) // told by 'close'
    this.#streams.set(id, s)
    return s
  }

  #take(d: Buffer): void {
    this.#work = this.#work.then(async () => { for (const f of this.#reader.push(d)) if (!this.#closed) await this.#frame(f) }).catch(() => { this.close(); this.#socket.destroy() })
  }

  async #frame(f: Frame): Promise<void> {
    if (f.kind === 'data') return this.#data(f.streamId, f.data, f.fin)
    if (f.type === frameType.synStream) return this.#opened(f.payload, f.flags)
    if (f.type === frameType.synReply || f.type === frameType.headers) {
      await this.#headerReader.read(f.payload.subarray(4))
      if (f.flags & flagFin) this.#data(f.payload.readUInt32BE(0), Buffer.alloc(0), true)
    } else if (f.type === frameType.rstStream) this.#ended(this.#streams.get(f.payload.readUInt32BE(0) & 0x7fffffff))
    else if (f.type === frameType.ping) { if ((f.payload.readUInt32BE(0) % 2 === 1) !== (this.#options.side === 'client')) this.send(controlFrame(frameType.ping, 0, f.payload)) } // else it answers ours
    else if (f.type === frameType.goAway) { /* streams go on until they end */ }
  }

  /** Reset by the peer: what it sent before is still to be read. */
  #ended(s: SpdyStream | undefined): void {
    if (!s) return
    if (!s.readableEnded) s.push(null)
    s.end()
  }

  #data(id: number, data: Buffer, fin: boolean): void {
    const s = this.#streams.get(id)
    if (!s) return
    if (data.length && !s.push(data)) this.#socket.pause()
    if (fin) s.finishReading()
  }

  async #opened(payload: Buffer, flags: number): Promise<void> {
    const id = payload.readUInt32BE(0) & 0x7fffffff, headers = await this.#headerReader.read(payload.subarray(10))
    if (!this.#options.onStream || this.#streams.size >= (this.#options.maxStreams ?? 1_024)) return this.reset(id, true)
    const s = this.#add(id, headers), head = Buffer.alloc(4)
    head.writeUInt32BE(id, 0)
    this.send(controlFrame(frameType.synReply, 0, Buffer.concat([head, this.#headerWriter.write({})])))
    if (flags & flagFin) s.finishReading()
    this.#options.onStream(s)
  }
}
