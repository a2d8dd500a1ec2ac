/**
 * All objects of one resource and a window of its latest events, fed by the cache's one stream in revision order. Readers
 * get entries, never copies. The window is bounded by count and age; who asks for more is told Expired.
 */
import type { ResourceType } from '../registry/resource-type.ts'
import { Entry } from './entry.ts'

export type EventType = 'ADDED' | 'MODIFIED' | 'DELETED'

/** `entry` of a deletion is the last state at the deletion's revision. `previous` is what the object was before, if it was. */
export interface CacheEvent {
  type: EventType
  revision: number
  /** Revision of the event before this one in the resource; 0 when this cache has not seen one. */
  previousRevision: number
  entry: Entry
  previous: Entry | undefined
  /** Encoded forms of this event, by what a watcher asked for; made by the first watcher that needs one, and shared. */
  encoded?: Map<string, Buffer> | undefined
}

/** Never fewer than minEvents; beyond that what is younger than freshMs, up to maxEvents; in any case no more than maxBytes of objects. */
const window = { minEvents: 512, maxEvents: 20_000, freshMs: 75_000, maxBytes: 64 << 20 }
/** So many of the latest events keep what was encoded for watchers; who replays older ones encodes again. */
const encodedKept = 64

export class ResourceCache {
  #type: ResourceType
  readonly #entries = new Map<string, Entry>()
  /** Keys `namespace/name` in byte order. */
  readonly #keys: string[] = []
  #sorted = true
  #events: CacheEvent[] = []
  #times: number[] = []
  #dropped = 0
  #bytes = 0
  /** Events at and below this revision may be missing from the window. */
  #windowStart = 0
  #lastRevision = 0
  readonly #listeners = new Set<(e: CacheEvent) => void>()

  /** Told of a listener that threw; the others and the stream go on. */
  readonly #onListenerError: (e: unknown) => void

  constructor(type: ResourceType, onListenerError: (e: unknown) => void = (e) => { throw e }) {
    this.#type = type
    this.#onListenerError = onListenerError
  }

  get type(): ResourceType { return this.#type }

  /** The resource's objects are of another type from now on: a definition has changed. */
  retype(type: ResourceType): void {
    this.#type = type
    for (const [key, e] of this.#entries) this.#entries.set(key, new Entry(type, e.namespace, e.name, e.revision, e.bytes))
  }

  get size(): number { return this.#entries.size }
  /** Revision of the latest event or object of this resource. */
  get lastRevision(): number { return this.#lastRevision }
  /** Oldest revision from which a watch can start. */
  get windowStart(): number { return this.#windowStart }

  get(namespace: string, name: string): Entry | undefined { return this.#entries.get(`${namespace}/${name}`) }

  /** In key order from `from` (inclusive, `namespace/name`), of one namespace or all. */
  list(namespace: string, from = ''): Entry[] {
    this.#sort()
    const prefix = namespace ? `${namespace}/` : ''
    const out: Entry[] = []
    for (let i = lowerBound(this.#keys, from > prefix ? from : prefix); i < this.#keys.length; i++) {
      const k = this.#keys[i]!
      if (prefix && !k.startsWith(prefix)) break
      out.push(this.#entries.get(k)!)
    }
    return out
  }

  /** Calls for every later event, in order, synchronously. */
  listen(listener: (e: CacheEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Events after the revision; undefined when the window does not reach back so far. */
  eventsAfter(revision: number): CacheEvent[] | undefined {
    if (revision < this.#windowStart) return undefined
    let lo = this.#dropped, hi = this.#events.length
    while (lo < hi) {
      const mid = (lo + hi) >>> 1
      if (this.#events[mid]!.revision <= revision) lo = mid + 1
      else hi = mid
    }
    return this.#events.slice(lo)
  }

  /** The first filling, at a revision of the store. */
  fill(entries: Iterable<Entry>, revision: number): void {
    this.#entries.clear()
    this.#keys.length = 0
    for (const e of entries) this.#put(e)
    this.#windowStart = revision
    this.#events = []
    this.#times = []
    this.#dropped = 0
    this.#bytes = 0
  }

  apply(namespace: string, name: string, entry: Entry | undefined, revision: number, nowMs: number): CacheEvent | undefined {
    const key = `${namespace}/${name}`, previous = this.#entries.get(key)
    if (!entry && !previous) return undefined
    const event: CacheEvent = {
      type: !entry ? 'DELETED' : previous ? 'MODIFIED' : 'ADDED', revision, previousRevision: this.#lastRevision,
      entry: entry ?? previous!.at(revision), previous, encoded: undefined,
    }
    if (entry) this.#put(entry)
    else this.#remove(key)
    this.#lastRevision = revision
    this.#remember(event, nowMs)
    for (const l of this.#listeners) try { l(event) } catch (e) { this.#onListenerError(e) }
    return event
  }

  #put(e: Entry): void {
    const key = `${e.namespace}/${e.name}`
    if (e.revision > this.#lastRevision) this.#lastRevision = e.revision
    if (!this.#entries.has(key)) {
      const last = this.#keys[this.#keys.length - 1]
      if (last !== undefined && last > key) this.#sorted = false
      this.#keys.push(key)
    }
    this.#entries.set(key, e)
  }

  #remove(key: string): void {
    this.#sort()
    this.#entries.delete(key)
    this.#keys.splice(lowerBound(this.#keys, key), 1)
  }

  // New keys are appended; whoever needs the order sorts (nearly sorted runs are cheap for V8's merge sort).
  #sort(): void {
    if (this.#sorted) return
    this.#keys.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
    this.#sorted = true
  }

  #remember(event: CacheEvent, nowMs: number): void {
    this.#events.push(event)
    this.#times.push(nowMs)
    this.#bytes += event.entry.bytes.length
    const older = this.#events[this.#events.length - 1 - encodedKept]
    if (older?.encoded) older.encoded = undefined
    while (this.#tooLong(nowMs)) this.#forgetOldest()
    if (this.#dropped > 1024 && this.#dropped * 2 > this.#events.length) {
      this.#events = this.#events.slice(this.#dropped)
      this.#times = this.#times.slice(this.#dropped)
      this.#dropped = 0
    }
  }

  #forgetOldest(): void {
    const oldest = this.#events[this.#dropped]!
    this.#windowStart = oldest.revision
    this.#bytes -= oldest.entry.bytes.length
    this.#events[this.#dropped++] = gone
  }

  #tooLong(nowMs: number): boolean {
    const n = this.#events.length - this.#dropped
    return n > window.maxEvents || (n > 1 && this.#bytes > window.maxBytes) || (n > window.minEvents && nowMs - this.#times[this.#dropped]! > window.freshMs)
  }
}

// Takes the place of a forgotten event until the array is cut, so that its objects can be freed.
const gone = { revision: 0 } as unknown as CacheEvent

/** Index of the first key that is not less. */
function lowerBound(keys: readonly string[], key: string): number {
  let lo = 0, hi = keys.length
  while (lo < hi) {
    const mid = (lo + hi) >>> 1
    if (keys[mid]! < key) lo = mid + 1
    else hi = mid
  }
  return lo
}
