/**
 * A resource kept in memory: listed once, then followed over the bus or, where that is away or leaves a gap, over a gRPC
 * watch (packages/bus, revision-chain.ts, decides which). It guarantees: the store goes through the states of the API in
 * order and may skip some, but never goes back; `revision` only rises; handlers see every difference between the states
 * that the store had. The first list is a consistent read, so that a component which was restarted never acts on a view older than
 * one that it had acted on before.
 */
import { isStatus, keyOf, type Resource } from '@drydock/api'
import { backoffMs, type Clock, type Logger, type Random } from '@drydock/base'
import { type BusEvent, type BusSubscriber, type Decision, RevisionChain } from '@drydock/bus'
import { decode } from './client.ts'
import { type Indexer, IndexedStore } from './store.ts'
import type { Client, Informer, InformerHandler, InformerOptions, WatchEvent } from './types.ts'

export interface InformerParts {
  client: Client
  /** Without it everything comes over gRPC. */
  bus?: BusSubscriber | undefined
  log: Logger
  clock: Clock
  random: Random
}

type EventType = 'ADDED' | 'MODIFIED' | 'DELETED'
/** From the bus as bytes, from the watch parsed. */
type Change<T> = { type: EventType, object: T } | BusEvent
const backoff = { initialMs: 50, maxMs: 5000, jitter: 0.5 }

export class ResourceInformer<T> implements Informer<T> {
  readonly store = new IndexedStore<T>()
  readonly #resource: Resource<T>
  readonly #options: InformerOptions<T>
  readonly #parts: InformerParts
  readonly #chain = new RevisionChain<Change<T>>()
  readonly #handlers = new Set<InformerHandler<T>>()
  #synced = false
  #syncWaiters: (() => void)[] = []
  /** Ends the direct watch that is open. */
  #closeDirect: (() => void) | undefined
  /** Wakes the loop that waits for the chain to want a direct watch. */
  #openDirect: (() => void) | undefined

  constructor(resource: Resource<T>, options: InformerOptions<T>, parts: InformerParts) {
    this.#resource = resource
    this.#options = options
    this.#parts = parts
    this.addIndexers(options.indexers)
  }

  addIndexers(indexers: Record<string, Indexer<T>> | undefined): void {
    for (const [name, f] of Object.entries(indexers ?? {})) this.store.addIndexer(name, f)
  }

