import { expect, test } from 'vitest'
import { claimEveryMs, claimTimeoutMs, RelayElection } from './relay-election.ts'

/** Several candidates; `hears(a, b)`: a's claims reach b. */
function cluster(ids: readonly string[]) {
  let now = 0
  const all = ids.map((id) => ({ id, election: new RelayElection(id, 0), alive: true }))
  return {
    leaders: () => all.filter((x) => x.alive && x.election.leading).map((x) => x.id),
    kill(id: string) { all.find((x) => x.id === id)!.alive = false },
    leave(id: string) { this.kill(id); for (const x of all) x.election.heard({ id, leaving: true }, now) },
    run(ms: number, hears: (a: string, b: string) => boolean = () => true) {
      for (const end = now + ms; now < end; now += claimEveryMs) {
        for (const a of all) if (a.alive && a.election.tick(now)) for (const b of all) if (b.alive && hears(a.id, b.id)) b.election.heard({ id: a.id }, now)
      }
    },
  }
}

test('one of several, after a moment of listening', () => {
  const c = cluster(['c', 'a', 'b'])
  c.run(claimTimeoutMs - claimEveryMs)
  expect(c.leaders()).toEqual([])
  c.run(3 * claimEveryMs)
  expect(c.leaders()).toHaveLength(1)
})

test('the next takes over from one that died, and at once from one that left', () => {
  const c = cluster(['a', 'b', 'c'])
  c.run(5000)
  const [first] = c.leaders()
  c.kill(first!)
  c.run(claimTimeoutMs + claimEveryMs)
  expect(c.leaders()).toHaveLength(1)
  const [second] = c.leaders()
  c.leave(second!)
  c.run(claimEveryMs)
  expect(c.leaders()).toHaveLength(1)
})

test('a split bus has one on each side; one remains when it heals', () => {
  const c = cluster(['a', 'b'])
  c.run(5000, () => false)
  expect(c.leaders()).toEqual(['a', 'b'])
  c.run(1000)
  expect(c.leaders()).toEqual(['a'])
})
