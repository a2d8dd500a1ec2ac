/**
 * One side of a gRPC call as a stream of messages over an HTTP/2 stream. Both directions have backpressure: a reader that
 * waits stops the other side's window, a write calls back when HTTP/2 took it. An error reaches the reader after the
 * messages that came before it.
 */
import { Duplex } from 'node:stream'
import type { ClientHttp2Stream, ServerHttp2Stream } from 'node:http2'
import { frame, FrameReader } from '../frame.ts'
import { codes, RpcError, type Codec } from './types.ts'

export interface MessageStreamOptions<I, O> {
  /** What is read. */ incoming: Codec<I>
  /** What is written. */ outgoing: Codec<O>
  maxMessageBytes: number
}

/** HTTP/2's CANCEL. */
export const cancelCode = 8

export class MessageStream<I, O> extends Duplex {
  protected readonly http: ClientHttp2Stream | ServerHttp2Stream
  readonly #outgoing: Codec<O>
  #failure: Error | undefined

  constructor(http: ClientHttp2Stream | ServerHttp2Stream, o: MessageStreamOptions<I, O>) {
    // A readable limit of one: _read is called when nothing is left, which is when a failure may be told.
    // It lives until its HTTP/2 stream closes: that still has trailers to send when both directions have ended.
    super({ objectMode: true, readableHighWaterMark: 1, writableHighWaterMark: 16, autoDestroy: false })
    this.http = http
    this.#outgoing = o.outgoing
    const reader = new FrameReader(o.maxMessageBytes)
    http.on('data', (data: Buffer) => {
      try { reader.push(data, (m) => { if (!this.push(o.incoming.decode(m))) http.pause() }) } catch (e) {
        this.fail(new RpcError(codes.internal, (e as Error).message, { cause: e }))
        http.close(cancelCode)
      }
    })
  }

  /** Ends the reading side with an error once what came before has been read. */
  protected fail(error: Error): void {
    if (this.#failure || this.destroyed) return
    this.#failure = error
    if (this.readableLength === 0) this.destroy(error)
  }

  override _read(): void {
    const failure = this.#failure
    if (failure) process.nextTick(() => this.destroy(failure))
    else this.http.resume()
  }

  override _write(message: O, _encoding: BufferEncoding, done: (e?: Error | null) => void): void {
    if (this.http.destroyed || this.http.closed) return done()
    this.http.write(frame(this.#outgoing.encode(message).finish()), () => done())
  }
}
