import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readFields, Writer } from './etcd/protobuf.ts'

test('what is written is read, whatever it is', () => {
  const field = fc.oneof(
    fc.record({ field: fc.integer({ min: 1, max: 2000 }), value: fc.maxSafeNat() }),
    fc.record({ field: fc.integer({ min: 1, max: 2000 }), bytes: fc.uint8Array({ maxLength: 600 }) }),
  )
  fc.assert(fc.property(fc.array(field, { maxLength: 20 }), (fields) => {
    const w = new Writer(1)
    for (const f of fields) if ('bytes' in f) w.bytes(f.field, f.bytes); else w.number(f.field, f.value)
    const read: typeof fields = []
    readFields(w.finish(), (n, value, bytes) => read.push(bytes.length || value === 0 ? { field: n, bytes: new Uint8Array(bytes) } : { field: n, value }))
    expect(read.length).toBe(fields.length)
    fields.forEach((f, i) => {
      expect(read[i]!.field).toBe(f.field)
      const got = read[i]!
      if ('bytes' in f) expect(Buffer.from('bytes' in got ? got.bytes : [])).toEqual(Buffer.from(f.bytes))
      else if (f.value) expect('value' in got && got.value).toBe(f.value)
    })
  }))
})

test('a message that is cut short is an error', () => {
  const whole = new Writer().text(1, 'a value').finish()
  for (let n = 1; n < whole.length; n++) expect(() => readFields(whole.subarray(0, n), () => {})).toThrow(/ends in the middle/)
})
