/**
 * The store in etcd (v3). Reads are linearizable; a write is one transaction guarded by the key's revision. It guarantees
 * that a write that returns `ok` is durable and that one which throws Unavailable may or may not have happened; repeated
 * after a lost connection, a write recognises its own earlier success by the value that it finds.
 */
import { backoffMs, type Clock, type Logger, type Random } from '@drydock/base'
import { type ClientStream, GrpcChannel, grpcCode, GrpcError, type TlsMaterial } from '@drydock/proto/channel'
import { isStorageError, StorageError } from '../errors.ts'
import { prefixEnd } from '../key.ts'
import { SharedRead } from '../shared-read.ts'
import type { CallOptions, RangeOptions, RangeResult, Store, StoreEvent, WatchOptions, WriteResult } from '../types.ts'
import { decodeRange, decodeRevision, decodeTxn, decodeWatch, encodeCompact, encodeGuarded, encodeRange, encodeWatchCreate, paths } from './messages.ts'

export interface EtcdStoreOptions {
  /** `https://host:port` or `http://host:port`. */
  endpoints: readonly string[]
  tls?: TlsMaterial | undefined
  clock: Clock
  random: Random
  log: Logger
  /** A call ends with Unavailable after so long, retries included. Default 10,000. */
  timeoutMs?: number
  /** Default 3,000. */
  connectTimeoutMs?: number
  /** Default 5,000. */
  keepaliveMs?: number
}

/** One attempt's part of a call's time: another endpoint is to have some of it, too. */
const attemptMs = 7000
const retry = { initialMs: 20, maxMs: 200, jitter: 0.5 }
/** Nobody listens: etcd starts, and so does all that waits for it. Trying is cheap and shared by all calls. */
const dialing = { initialMs: 10, maxMs: 50, jitter: 0.5 }

export class EtcdStore implements Store {
  readonly #channel: GrpcChannel
  readonly #o: EtcdStoreOptions
  readonly #revision: SharedRead<number>

  constructor(o: EtcdStoreOptions) {
    this.#o = o
    this.#channel = new GrpcChannel({ ...o, servers: o.endpoints, name: 'etcd' })
    this.#revision = new SharedRead(() => this.#call(paths.range, revisionRead, decodeRevision, {}))
  }

