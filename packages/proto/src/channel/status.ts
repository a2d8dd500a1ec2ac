/** How a gRPC call ended: the code, the message, and whether a server can have acted on it. */
import { errorCode, Http2Error } from '../http2/frames.ts'

export const grpcCode = { ok: 0, cancelled: 1, unknown: 2, invalidArgument: 3, deadlineExceeded: 4, resourceExhausted: 8, failedPrecondition: 9, outOfRange: 11, unimplemented: 12, internal: 13, unavailable: 14, unauthenticated: 16 } as const

export class GrpcError extends Error {
  readonly code: number
  /** False: no server has seen the request, so it can be repeated whatever it does. */
  readonly sent: boolean
  /** The way to a server failed, as opposed to what a server says. */
  readonly transport: boolean
  /** Trailer `status-bin`, decoded. */
  readonly details: Buffer | undefined
  constructor(code: number, message: string, o: { sent?: boolean, transport?: boolean, details?: Buffer | undefined, cause?: unknown } = {}) {
    super(message, o.cause === undefined ? undefined : { cause: o.cause })
    this.name = 'GrpcError'
    this.code = code
    this.sent = o.sent ?? true
    this.transport = o.transport ?? false
    this.details = o.details
  }
}

/** The way to the server failed. */
export const transportError = (message: string, o: { sent: boolean, cause?: unknown }): GrpcError => new GrpcError(grpcCode.unavailable, message, { ...o, transport: true })

/** HTTP/2's codes where gRPC maps them to something else than UNAVAILABLE (PROTOCOL-HTTP2.md). */
const codeOfReset: Record<number, number> = { [errorCode.cancel]: grpcCode.cancelled, [errorCode.enhanceYourCalm]: grpcCode.resourceExhausted, [errorCode.internalError]: grpcCode.internal }

export function fromHttp2(e: Error): GrpcError {
  if (!(e instanceof Http2Error)) return transportError(e.message, { sent: true, cause: e })
  return new GrpcError(e.unprocessed ? grpcCode.unavailable : codeOfReset[e.code] ?? grpcCode.unavailable, e.message, { sent: !e.unprocessed, transport: true, cause: e })
}
