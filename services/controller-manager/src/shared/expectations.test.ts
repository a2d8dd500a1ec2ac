import type { Clock } from '@drydock/base'
import { describe, expect, it } from 'vitest'
import { Expectations } from './expectations.ts'

function setUp() {
  let now = 0
  const clock: Clock = { now: () => now, monotonic: () => now, sleep: async () => {}, timer: () => () => {} }
  return { e: new Expectations(clock), at: (ms: number) => { now = ms } }
}
const made = (uid: string, resourceVersion: string, more = {}) => ({ metadata: { uid, resourceVersion, ...more } })

describe('expectations', () => {
  it('hold the owner back until what it made is seen', () => {
    const { e } = setUp()
    e.created('o', made('p', '7'), { revision: 6 })
    expect(e.satisfied('o')).toBe(false)
    e.observe(made('p', '7'))
    expect(e.satisfied('o')).toBe(true)
  })
  it('wait for nothing that the view has already', () => {
    const { e } = setUp()
    e.created('o', made('p', '7'), { revision: 7 })
    expect(e.satisfied('o')).toBe(true)
  })
  it('see a deletion by its mark or its end only', () => {
    const { e } = setUp()
    e.deleting('o', 'p')
    e.observe(made('p', '8'))
    expect(e.satisfied('o')).toBe(false)
    e.observe(made('p', '9', { deletionTimestamp: 'x' }))
    expect(e.satisfied('o')).toBe(true)
    e.deleting('o', 'q')
    e.observe(made('q', '10'), true)
    expect(e.satisfied('o')).toBe(true)
  })
  it('keep owners apart, and end after five minutes', () => {
    const { e, at } = setUp()
    e.created('o', made('p', '7'), { revision: 1 })
    expect(e.satisfied('other')).toBe(true)
    at(301_000)
    expect(e.satisfied('o')).toBe(true)
  })
})
