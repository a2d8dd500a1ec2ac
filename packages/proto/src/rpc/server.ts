/**
 * A gRPC server over node:http2 with mutual TLS. A handler gets the call as a stream of messages and either ends it or
 * refuses it; a call whose client has gone is destroyed, and its `signal` aborted. It bounds messages and calls per
 * connection. HTTP/2 is loaded when the first client has connected: most kubelets wait long for one.
 */
import type http2 from 'node:http2'
import net from 'node:net'
import tls from 'node:tls'
import { cancelCode, MessageStream } from './message-stream.ts'
import { codes, encodeMessage, RpcError, type Method } from './types.ts'

export interface RpcServerOptions {
  /** PEM contents; clients must have a certificate from `clientCa`. Without it plain HTTP/2 is spoken: tests only. */
  tls?: { cert: string | Buffer, key: string | Buffer, clientCa: string | Buffer }
  address: string
  port: number
  handlers: readonly Handler[]
  /** Of one request message; default 8 MiB. */
  maxMessageBytes?: number
}

export interface Handler { path: string, serve(stream: http2.ServerHttp2Stream, maxMessageBytes: number): void }

/** A handler of one method; what it throws or rejects with refuses the call. */
export const handler = <Q, A>(m: Method<Q, A>, run: (call: ServerCall<Q, A>) => void | Promise<void>): Handler => ({
  path: m.path,
  serve(stream, maxMessageBytes) {
    const call = new ServerCall<Q, A>(stream, m, maxMessageBytes)
    void Promise.resolve().then(() => run(call)).catch((e: unknown) => call.refuse(e instanceof RpcError ? e : new RpcError(codes.internal, e instanceof Error ? e.message : String(e))))
  },
})

/** As `handler`, of a method with one request message. */
export const answering = <Q, A>(m: Method<Q, A>, run: (request: Q, call: ServerCall<Q, A>) => Promise<void>): Handler => handler(m, async (call) => {
  const request = await new Promise<Q>((resolve, reject) => { call.once('data', resolve).once('end', () => reject(new RpcError(codes.internal, 'the call has no message'))) })
  await run(request, call)
})

const maxCalls = 1000
const unimplemented = (stream: http2.ServerHttp2Stream, path: string) => stream.respond({ ':status': 200, 'content-type': 'application/grpc', 'grpc-status': String(codes.unimplemented), 'grpc-message': encodeMessage(`unknown method ${path}`) }, { endStream: true })

/** Listens. Answers the port, and how to end every connection at once. */
export async function serveRpc(o: RpcServerOptions): Promise<{ port: number, close(): void }> {
  const byPath = new Map(o.handlers.map((h) => [h.path, h])), sockets = new Set<net.Socket>()
  const accept = (socket: net.Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => {})
    if (o.tls && (socket as tls.TLSSocket).alpnProtocol !== 'h2') return void socket.destroy()
    void import('node:http2').then(({ performServerHandshake }) => {
      if (socket.destroyed) return
      const session = performServerHandshake(socket, { settings: { initialWindowSize: 1 << 20, maxConcurrentStreams: maxCalls } })
      session.on('error', () => {})
      session.on('stream', (stream, headers) => {
        const path = headers[':path'] ?? '', h = byPath.get(path)
        if (h) h.serve(stream, o.maxMessageBytes ?? 8 << 20)
        else unimplemented(stream, path)
      })
    })
  }
  const server = o.tls ? tls.createServer({ cert: o.tls.cert, key: o.tls.key, ca: o.tls.clientCa, requestCert: true, rejectUnauthorized: true, ALPNProtocols: ['h2'] }, accept) : net.createServer(accept)
  server.on('tlsClientError', (_e, socket: net.Socket) => socket.destroy())
  await new Promise<void>((resolve, reject) => {
    server.once('error', (e) => reject(new Error(`cannot listen on ${o.address}:${o.port}: ${e.message}`, { cause: e })))
    server.listen(o.port, o.address, resolve)
  })
  const at = server.address()
  return { port: typeof at === 'object' && at ? at.port : o.port, close() { server.close(); for (const s of sockets) s.destroy() } }
}

/** The server's side of a call. */
export class ServerCall<Q, A> extends MessageStream<Q, A> {
  /** Aborted when the client has gone, and when the call is over. */
  readonly signal: AbortSignal
  declare protected readonly http: http2.ServerHttp2Stream
  #trailers: http2.OutgoingHttpHeaders = { 'grpc-status': '0' }

  constructor(http: http2.ServerHttp2Stream, m: Method<Q, A>, maxMessageBytes: number) {
    super(http, { incoming: m.request, outgoing: m.response, maxMessageBytes })
    const gone = new AbortController()
    this.signal = gone.signal
    http.on('wantTrailers', () => http.sendTrailers(this.#trailers))
    http.on('end', () => this.push(null))
    http.on('error', () => {}) // told by close
    http.on('close', () => { gone.abort(new Error('the client went away')); this.destroy() })
    this.on('error', () => {}) // the client has been told
  }

  /** Tells the client that the call is taken, before there is anything to send. */
  begin(): void {
    if (!this.http.headersSent && !this.http.closed) this.http.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
  }

  /** Sends a message; resolves when there is room for more, or the call is over. */
  send(message: A): Promise<void> {
    return new Promise((resolve) => {
      if (this.destroyed || this.writableEnded || this.write(message)) return resolve()
      const done = () => { this.off('drain', done); this.off('close', done); resolve() }
      this.on('drain', done).on('close', done)
    })
  }

  /** Ends the call with an error. */
  refuse(e: RpcError): void {
    if (this.destroyed || this.http.closed) return
    this.#trailers = { 'grpc-status': String(e.code), 'grpc-message': encodeMessage(e.details), ...(e.status && { 'status-bin': e.status.toString('base64') }) }
    if (this.http.headersSent || this.writableLength) this.end() // after what waits
    else this.http.respond({ ':status': 200, 'content-type': 'application/grpc', ...this.#trailers }, { endStream: true })
  }

  override _write(message: A, encoding: BufferEncoding, done: (e?: Error | null) => void): void {
    this.begin()
    super._write(message, encoding, done)
  }
  override _final(done: (e?: Error | null) => void): void {
    this.begin()
    this.http.end(() => done())
  }
  override _destroy(e: Error | null, done: (e?: Error | null) => void): void {
    if (!this.http.closed) this.http.close(cancelCode)
    done(e)
  }
}
