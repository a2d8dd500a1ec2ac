import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ChainTable } from './chain-table.ts'
import { type BusMessage, RevisionChain } from './revision-chain.ts'

describe('a subscriber on the bus', () => {
  const onBus = () => {
    const c = new RevisionChain<string>()
    c.listed(10)
    expect(c.fromBus({ rev: 9, prev: 8 })).toEqual({ apply: [] })
    expect(c.fromBus({ rev: 12, prev: 8 })).toEqual({ apply: [], direct: 'close' })
    return c
  }
  test('applies what follows, drops what it knows', () => {
    const c = onBus()
    expect(c.fromBus({ rev: 15, prev: 12, event: 'a' })).toEqual({ apply: ['a'] })
    expect(c.fromBus({ rev: 15, prev: 12, event: 'a' })).toEqual({ apply: [] })
    expect(c.fromBus({ rev: 11, prev: 10, event: 'old' })).toEqual({ apply: [] })
    expect(c.fromBus({ rev: 20, prev: 15 })).toEqual({ apply: [] })
    expect(c.revision).toBe(20)
  })
  test('repairs a gap over the direct watch and joins on', () => {
    const c = onBus()
    expect(c.fromBus({ rev: 15, prev: 13, event: 'b' })).toEqual({ apply: [], direct: 'open' })
    expect(c.fromBus({ rev: 17, prev: 15, event: 'c' })).toEqual({ apply: [] })
    expect(c.fromDirect(13, 'a')).toEqual({ apply: ['a', 'b', 'c'], direct: 'close' })
    expect([c.revision, c.mode]).toEqual([17, 'bus'])
  })
  test('stays on the direct watch while the bus is silent, and returns', () => {
    const c = onBus()
    expect(c.silent()).toEqual({ apply: [], direct: 'open' })
    expect(c.silent()).toEqual({ apply: [] })
    expect(c.fromDirect(14, 'a')).toEqual({ apply: ['a'] })
    expect(c.fromBus({ rev: 18, prev: 14 })).toEqual({ apply: [], direct: 'close' })
  })
  test('a bookmark shows a lost tail', () => {
    const c = onBus()
    expect(c.fromBus({ rev: 30, prev: 14 })).toEqual({ apply: [], direct: 'open' })
    expect(c.fromDirect(14, 'a')).toEqual({ apply: ['a'], direct: 'close' })
    expect(c.revision).toBe(30)
  })
  test('joins an idle bus', () => {
    const c = new RevisionChain<string>()
    c.listed(10)
    expect(c.fromBus({ rev: 10, prev: 7, event: 'known' })).toEqual({ apply: [] })
    expect(c.fromBus({ rev: 10, prev: 10 })).toEqual({ apply: [], direct: 'close' })
  })
  test('an older list changes nothing', () => {
    const c = onBus()
    expect(c.listed(11)).toBe(false)
    expect([c.revision, c.mode]).toEqual([12, 'bus'])
  })
})

interface Change { rev: number, key: number, shard: number, deleted: boolean }
/** One store, a relay that may restart, a bus that does to messages what it likes, a subscriber of everything and one of a shard. */
class World {
  rev = 1
  readonly log: Change[] = []
  table = new ChainTable(1)
  /** In flight: any of them may come, in any order, any number of times. */
  bus: { all: BusMessage<Change>, shard: BusMessage<Change> | undefined }[] = []
  readonly subscribers = [new Subscriber(this, undefined), new Subscriber(this, 0)]

  write(key: number, shard: number, deleted: boolean): void {
    const change = { rev: this.rev += 1 + (key % 3), key, shard, deleted }
    this.log.push(change)
    const prev = this.table.note('r', change.rev), prevShard = this.table.note(`r/${shard}`, change.rev)
    this.bus.push({ all: { rev: change.rev, prev, event: change }, shard: shard === 0 ? { rev: change.rev, prev: prevShard, event: change } : undefined })
  }
  bookmark(idle = false): void {
    if (!idle) this.rev++
    const b = this.table.bookmark(this.rev)
    this.bus.push({ all: { rev: b.rev, prev: b.prev['r'] ?? b.base }, shard: { rev: b.rev, prev: b.prev['r/0'] ?? b.base } })
  }
  /** Another apiserver relays, which knows nothing of before. */
  restartRelay(): void { this.table = new ChainTable(this.rev) }
  deliver(i: number, keep: boolean): void {
    if (!this.bus.length) return
    const at = i % this.bus.length, m = this.bus[at]!
    if (!keep) this.bus.splice(at, 1)
    this.subscribers[0]!.onBus(m.all)
    if (m.shard) this.subscribers[1]!.onBus(m.shard)
  }
  lose(i: number): void { if (this.bus.length) this.bus.splice(i % this.bus.length, 1) }
}

class Subscriber {
  readonly #world: World
  readonly #shard: number | undefined
  readonly chain = new RevisionChain<Change>()
  readonly state = new Map<number, number>()
  /** Position of the direct watch in the log; undefined: none is open. */
  direct: number | undefined
  applied = 0

