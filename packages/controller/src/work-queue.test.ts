import { FakeClock } from '@drydock/testkit'
import { expect, test } from 'vitest'
import { WorkQueue } from './work-queue.ts'

const never = new AbortController().signal
const take = (q: WorkQueue) => q.take(never)

test('a key waits at most once, is handed out once at a time, and comes again when added meanwhile', async () => {
  const q = new WorkQueue(new FakeClock())
  q.add('a'); q.add('a'); q.add('b')
  expect(q.size).toBe(2)
  expect(await take(q)).toBe('a')
  q.add('a'); q.add('a')
  expect(await take(q)).toBe('b')
  expect(q.size).toBe(0)
  q.done('a')
  expect(await take(q)).toBe('a')
})

test('delays: the earliest wins, back-off doubles, forgetting starts anew', async () => {
  const clock = new FakeClock(), q = new WorkQueue(clock)
  q.addAfter('a', 100); q.addAfter('a', 50); q.addAfter('a', 80)
  clock.advance(49)
  expect(q.size).toBe(0)
  clock.advance(1)
  expect(await take(q)).toBe('a')
  q.done('a')
  clock.advance(100)
  expect(q.size).toBe(0)
  for (const ms of [5, 10, 20, 40]) {
    expect(q.addRateLimited('a')).toBe(ms)
    clock.advance(ms - 1)
    expect(q.size).toBe(0)
    clock.advance(1)
    expect(await take(q)).toBe('a')
    q.done('a')
  }
  expect(q.failures('a')).toBe(4)
  q.forget('a')
  expect(q.addRateLimited('a')).toBe(5)
})

test('the delay has a ceiling of 1,000 s', () => {
  const q = new WorkQueue(new FakeClock())
  let last = 0
  for (let i = 0; i < 60; i++) last = q.addRateLimited('a')
  expect(last).toBe(1_000_000)
})

test('an aborted signal wakes who waits', async () => {
  const q = new WorkQueue(new FakeClock()), stop = new AbortController()
  const waiting = q.take(stop.signal)
  stop.abort()
  expect(await waiting).toBeUndefined()
  expect(await q.take(stop.signal)).toBeUndefined()
})
