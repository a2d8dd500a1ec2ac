import { realClock } from '@drydock/base'
import { expect, test } from 'vitest'
import { collectThoroughly, collectWhenQuiet } from './quiet.ts'

/** Milliseconds of CPU in each period of four seconds, and how often memory was collected after each. */
test.each<[string, number[], number[]]>([
  ['after the start, once', [400, 5, 5, 5], [0, 1, 1, 1]],
  ['not during work', [400, 300, 300, 10], [0, 0, 0, 1]],
  ['again after another burst', [400, 5, 900, 5], [0, 1, 1, 2]],
  ['not for what a quiet process does', [100, 100, 100, 100], [0, 0, 0, 0]],
  ['little bursts add up', [130, 5, 130, 5], [0, 0, 0, 1]],
])('%s', (_name, work, want) => {
  const seen: number[] = [], stop = new AbortController()
  let cpu = 0, collections = 0, now = 0, due = () => {}
  const clock = { ...realClock, monotonic: () => now, timer: (_ms: number, run: () => void) => { due = run; return () => {} } }
  collectWhenQuiet({ clock, cpuMs: () => cpu, memoryBytes: () => 100 << 20, collect: () => collections++ }, stop.signal)
  for (const w of work) {
    cpu += w
    now += 4000
    due()
    seen.push(collections)
  }
  expect(seen).toEqual(want)
  stop.abort()
})

test('not in a small process', () => {
  let now = 0, cpu = 0, collections = 0, due = () => {}
  const clock = { ...realClock, monotonic: () => now, timer: (_ms: number, run: () => void) => { due = run; return () => {} } }
  collectWhenQuiet({ clock, cpuMs: () => cpu, memoryBytes: () => 60 << 20, collect: () => collections++ }, new AbortController().signal)
  for (const w of [400, 5, 400, 5]) { cpu += w; now += 4000; due() }
  expect(collections).toBe(0)
})

test('a collection frees what nobody holds', () => {
  const held = new WeakRef(new Array(100_000).fill({}))
  return new Promise<void>((resolve) => {
    setImmediate(() => {
      collectThoroughly()
      expect(held.deref()).toBeUndefined()
      resolve()
    })
  })
})
