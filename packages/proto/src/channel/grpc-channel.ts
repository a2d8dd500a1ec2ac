/**
 * gRPC to one of several servers over our own HTTP/2 (../http2): one connection at a time, with all calls on it. It
 * guarantees that every call ends: by an answer, an error, its deadline or its signal; that a connection which does not
 * answer pings is dropped and the next server tried; and it says of each failure whether a server can have seen the
 * request. It does not retry: whoever calls knows what is safe to repeat.
 */
import { createSecureContext, type SecureContext } from 'node:tls'
import type { Clock } from '@drydock/base'
import type { ClientConnection } from '../http2/client-connection.ts'
import { dial } from '../http2/dial.ts'
import type { Header } from '../http2/hpack.ts'
import type { Call } from './call.ts'
import type { MessageSink } from './message-cutter.ts'
import { Session } from './session.ts'
import { fromHttp2, GrpcError, grpcCode, transportError } from './status.ts'
import { StreamCall } from './stream-call.ts'
import { cancelled, late, UnaryCall } from './unary-call.ts'

/** PEM contents. */
export interface TlsMaterial { ca: string | Buffer, cert?: string | Buffer, key?: string | Buffer }

export interface GrpcChannelOptions {
  /** `https://host:port`, `unix:///path`, or `http://host:port` (probes, tests). */
  servers: readonly string[]
  tls?: TlsMaterial | undefined
  clock: Clock
  /** What errors call the server, e.g. "etcd". */
  name: string
  userAgent?: string
  /** Sent as `authorization: Bearer …` where set and not empty. */
  token?: (() => string) | undefined
  /** Default 3,000. */
  connectTimeoutMs?: number | undefined
  /** Default 5,000. */
  keepaliveMs?: number | undefined
  /** Bounds one message of a server. Default 512 MiB. */
  maxMessageBytes?: number
}

export interface CallOptions { timeoutMs: number, signal?: AbortSignal | undefined }
export interface StreamHandlers {
  onMessage: MessageSink['message']
  /** Called exactly once; undefined when the server ended the stream with OK. */
  onEnd(error: GrpcError | undefined): void
}
export interface StreamOptions {
  /** The only message that will be sent, with gRPC's head; without it the stream stays open for `send`. */
  message?: Buffer
  headers?: readonly Header[]
  signal?: AbortSignal | undefined
}
/** Messages are sent with gRPC's head. */
export interface ClientStream { send(message: Buffer): void, pause(): void, resume(): void, cancel(): void }

export class GrpcChannel {
  readonly #o: GrpcChannelOptions
  readonly #context: SecureContext | undefined
  readonly #maxMessageBytes: number
  readonly #connections = new Set<ClientConnection>()
  #next = 0
  #session: Session | undefined
  #connecting: Promise<Session> | undefined
  #generation = 0
  #closed = false

  constructor(o: GrpcChannelOptions) {
    if (!o.servers.length) throw new GrpcError(grpcCode.invalidArgument, `no addresses of ${o.name}`)
    this.#o = o
    this.#maxMessageBytes = o.maxMessageBytes ?? 512 << 20
    if (o.tls) this.#context = createSecureContext(o.tls)
  }

