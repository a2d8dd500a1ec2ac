/**
 * The server's side of a gRPC call with one request message. It hands over the message when it is whole, and answers with
 * messages and a status; what is answered to a client that has gone is dropped, and `signal` says that it has.
 */
import type { Socket } from 'node:net'
import { errorCode } from '../http2/frames.ts'
import { encodeHeaders, type Header } from '../http2/hpack.ts'
import type { Stream, StreamSink } from '../http2/stream.ts'
import { MessageCutter, type MessageSink } from './message-cutter.ts'

export interface ServerCallOptions {
  maxMessageBytes: number
  /** Called once; undefined when the request had no message. The message is the handler's to keep. */
  onRequest(call: ServerCall, message: Buffer | undefined): void
  /** The request is no gRPC message, or too large. */
  onBadRequest(call: ServerCall, error: Error): void
}

const begun = encodeHeaders([{ name: ':status', value: '200' }, { name: 'content-type', value: 'application/grpc' }])
const wentWell = encodeHeaders([{ name: 'grpc-status', value: '0' }])

export class ServerCall implements StreamSink, MessageSink {
  readonly path: string
  /** The request's headers by their lower-case names; repeated ones are joined by a comma. */
  readonly metadata: Readonly<Record<string, string>>
  readonly socket: Socket
  readonly #stream: Stream
  readonly #o: ServerCallOptions
  readonly #cutter: MessageCutter
  #message: Buffer | undefined
  #gone: AbortController | undefined
  #over = false
  #responded = false

  constructor(stream: Stream, headers: readonly Header[], socket: Socket, o: ServerCallOptions) {
    const all: Record<string, string> = {}
    for (const { name, value } of headers) all[name] = name in all ? `${all[name]!}, ${value}` : value
    this.metadata = all
    this.path = all[':path'] ?? ''
    this.socket = socket
    this.#stream = stream
    this.#o = o
    this.#cutter = new MessageCutter(o.maxMessageBytes)
  }

  /** Aborted when the client has gone, and when the call is over. */
  get signal(): AbortSignal {
    if (!this.#gone) {
      this.#gone = new AbortController()
      if (this.#over) this.#gone.abort(gone())
    }
    return this.#gone.signal
  }
  /** Nothing can be answered any more. */
  get over(): boolean { return this.#over }
  /** Bytes of the answer that wait for the client. */
  get queuedBytes(): number { return this.#stream.queuedBytes }

  /** A message with gRPC's head, which belongs to the call from now on. */
  write(message: Buffer): void {
    this.#begin()
    this.#stream.write(message)
  }

  /** Resolves when nothing waits any more, or the call is over. */
  drained(): Promise<void> {
    const stream = this.#stream
    if (!stream.queuedBytes || this.#over) return Promise.resolve()
    return new Promise((resolve) => { stream.drained = () => { stream.drained = undefined; resolve() } })
  }

  /** The last of it: well, or with the status of these trailers (grpc-status among them). */
  end(trailers?: readonly Header[]): void {
    if (trailers && !this.#responded) {
      this.#responded = true
      return this.#stream.respond(Buffer.concat([begun, encodeHeaders(trailers)]), true)
    }
    this.#begin()
    this.#stream.end(trailers ? encodeHeaders(trailers) : wentWell)
  }

  /** Cuts it off. */
  cancel(): void {
    this.#stream.reset(errorCode.cancel)
    this.#end()
  }

  #begin(): void {
    if (this.#responded) return
    this.#responded = true
    this.#stream.respond(begun)
  }

  #end(): void {
    if (this.#over) return
    this.#over = true
    this.#gone?.abort(gone())
  }

  message(m: Buffer, owned: boolean): void { this.#message = owned ? m : Buffer.from(m) }
  headers(): void {}
  data(b: Buffer, start: number, end: number): void {
    try { this.#cutter.push(b, start, end, this) } catch (e) { this.#o.onBadRequest(this, e as Error) }
  }
  requested(): void { this.#o.onRequest(this, this.#message) }
  closed(): void { this.#end() }
}

const gone = () => new DOMException('the client went away', 'AbortError')
