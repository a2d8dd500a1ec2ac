/** A map of at most `limit` entries; the one that was used longest ago goes first. */
export class Lru<K, V> {
  readonly #limit: number
  readonly #map = new Map<K, V>()

  constructor(limit: number) { this.#limit = limit }

  get(key: K): V | undefined {
    const value = this.#map.get(key)
    if (value === undefined) return undefined
    this.#map.delete(key)
    this.#map.set(key, value)
    return value
  }

  set(key: K, value: V): void {
    this.#map.delete(key)
    if (this.#map.size >= this.#limit) for (const oldest of this.#map.keys()) { this.#map.delete(oldest); break }
    this.#map.set(key, value)
  }

  clear(): void { this.#map.clear() }
  get size(): number { return this.#map.size }
}
