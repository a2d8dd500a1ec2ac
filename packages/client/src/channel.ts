/**
 * The gRPC channel to the apiservers, with its errors as StatusErrors. Every call ends; of each failure of the way it says
 * whether the request can have reached a server (`TransportError.sent`).
 */
import { StatusError, type StatusReason } from '@drydock/api'
import type { Clock } from '@drydock/base'
import { type ClientStream, GrpcChannel, grpcCode, GrpcError } from '@drydock/proto/channel'
import { frame } from '@drydock/proto/frame'

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

export interface StreamHandlers {
  /** The message is the handler's to keep. */
  onMessage(message: Buffer): void
  /** Called exactly once: undefined when the server ended the stream with OK. */
  onEnd(error: StatusError | undefined): void
}

export class Channel {
  readonly #grpc: GrpcChannel

  constructor(o: ChannelOptions) {
    if (!o.servers.length) throw new TransportError('no apiserver addresses', false)
    this.#grpc = new GrpcChannel({ ...o, servers: o.servers.map((s) => `${o.tls ? 'https' : 'http'}://${s}`), name: 'the apiserver', maxMessageBytes })
  }

  close(): void { this.#grpc.close() }

  /** One message, one answer. */
  async unary(path: string, message: Uint8Array, o: { timeoutMs: number, signal?: AbortSignal | undefined }): Promise<Buffer> {
    try { return await this.#grpc.unary(path, frame(message), kept, o) } catch (e) { throw e instanceof GrpcError ? statusError(e) : e }
  }

  /** One message, many answers. */
  async stream(path: string, message: Uint8Array, handlers: StreamHandlers, signal?: AbortSignal): Promise<ClientStream> {
    try {
      return await this.#grpc.stream(path, {
        onMessage: (m, owned) => handlers.onMessage(kept(m, owned)),
        onEnd: (e) => handlers.onEnd(e && statusError(e)),
      }, { message: frame(message), signal })
    } catch (e) { throw e instanceof GrpcError ? statusError(e) : e }
  }
}

const kept = (message: Buffer, owned: boolean): Buffer => (owned ? message : Buffer.from(message))

const reasonsOfCodes: Record<number, StatusReason> = { 1: 'Timeout', 3: 'BadRequest', 4: 'Timeout', 5: 'NotFound', 6: 'AlreadyExists', 7: 'Forbidden', 8: 'TooManyRequests', 10: 'Conflict', 11: 'Expired', 12: 'MethodNotAllowed', 14: 'ServiceUnavailable', 16: 'Unauthorized' }

/** The Kubernetes Status of the trailer, or what comes nearest to a bare gRPC status. */
function statusError(e: GrpcError): StatusError {
  if (e.transport && e.code !== grpcCode.deadlineExceeded) return new TransportError(e.message, e.sent, e)
  if (e.details) return StatusError.fromStatus(JSON.parse(e.details.toString()))
  return new StatusError({ reason: reasonsOfCodes[e.code] ?? 'InternalError', message: e.message || `gRPC status ${e.code}`, cause: e })
}
