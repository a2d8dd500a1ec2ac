import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fieldBytes, numberBytes, Reader, Writer } from './etcd/protobuf.ts'

const field = fc.oneof(
  fc.record({ field: fc.integer({ min: 1, max: 15 }), value: fc.maxSafeNat() }),
  fc.record({ field: fc.integer({ min: 1, max: 15 }), text: fc.stringMatching(/^[\x20-\x7e]{0,300}$/) }),
)
const write = (fields: ({ field: number, value: number } | { field: number, text: string })[]) => {
  const w = new Writer(fields.reduce((n, f) => n + ('text' in f ? fieldBytes(f.text.length) : numberBytes(f.value)), 0))
  for (const f of fields) if ('text' in f) w.text(f.field, f.text, f.text.length); else w.number(f.field, f.value)
  return w.finish()
}

test('what is written is read or skipped, whatever it is', () => {
  fc.assert(fc.property(fc.array(fc.record({ f: field, skip: fc.boolean() }), { maxLength: 20 }), (all) => {
    const framed = write(all.map((a) => a.f)), r = new Reader(framed.subarray(5)), read: unknown[] = []
    expect([framed[0], framed.readUInt32BE(1)]).toEqual([0, framed.length - 5])
    for (const { skip } of all) {
      const tag = r.next(), n = Math.floor(tag / 8)
      if (skip) r.skip(tag)
      else read.push(tag & 7 ? { field: n, text: r.text() } : { field: n, value: r.varint() })
    }
    expect(r.next()).toBe(0)
    expect(read).toEqual(all.filter((a) => !a.skip).map((a) => a.f))
  }))
})

test('a message in a message is left behind it, read or not', () => {
  const inner = numberBytes(7) + numberBytes(8)
  const b = new Writer(fieldBytes(inner) + numberBytes(9)).message(1, inner).number(2, 7).number(3, 8).number(4, 9).finish().subarray(5)
  const r = new Reader(b)
  expect(r.next()).toBe(10)
  const outer = r.enter()
  expect([r.next(), r.varint()]).toEqual([16, 7])
  r.leave(outer)
  expect([r.next(), r.varint(), r.next()]).toEqual([32, 9, 0])
})

test('a message that is cut short is an error', () => {
  const whole = write([{ field: 1, text: 'a value' }, { field: 2, value: 300 }]).subarray(5)
  for (let n = 1; n < whole.length; n++) {
    if (n === 9) continue // between the two
    expect(() => { const r = new Reader(whole.subarray(0, n)); for (let tag = r.next(); tag; tag = r.next()) r.skip(tag) }).toThrow(/ends in the middle/)
  }
  expect(() => { const r = new Reader(Buffer.from([10, 5, 0])); r.next(); r.enter() }).toThrow(/ends in the middle/)
})

test('a size that is wrong is an error', () => {
  expect(() => new Writer(5).number(1, 1).finish()).toThrow(/2 bytes in a message of 5/)
})
