/**
 * gRPC over node:http2: one session at a time to one of several endpoints, unary calls and server streams. It guarantees
 * that every call ends: by an answer, an error, its deadline or its signal. A session that stops answering pings is
 * dropped. It does not retry; the store does, which knows what is safe to repeat.
 */
import http2 from 'node:http2'
import type { Clock } from '@drydock/base'
import { StorageError } from '../errors.ts'

/** PEM contents. */
export interface TlsMaterial { ca: string | Buffer, cert?: string | Buffer, key?: string | Buffer }

export interface ChannelOptions {
  /** `https://host:port` or `http://host:port`. */
  endpoints: readonly string[]
  tls?: TlsMaterial | undefined
  clock: Clock
  /** Default 3,000. */
  connectTimeoutMs?: number
  /** A ping every so often; a session that misses one is dropped. Default 5,000. */
  keepaliveMs?: number
}

/** gRPC status codes that the store looks at. */
export const grpcCode = { ok: 0, invalidArgument: 3, deadlineExceeded: 4, resourceExhausted: 8, failedPrecondition: 9, outOfRange: 11, internal: 13, unavailable: 14 } as const

export class GrpcError extends Error {
  readonly code: number
  constructor(code: number, message: string, cause?: unknown) { super(message, cause === undefined ? undefined : { cause }); this.name = 'GrpcError'; this.code = code }
}

const unavailable = (message: string, cause?: unknown) => new GrpcError(grpcCode.unavailable, message, cause)

export interface StreamHandlers { onMessage(message: Buffer): void, onEnd(error: Error): void }
export interface Stream { send(message: Buffer): void, close(): void }

export class Channel {
  readonly #o: ChannelOptions
  #next = 0
  #session: http2.ClientHttp2Session | undefined
  #connecting: Promise<http2.ClientHttp2Session> | undefined
  #closed = false

  constructor(o: ChannelOptions) {
    if (!o.endpoints.length) throw new StorageError('Internal', 'no etcd endpoints')
    this.#o = o
  }

  close(): void {
    this.#closed = true
    this.#session?.destroy()
  }

  get closed(): boolean { return this.#closed }

  /** Leaves the present endpoint: the next call goes to another one. */
  rotate(): void {
    this.#session?.close()
    this.#session = undefined
  }

  async unary(path: string, message: Buffer, o: { timeoutMs: number, signal?: AbortSignal | undefined }): Promise<Buffer> {
    o.signal?.throwIfAborted()
    const session = this.#session ?? await this.#connect()
    return new Promise((resolve, reject) => {
      const reader = new MessageReader()
      let answer: Buffer | undefined, settled = false
      const stream = begin(session, requestHeaders(path))
      const settle = (error: Error | undefined) => {
        if (settled) return
        settled = true
        cancelTimer()
        o.signal?.removeEventListener('abort', onAbort)
        if (error) { stream.close(http2.constants.NGHTTP2_CANCEL); reject(error) } else resolve(answer!)
      }
      const onAbort = () => settle(o.signal!.reason as Error)
      const cancelTimer = this.#o.clock.timer(o.timeoutMs, () => { this.#suspect(session); settle(unavailable(`etcd did not answer within ${o.timeoutMs} ms`)) })
      o.signal?.addEventListener('abort', onAbort, { once: true })
      follow(stream, (data) => reader.push(data, (m) => { answer = m }), (error) => settle(error ?? (answer ? undefined : unavailable('etcd closed the call without an answer'))))
      stream.end(frame(message))
    })
  }

  /** A stream that stays open for requests; `onEnd` is called exactly once. */
  async stream(path: string, handlers: StreamHandlers): Promise<Stream> {
    const session = this.#session ?? await this.#connect()
    const reader = new MessageReader()
    // hasleader: a member that has lost the others ends its streams instead of keeping them silent.
    const stream = begin(session, { ...requestHeaders(path), hasleader: 'true' })
    follow(stream, (data) => reader.push(data, handlers.onMessage), (error) => handlers.onEnd(error ?? unavailable('etcd ended the stream')))
    return { send: (m) => void stream.write(frame(m)), close: () => stream.close(http2.constants.NGHTTP2_CANCEL) }
  }

  // A deadline passed: find out whether the whole session is dead.
  #suspect(session: http2.ClientHttp2Session): void {
    if (session.destroyed) return
    const cancel = this.#o.clock.timer(1000, () => session.destroy())
    try { session.ping(() => cancel()) } catch { cancel() }
  }