  get hasSynced(): boolean { return this.#synced }
  get revision(): number { return this.#chain.revision }
  /** True while the bus alone feeds the store. */
  get onBus(): boolean { return this.#chain.mode === 'bus' }

  on(handler: InformerHandler<T>): () => void {
    this.#handlers.add(handler)
    for (const o of this.store.list()) this.#tell(handler, 'add', o)
    return () => void this.#handlers.delete(handler)
  }

  synced(signal?: AbortSignal): Promise<void> {
    if (this.#synced) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const onAbort = () => reject(signal!.reason as Error)
      if (signal?.aborted) return onAbort()
      signal?.addEventListener('abort', onAbort, { once: true })
      this.#syncWaiters.push(() => { signal?.removeEventListener('abort', onAbort); resolve() })
    })
  }

  /** Lists and follows until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const unsubscribe = this.#subscribe()
    try {
      for (let attempt = 0; !signal.aborted;) {
        try {
          await this.#list(signal)
          attempt = 0
          await this.#follow(signal)
        } catch (error) {
          if (signal.aborted) break
          this.#parts.log.warn({ resource: this.#resource.resource, err: error }, 'list failed')
          await this.#pause(attempt++, signal)
        }
      }
    } finally {
      unsubscribe()
    }
  }

  #subscribe(): () => void {
    const { group, resource } = this.#resource
    if (!this.#parts.bus || !eligible(this.#resource, this.#options)) return () => {}
    return this.#parts.bus.subscribe({
      group, resource, shard: this.#options.shard,
      onMessage: (m) => this.#decided(this.#chain.fromBus(m)),
      onSilence: () => this.#decided(this.#chain.silent()),
    })
  }

  #selection(): { namespace?: string, labelSelector?: string, fieldSelector?: string } {
    const { namespace, labelSelector, fieldSelector, shard } = this.#options
    const fields = [...(fieldSelector ? [fieldSelector] : []), ...(shard !== undefined ? [`spec.nodeName=${shard}`] : [])].join(',')
    return { ...(namespace && { namespace }), ...(labelSelector && { labelSelector }), ...(fields && { fieldSelector: fields }) }
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { items, resourceVersion } = await this.#parts.client.list(this.#resource, { ...this.#selection(), signal })
    if (!this.#chain.listed(Number(resourceVersion))) throw new Error(`the API answered a list of revision ${resourceVersion}, older than ${this.#chain.revision}`)
    const gone = new Set(this.store.keys())
    for (const o of items) {
      gone.delete(keyOf(o as object))
      this.#put(o)
    }
    for (const key of gone) this.#remove(key, undefined)
    this.#synced = true
    for (const w of this.#syncWaiters.splice(0)) w()
  }

  // Until the window of the watch is lost (Expired): then a list is due.
  async #follow(signal: AbortSignal): Promise<void> {
    for (let attempt = 0; !signal.aborted;) {
      if (this.#chain.mode === 'bus') {
        await this.#directWanted(signal)
        continue
      }
      try {
        const before = this.#chain.revision
        await this.#watch(signal)
        attempt = this.#chain.revision > before ? 0 : attempt
      } catch (error) {
        if (signal.aborted) return
        if (isStatus(error, 'Expired') || isStatus(error, 'Gone')) return this.#parts.log.info({ resource: this.#resource.resource, revision: this.#chain.revision }, 'the watch window is lost; listing again')
        this.#parts.log.debug({ resource: this.#resource.resource, err: error }, 'watch ended')
        await this.#pause(attempt++, signal)
      }
    }
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const own = new AbortController()
    this.#closeDirect = () => own.abort(closed)
    try {
      for await (const e of this.#parts.client.watch(this.#resource, { ...this.#selection(), resourceVersion: String(this.#chain.revision), signal: AbortSignal.any([signal, own.signal]) })) {
        this.#decided(this.#chain.fromDirect(Number(e.resourceVersion), changeOf(e)))
        if (this.#chain.mode === 'bus') return
      }
    } catch (error) {
      if (error !== closed) throw error
    } finally {
      this.#closeDirect = undefined
    }
  }

  #directWanted(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => { this.#openDirect = undefined; signal.removeEventListener('abort', wake); resolve() }
      this.#openDirect = wake
      signal.addEventListener('abort', wake, { once: true })
    })
  }

  #decided(d: Decision<Change<T>>): void {
    for (const change of d.apply) {
      const object = 'bytes' in change ? decode(this.#resource, Buffer.from(change.bytes.buffer, change.bytes.byteOffset, change.bytes.byteLength)) : change.object
      if (change.type === 'DELETED') this.#remove(keyOf(object as object), object)
      else this.#put(object)
    }
    if (d.direct === 'open') this.#openDirect?.()
    else if (d.direct === 'close') this.#closeDirect?.()
  }

  #put(o: T): void {
    const key = keyOf(o as object), there = this.store.get(key)
    if (there !== undefined && versionOf(there) === versionOf(o)) return
    const old = this.store.put(o)
    for (const h of this.#handlers) this.#tell(h, old === undefined ? 'add' : 'update', o, old)
  }

  #remove(key: string, last: T | undefined): void {
    const old = this.store.remove(key)
    if (old === undefined) return
    for (const h of this.#handlers) this.#tell(h, 'delete', last ?? old)
  }

  // A handler that throws must not keep others from the event, nor the store from going on.
  #tell(h: InformerHandler<T>, what: 'add' | 'update' | 'delete', o: T, old?: T): void {
    try {
      if (what === 'update') h.update?.(o, old!)
      else h[what]?.(o)
    } catch (error) {
      this.#parts.log.error({ resource: this.#resource.resource, err: error }, 'an event handler failed')
    }
  }

  async #pause(attempt: number, signal: AbortSignal): Promise<void> {
    try {
      await this.#parts.clock.sleep(backoffMs(attempt, { ...backoff, random: () => this.#parts.random.next() }), signal)
    } catch { /* aborted: the loop sees it */ }
  }
}

const closed = new Error('the bus takes over')
const versionOf = (o: unknown): string | undefined => (o as { metadata?: { resourceVersion?: string } }).metadata?.resourceVersion

/**
 * Chains on the bus are of whole resources and of shards: a narrower selection is watched over gRPC, where the apiserver
 * filters. So are Secrets, of which the bus carries metadata only.
 */
function eligible(r: Resource, o: InformerOptions<never>): boolean {
  if (r.group === '' && r.resource === 'secrets') return false
  return !o.namespace && !o.labelSelector && !o.fieldSelector
}

function changeOf<T>(e: WatchEvent<T>): Change<T> | undefined {
  return e.type === 'BOOKMARK' ? undefined : { type: e.type, object: e.object }
}
