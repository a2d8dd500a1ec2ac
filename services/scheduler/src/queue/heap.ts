/** A binary heap that finds its items again by key, so that they can be removed or moved. */
export class KeyedHeap<T> {
  readonly #items: T[] = []
  readonly #at = new Map<string, number>()
  readonly #key: (item: T) => string
  readonly #less: (a: T, b: T) => boolean

  constructor(key: (item: T) => string, less: (a: T, b: T) => boolean) {
    this.#key = key
    this.#less = less
  }

  get size(): number { return this.#items.length }
  peek(): T | undefined { return this.#items[0] }
  get(key: string): T | undefined { const i = this.#at.get(key); return i === undefined ? undefined : this.#items[i] }
  values(): readonly T[] { return this.#items }

  /** Adds, or replaces the item with the same key. */
  push(item: T): void {
    const key = this.#key(item)
    const i = this.#at.get(key)
    if (i === undefined) {
      this.#items.push(item)
      this.#at.set(key, this.#items.length - 1)
      this.#up(this.#items.length - 1)
    } else {
      this.#items[i] = item
      this.#down(this.#up(i))
    }
  }

  pop(): T | undefined {
    const first = this.#items[0]
    if (first !== undefined) this.delete(this.#key(first))
    return first
  }

  delete(key: string): T | undefined {
    const i = this.#at.get(key)
    if (i === undefined) return undefined
    const gone = this.#items[i]!
    const last = this.#items.pop()!
    this.#at.delete(key)
    if (i < this.#items.length) {
      this.#place(i, last)
      this.#down(this.#up(i))
    }
    return gone
  }

  #place(i: number, item: T): void {
    this.#items[i] = item
    this.#at.set(this.#key(item), i)
  }

  #up(from: number): number {
    let i = from
    const item = this.#items[i]!
    while (i > 0) {
      const parent = (i - 1) >> 1
      if (!this.#less(item, this.#items[parent]!)) break
      this.#place(i, this.#items[parent]!)
      i = parent
    }
    this.#place(i, item)
    return i
  }

  #down(from: number): void {
    let i = from
    const item = this.#items[i]!
    for (;;) {
      let child = 2 * i + 1
      if (child >= this.#items.length) break
      if (child + 1 < this.#items.length && this.#less(this.#items[child + 1]!, this.#items[child]!)) child++
      if (!this.#less(this.#items[child]!, item)) break
      this.#place(i, this.#items[child]!)
      i = child
    }
    this.#place(i, item)
  }
}
