/**
 * gRPC over node:http2 to one of several apiservers: one session at a time, with all calls on it. It guarantees that every
 * call ends, by an answer, a StatusError, its deadline or its signal; that a session which stops answering pings is dropped
 * and the next address tried; and it says of each failure whether the request can have reached a server (`sent`).
 */
import http2 from 'node:http2'
import { StatusError, type StatusReason } from '@drydock/api'
import type { Clock } from '@drydock/base'
import { frame, FrameReader } from '@drydock/proto/frame'

/** PEM contents. */
export interface TlsMaterial { ca: string | Buffer, cert: string | Buffer, key: string | Buffer }

export interface ChannelOptions {
  /** `host:port` of each apiserver's gRPC door. */
  servers: readonly string[]
  /** Without it plain HTTP/2 is spoken: tests only. */
  tls?: TlsMaterial | undefined
  /** Sent as `authorization: Bearer …` where set. */
  token?: (() => string) | undefined
  userAgent: string
  clock: Clock
  /** Default 3,000. */
  connectTimeoutMs?: number | undefined
  /** A ping every so often; a session that misses one is dropped. Default 5,000. */
  keepaliveMs?: number | undefined
}

/** The way to an apiserver failed, as opposed to what an apiserver says. */
export class TransportError extends StatusError {
  /** False: no server has seen the request, so it can be repeated whatever it does. */
  readonly sent: boolean
  constructor(message: string, sent: boolean, cause?: unknown) {
    super({ reason: 'ServiceUnavailable', message, ...(cause !== undefined && { cause }) })
    this.sent = sent
  }
}

/** Bounds what a server may send in one message. */
const maxMessageBytes = 64 << 20
/** Node ends a session that holds more; its default of 10 is less than a large list in flight. */
const sessionMemoryMiB = 256
const { NGHTTP2_CANCEL } = http2.constants

export interface StreamHandlers {
  onMessage(message: Buffer): void
  /** Called exactly once: undefined when the server ended the stream with OK. */
  onEnd(error: StatusError | undefined): void
}
export interface ServerStream { pause(): void, resume(): void, cancel(): void }

export class Channel {
  readonly #o: ChannelOptions
  #next = 0
  #session: http2.ClientHttp2Session | undefined
  #connecting: Promise<http2.ClientHttp2Session> | undefined
  #closed = false

  constructor(o: ChannelOptions) {
    if (!o.servers.length) throw new TransportError('no apiserver addresses', false)
    this.#o = o
  }

  close(): void {
    this.#closed = true
    this.#session?.destroy()
  }

