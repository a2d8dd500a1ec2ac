/** Compacted: the revision is no longer kept. FutureRevision: it is not there yet. TooLarge: the value is more than the store takes. NoSpace: the store is full. Unavailable: nobody answered in time. */
export type StorageErrorCode = 'Compacted' | 'FutureRevision' | 'TooLarge' | 'NoSpace' | 'Unavailable' | 'Internal'

/** The one error class of the store. */
export class StorageError extends Error {
  readonly code: StorageErrorCode
  constructor(code: StorageErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'StorageError'
    this.code = code
  }
}

export const isStorageError = (e: unknown, code: StorageErrorCode): e is StorageError => e instanceof StorageError && e.code === code
