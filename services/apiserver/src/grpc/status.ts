/** Reasons of Kubernetes as gRPC's codes; the whole Status travels beside it in `status-bin`. */
import type { StatusError } from '@drydock/api'

const codes: Readonly<Record<string, number>> = {
  BadRequest: 3, Invalid: 3, UnsupportedMediaType: 3, NotAcceptable: 3, Timeout: 4, ServerTimeout: 4, NotFound: 5, AlreadyExists: 6, Forbidden: 7,
  TooManyRequests: 8, RequestEntityTooLarge: 8, Conflict: 10, Expired: 11, Gone: 11, MethodNotAllowed: 12, InternalError: 13, ServiceUnavailable: 14, Unauthorized: 16,
}

/** 2 (UNKNOWN) for what has no code of its own. */
export const grpcCode = (e: StatusError): number => codes[e.reason] ?? 2
