import { expect, test } from 'vitest'
import { SharedRead } from './shared-read.ts'

test('questions asked during a read share the next one', async () => {
  let reads = 0
  const finish: (() => void)[] = []
  const shared = new SharedRead(() => new Promise<number>((resolve) => { const n = ++reads; finish.push(() => resolve(n)) }))
  const first = shared.read(), later = [shared.read(), shared.read(), shared.read()]
  finish.shift()!()
  expect(await first).toBe(1)
  await Promise.resolve()
  await Promise.resolve()
  finish.shift()!()
  expect(await Promise.all(later)).toEqual([2, 2, 2])
  expect(reads).toBe(2)
})

test('a failed read is not kept', async () => {
  let fail = true
  const shared = new SharedRead(() => (fail ? Promise.reject(new Error('lost')) : Promise.resolve(1)))
  await expect(shared.read()).rejects.toThrow('lost')
  fail = false
  expect(await shared.read()).toBe(1)
})

test('one who goes away does not take the read along', async () => {
  let finish = () => {}
  const shared = new SharedRead(() => new Promise<number>((resolve) => { finish = () => resolve(1) }))
  const stop = new AbortController(), gone = shared.read(stop.signal), waiting = shared.read()
  stop.abort(new Error('gone'))
  await expect(gone).rejects.toThrow('gone')
  finish()
  await new Promise((resolve) => setImmediate(resolve))
  finish()
  expect(await waiting).toBe(1)
})
