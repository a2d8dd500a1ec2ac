/** What both sides of a gRPC call share: methods, status codes, the error that carries one. */

/** A message type as ts-proto makes it. */
export interface Codec<T> {
  encode(message: T): { finish(): Uint8Array }
  decode(bytes: Uint8Array): T
}

export interface Method<Q, A> {
  /** `/package.Service/Method`. */
  readonly path: string
  readonly request: Codec<Q>
  readonly response: Codec<A>
}

export const method = <Q, A>(path: string, request: Codec<Q>, response: Codec<A>): Method<Q, A> => ({ path, request, response })

export const codes = {
  ok: 0, cancelled: 1, unknown: 2, invalidArgument: 3, deadlineExceeded: 4, notFound: 5, alreadyExists: 6, permissionDenied: 7, resourceExhausted: 8,
  failedPrecondition: 9, aborted: 10, outOfRange: 11, unimplemented: 12, internal: 13, unavailable: 14, dataLoss: 15, unauthenticated: 16,
} as const

/** A call that ended with another status than OK. */
export class RpcError extends Error {
  readonly code: number
  /** The other side's words. */
  readonly details: string
  /** Trailer `status-bin`: a Kubernetes Status as JSON, from a kubelet. */
  readonly status: Buffer | undefined
  constructor(code: number, details: string, o: { status?: Buffer | undefined, cause?: unknown } = {}) {
    super(`${code}: ${details}`, { cause: o.cause })
    this.name = 'RpcError'
    this.code = code
    this.details = details
    this.status = o.status
  }
}

/** As grpc-message is written: percent-encoded UTF-8. */
export const encodeMessage = (text: string): string => encodeURIComponent(text)
export function decodeMessage(text: string): string {
  try { return decodeURIComponent(text) } catch { return text }
}
