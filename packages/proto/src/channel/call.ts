/** What follows one gRPC call on its HTTP/2 stream: messages are cut, the status is read from the trailers. */
import { errorCode, type Http2Error } from '../http2/frames.ts'
import type { Header } from '../http2/hpack.ts'
import type { Stream, StreamSink } from '../http2/stream.ts'
import { MessageCutter, type MessageSink } from './message-cutter.ts'
import { fromHttp2, GrpcError, grpcCode, transportError } from './status.ts'

export abstract class Call implements StreamSink, MessageSink {
  readonly #cutter: MessageCutter
  stream: Stream | undefined
  #httpStatus = 0
  #status = -1
  #text = ''
  #details: Buffer | undefined
  #ended = false

  constructor(maxMessageBytes: number) { this.#cutter = new MessageCutter(maxMessageBytes) }

  abstract message(message: Buffer, owned: boolean): void
  /** Called exactly once, without an error when the server said OK. */
  protected abstract over(error: GrpcError | undefined): void

  headers(headers: readonly Header[]): void {
    for (let i = 0; i < headers.length; i++) {
      const h = headers[i]!
      switch (h.name) {
        case 'grpc-status': this.#status = Number(h.value); break
        case 'grpc-message': this.#text = h.value; break
        case 'status-bin': this.#details = Buffer.from(h.value, 'base64'); break
        case ':status': this.#httpStatus = Number(h.value); break
      }
    }
  }

  data(b: Buffer, start: number, end: number): void {
    if (this.#ended) return
    try { this.#cutter.push(b, start, end, this) } catch (e) {
      this.end(e instanceof GrpcError ? e : new GrpcError(grpcCode.internal, e instanceof Error ? e.message : String(e), { cause: e }))
    }
  }

  closed(error: Http2Error | undefined): void { this.#end(error && this.#status < 0 ? fromHttp2(error) : this.#outcome()) }

  /** Ends it from this side. */
  end(error: GrpcError): void {
    this.stream?.reset(errorCode.cancel)
    this.#end(error)
  }

  #end(error: GrpcError | undefined): void {
    if (this.#ended) return
    this.#ended = true
    this.over(error)
  }

  #outcome(): GrpcError | undefined {
    if (this.#status === grpcCode.ok) return this.#cutter.open ? new GrpcError(grpcCode.internal, 'the call ended in the middle of a message') : undefined
    if (this.#status > 0) return new GrpcError(this.#status, readText(this.#text), { details: this.#details })
    if (this.#httpStatus !== 200) return transportError(`the server answered HTTP ${this.#httpStatus}`, { sent: true })
    return transportError('the server ended the call without a status', { sent: true })
  }
}

/** Percent-encoded UTF-8; what is not is given as it is. */
function readText(value: string): string {
  if (!value.includes('%')) return value
  try { return decodeURIComponent(value) } catch { return value }
}
