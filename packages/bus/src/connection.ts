/**
 * A process's connection to NATS, for both sides of the bus. It comes up in the background and comes back by itself; while
 * it is away subscribers are told of silence and what is published is dropped (the revision chain repairs it). NATS's
 * client is loaded when the first connection is made: a component starts on its gRPC watches without it.
 */
import { backoffMs, type Clock, type Logger, type Random, systemRandom } from '@drydock/base'
import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node'
import type { Bookmark } from './chain-table.ts'
import { type Envelope, outgoingHeaders, readMessage } from './envelope.ts'
import { bookmarkSubject, chainKey, relaySubject, watchSubject } from './subject.ts'
import type { Claim } from './relay-election.ts'
import type { BusSubscriber, ChainSubscription } from './types.ts'

export interface BusOptions {
  /** `host:port` or URLs. */
  servers: readonly string[]
  /** PEM contents. Without it plain TCP: tests only. */
  tls?: { ca: string | Buffer, cert: string | Buffer, key: string | Buffer } | undefined
  /** Shown by nats-server. */
  name: string
  clock: Clock
  log: Logger
  random?: Random
  /** Wait so long before the first connection; default 0. A starting component has more urgent things to do. */
  connectAfterMs?: number | undefined
}

/** One event as the relay sends it. */
export interface OutgoingEvent extends Envelope { subject: string, bytes: Uint8Array }

/** No bookmark for so long: subscribers go to the gRPC watch. Bookmarks come once a second. */
const silenceMs = 3500
const retryMs = 500
/** A server that refuses us (a certificate without permissions) will not change its mind soon. */
const backoff = { initialMs: retryMs, maxMs: 15_000 }

interface Active { s: ChainSubscription, chain: string, refused: boolean, end: (() => void) | undefined }

export class BusConnection implements BusSubscriber {
  readonly #o: BusOptions & { random: Random }
  readonly #subscriptions = new Set<Active>()
  readonly #claimListeners = new Set<(c: Claim) => void>()
  #nats: NatsConnection | undefined
  #connected = false
  #lastBookmark = 0
  /** In a row, by the client itself. */
  #reconnects = 0
  #cancelCheck = () => {}