  close(): void { this.#channel.close() }

  async get(key: string, o: CallOptions = {}) {
    const a = await this.#call(paths.range, encodeRange({ key }), decodeRange, o)
    return { stored: a.items[0], revision: a.revision }
  }

  async range(o: RangeOptions): Promise<RangeResult> {
    return this.#call(paths.range, encodeRange({ key: o.from ?? o.prefix, rangeEnd: prefixEnd(o.prefix), limit: o.limit ?? 0, revision: o.revision ?? 0 }), decodeRange, o)
  }

  create(key: string, value: Buffer, o?: CallOptions) { return this.#write(key, 0, value, o) }
  update(key: string, value: Buffer, revision: number, o?: CallOptions) { return this.#write(key, revision, value, o) }
  delete(key: string, revision: number, o?: CallOptions) { return this.#write(key, revision, undefined, o) }

  currentRevision(o?: CallOptions): Promise<number> { return this.#revision.read(o?.signal) }

  async compact(revision: number, o: CallOptions = {}): Promise<void> {
    try { await this.#call(paths.compact, encodeCompact(revision), () => undefined, o) } catch (e) { if (!isStorageError(e, 'Compacted')) throw e }
  }

  async #write(key: string, guard: number, value: Buffer | undefined, o: CallOptions = {}): Promise<WriteResult> {
    let repeated = false
    const a = await this.#call(paths.txn, encodeGuarded(key, guard, value), decodeTxn, o, () => { repeated = true })
    if (a.succeeded) return { ok: true, revision: a.revision }
    if (repeated && value && a.current?.value.equals(value)) return { ok: true, revision: a.current.revision }
    if (repeated && !value && !a.current) return { ok: true, revision: a.revision }
    return { ok: false, current: a.current, revision: a.revision }
  }

  /** One call with bounded retries over the endpoints. */
  async #call<T>(path: string, message: Buffer, decode: (answer: Buffer, owned: boolean) => T, o: CallOptions, onRetry?: () => void): Promise<T> {
    const { clock, random } = this.#o
    let left = this.#o.timeoutMs ?? 10_000
    const deadline = clock.monotonic() + left
    for (let attempt = 0; ; attempt++, left = deadline - clock.monotonic()) {
      const { generation } = this.#channel
      try {
        return await this.#channel.unary(path, message, decode, { timeoutMs: Math.max(1, Math.min(attemptMs, left)), signal: o.signal })
      } catch (e) {
        if (!(e instanceof GrpcError)) throw e
        const failure = storageError(e)
        const wait = backoffMs(attempt, { ...(e.sent ? retry : dialing), random: () => random.next() })
        if (failure.code !== 'Unavailable' || this.#channel.closed || clock.monotonic() + wait >= deadline) throw failure
        onRetry?.()
        this.#channel.rotate(generation)
        await clock.sleep(wait, o.signal)
      }
    }
  }

  async watch(o: WatchOptions): Promise<void> {
    const { clock, random, log } = this.#o
    let next = o.fromRevision
    for (let attempt = 0; !o.signal.aborted; attempt++) {
      const { generation } = this.#channel
      const end = await this.#watchOnce(o, next, (revision) => { next = revision + 1; attempt = 0 })
      if (o.signal.aborted) return
      if (end instanceof StorageError) throw end
      log.warn({ reason: end.message, nextRevision: next }, 'watch on etcd lost')
      this.#channel.rotate(generation)
      await clock.sleep(backoffMs(attempt, { ...retry, random: () => random.next() }), o.signal).catch(() => {})
    }
  }

  /** One stream until it ends; answers why. A StorageError is final, anything else is to be tried again. */
  async #watchOnce(o: WatchOptions, from: number, applied: (revision: number) => void): Promise<Error> {
    const held: StoreEvent[] = []
    return new Promise((resolve) => {
      let stream: ClientStream | undefined
      const end = (e: Error) => { resolve(e); stream?.cancel() }
      const onMessage = (message: Buffer, owned: boolean) => {
        const a = decodeWatch(message, owned)
        if (a.compactRevision) return end(new StorageError('Compacted', `revision ${from} is compacted; ${a.compactRevision} is the oldest`))
        if (a.canceled) return end(new Error(`etcd cancelled the watch: ${a.reason}`))
        for (const e of a.events) held.push(e)
        if (a.fragment || !held.length) return
        const events = held.splice(0).filter((e) => e.revision >= from)
        if (!events.length) return
        const last = events[events.length - 1]!.revision
        o.onEvents(events, last)
        applied(last)
      }
      // hasleader: a member that has lost the others ends its streams instead of keeping them silent.
      this.#channel.stream(paths.watch, { onMessage, onEnd: (e) => end(e ?? new Error('etcd ended the stream')) }, { headers: [{ name: 'hasleader', value: 'true' }], signal: o.signal }).then((opened) => {
        stream = opened
        opened.send(encodeWatchCreate(o.prefix, prefixEnd(o.prefix), from))
      }, end)
    })
  }
}

// A key that is never there: the answer is its header.
const revisionRead = encodeRange({ key: '\0', countOnly: true })

function storageError(e: GrpcError): StorageError {
  const text = e.message
  if (text.includes('has been compacted')) return new StorageError('Compacted', text, e)
  if (text.includes('future revision')) return new StorageError('FutureRevision', text, e)
  if (text.includes('too large') || text.includes('larger than max')) return new StorageError('TooLarge', text, e)
  if (text.includes('database space exceeded')) return new StorageError('NoSpace', text, e)
  const retriable = e.transport || e.code === grpcCode.unavailable || e.code === grpcCode.deadlineExceeded || e.code === grpcCode.cancelled
  return new StorageError(retriable ? 'Unavailable' : 'Internal', text, e)
}
