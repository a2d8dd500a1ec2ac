/**
 * Every object of the API in memory, kept by one stream from the store. It guarantees: entries and events appear in
 * revision order; after `waitFor(r)` everything up to revision r is there. A consistent read is `consistent()`: the store's
 * revision, read linearizably and shared among waiting readers, then a wait for the stream.
 */
import { StatusError } from '@drydock/api'
import type { Clock, Logger } from '@drydock/base'
import { collectionPrefix, isStorageError, parseObjectKey, registryPrefix, type Store, type StoreEvent } from '@drydock/storage'
import type { ApiObject } from '../admission/types.ts'
import type { ResourceType, ResourceTypes } from '../registry/resource-type.ts'
import { Entry } from './entry.ts'
import { ResourceCache } from './resource-cache.ts'

export interface WatchCacheOptions { store: Store, types: ResourceTypes, clock: Clock, log: Logger }

/** How long a read waits for the stream before it answers 504. */
const waitMs = 3000
/** Entries just written by this process and not yet seen in the stream; bounded, oldest forgotten. */
const maxRecent = 2048
/** So many of the latest written entries keep the object that was written beside its bytes: who follows up on a write finds it. */
const maxParsed = 256

export class WatchCache {
  readonly #o: WatchCacheOptions
  readonly #resources = new Map<string, ResourceCache>()
  readonly #expected = new Map<string, { stored: Buffer, object: ApiObject }>()
  /** Events of resources that are being opened. */
  readonly #opening = new Map<string, StoreEvent[]>()
  readonly #recent = new Map<number, Entry>()
  /** A ring. */
  readonly #parsed: (Entry | undefined)[] = new Array<Entry | undefined>(maxParsed).fill(undefined)
  #nextParsed = 0
  #revision = 0
  #ready = false
  #waiters: { revision: number, resolve: () => void }[] = []
  #readyWaiters: (() => void)[] = []
  readonly #beforeReady: (() => void)[] = []
  readonly #progress = new Set<(revision: number) => void>()
  readonly #refills = new Set<() => void>()

  constructor(o: WatchCacheOptions) {
    this.#o = o
    for (const t of o.types.stored) this.#resources.set(`${t.storageGroup}/${t.storageResource}`, new ResourceCache(t, (err) => o.log.error({ err, resource: t.id }, 'a listener of the watch cache failed')))
  }

