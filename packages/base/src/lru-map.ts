/** A map of at most `max` entries; the one longest unused goes. */
export class LruMap<K, V> {
  readonly #max: number
  readonly #map = new Map<K, V>()
  constructor(max: number) { this.#max = max }

  get(key: K): V | undefined {
    const v = this.#map.get(key)
    if (v !== undefined) { this.#map.delete(key); this.#map.set(key, v) }
    return v
  }

  set(key: K, value: V): void {
    this.#map.delete(key)
    this.#map.set(key, value)
    if (this.#map.size > this.#max) this.#map.delete(this.#map.keys().next().value!)
  }
}
