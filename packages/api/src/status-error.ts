import type { Status, StatusCause } from './types.gen.ts'

/** Kubernetes' closed set of reasons (metav1.StatusReason) with the HTTP code of each. */
export const reasonCodes = {
  BadRequest: 400, Unauthorized: 401, Forbidden: 403, NotFound: 404, MethodNotAllowed: 405, NotAcceptable: 406,
  AlreadyExists: 409, Conflict: 409, Gone: 410, Expired: 410, RequestEntityTooLarge: 413, UnsupportedMediaType: 415,
  Invalid: 422, TooManyRequests: 429, InternalError: 500, ServerTimeout: 500, ServiceUnavailable: 503, Timeout: 504,
  StoreReadError: 500, Unknown: 500,
} as const

export type StatusReason = keyof typeof reasonCodes | ''

export interface StatusErrorOptions {
  reason: StatusReason
  message: string
  /** HTTP code; default: the reason's own. */
  code?: number
  details?: Status['details']
  /** A token with which an expired list can go on. */
  continueToken?: string
  cause?: unknown
}

/** The one error class: what a client of the API is told. Mapped to HTTP or gRPC at the doors only. */
export class StatusError extends Error {
  readonly reason: StatusReason
  readonly code: number
  readonly details: Status['details']
  readonly continueToken: string | undefined

  constructor(o: StatusErrorOptions) {
    super(o.message, o.cause === undefined ? undefined : { cause: o.cause })
    this.name = 'StatusError'
    this.reason = o.reason
    this.code = o.code ?? (o.reason === '' ? 500 : reasonCodes[o.reason])
    this.details = o.details
    this.continueToken = o.continueToken
  }

  toStatus(): Status {
    return {
      kind: 'Status', apiVersion: 'v1', metadata: this.continueToken ? { continue: this.continueToken } : {}, status: 'Failure', message: this.message,
      ...(this.reason && { reason: this.reason }), ...(this.details && { details: this.details }), code: this.code,
    }
  }

  static fromStatus(s: Status): StatusError {
    return new StatusError({ reason: (s.reason ?? '') as StatusReason, message: s.message ?? '', code: s.code ?? 500, details: s.details })
  }
}

/** Group and resource as messages name them: `pods`, `deployments.apps`. */
export interface GroupResource { group: string, resource: string }
export const qualified = (r: GroupResource): string => (r.group ? `${r.resource}.${r.group}` : r.resource)
const details = (r: GroupResource, name: string) => ({ ...(name && { name }), ...(r.group && { group: r.group }), ...(r.resource && { kind: r.resource }) })

export const notFound = (r: GroupResource, name: string) =>
  new StatusError({ reason: 'NotFound', message: `${qualified(r)} ${JSON.stringify(name)} not found`, details: details(r, name) })
export const alreadyExists = (r: GroupResource, name: string) =>
  new StatusError({ reason: 'AlreadyExists', message: `${qualified(r)} ${JSON.stringify(name)} already exists`, details: details(r, name) })
export const conflict = (r: GroupResource, name: string, why: string) =>
  new StatusError({ reason: 'Conflict', message: `Operation cannot be fulfilled on ${qualified(r)} ${JSON.stringify(name)}: ${why}`, details: details(r, name) })
export const forbidden = (r: GroupResource, name: string, why: string) =>
  new StatusError({ reason: 'Forbidden', message: name ? `${qualified(r)} ${JSON.stringify(name)} is forbidden: ${why}` : `${qualified(r)} is forbidden: ${why}`, details: details(r, name) })
export const badRequest = (message: string) => new StatusError({ reason: 'BadRequest', message })
export const internalError = (cause: unknown) => {
  const message = cause instanceof Error ? cause.message : String(cause)
  return new StatusError({ reason: 'InternalError', message: `Internal error occurred: ${message}`, details: { causes: [{ message } as StatusCause] }, cause })
}
export const expired = (message: string) => new StatusError({ reason: 'Expired', message })

export const isStatus = (e: unknown, reason: StatusReason): e is StatusError => e instanceof StatusError && e.reason === reason
