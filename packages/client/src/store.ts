import { keyOf } from '@drydock/api'
import type { Store } from './types.ts'

export type Indexer<T> = (o: T) => readonly string[]
type Named = { metadata?: { name?: string | undefined, namespace?: string | undefined } | undefined }

/** Finds all objects of a namespace. */
const byNamespace = '\u0000namespace'

/** A store that its informer writes. Objects and their places in all indexes change together. */
export class IndexedStore<T> implements Store<T> {
  readonly #objects = new Map<string, T>()
  readonly #indexers = new Map<string, Indexer<T>>()
  /** Of each index: value → keys. Empty sets are dropped. */
  readonly #indexes = new Map<string, Map<string, Set<string>>>()

  constructor() {
    this.addIndexer(byNamespace, (o) => { const ns = (o as Named).metadata?.namespace; return ns ? [ns] : [] })
  }

  /** A name that is there already keeps its function. */
  addIndexer(name: string, indexer: Indexer<T>): void {
    if (this.#indexers.has(name)) return
    this.#indexers.set(name, indexer)
    const index = new Map<string, Set<string>>()
    this.#indexes.set(name, index)
    for (const [key, o] of this.#objects) place(index, indexer(o), key)
  }

  get size(): number { return this.#objects.size }
  get(key: string): T | undefined { return this.#objects.get(key) }
  keys(): IterableIterator<string> { return this.#objects.keys() }
  list(namespace?: string): T[] { return namespace ? this.byIndex(byNamespace, namespace) : [...this.#objects.values()] }

  byIndex(index: string, value: string): T[] {
    const values = this.#indexes.get(index)
    if (!values) throw new Error(`no index ${JSON.stringify(index)}`)
    return Array.from(values.get(value) ?? [], (key) => this.#objects.get(key)!)
  }

  /** Returns what was there before. */
  put(o: T): T | undefined {
    const key = keyOf(o as Named), old = this.#objects.get(key)
    for (const [name, indexer] of this.#indexers) {
      const index = this.#indexes.get(name)!
      if (old !== undefined) displace(index, indexer(old), key)
      place(index, indexer(o), key)
    }
    this.#objects.set(key, o)
    return old
  }

  remove(key: string): T | undefined {
    const old = this.#objects.get(key)
    if (old === undefined) return undefined
    for (const [name, indexer] of this.#indexers) displace(this.#indexes.get(name)!, indexer(old), key)
    this.#objects.delete(key)
    return old
  }
}

function place(index: Map<string, Set<string>>, values: readonly string[], key: string): void {
  for (const v of values) {
    const keys = index.get(v)
    if (keys) keys.add(key)
    else index.set(v, new Set([key]))
  }
}

function displace(index: Map<string, Set<string>>, values: readonly string[], key: string): void {
  for (const v of values) {
    const keys = index.get(v)
    if (keys?.delete(key) && keys.size === 0) index.delete(v)
  }
}
