/**
 * One watch on the cache: from a revision or from the state, filtered, with bookmarks. It pushes into a sink and keeps no
 * buffer of its own: the sink bounds what waits for a slow reader. It guarantees order, no gap and no repetition.
 */
import { StatusError } from '@drydock/api'
import type { Clock } from '@drydock/base'
import type { Entry } from './entry.ts'
import type { CacheEvent, EventType, ResourceCache } from './resource-cache.ts'

export type Matcher = (e: Entry) => boolean

export interface WatchOptions {
  cache: ResourceCache
  /** The cache's revision right now. */
  current: () => number
  /** Empty: all. */
  namespace: string
  /** Undefined: everything. */
  match: Matcher | undefined
  /** Events after this revision; `state` first sends what is there as ADDED. */
  from: number | 'state'
  /** With bookmarks, and one that ends the initial events (sendInitialEvents). */
  bookmarks: boolean
  initialEventsEnd: boolean
  timeoutMs: number
  clock: Clock
}

export interface WatchSink {
  /** `event` is undefined for the initial state; it holds the encodings shared by all watchers. */
  event(type: EventType, entry: Entry, event: CacheEvent | undefined): void
  bookmark(revision: number, initialEventsEnd: boolean): void
  /** The last call: the watch's time is over. */
  end(): void
}

/** Upstream's bookmark interval, and how long before the end the last one is sent. */
const bookmarkEveryMs = 60_000, bookmarkBeforeEndMs = 2000

export class Watch {
  readonly #o: WatchOptions
  #stop: (() => void)[] = []
  #sent = 0

  constructor(o: WatchOptions) {
    this.#o = o
    if (o.from !== 'state' && !o.cache.eventsAfter(o.from)) throw expired(o.from, o.cache.windowStart)
  }

  /** Starts pushing, synchronously what is there already. Returns what stops it. */
  start(sink: WatchSink): () => void {
    const { cache, from, clock, timeoutMs } = this.#o
    if (from !== 'state') this.#sent = from
    const stop = () => { for (const s of this.#stop.splice(0)) s() }
    if (from === 'state') this.#sendState(sink)
    else for (const e of cache.eventsAfter(from) ?? []) this.#offer(e, sink)
    // From a revision that is still to come nothing is sent before it.
    const ahead = from !== 'state' && from > this.#o.current()
    this.#stop.push(cache.listen(ahead ? (e) => { if (e.revision > from) this.#offer(e, sink) } : (e) => this.#offer(e, sink)))
    if (this.#o.bookmarks) this.#scheduleBookmarks(sink)
    this.#stop.push(clock.timer(timeoutMs, () => { stop(); sink.end() }))
    return stop
  }

  #sendState(sink: WatchSink): void {
    const { cache, namespace, match, bookmarks, initialEventsEnd } = this.#o
    for (const e of cache.list(namespace)) if (!match || match(e)) sink.event('ADDED', e, undefined)
    this.#sent = this.#o.current()
    if (bookmarks && initialEventsEnd) sink.bookmark(this.#sent, true)
  }

  #scheduleBookmarks(sink: WatchSink): void {
    const { clock, timeoutMs } = this.#o
    const bookmark = () => {
      const now = this.#o.current()
      if (now < this.#sent) return
      this.#sent = now
      sink.bookmark(now, false)
    }
    const every = () => { bookmark(); this.#stop.push(clock.timer(bookmarkEveryMs, every)) }
    this.#stop.push(clock.timer(bookmarkEveryMs, every))
    if (timeoutMs > bookmarkBeforeEndMs) this.#stop.push(clock.timer(timeoutMs - bookmarkBeforeEndMs, bookmark))
  }

  #offer(e: CacheEvent, sink: WatchSink): void {
    if (this.#o.namespace && e.entry.namespace !== this.#o.namespace) return
    const { match } = this.#o
    if (!match) return sink.event(e.type, e.entry, e)
    const now = e.type !== 'DELETED' && match(e.entry), before = e.previous !== undefined && match(e.previous)
    if (now) sink.event(before ? 'MODIFIED' : 'ADDED', e.entry, e)
    else if (before) sink.event('DELETED', e.type === 'DELETED' ? e.entry : left(e), e)
  }
}

const leftEntries = new WeakMap<CacheEvent, Entry>()
/** The object as it was when it still matched, at the revision at which it ceased to. */
function left(e: CacheEvent): Entry {
  let made = leftEntries.get(e)
  if (!made) leftEntries.set(e, made = e.previous!.at(e.revision))
  return made
}

export const expired = (wanted: number, oldest: number): StatusError =>
  new StatusError({ reason: 'Expired', message: `too old resource version: ${wanted} (${oldest})` })