  constructor(world: World, shard: number | undefined) { this.#world = world; this.#shard = shard; this.list() }

  mine(c: Change): boolean { return this.#shard === undefined || c.shard === this.#shard }
  /** What the store holds of what this one watches. */
  wanted(): Map<number, number> {
    const out = new Map<number, number>()
    for (const c of this.#world.log) {
      if (!this.mine(c)) continue
      if (c.deleted) out.delete(c.key)
      else out.set(c.key, c.rev)
    }
    return out
  }
  list(): void {
    if (!this.chain.listed(this.#world.rev)) return
    this.state.clear()
    for (const [k, v] of this.wanted()) this.state.set(k, v)
    this.applied = Math.max(this.applied, this.#world.rev)
    this.direct = this.#world.log.length
  }
  onBus(m: BusMessage<Change>): void { this.#decided(this.chain.fromBus(m)) }
  silent(): void { this.#decided(this.chain.silent()) }
  /** The direct watch brings its next event, or a bookmark when there is none. */
  step(): void {
    if (this.direct === undefined) return
    while (this.direct < this.#world.log.length && !this.mine(this.#world.log[this.direct]!)) this.direct++
    const c = this.#world.log[this.direct]
    if (c) this.direct++
    this.#decided(c ? this.chain.fromDirect(c.rev, c) : this.chain.fromDirect(this.#world.rev, undefined))
  }
  /** The window is lost: 410. */
  expire(): void { if (this.direct !== undefined) this.list() }

  #decided(d: ReturnType<RevisionChain<Change>['silent']>): void {
    for (const c of d.apply) {
      expect(c.rev).toBeGreaterThan(this.applied)
      this.applied = c.rev
      if (c.deleted) this.state.delete(c.key)
      else this.state.set(c.key, c.rev)
    }
    expect(this.chain.revision).toBeGreaterThanOrEqual(this.applied)
    if (d.direct === 'close') this.direct = undefined
    else if (d.direct === 'open') {
      expect(this.direct).toBeUndefined()
      const at = this.#world.log.findIndex((c) => c.rev > this.chain.revision)
      this.direct = at < 0 ? this.#world.log.length : at
    }
    expect(this.direct === undefined).toBe(this.chain.mode === 'bus')
  }
}

type Step = (w: World) => void
const n = fc.nat(1000)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.nat(5), fc.nat(2), fc.boolean()).map(([k, s, d]): Step => (w) => w.write(k, s, d && k % 2 === 0)) },
  { weight: 2, arbitrary: fc.boolean().map((idle): Step => (w) => w.bookmark(idle)) },
  { weight: 8, arbitrary: fc.tuple(n, fc.boolean()).map(([i, keep]): Step => (w) => w.deliver(i, keep)) },
  { weight: 6, arbitrary: fc.constant<Step>((w) => w.deliver(0, false)) },
  { weight: 2, arbitrary: n.map((i): Step => (w) => w.lose(i)) },
  { weight: 4, arbitrary: fc.nat(1).map((i): Step => (w) => w.subscribers[i]!.step()) },
  { weight: 1, arbitrary: fc.nat(1).map((i): Step => (w) => w.subscribers[i]!.silent()) },
  { weight: 1, arbitrary: fc.nat(1).map((i): Step => (w) => w.subscribers[i]!.expire()) },
  { weight: 1, arbitrary: fc.constant<Step>((w) => w.restartRelay()) },
)

test('whatever the bus does, every subscriber ends equal to the store and never goes back', () => {
  fc.assert(fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
    const w = new World()
    let revisions = w.subscribers.map((s) => s.chain.revision)
    for (const s of steps) {
      s(w)
      const now = w.subscribers.map((x) => x.chain.revision)
      now.forEach((r, i) => expect(r).toBeGreaterThanOrEqual(revisions[i]!))
      revisions = now
    }
    // The network calms down: what is in flight is lost, bookmarks come, direct watches go on.
    w.bus = []
    for (let round = 0; round < 4; round++) {
      w.bookmark()
      w.deliver(0, false)
      for (const s of w.subscribers) for (let i = 0; i <= w.log.length + 1; i++) s.step()
    }
    for (const s of w.subscribers) {
      expect(s.state).toEqual(s.wanted())
      expect(s.chain.mode).toBe('bus')
    }
  }), { numRuns: 2000 })
})

test('with a bus that loses nothing no direct watch is opened again', () => {
  const w = new World()
  w.bookmark()
  w.deliver(0, false)
  for (const s of w.subscribers) { s.step(); expect(s.chain.mode).toBe('bus') }
  for (let i = 0; i < 500; i++) {
    if (i % 7) w.write(i % 9, i % 3, i % 5 === 0)
    else w.bookmark()
    w.deliver(0, false)
    for (const s of w.subscribers) expect(s.chain.mode).toBe('bus')
  }
  for (const s of w.subscribers) expect(s.state).toEqual(s.wanted())
})
