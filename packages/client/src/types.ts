import type { Resource, StatusError } from '@drydock/api'

/** Options of a call that names one object. `namespace` is needed for namespaced resources. */
export interface ObjectOptions { namespace?: string, subresource?: string, signal?: AbortSignal }
export interface WriteOptions extends ObjectOptions { fieldManager?: string, dryRun?: boolean }
export interface ListOptions { namespace?: string, labelSelector?: string, fieldSelector?: string, resourceVersion?: string, limit?: number, continue?: string, signal?: AbortSignal }
export interface DeleteOptions extends ObjectOptions {
  gracePeriodSeconds?: number
  propagationPolicy?: 'Orphan' | 'Background' | 'Foreground'
  preconditions?: { uid?: string, resourceVersion?: string }
}
export type Patch = { type: 'merge' | 'strategic' | 'apply', body: unknown } | { type: 'json', body: readonly object[] }
export interface ListResult<T> { items: T[], resourceVersion: string, continue?: string }
export interface WatchEvent<T> { type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK', object: T, resourceVersion: string }

/**
 * A component's way to the API: gRPC to any of the apiservers (the next one after a failure). Every method throws
 * StatusError for what the API refuses, and StatusError with reason ServiceUnavailable when no apiserver answers.
 */
export interface Client {
  get<T>(r: Resource<T>, name: string, o?: ObjectOptions): Promise<T>
  list<T>(r: Resource<T>, o?: ListOptions): Promise<ListResult<T>>
  /** With a subresource (`binding`, `eviction`, `token`) `object` is that subresource's kind, and so is the answer. */
  create<T>(r: Resource<T>, object: T, o?: WriteOptions & { name?: string }): Promise<T>
  update<T>(r: Resource<T>, object: T, o?: WriteOptions): Promise<T>
  patch<T>(r: Resource<T>, name: string, patch: Patch, o?: WriteOptions): Promise<T>
  delete<T>(r: Resource<T>, name: string, o?: DeleteOptions): Promise<void>
  deleteCollection<T>(r: Resource<T>, o: ListOptions & Omit<DeleteOptions, 'subresource'>): Promise<void>
  /** From the revision on; throws StatusError (reason Expired) when that is past the window. */
  watch<T>(r: Resource<T>, o: ListOptions): AsyncIterable<WatchEvent<T>>
  close(): void
}

/** A read-only view of a resource, kept by an informer. Objects are shared and frozen in spirit: never change one, copy it. */
export interface Store<T> {
  get(key: string): T | undefined
  list(namespace?: string): T[]
  /** Objects whose indexer `index` yields `value`. */
  byIndex(index: string, value: string): T[]
  readonly size: number
}
export interface InformerHandler<T> { add?(o: T): void, update?(o: T, old: T): void, delete?(o: T): void }
export interface InformerOptions<T> {
  /** Pods of one node: only that shard of the bus is subscribed, and the list uses spec.nodeName. */
  shard?: string
  namespace?: string
  labelSelector?: string
  fieldSelector?: string
  indexers?: Record<string, (o: T) => readonly string[]>
}
export interface Informer<T> {
  readonly store: Store<T>
  /** Handlers run in the order of events, synchronously; present objects come as `add`. Returns a function that removes it. */
  on(handler: InformerHandler<T>): () => void
  /** True once the first list is in the store. */
  readonly hasSynced: boolean
  synced(signal?: AbortSignal): Promise<void>
  /** Highest revision applied. Never goes back. */
  readonly revision: number
}
export interface InformerFactory {
  /** One informer per resource and options; the same call gives the same one. Starts at once if the factory runs. */
  informer<T>(r: Resource<T>, o?: InformerOptions<T>): Informer<T>
  /** Runs all informers until the signal aborts. */
  run(signal: AbortSignal): Promise<void>
  synced(signal?: AbortSignal): Promise<void>
  /** How many informers the bus feeds now, and how many a watch of their own. */
  feeds(): { bus: number, direct: number }
}

/** Makes Event objects (core/v1) as upstream's recorder does: one object per involved object, reason and message, counted. */
export interface EventRecorder {
  event(object: { apiVersion?: string | undefined, kind?: string | undefined, metadata?: { name?: string | undefined, namespace?: string | undefined, uid?: string | undefined, resourceVersion?: string | undefined } | undefined }, type: 'Normal' | 'Warning', reason: string, message: string, fieldPath?: string): void
  /** Sends what waits; bounded by `signal`. */
  flush(signal?: AbortSignal): Promise<void>
}

export type { StatusError }
