import type { Resource } from '@drydock/api'
import type { User } from '../auth/types.ts'

export type Operation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT'
export type ApiObject = { apiVersion?: string, kind?: string, metadata: Record<string, any>, [k: string]: any }

/** What a plugin sees of a request (admission.Attributes). `object` may be changed in `admit`. */
export interface AdmissionRequest {
  operation: Operation
  resource: Resource
  subresource: string
  namespace: string
  name: string
  object?: ApiObject
  oldObject?: ApiObject
  /** DeleteOptions, CreateOptions… of the request. */
  options: Record<string, unknown>
  dryRun: boolean
  user: User
  /** Adds a Warning header. */
  warn(text: string): void
  signal: AbortSignal
}

/** One admission plugin, under upstream's name. It throws StatusError to refuse. */
export interface AdmissionPlugin {
  readonly name: string
  handles(r: AdmissionRequest): boolean
  /** May change the object. All plugins' admit run, in order, before any validate. */
  admit?(r: AdmissionRequest): Promise<void> | void
  validate?(r: AdmissionRequest): Promise<void> | void
}

/** What plugins, authorizers and strategies read of the store, from the watch cache (never a request of its own). */
export interface Reader {
  get<T>(r: Resource<T>, namespace: string, name: string): T | undefined
  list<T>(r: Resource<T>, namespace?: string): T[]
}

/**
 * Tells of every object that enters, changes in or leaves the watch cache, in revision order, synchronously. Objects that
 * are there at the time of the call come first (with `old` undefined), so that an index is complete when `on` returns
 * or, if the cache is not filled yet, when it is.
 */
export interface Changes {
  on<T>(r: Resource<T>, changed: (object: T | undefined, old: T | undefined) => void): () => void
}

export interface WriterOptions { dryRun?: boolean | undefined, signal?: AbortSignal | undefined }

/**
 * How the apiserver's own parts (bootstrap, binding, eviction, quota) write: defaults, strategy, validation and storage of
 * the kind, without authorization and without admission. Nothing outside the process reaches it.
 */
export interface Writer {
  /** Throws AlreadyExists. */
  create<T>(r: Resource<T>, object: T, o?: WriterOptions): Promise<T>
  /**
   * Guaranteed update: `change` gets a copy of the newest object (read from the store, not from a cache that may lag) and
   * returns what shall be, or undefined for no change; run again on a conflict, a bounded number of times. Nothing of the
   * kind's strategy is applied (status and spec are both written). Throws NotFound.
   */
  update<T>(r: Resource<T>, namespace: string, name: string, change: (o: T) => T | undefined, o?: WriterOptions): Promise<T>
  /** DELETE with metav1.DeleteOptions, as a client's would be. */
  delete<T>(r: Resource<T>, namespace: string, name: string, options: Record<string, unknown>, o?: WriterOptions): Promise<T>
}

/** How the apiserver's own parts write status: as clients do, recorded in the name of a manager. */
export interface StatusWriter {
  /** PUT of the status subresource in the name of a manager, with all that the kind does at one; `change` as above. */
  updateStatus<T>(r: Resource<T>, namespace: string, name: string, change: (o: T) => T | undefined, o: WriterOptions & { manager: string }): Promise<void>
  /** Server-side apply of a status in the name of a manager, who wins conflicts. */
  applyStatus<T>(r: Resource<T>, namespace: string, name: string, status: Record<string, unknown>, o: WriterOptions & { manager: string }): Promise<void>
}
