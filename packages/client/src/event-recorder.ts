/**
 * Events as upstream's recorder makes them (client-go/tools/record): repeated ones are counted, many alike are combined, and
 * one object cannot flood. Recording never blocks and never fails; what cannot be sent is dropped and logged.
 */
import { isStatus, resources, type Event } from '@drydock/api'
import { type Clock, formatTime, type Logger, LruMap, realClock } from '@drydock/base'
import type { Client, EventRecorder } from './types.ts'

export interface EventRecorderOptions {
  client: Client
  /** source.component: `kubelet`, `default-scheduler`, `deployment-controller`. */
  component: string
  /** source.host: the node's name, where there is one. */
  host?: string
  /** How long an event waits before it is sent, to stay out of the way of what it tells of. Default 0. */
  delayMs?: number
  log: Logger
  clock?: Clock
}

/** Upstream's defaults (events_cache.go). */
const limits = { cacheEntries: 4096, burst: 25, refillMs: 300_000, aggregateAfter: 10, aggregateWithinMs: 600_000, queue: 1000 }
type Ref = Parameters<EventRecorder['event']>[0]
type Sent = { name: string, namespace: string, count: number, firstTimestamp: string }

export function createEventRecorder(o: EventRecorderOptions): EventRecorder { return new Recorder(o) }

class Recorder implements EventRecorder {
  readonly #o: EventRecorderOptions
  readonly #clock: Clock
  readonly #buckets = new LruMap<string, { tokens: number, at: number }>(limits.cacheEntries)
  readonly #alike = new LruMap<string, { messages: Set<string>, at: number }>(limits.cacheEntries)
  readonly #sent = new LruMap<string, Sent>(limits.cacheEntries)
  readonly #queue: { key: string, event: Event, at: number }[] = []
  readonly #hurry = new AbortController()
  #sending: Promise<void> | undefined
  #lastNanos = 0n

  constructor(o: EventRecorderOptions) {
    this.#o = o
    this.#clock = o.clock ?? realClock
  }

  event(object: Ref, type: 'Normal' | 'Warning', reason: string, message: string, fieldPath?: string): void {
    const about = [object.kind, object.metadata?.namespace, object.metadata?.name, object.metadata?.uid, object.apiVersion, fieldPath].join('/')
    if (!this.#allowed(about)) return
    const text = message.slice(0, 1024)
    const aggregated = this.#isOneOfMany(`${about}/${type}/${reason}`, text)
    const shown = aggregated ? `(combined from similar events): ${text}` : text
    if (this.#queue.length >= limits.queue) return this.#o.log.warn({ reason, object: about }, 'too many events wait; one is dropped')
    this.#queue.push({ key: aggregated ? `${about}/${type}/${reason}` : `${about}/${type}/${reason}/${text}`, event: this.#make(object, type, reason, shown, fieldPath), at: this.#clock.monotonic() })
    this.#sending ??= this.#sendAll().finally(() => { this.#sending = undefined })
  }

  async flush(signal?: AbortSignal): Promise<void> {
    this.#hurry.abort(new Error('flushing'))
    const aborted = new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve(), { once: true }))
    while (this.#sending && !signal?.aborted) await Promise.race([this.#sending, aborted])
  }

  // EventSourceObjectSpamFilter: a bucket per object.
  #allowed(about: string): boolean {
    const now = this.#clock.monotonic()
    const b = this.#buckets.get(about) ?? { tokens: limits.burst, at: now }
    b.tokens = Math.min(limits.burst, b.tokens + (now - b.at) / limits.refillMs)
    b.at = now
    this.#buckets.set(about, b)
    if (b.tokens < 1) return false
    b.tokens--
    return true
  }

  // EventAggregator: more than so many different messages within ten minutes count as one event.
  #isOneOfMany(key: string, message: string): boolean {
    const now = this.#clock.monotonic()
    let a = this.#alike.get(key)
    if (!a || now - a.at > limits.aggregateWithinMs) a = { messages: new Set(), at: now }
    a.at = now
    if (a.messages.size < limits.aggregateAfter) a.messages.add(message)
    this.#alike.set(key, a)
    return a.messages.size >= limits.aggregateAfter
  }

  #make(o: Ref, type: string, reason: string, message: string, fieldPath: string | undefined): Event {
    const m = o.metadata ?? {}, time = formatTime(this.#clock.now()), { component, host } = this.#o
    return {
      kind: 'Event', apiVersion: 'v1',
      metadata: { name: `${m.name ?? ''}.${this.#nanos().toString(16)}`, namespace: m.namespace || 'default' },
      involvedObject: {
        ...(o.kind && { kind: o.kind }), ...(m.namespace && { namespace: m.namespace }), ...(m.name && { name: m.name }), ...(m.uid && { uid: m.uid }),
        ...(o.apiVersion && { apiVersion: o.apiVersion }), ...(m.resourceVersion && { resourceVersion: m.resourceVersion }), ...(fieldPath && { fieldPath }),
      },
      reason, message, source: { component, ...(host && { host }) }, firstTimestamp: time, lastTimestamp: time, count: 1, type,
      reportingComponent: component, reportingInstance: host ?? '',
    } as Event
  }

  // Nanoseconds name the event; two of one millisecond must differ.
  #nanos(): bigint {
    const now = BigInt(Math.trunc(this.#clock.now())) * 1_000_000n
    this.#lastNanos = now > this.#lastNanos ? now : this.#lastNanos + 1n
    return this.#lastNanos
  }

  async #sendAll(): Promise<void> {
    // The caller goes on first: a reconcile does not wait for the encoding of its events.
    await Promise.resolve()
    for (let next = this.#queue.shift(); next; next = this.#queue.shift()) {
      const wait = next.at + (this.#o.delayMs ?? 0) - this.#clock.monotonic()
      if (wait > 0) await this.#clock.sleep(wait, this.#hurry.signal).catch(() => {})
      try {
        await this.#send(next.key, next.event)
      } catch (error) {
        this.#o.log.warn({ err: error, reason: next.event.reason, object: next.event.involvedObject?.name }, 'cannot send an event')
      }
    }
  }

  async #send(key: string, event: Event): Promise<void> {
    const before = this.#sent.get(key), { client } = this.#o
    if (before) {
      const body = { count: before.count + 1, lastTimestamp: event.lastTimestamp, message: event.message }
      try {
        await client.patch(resources.events, before.name, { type: 'strategic', body }, { namespace: before.namespace })
        before.count++
        return
      } catch (error) {
        // It has expired meanwhile: start anew.
        if (!isStatus(error, 'NotFound')) throw error
      }
    }
    try {
      await client.create(resources.events, event)
    } catch (error) {
      // A namespace that is going away takes no new events; that is no news.
      if (isStatus(error, 'Forbidden') || isStatus(error, 'NotFound')) return this.#o.log.debug({ err: error }, 'an event was refused')
      throw error
    }
    this.#sent.set(key, { name: event.metadata!.name!, namespace: event.metadata!.namespace!, count: 1, firstTimestamp: event.firstTimestamp! })
  }
}
