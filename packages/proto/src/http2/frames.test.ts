import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FrameCutter, headBytes, writeHead } from './frames.ts'

const frame = (type: number, flags: number, stream: number, payload: Buffer) => {
  const b = Buffer.alloc(headBytes + payload.length)
  payload.copy(b, writeHead(b, 0, payload.length, type, flags, stream))
  return b
}

test('frames come whole, wherever the stream was cut', () => {
  const one = fc.record({ type: fc.integer({ min: 0, max: 255 }), flags: fc.integer({ min: 0, max: 255 }), stream: fc.integer({ min: 0, max: 2 ** 31 - 1 }), payload: fc.uint8Array({ maxLength: 80 }) })
  fc.assert(fc.property(fc.array(one, { maxLength: 12 }), fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 200 }), (frames, cuts) => {
    const bytes = Buffer.concat(frames.map((f) => frame(f.type, f.flags, f.stream, Buffer.from(f.payload)))), seen: unknown[] = []
    const cutter = new FrameCutter(80), shared = Buffer.alloc(40)
    for (let at = 0, i = 0; at < bytes.length; i++) {
      const n = bytes.copy(shared, 0, at, Math.min(bytes.length, at + cuts[i % cuts.length]!))
      cutter.push(shared, n, { frame: (type, flags, stream, b, start, end) => { seen.push({ type, flags, stream, payload: new Uint8Array(b.subarray(start, end)) }); return true } })
      at += n
    }
    expect(seen).toEqual(frames)
  }))
})

test('a frame that is too large is refused when its head is there', () => {
  const b = frame(0, 0, 1, Buffer.alloc(81))
  expect(() => new FrameCutter(80).push(b, 9, { frame: () => true })).toThrow(/larger than 80/)
  const cutter = new FrameCutter(80), sink = { frame: () => true }
  for (let i = 0; i < 8; i++) cutter.push(b.subarray(i, i + 1), 1, sink)
  expect(() => cutter.push(b.subarray(8, 9), 1, sink)).toThrow(/larger than 80/)
})

test('who wants no more gets no more', () => {
  const b = Buffer.concat([frame(0, 0, 1, Buffer.alloc(1)), frame(0, 0, 3, Buffer.alloc(1))]), seen: number[] = []
  new FrameCutter().push(b, b.length, { frame: (_t, _f, stream) => { seen.push(stream); return false } })
  expect(seen).toEqual([1])
})
