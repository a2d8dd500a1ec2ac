/**
 * The versioned object store. One key per object, one guarded transaction per write, one ordered stream of every revision.
 * A revision numbers the whole store: an object's revision is that of its last write.
 */

/** A value with the revision that wrote it. */
export interface Stored { key: string, value: Buffer, revision: number }

/** One change, in revision order. `value` is undefined for a deletion. */
export interface StoreEvent { key: string, value: Buffer | undefined, revision: number, created: boolean }

export interface CallOptions { signal?: AbortSignal | undefined }

export interface RangeOptions extends CallOptions {
  prefix: string
  /** First key to give, inclusive; default the prefix itself. */
  from?: string | undefined
  /** At most so many; default no limit. */
  limit?: number | undefined
  /** As the store was then; default now, linearizable. Throws Compacted or FutureRevision. */
  revision?: number | undefined
}
/** `revision`: the store's when read. `more`: the limit cut it. `count`: keys of the range from `from` on, cut ones too. */
export interface RangeResult { items: Stored[], revision: number, more: boolean, count: number }

/** `ok: false`: the guard did not hold; `current` is what is there instead (undefined: nothing). */
export type WriteResult = { ok: true, revision: number } | { ok: false, current: Stored | undefined, revision: number }

export interface WatchOptions {
  prefix: string
  /** First revision wanted. */
  fromRevision: number
  /** Whole revisions at a time, in order, none twice, none missing. */
  onEvents(events: StoreEvent[], revision: number): void
  signal: AbortSignal
}

export interface Store {
  /** Linearizable. */
  get(key: string, o?: CallOptions): Promise<{ stored: Stored | undefined, revision: number }>
  /** In key order. */
  range(o: RangeOptions): Promise<RangeResult>
  /** Writes only if the key is not there. The memory of `value` is the caller's again once the promise has settled. */
  create(key: string, value: Buffer, o?: CallOptions): Promise<WriteResult>
  /** Writes only if the key's revision is `revision`. */
  update(key: string, value: Buffer, revision: number, o?: CallOptions): Promise<WriteResult>
  /** Deletes only if the key's revision is `revision`. */
  delete(key: string, revision: number, o?: CallOptions): Promise<WriteResult>
  /** The store's revision, linearizable. Calls that wait at the same time share one read. */
  currentRevision(o?: CallOptions): Promise<number>
  /** Follows until the signal aborts, through lost connections and changing endpoints. Throws Compacted when `fromRevision` is gone. */
  watch(o: WatchOptions): Promise<void>
  /** Forgets what was before `revision`. */
  compact(revision: number, o?: CallOptions): Promise<void>
  close(): void
}
