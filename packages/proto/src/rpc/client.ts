/**
 * A gRPC client over node:http2 to one address, with one session for all calls, made when it is first needed and made again
 * when it was lost. It guarantees that every call ends: by an answer, an RpcError, its deadline or its signal. It repeats
 * nothing: whoever calls knows what is safe to repeat.
 */
import http2 from 'node:http2'
import type { Clock } from '@drydock/base'
import { cancelCode, MessageStream } from './message-stream.ts'
import { codes, decodeMessage, RpcError, type Method } from './types.ts'

export interface RpcClientOptions {
  /** `host:port`. */
  address: string
  /** PEM contents; without it plain HTTP/2 is spoken: tests only. */
  tls?: { ca?: string | Buffer, cert?: string | Buffer, key?: string | Buffer } | undefined
  clock: Clock
  /** Default 5,000. */
  connectTimeoutMs?: number
  /** Of one answer; default 16 MiB. */
  maxMessageBytes?: number
}

export interface CallSettings {
  /** None: the call may take for ever. */ timeoutMs?: number | undefined
  signal?: AbortSignal | undefined
}

/** A node may be gone without a word. */
const keepAlive = { keepAlive: true, keepAliveInitialDelay: 30_000 }
/** gRPC's header has eight digits at most. */
const maxTimeoutMs = 99_999_999

export class RpcClient {
  readonly #o: RpcClientOptions
  #session: http2.ClientHttp2Session | undefined
  #connecting: Promise<http2.ClientHttp2Session> | undefined
  #closed = false

  constructor(o: RpcClientOptions) { this.#o = o }

  close(): void {
    this.#closed = true
    this.#session?.destroy()
  }

  /** One message, one answer. Throws RpcError, or the signal's reason. */
  async unary<Q, A>(m: Method<Q, A>, message: Q, c: CallSettings = {}): Promise<A> {
    const call = await this.stream(m, c)
    call.end(message)
    let answer: A | undefined
    try { for await (const a of call) answer = a as A } finally { call.cancel() }
    if (answer === undefined) throw new RpcError(codes.internal, 'the call ended without an answer')
    return answer
  }

  /** Messages both ways. Rejects when there is no connection; what happens later is the stream's error. */
  async stream<Q, A>(m: Method<Q, A>, c: CallSettings = {}): Promise<ClientCall<A, Q>> {
    c.signal?.throwIfAborted()
    const session = this.#session ?? await this.#connect()
    c.signal?.throwIfAborted()
    const headers: http2.OutgoingHttpHeaders = { ':method': 'POST', ':path': m.path, te: 'trailers', 'content-type': 'application/grpc' }
    if (c.timeoutMs !== undefined) headers['grpc-timeout'] = `${Math.min(Math.max(1, Math.round(c.timeoutMs)), maxTimeoutMs)}m`
    let stream: http2.ClientHttp2Stream
    try { stream = session.request(headers, { endStream: false }) } catch (e) {
      if (this.#session === session) this.#session = undefined
      throw new RpcError(codes.unavailable, `the connection is gone: ${(e as Error).message}`, { cause: e })
    }
    return new ClientCall<A, Q>(stream, m, this.#o.maxMessageBytes ?? 16 << 20, this.#o.clock, c)
  }

  #connect(): Promise<http2.ClientHttp2Session> {
    this.#connecting ??= this.#open().finally(() => { this.#connecting = undefined })
    return this.#connecting
  }

  #open(): Promise<http2.ClientHttp2Session> {
    const { address, tls, clock } = this.#o
    const failed = (why: string, cause?: unknown) => new RpcError(codes.unavailable, `dial tcp ${address}: ${why}`, { cause })
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(failed('the client is closed'))
      const session = http2.connect(`${tls ? 'https' : 'http'}://${address}`, { ...tls, ...keepAlive, settings: { initialWindowSize: 1 << 20, enablePush: false } })
      const cancel = clock.timer(this.#o.connectTimeoutMs ?? 5000, () => session.destroy(Object.assign(new Error('i/o timeout'), { code: 'ETIMEDOUT' })))
      const lost = () => { if (this.#session === session) this.#session = undefined }
      session.once('connect', () => {
        cancel()
        if (this.#closed) { session.destroy(); return reject(failed('the client is closed')) }
        this.#session = session
        resolve(session)
      })
      session.on('error', (e) => { cancel(); lost(); reject(failed(dialWords(e), e)) })
      session.on('close', () => { cancel(); lost(); reject(failed('connect: connection closed')) })
      session.on('goaway', lost)
    })
  }
}

/** As Go's net package says it. */
function dialWords(e: NodeJS.ErrnoException): string {
  const words: Record<string, string> = { ECONNREFUSED: 'connect: connection refused', EHOSTUNREACH: 'connect: no route to host', ENETUNREACH: 'connect: network is unreachable', ETIMEDOUT: 'i/o timeout' }
  return words[e.code ?? ''] ?? e.message
}

/** The caller's side. Emits `headers` when the other side has taken the call. */
export class ClientCall<A, Q> extends MessageStream<A, Q> {
  readonly #stop: () => void

  constructor(http: http2.ClientHttp2Stream, m: Method<Q, A>, maxMessageBytes: number, clock: Clock, c: CallSettings) {
    super(http, { incoming: m.response, outgoing: m.request, maxMessageBytes })
    let status: RpcError | undefined | null = null, ended = false
    const onAbort = () => this.destroy(c.signal!.reason as Error)
    const cancelTimer = c.timeoutMs === undefined ? () => {} : clock.timer(Math.min(c.timeoutMs, maxTimeoutMs), () => this.destroy(new RpcError(codes.deadlineExceeded, 'context deadline exceeded')))
    this.#stop = () => { cancelTimer(); c.signal?.removeEventListener('abort', onAbort) }
    c.signal?.addEventListener('abort', onAbort, { once: true })
    const read = (h: http2.IncomingHttpHeaders) => {
      if (h['grpc-status'] !== undefined) status = statusOf(h)
      else if (h[':status'] !== undefined && Number(h[':status']) !== 200) status = new RpcError(codes.unknown, `unexpected HTTP status code ${h[':status']}`)
    }
    http.on('response', (h) => { read(h); this.emit('headers') })
    http.on('trailers', read)
    http.on('error', (e: Error) => { if (status === null) this.fail(new RpcError(codes.unavailable, e.message, { cause: e })) })
    // The other side's end is the call's end, whatever is still to be sent.
    const over = () => {
      if (ended) return
      ended = true
      this.#stop()
      if (!http.closed) http.close()
      if (this.destroyed) return
      this.once('end', () => this.destroy())
      if (status === undefined) this.push(null)
      else this.fail(status ?? new RpcError(codes.unavailable, 'the connection was lost'))
    }
    http.on('end', () => { if (status !== null) over() })
    http.on('close', over)
  }

  /** Ends the call on both sides. */
  cancel(): void { this.destroy() }

  override _final(done: (e?: Error | null) => void): void { this.http.end(() => done()) }

  override _destroy(e: Error | null, done: (e?: Error | null) => void): void {
    this.#stop()
    if (!this.http.closed) this.http.close(cancelCode)
    done(e)
  }
}

function statusOf(h: http2.IncomingHttpHeaders): RpcError | undefined {
  const code = Number(h['grpc-status']), status = h['status-bin']
  if (code === codes.ok) return undefined
  return new RpcError(code, decodeMessage(String(h['grpc-message'] ?? '')), { status: typeof status === 'string' ? Buffer.from(status, 'base64') : undefined })
}