  #connect(): Promise<http2.ClientHttp2Session> {
    this.#connecting ??= this.#tryEndpoints().finally(() => { this.#connecting = undefined })
    return this.#connecting
  }

  async #tryEndpoints(): Promise<http2.ClientHttp2Session> {
    let last: unknown
    for (let i = 0; i < this.#o.endpoints.length && !this.#closed; i++) {
      const endpoint = this.#o.endpoints[this.#next++ % this.#o.endpoints.length]!
      try { return this.#adopt(await this.#open(endpoint)) } catch (e) { last = e }
    }
    throw unavailable(this.#closed ? 'the store is closed' : `no etcd endpoint answers: ${last instanceof Error ? last.message : String(last)}`, last)
  }

  #open(endpoint: string): Promise<http2.ClientHttp2Session> {
    return new Promise((resolve, reject) => {
      const session = http2.connect(endpoint, { ...this.#o.tls, settings: { initialWindowSize: 4 << 20, enablePush: false } })
      const cancel = this.#o.clock.timer(this.#o.connectTimeoutMs ?? 3000, () => session.destroy(new Error(`${endpoint}: connecting took too long`)))
      session.once('connect', () => { cancel(); session.setLocalWindowSize(16 << 20); resolve(session) })
      session.once('error', (e) => { cancel(); reject(e) })
    })
  }

  #adopt(session: http2.ClientHttp2Session): http2.ClientHttp2Session {
    this.#session = session
    const lost = () => { if (this.#session === session) this.#session = undefined }
    session.on('error', lost).on('close', lost).on('goaway', lost)
    this.#keepAlive(session)
    return session
  }

  #keepAlive(session: http2.ClientHttp2Session): void {
    const every = this.#o.keepaliveMs ?? 5000
    const beat = () => {
      if (session.destroyed || session.closed) return
      const cancel = this.#o.clock.timer(every, () => session.destroy())
      try { session.ping(() => { cancel(); this.#o.clock.timer(every, beat) }) } catch { cancel() }
    }
    this.#o.clock.timer(every, beat)
  }
}

const requestHeaders = (path: string): http2.OutgoingHttpHeaders => ({ ':method': 'POST', ':path': path, te: 'trailers', 'content-type': 'application/grpc' })

/** A session may have ended a moment ago, before its event said so. */
function begin(session: http2.ClientHttp2Session, headers: http2.OutgoingHttpHeaders): http2.ClientHttp2Stream {
  try { return session.request(headers, { endStream: false }) } catch (e) { throw unavailable(`the connection to etcd was lost: ${e instanceof Error ? e.message : String(e)}`, e) }
}

function frame(message: Buffer): Buffer {
  const out = Buffer.allocUnsafe(5 + message.length)
  out[0] = 0
  out.writeUInt32BE(message.length, 1)
  out.set(message, 5)
  return out
}

/** Calls `done` once, with undefined when gRPC says OK. */
function follow(stream: http2.ClientHttp2Stream, onData: (data: Buffer) => void, done: (error: GrpcError | undefined) => void): void {
  let status: GrpcError | undefined | null = null, ended = false
  const end = (error: GrpcError | undefined) => { if (!ended) { ended = true; done(error) } }
  const readStatus = (h: http2.IncomingHttpHeaders) => {
    if (h['grpc-status'] !== undefined) {
      const code = Number(h['grpc-status'])
      status = code === 0 ? undefined : new GrpcError(code, decodeURIComponent(String(h['grpc-message'] ?? '')))
    } else if (h[':status'] !== undefined && Number(h[':status']) !== 200) status = unavailable(`etcd answered HTTP ${h[':status']}`)
  }
  stream.on('response', readStatus).on('trailers', readStatus)
  stream.on('data', (data: Buffer) => { try { onData(data) } catch (e) { end(new GrpcError(grpcCode.internal, e instanceof Error ? e.message : String(e), e)); stream.close(http2.constants.NGHTTP2_CANCEL) } })
  stream.on('error', (e) => end(unavailable(e.message, e)))
  stream.on('close', () => end(status === null ? unavailable('the connection to etcd was lost') : status))
}

/** Cuts the byte stream into messages. */
class MessageReader {
  #held: Buffer[] = []
  #heldBytes = 0
  #wanted = 5

  push(data: Buffer, onMessage: (m: Buffer) => void): void {
    this.#held.push(data)
    this.#heldBytes += data.length
    while (this.#heldBytes >= this.#wanted) {
      const all = this.#held.length === 1 ? this.#held[0]! : Buffer.concat(this.#held)
      const size = all.readUInt32BE(1) + 5
      if (all.length < size) {
        this.#held = [all]
        this.#wanted = size
        return
      }
      onMessage(all.subarray(5, size))
      this.#held = all.length > size ? [all.subarray(size)] : []
      this.#heldBytes = all.length - size
      this.#wanted = 5
    }
  }
}
