/** The store's errors as the API tells them. */
import { expired, StatusError } from '@drydock/api'
import { StorageError } from '@drydock/storage'

export function apiError(e: unknown): unknown {
  if (!(e instanceof StorageError)) return e
  switch (e.code) {
    case 'Compacted': return expired('The resourceVersion for the provided list is too old.')
    case 'TooLarge': return new StatusError({ reason: '', code: 500, message: 'etcdserver: request is too large', cause: e })
    case 'Unavailable': return new StatusError({ reason: 'ServiceUnavailable', message: `the store does not answer: ${e.message}`, details: { retryAfterSeconds: 1 }, cause: e })
    default: return new StatusError({ reason: '', code: 500, message: e.message, cause: e })
  }
}

/** Runs a call of the store with its errors translated. */
export async function stored<T>(call: Promise<T>): Promise<T> {
  try { return await call } catch (e) { throw apiError(e) }
}