  /** Highest revision applied, of any resource. */
  get revision(): number { return this.#revision }
  get ready(): boolean { return this.#ready }

  resource(group: string, resource: string): ResourceCache | undefined { return this.#resources.get(`${group}/${resource}`) }
  resources(): Iterable<ResourceCache> { return this.#resources.values() }

  /**
   * Begins to keep another resource, whose objects may be there already: what happens to them meanwhile waits until they are
   * read. Of one that is kept the type changes.
   */
  async open(type: ResourceType, signal: AbortSignal): Promise<void> {
    const key = `${type.storageGroup}/${type.storageResource}`
    const known = this.#resources.get(key)
    if (known) return known.retype(type)
    const cache = new ResourceCache(type, (err) => this.#o.log.error({ err, resource: type.id }, 'a listener of the watch cache failed'))
    const waiting: StoreEvent[] = []
    this.#opening.set(key, waiting)
    try {
      const entries: Entry[] = []
      let revision = 0, from: string | undefined
      for (let more = true; more;) {
        const page = await this.#o.store.range({ prefix: collectionPrefix(type.storageGroup, type.storageResource), from, limit: 2000, revision: revision || undefined, signal })
        revision ||= page.revision
        for (const s of page.items) {
          const k = parseObjectKey(s.key)
          if (k) entries.push(Entry.fromStored(type, k.namespace, k.name, s.revision, s.value))
        }
        more = page.more
        from = `${page.items.at(-1)?.key ?? ''}\0`
      }
      await this.waitFor(revision, signal)
      cache.fill(entries, revision)
      this.#resources.set(key, cache)
      this.#apply(waiting.filter((e) => e.revision > revision), this.#revision)
    } finally {
      this.#opening.delete(key)
    }
  }

  /** Of a resource whose objects are gone. */
  close(group: string, resource: string): void {
    this.#resources.delete(`${group}/${resource}`)
  }

  /** Fills, then follows until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const revision = await this.#fill(signal)
      if (!this.#ready) {
        // Indexes first, so that whoever waits for readiness finds them complete.
        for (const begin of this.#beforeReady.splice(0)) begin()
        this.#ready = true
        for (const r of this.#readyWaiters.splice(0)) r()
      }
      try {
        await this.#o.store.watch({ prefix: registryPrefix, fromRevision: revision + 1, signal, onEvents: (events, last) => this.#apply(events, last) })
      } catch (e) {
        if (!isStorageError(e, 'Compacted')) throw e
        this.#o.log.warn({ err: e }, 'the watch fell behind compaction; reading everything again')
        for (const l of this.#refills) l()
      }
    }
  }

  /** Runs once, synchronously, when everything has been read and no event has been applied yet. */
  beforeReady(begin: () => void): void { this.#beforeReady.push(begin) }

  whenReady(): Promise<void> { return this.#ready ? Promise.resolve() : new Promise((resolve) => this.#readyWaiters.push(resolve)) }

  /**
   * An object is about to be written: an event with these bytes is this write's and needs no parsing. Returns what is to be
   * called when the store has answered.
   */
  expect(key: string, stored: Buffer, object: ApiObject): () => void {
    const expected = { stored, object }
    this.#expected.set(key, expected)
    return () => { if (this.#expected.get(key) === expected) this.#expected.delete(key) }
  }

  /** Keeps what was just written until its event comes: that needs no copy and no parsing then. Gives it back. */
  wrote(entry: Entry): Entry {
    if (entry.revision > this.#revision) this.#recent.set(entry.revision, entry)
    if (this.#recent.size > maxRecent) this.#recent.delete(this.#recent.keys().next().value!)
    this.#keepParsed(entry)
    return entry
  }

  #keepParsed(entry: Entry): void {
    this.#parsed[this.#nextParsed]?.forget()
    this.#parsed[this.#nextParsed] = entry
    this.#nextParsed = (this.#nextParsed + 1) % maxParsed
  }

  /** Called with the revision after every batch of events: all caches have applied it. */
  onProgress(listener: (revision: number) => void): () => void {
    this.#progress.add(listener)
    return () => this.#progress.delete(listener)
  }

  /** Called before everything is read anew: what follows until the next progress is out of order and leaves states out. */
  onRefill(listener: () => void): () => void {
    this.#refills.add(listener)
    return () => this.#refills.delete(listener)
  }

  /** Resolves to a revision that is at least the store's at the time of the call; the cache has applied it. */
  async consistent(signal?: AbortSignal): Promise<number> {
    const revision = await this.#o.store.currentRevision({ signal })
    await this.waitFor(revision, signal)
    return revision
  }

  async waitFor(revision: number, signal?: AbortSignal): Promise<void> {
    if (this.#revision >= revision && this.#ready) return
    await new Promise<void>((resolve, reject) => {
      const done = (settle: () => void) => { cancel(); signal?.removeEventListener('abort', onAbort); this.#waiters = this.#waiters.filter((w) => w !== waiter); settle() }
      const waiter = { revision, resolve: () => done(resolve) }
      const onAbort = () => done(() => reject(signal!.reason as Error))
      const cancel = this.#o.clock.timer(waitMs, () => done(() => reject(tooLarge(revision, this.#revision))))
      signal?.addEventListener('abort', onAbort, { once: true })
      this.#waiters.push(waiter)
    })
  }

  async #fill(signal: AbortSignal): Promise<number> {
    const found = new Map<ResourceCache, Entry[]>()
    let revision = 0, from: string | undefined
    for (let more = true; more;) {
      const page = await this.#o.store.range({ prefix: registryPrefix, from, limit: 2000, revision: revision || undefined, signal })
      revision ||= page.revision
      for (const s of page.items) {
        const k = parseObjectKey(s.key), cache = k && this.#resources.get(`${k.group}/${k.resource}`)
        if (!k || !cache) continue
        const list = found.get(cache) ?? []
        found.set(cache, list)
        list.push(Entry.fromStored(cache.type, k.namespace, k.name, s.revision, s.value))
      }
      more = page.more
      from = `${page.items[page.items.length - 1]?.key ?? ''}\0`
    }
    const first = !this.#ready
    for (const cache of this.#resources.values()) {
      if (first) cache.fill(found.get(cache) ?? [], revision)
      else this.#refill(cache, found.get(cache) ?? [], revision)
    }
    this.#advance(revision)
    return revision
  }

  // After a gap: what changed meanwhile is told as events, so that watchers miss no state.
  #refill(cache: ResourceCache, entries: Entry[], revision: number): void {
    const now = this.#o.clock.monotonic()
    const there = new Map(entries.map((e) => [`${e.namespace}/${e.name}`, e]))
    for (const old of cache.list('')) if (!there.has(`${old.namespace}/${old.name}`)) cache.apply(old.namespace, old.name, undefined, revision, now)
    for (const e of entries) if (cache.get(e.namespace, e.name)?.revision !== e.revision) cache.apply(e.namespace, e.name, e, e.revision, now)
  }

  #apply(events: StoreEvent[], last: number): void {
    const now = this.#o.clock.monotonic()
    for (const e of events) {
      const k = parseObjectKey(e.key), cache = k && this.#resources.get(`${k.group}/${k.resource}`)
      if (k && !cache && this.#opening.size) this.#opening.get(`${k.group}/${k.resource}`)?.push(e)
      if (!k || !cache) continue
      const entry = e.value && (this.#recent.get(e.revision) ?? this.#entryOf(cache, k, e.revision, e.key, e.value))
      cache.apply(k.namespace, k.name, entry, e.revision, now)
      this.#recent.delete(e.revision)
    }
    this.#advance(last)
  }

  #entryOf(cache: ResourceCache, k: { namespace: string, name: string }, revision: number, key: string, value: Buffer): Entry {
    const expected = this.#expected.get(key)
    if (!expected || !expected.stored.equals(value)) return Entry.fromStored(cache.type, k.namespace, k.name, revision, value)
    expected.object.metadata['resourceVersion'] = String(revision)
    const entry = Entry.fromStored(cache.type, k.namespace, k.name, revision, value, expected.object)
    this.#keepParsed(entry)
    return entry
  }

  #advance(revision: number): void {
    if (revision <= this.#revision) return
    this.#revision = revision
    if (this.#waiters.length) for (const w of this.#waiters.filter((w) => w.revision <= revision)) w.resolve()
    for (const l of this.#progress) l(revision)
  }
}

/** What upstream says of a revision that is still to come. */
export const tooLarge = (wanted: number, current: number): StatusError => new StatusError({
  reason: 'Timeout', message: `Too large resource version: ${wanted}, current: ${current}`,
  details: { causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }], retryAfterSeconds: 1 },
})