  get closed(): boolean { return this.#closed }

  /** Ends every call. */
  close(): void {
    this.#closed = true
    for (const c of [...this.#connections]) c.destroy(new Error(`the connection to ${this.#o.name} is closed`))
  }

  /** Counts connections: which one a call that begins now would use. */
  get generation(): number { return this.#generation }

  /** Leaves the server of that generation, if nobody has yet: the next call goes to another one; calls under way may end where they are. */
  rotate(generation = this.#generation): void {
    if (generation !== this.#generation) return
    this.#session?.connection.close()
    this.#session = undefined
  }

  /** One message (with gRPC's head: `frame`), one answer, which `decode` reads during its call only unless it is `owned`. */
  unary<T>(path: string, message: Buffer, decode: (answer: Buffer, owned: boolean) => T, o: CallOptions): Promise<T> {
    if (o.signal?.aborted) return Promise.reject(o.signal.reason as Error)
    const session = this.#session, expiresAt = this.#o.clock.monotonic() + o.timeoutMs
    if (session?.usable) return this.#unary(session, path, message, decode, o, expiresAt)
    return this.#within(this.#connect(), o).then((s) => this.#unary(s, path, message, decode, o, expiresAt))
  }

  #unary<T>(session: Session, path: string, message: Buffer, decode: (answer: Buffer, owned: boolean) => T, o: CallOptions, expiresAt: number): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const call = new UnaryCall<T>({ session, resolve, reject, decode, name: this.#o.name, timeoutMs: o.timeoutMs, expiresAt, signal: o.signal, maxMessageBytes: this.#maxMessageBytes })
      this.#begin(session, path, call, message)
      call.begun()
    })
  }

  /** A stream of answers to one message or, without one, to those that are sent. */
  async stream(path: string, handlers: StreamHandlers, o: StreamOptions = {}): Promise<ClientStream> {
    o.signal?.throwIfAborted()
    const session = this.#session?.usable ? this.#session : await this.#within(this.#connect(), { signal: o.signal, timeoutMs: Infinity })
    const onAbort = () => call.end(cancelled())
    const call = new StreamCall(this.#maxMessageBytes, handlers, () => o.signal?.removeEventListener('abort', onAbort))
    const stream = this.#begin(session, path, call, o.message, o.headers)
    o.signal?.addEventListener('abort', onAbort, { once: true })
    return { send: (m) => stream.write(m), pause: () => stream.pause(), resume: () => stream.resume(), cancel: onAbort }
  }

  #begin(session: Session, path: string, call: Call, message: Buffer | undefined, headers: readonly Header[] = []) {
    const token = this.#o.token?.()
    const more = token ? [...headers, { name: 'authorization', value: `Bearer ${token}` }] : headers
    try { return call.stream = session.connection.request(session.block(path, more), call, message) } catch (e) { throw fromHttp2(e as Error) }
  }

  /** Waits no longer than the caller would. The connection is everybody's and goes on being made. */
  #within(connecting: Promise<Session>, o: CallOptions): Promise<Session> {
    if (!o.signal && o.timeoutMs === Infinity) return connecting
    return new Promise((resolve, reject) => {
      const onAbort = () => { done(); reject(o.signal!.reason as Error) }
      const cancel = this.#o.clock.timer(o.timeoutMs, () => { done(); reject(transportError(late(this.#o.name, o.timeoutMs), { sent: false })) })
      const done = () => { cancel(); o.signal?.removeEventListener('abort', onAbort) }
      o.signal?.addEventListener('abort', onAbort, { once: true })
      connecting.then((s) => { done(); resolve(s) }, (e: unknown) => { done(); reject(e as Error) })
    })
  }

  #connect(): Promise<Session> {
    this.#connecting ??= this.#tryServers().finally(() => { this.#connecting = undefined })
    return this.#connecting
  }

  async #tryServers(): Promise<Session> {
    const { servers, name } = this.#o
    let last: unknown
    for (let i = 0; i < servers.length && !this.#closed; i++) {
      const server = servers[this.#next++ % servers.length]!
      try { return await this.#open(server) } catch (e) { last = e }
    }
    if (this.#closed) throw transportError(`the channel to ${name} is closed`, { sent: false })
    throw transportError(`no ${name} answers at ${servers.join(', ')}: ${last instanceof Error ? last.message : String(last)}`, { sent: false, cause: last })
  }

  async #open(server: string): Promise<Session> {
    const { clock, connectTimeoutMs = 3000, keepaliveMs = 5000, userAgent = 'drydock' } = this.#o
    const url = new URL(server), secure = url.protocol === 'https:'
    const connection = await dial({
      host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || (secure ? 443 : 80)), ...(url.protocol === 'unix:' && { path: url.pathname }), clock, timeoutMs: connectTimeoutMs,
      tls: secure ? this.#context ?? createSecureContext() : undefined,
      onUnusable: (c) => { if (this.#session?.connection === c) this.#session = undefined },
      onClosed: (c) => this.#connections.delete(c),
    })
    if (this.#closed) { connection.destroy(); throw new Error('closed') }
    this.#connections.add(connection)
    this.#generation++
    const headers = [{ name: ':scheme', value: secure ? 'https' : 'http' }, { name: ':authority', value: url.host || 'localhost' }, { name: 'te', value: 'trailers' }, { name: 'content-type', value: 'application/grpc' }, { name: 'user-agent', value: userAgent }]
    return this.#session = new Session(connection, { clock, keepaliveMs, headers })
  }
}
