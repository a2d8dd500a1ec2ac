/**
 * The relay: puts every event of the watch cache on the bus, in revision order, with the bytes that are stored and served
 * (nothing is encoded for it). Every apiserver keeps the revision chains; the elected one speaks. It promises nothing about
 * delivery: subscribers find gaps by the chain and repair them over gRPC.
 */
import type { Clock, Logger } from '@drydock/base'
import { type BusConnection, chainKey, ChainTable, claimEveryMs, eventSubject, isSharded, RelayElection, shardOf } from '@drydock/bus'
import type { CacheEvent, ResourceCache } from '../cache/resource-cache.ts'
import type { WatchCache } from '../cache/watch-cache.ts'

export interface RelayOptions {
  cache: WatchCache
  bus: BusConnection
  /** Unique among the apiservers. */
  identity: string
  clock: Clock
  log: Logger
}

export interface RelayCounters { events: number, bytes: number, skipped: number }

/** Bookmarks go out at every second claim interval: once a second. */
const ticksPerBookmark = 2
/** Above NATS's max_payload the message would end the connection. Left out: subscribers see a gap and fetch it. */
const maxEventBytes = 4 << 20

export class Relay {
  readonly #o: RelayOptions
  readonly #election: RelayElection
  #chains = new ChainTable(0)
  #suspended = false
  readonly counters: RelayCounters = { events: 0, bytes: 0, skipped: 0 }

  constructor(o: RelayOptions) {
    this.#o = o
    this.#election = new RelayElection(o.identity, o.clock.monotonic())
  }

  get leading(): boolean { return this.#election.leading }

  async run(signal: AbortSignal): Promise<void> {
    const { cache, bus, clock } = this.#o
    await cache.whenReady()
    this.#chains = new ChainTable(cache.revision)
    const stop = [bus.onClaim((c) => this.#election.heard(c, clock.monotonic()))]
    stop.push(cache.onRefill(() => { this.#suspended = true }), cache.onProgress((revision) => this.#resume(revision)))
    for (const r of cache.resources()) stop.push(r.listen((e) => this.#relay(r, e)))
    const closing = new AbortController()
    const connection = bus.run(closing.signal)
    for (let tick = 0; !signal.aborted; tick++) {
      this.#tick(tick)
      await clock.sleep(claimEveryMs, signal).catch(() => {})
    }
    for (const s of stop) s()
    // Others take over at once.
    if (this.#election.leading) bus.claim({ id: this.#o.identity, leaving: true })
    await Promise.race([bus.flush().catch(() => {}), clock.sleep(200)])
    closing.abort(new Error('the relay stops'))
    await connection
  }

  #tick(tick: number): void {
    const { bus, clock, cache, identity, log } = this.#o
    // Silence on a bus that is away says nothing about others.
    if (!bus.connected) return
    const before = this.#election.leading
    if (this.#election.tick(clock.monotonic())) bus.claim({ id: identity })
    if (before !== this.#election.leading) log.info({ identity }, 'relaying events to the bus')
    if (this.#election.leading && !this.#suspended && tick % ticksPerBookmark === 0) bus.bookmark(this.#chains.bookmark(cache.revision))
  }

  #relay(r: ResourceCache, e: CacheEvent): void {
    const { group, resource } = r.type
    if (this.#suspended) return
    const shard = isSharded(group, resource) ? shardOf(group, resource, e.entry.object as { spec?: { nodeName?: string } }) : ''
    const prev = this.#chains.note(chainKey(group, resource), e.revision)
    const prevShard = isSharded(group, resource) ? this.#chains.note(chainKey(group, resource, shard), e.revision) : prev
    if (!this.#election.leading) return
    const bytes = group === '' && resource === 'secrets' ? publicPart(e.entry.object.metadata) : e.entry.bytes
    if (bytes.length > maxEventBytes) { this.counters.skipped++; return }
    const subject = eventSubject({ group, resource, shard, namespace: e.entry.namespace, name: e.entry.name })
    if (!this.#o.bus.publish({ subject, type: e.type, rev: e.revision, prev, prevShard, bytes })) return
    this.counters.events++
    this.counters.bytes += bytes.length
  }

  // When the cache is read anew its events are out of order and some states are missing: nothing may be claimed of that time.
  #resume(revision: number): void {
    if (!this.#suspended) return
    this.#suspended = false
    this.#chains.broken(revision)
  }
}

/** What of a Secret may travel: not its data, and no annotation, for kubectl apply keeps a copy of the data in one. */
function publicPart(m: Record<string, unknown>): Buffer {
  const { name, namespace, uid, resourceVersion, generation, creationTimestamp, deletionTimestamp, labels, ownerReferences } = m
  return Buffer.from(JSON.stringify({ metadata: { name, namespace, uid, resourceVersion, generation, creationTimestamp, deletionTimestamp, labels, ownerReferences } }))
}
