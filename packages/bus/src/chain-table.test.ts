import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ChainTable } from './chain-table.ts'

test('every claim is true: no event of the chain lies between prev and rev', () => {
  const step = fc.oneof(fc.record({ chain: fc.nat(4) }), fc.constant('bookmark' as const), fc.constant('broken' as const))
  fc.assert(fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
    const t = new ChainTable(10), events: { chain: string, rev: number }[] = []
    const between = (chain: string, a: number, b: number) => events.some((e) => e.chain === chain && e.rev > a && e.rev < b)
    let rev = 10
    for (const s of steps) {
      if (s === 'broken') {
        // Events that the table does not see.
        events.push({ chain: 'c0', rev: ++rev })
        t.broken(rev)
      } else if (s === 'bookmark') {
        const b = t.bookmark(rev)
        for (let c = 0; c < 5; c++) expect(between(`c${c}`, b.prev[`c${c}`] ?? b.base, b.rev + 1)).toBe(false)
      } else {
        const chain = `c${s.chain}`, prev = t.note(chain, ++rev)
        expect(prev).toBeLessThan(rev)
        expect(between(chain, prev, rev)).toBe(false)
        events.push({ chain, rev })
      }
    }
  }))
})

test('a bookmark names only chains that changed lately', () => {
  const t = new ChainTable(1)
  t.note('a', 2)
  expect(t.bookmark(2)).toEqual({ rev: 2, base: 1, prev: { a: 2 } })
  for (let i = 0; i < 25; i++) t.bookmark(3 + i)
  expect(t.bookmark(40).prev).toEqual({})
  expect(t.bookmark(40).base).toBeGreaterThanOrEqual(2)
})

test('the number of chains is bounded, and claims stay true', () => {
  const t = new ChainTable(0)
  for (let i = 1; i <= 20_001; i++) t.note(`c${i}`, i)
  expect(t.note('c1', 30_000)).toBeGreaterThanOrEqual(1)
  expect(t.note('new', 30_001)).toBeGreaterThanOrEqual(1)
})