  /** One message, one answer. */
  async unary(path: string, message: Uint8Array, o: { timeoutMs: number, signal?: AbortSignal | undefined }): Promise<Buffer> {
    o.signal?.throwIfAborted()
    const session = this.#session ?? await this.#connect()
    return new Promise((resolve, reject) => {
      let answer: Buffer | undefined, settled = false
      const stream = this.#request(session, path, message)
      const settle = (error: Error | undefined) => {
        if (settled) return
        settled = true
        cancelTimer()
        o.signal?.removeEventListener('abort', onAbort)
        if (error) { stream.close(NGHTTP2_CANCEL); reject(error) } else resolve(answer!)
      }
      const onAbort = () => settle(o.signal!.reason as Error)
      const cancelTimer = this.#o.clock.timer(o.timeoutMs, () => {
        this.#suspect(session)
        settle(new StatusError({ reason: 'Timeout', message: `the apiserver did not answer within ${o.timeoutMs} ms` }))
      })
      o.signal?.addEventListener('abort', onAbort, { once: true })
      follow(stream, {
        onMessage: (m) => { answer = m },
        onEnd: (error) => settle(error ?? (answer ? undefined : new TransportError('the apiserver ended the call without an answer', true))),
      })
    })
  }

  /** One message, many answers. */
  async stream(path: string, message: Uint8Array, handlers: StreamHandlers, signal?: AbortSignal): Promise<ServerStream> {
    signal?.throwIfAborted()
    const session = this.#session ?? await this.#connect()
    const stream = this.#request(session, path, message)
    const onAbort = () => stream.close(NGHTTP2_CANCEL)
    signal?.addEventListener('abort', onAbort, { once: true })
    follow(stream, { onMessage: handlers.onMessage, onEnd: (error) => { signal?.removeEventListener('abort', onAbort); handlers.onEnd(error) } })
    return { pause: () => void stream.pause(), resume: () => void stream.resume(), cancel: () => stream.close(NGHTTP2_CANCEL) }
  }

  #request(session: http2.ClientHttp2Session, path: string, message: Uint8Array): http2.ClientHttp2Stream {
    const token = this.#o.token?.()
    let stream: http2.ClientHttp2Stream
    try {
      stream = session.request({
        ':method': 'POST', ':path': path, te: 'trailers', 'content-type': 'application/grpc', 'user-agent': this.#o.userAgent,
        ...(token && { authorization: `Bearer ${token}` }),
      }, { endStream: false })
    } catch (e) {
      if (this.#session === session) this.#session = undefined
      throw new TransportError(`the connection to the apiserver is gone: ${(e as Error).message}`, false, e)
    }
    stream.end(frame(message))
    return stream
  }

  // A deadline passed: find out whether the whole session is dead.
  #suspect(session: http2.ClientHttp2Session): void {
    if (session.destroyed) return
    const cancel = this.#o.clock.timer(1000, () => session.destroy())
    try { session.ping(() => cancel()) } catch { cancel() }
  }

  #connect(): Promise<http2.ClientHttp2Session> {
    this.#connecting ??= this.#tryServers().finally(() => { this.#connecting = undefined })
    return this.#connecting
  }

  async #tryServers(): Promise<http2.ClientHttp2Session> {
    let last: unknown
    for (let i = 0; i < this.#o.servers.length && !this.#closed; i++) {
      const server = this.#o.servers[this.#next++ % this.#o.servers.length]!
      try { return this.#adopt(await this.#open(server)) } catch (e) { last = e }
    }
    if (this.#closed) throw new TransportError('the client is closed', false)
    throw new TransportError(`no apiserver answers at ${this.#o.servers.join(', ')}: ${last instanceof Error ? last.message : String(last)}`, false, last)
  }

  #open(server: string): Promise<http2.ClientHttp2Session> {
    const { tls, clock } = this.#o
    return new Promise((resolve, reject) => {
      const session = http2.connect(`${tls ? 'https' : 'http'}://${server}`, { ...tls, maxSessionMemory: sessionMemoryMiB, settings: { initialWindowSize: 4 << 20, enablePush: false } })
      const cancel = clock.timer(this.#o.connectTimeoutMs ?? 3000, () => session.destroy(new Error(`${server}: connecting took too long`)))
      session.once('connect', () => { cancel(); session.setLocalWindowSize(16 << 20); resolve(session) })
      session.on('error', (e) => { cancel(); reject(e) })
      session.once('close', () => { cancel(); reject(new Error(`${server} closed the connection`)) })
    })
  }

  #adopt(session: http2.ClientHttp2Session): http2.ClientHttp2Session {
    if (this.#closed) { session.destroy(); throw new TransportError('the client is closed', false) }
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

function follow(stream: http2.ClientHttp2Stream, handlers: StreamHandlers): void {
  const reader = new FrameReader(maxMessageBytes)
  let status: StatusError | undefined | null = null, ended = false
  const end = (error: StatusError | undefined) => { if (!ended) { ended = true; handlers.onEnd(error) } }
  const readStatus = (h: http2.IncomingHttpHeaders) => {
    if (h['grpc-status'] !== undefined) status = statusOf(h)
    else if (h[':status'] !== undefined && Number(h[':status']) !== 200) status = new TransportError(`the apiserver answered HTTP ${h[':status']}`, true)
  }
  stream.on('response', readStatus).on('trailers', readStatus)
  stream.on('data', (data: Buffer) => {
    try { reader.push(data, handlers.onMessage) } catch (e) {
      end(new StatusError({ reason: 'InternalError', message: e instanceof Error ? e.message : String(e), cause: e }))
      stream.close(NGHTTP2_CANCEL)
    }
  })
  // REFUSED_STREAM and errors before the request left say that no server has acted on it.
  stream.on('error', (e: NodeJS.ErrnoException) => end(new TransportError(e.message, stream.rstCode !== http2.constants.NGHTTP2_REFUSED_STREAM && !stream.pending, e)))
  stream.on('close', () => end(status === null ? new TransportError('the connection to the apiserver was lost', true) : status))
}

const reasonsOfCodes: Record<number, StatusReason> = { 1: 'Timeout', 3: 'BadRequest', 4: 'Timeout', 5: 'NotFound', 6: 'AlreadyExists', 7: 'Forbidden', 8: 'TooManyRequests', 10: 'Conflict', 11: 'Expired', 12: 'MethodNotAllowed', 14: 'ServiceUnavailable', 16: 'Unauthorized' }

/** The Kubernetes Status of the trailer, or what comes nearest to a bare gRPC status. */
function statusOf(h: http2.IncomingHttpHeaders): StatusError | undefined {
  const code = Number(h['grpc-status'])
  if (code === 0) return undefined
  const binary = h['status-bin']
  if (typeof binary === 'string') return StatusError.fromStatus(JSON.parse(Buffer.from(binary, 'base64').toString()))
  return new StatusError({ reason: reasonsOfCodes[code] ?? 'InternalError', message: decodeURIComponent(String(h['grpc-message'] ?? `gRPC status ${code}`)) })
}
