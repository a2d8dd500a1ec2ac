import fc from 'fast-check'
import { expect, test } from 'vitest'
import { frame } from '../frame.ts'
import { MessageCutter } from './message-cutter.ts'

test('messages come whole, wherever the body was cut', () => {
  fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 10 }), fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 100 }), (messages, cuts) => {
    const bytes = Buffer.concat(messages.map(frame)), cutter = new MessageCutter(60), seen: Uint8Array[] = [], shared = Buffer.alloc(40)
    for (let at = 0, i = 0; at < bytes.length; i++) {
      const n = bytes.copy(shared, 7, at, Math.min(bytes.length, at + cuts[i % cuts.length]!))
      cutter.push(shared, 7, 7 + n, { message: (m) => seen.push(new Uint8Array(m)) })
      at += n
    }
    expect(seen).toEqual(messages)
    expect(cutter.open).toBe(false)
  }))
})

test.each([['too large', frame(Buffer.alloc(61)), /larger than 60/], ['compressed', Buffer.from([1, 0, 0, 0, 0]), /compressed/]])('%s', (_name, bytes, error) => {
  expect(() => new MessageCutter(60).push(bytes, 0, bytes.length, { message() {} })).toThrow(error)
  const cutter = new MessageCutter(60)
  expect(() => { for (let i = 0; i < bytes.length; i++) cutter.push(bytes, i, i + 1, { message() {} }) }).toThrow(error)
})
