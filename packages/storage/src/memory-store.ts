/** The in-memory twin of EtcdStore: same answers, for unit tests and clusters in one process. Keeps every revision until compacted. */
import { StorageError } from './errors.ts'
import { prefixEnd } from './key.ts'
import type { RangeOptions, RangeResult, Store, Stored, StoreEvent, WatchOptions, WriteResult } from './types.ts'

export class MemoryStore implements Store {
  #revision = 1
  #compacted = 0
  readonly #items = new Map<string, Stored>()
  readonly #history: StoreEvent[] = []
  readonly #watchers = new Set<(e: StoreEvent) => void>()

  close(): void {}

  get(key: string) { return Promise.resolve({ stored: this.#items.get(key), revision: this.#revision }) }
  currentRevision() { return Promise.resolve(this.#revision) }

  async range(o: RangeOptions): Promise<RangeResult> {
    const end = prefixEnd(o.prefix), from = o.from ?? o.prefix
    const all = [...this.#at(o.revision).values()].filter((s) => s.key >= from && s.key < end).sort((a, b) => (a.key < b.key ? -1 : 1))
    const items = o.limit ? all.slice(0, o.limit) : all
    return { items, revision: this.#revision, more: items.length < all.length, count: all.length }
  }

  create(key: string, value: Buffer) { return this.#write(key, value, 0) }
  update(key: string, value: Buffer, revision: number) { return this.#write(key, value, revision) }
  delete(key: string, revision: number) { return this.#write(key, undefined, revision) }

  async compact(revision: number): Promise<void> { this.#compacted = Math.max(this.#compacted, revision) }

  async watch(o: WatchOptions): Promise<void> {
    if (o.fromRevision <= this.#compacted) throw new StorageError('Compacted', `revision ${o.fromRevision} is compacted`)
    const give = (e: StoreEvent) => { if (e.key.startsWith(o.prefix) && e.revision >= o.fromRevision) o.onEvents([e], e.revision) }
    for (const e of [...this.#history]) give(e)
    this.#watchers.add(give)
    await new Promise<void>((resolve) => { if (o.signal.aborted) resolve(); else o.signal.addEventListener('abort', () => resolve(), { once: true }) })
    this.#watchers.delete(give)
  }

  #at(revision: number | undefined): Map<string, Stored> {
    if (!revision || revision === this.#revision) return this.#items
    if (revision > this.#revision) throw new StorageError('FutureRevision', 'etcdserver: mvcc: required revision is a future revision')
    if (revision < this.#compacted) throw new StorageError('Compacted', 'etcdserver: mvcc: required revision has been compacted')
    const then = new Map<string, Stored>()
    for (const e of this.#history) {
      if (e.revision > revision) break
      if (e.value) then.set(e.key, { key: e.key, value: e.value, revision: e.revision })
      else then.delete(e.key)
    }
    return then
  }

  async #write(key: string, given: Buffer | undefined, guard: number): Promise<WriteResult> {
    const current = this.#items.get(key)
    if ((current?.revision ?? 0) !== guard) return { ok: false, current, revision: this.#revision }
    if (!given && !current) return { ok: false, current: undefined, revision: this.#revision }
    const revision = ++this.#revision
    // The writer's memory is its own again once it has the answer.
    const value = given && Buffer.from(given)
    if (value) this.#items.set(key, { key, value, revision })
    else this.#items.delete(key)
    const event: StoreEvent = { key, value, revision, created: !current }
    this.#history.push(event)
    // Later, as from a real one: a writer never finds its event applied before its answer.
    queueMicrotask(() => { for (const w of [...this.#watchers]) w(event) })
    return { ok: true, revision }
  }
}