  constructor(o: BusOptions) { this.#o = { random: systemRandom, ...o } }

  get connected(): boolean { return this.#connected }

  /** Connects and keeps connected until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { log, clock } = this.#o
    this.#checkSilence()
    if (this.#o.connectAfterMs) await clock.sleep(this.#o.connectAfterMs, signal).catch(() => {})
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        await this.#connect()
        attempt = 0
        if (signal.aborted) break
        await Promise.race([this.#nats!.closed(), this.#follow(), new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))])
        if (!signal.aborted) log.warn({}, 'the bus closed the connection')
      } catch (error) {
        if (attempt === 5) log.warn({ err: error }, 'cannot connect to the bus; watching over gRPC meanwhile')
        else log.debug({ err: error }, 'cannot connect to the bus')
      }
      this.#lost()
      await this.#nats?.close().catch(() => {})
      await clock.sleep(backoffMs(attempt, backoff), signal).catch(() => {})
    }
    this.#cancelCheck()
    await this.#nats?.close().catch(() => {})
  }

  subscribe(s: ChainSubscription): () => void {
    const active: Active = { s, chain: chainKey(s.group, s.resource, s.shard), refused: false, end: undefined }
    this.#subscriptions.add(active)
    if (this.#connected) this.#listen(active)
    return () => { this.#subscriptions.delete(active); active.end?.() }
  }

  /** Dropped while the connection is away; false then. */
  publish(e: OutgoingEvent): boolean {
    if (!this.#connected) return false
    this.#nats!.publish(e.subject, e.bytes, { headers: outgoingHeaders(e) })
    return true
  }

  bookmark(b: Bookmark): void { if (this.#connected) this.#nats!.publish(bookmarkSubject, JSON.stringify(b)) }
  claim(c: Claim): void { if (this.#connected) this.#nats!.publish(relaySubject, JSON.stringify(c)) }

  onClaim(listener: (c: Claim) => void): () => void {
    this.#claimListeners.add(listener)
    return () => this.#claimListeners.delete(listener)
  }

  /** All that was published has reached the server. */
  async flush(): Promise<void> { await this.#nats?.flush() }

  async #connect(): Promise<void> {
    const { connect } = await import('@nats-io/transport-node')
    const { servers, tls, name } = this.#o
    this.#nats = await connect({
      servers: servers.map((s) => s.replace(/^[a-z]+:\/\//, '')), name, ...(tls && { tls: { ca: String(tls.ca), cert: String(tls.cert), key: String(tls.key) } }),
      maxReconnectAttempts: -1, reconnectDelayHandler: () => backoffMs(this.#reconnects++, { ...backoff, maxMs: 2000, jitter: 0.3, random: () => this.#o.random.next() }), pingInterval: 30_000, maxPingOut: 2, timeout: 5000, ignoreClusterUpdates: true,
      // A relay's own claims and bookmarks tell it nothing.
      noEcho: true,
    })
    this.#came()
  }

  // Ends only with the connection; errors of single subscriptions come to their callbacks.
  async #follow(): Promise<void> {
    for await (const s of this.#nats!.status()) {
      if (s.type === 'disconnect') this.#lost()
      else if (s.type === 'reconnect') this.#came()
    }
  }

  #came(): void {
    const first = this.#nats
    this.#connected = true
    this.#reconnects = 0
    this.#lastBookmark = this.#o.clock.monotonic()
    this.#o.log.debug({}, 'connected to the bus')
    if (this.#listening === first) return
    this.#listening = first
    first!.subscribe(bookmarkSubject, { callback: (error, m) => { if (!error) this.#onBookmark(m) } })
    if (this.#claimListeners.size) first!.subscribe(relaySubject, { callback: (error, m) => { if (!error) this.#onClaim(m) } })
    for (const a of this.#subscriptions) this.#listen(a)
  }
  /** The connection on which everything is subscribed; the client subscribes again by itself when it reconnects. */
  #listening: NatsConnection | undefined

  #lost(): void {
    if (!this.#connected) return
    this.#connected = false
    for (const a of this.#subscriptions) a.s.onSilence()
  }

  #listen(a: Active): void {
    const { group, resource, shard, onMessage } = a.s
    const subscription: Subscription = this.#nats!.subscribe(watchSubject(group, resource, shard), {
      callback: (error, m) => {
        if (error) this.#refused(a, error)
        else {
          const message = readMessage(m, shard !== undefined)
          if (message) onMessage(message)
        }
      },
    })
    a.refused = false
    a.end = () => subscription.unsubscribe()
  }

  // No permission: bookmarks alone would make the subscriber believe that nothing happens.
  #refused(a: Active, error: Error): void {
    this.#o.log.warn({ resource: a.s.resource, shard: a.s.shard, err: error }, 'the bus refuses a subscription; watching over gRPC')
    a.refused = true
    a.s.onSilence()
  }

  #onBookmark(m: Msg): void {
    const b = parse<Bookmark>(m)
    if (!b || typeof b.rev !== 'number' || typeof b.base !== 'number') return
    this.#lastBookmark = this.#o.clock.monotonic()
    for (const a of this.#subscriptions) if (!a.refused) a.s.onMessage({ rev: b.rev, prev: b.prev[a.chain] ?? b.base })
  }

  #onClaim(m: Msg): void {
    const c = parse<Claim>(m)
    if (typeof c?.id === 'string') for (const l of this.#claimListeners) l(c)
  }

  /** Looks when the silence would be complete, not more often: every process has this timer. */
  #checkSilence(): void {
    const { clock } = this.#o, silent = clock.monotonic() - this.#lastBookmark
    if (silent >= silenceMs) for (const a of this.#subscriptions) a.s.onSilence()
    this.#cancelCheck = clock.timer(silent >= silenceMs ? silenceMs : silenceMs - silent, () => this.#checkSilence())
  }
}

// Who may publish is settled by permissions; still nothing that comes from outside may throw here.
function parse<T>(m: Msg): T | undefined {
  try { return m.json<T>() } catch { return undefined }
}
