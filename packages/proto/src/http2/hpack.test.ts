import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Http2Error } from './frames.ts'
import { encodeHeaders, type Header, HeaderDecoder } from './hpack.ts'

const decode = (d: HeaderDecoder, hex: string) => { const b = Buffer.from(hex.replace(/\s/g, ''), 'hex'); return d.decode(b, 0, b.length).map((h) => `${h.name}: ${h.value}`) }

// RFC 7541, appendix C: one decoder per table, blocks in order.
const examples: [string, [string, string[]][]][] = [
  ['C.2 single literals', [['400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572', ['custom-key: custom-header']], ['040c 2f73 616d 706c 652f 7061 7468', [':path: /sample/path']], ['1008 7061 7373 776f 7264 0673 6563 7265 74', ['password: secret']], ['82', [':method: GET']]]],
  ['C.3 requests', [
    ['8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d', [':method: GET', ':scheme: http', ':path: /', ':authority: www.example.com']],
    ['8286 84be 5808 6e6f 2d63 6163 6865', [':method: GET', ':scheme: http', ':path: /', ':authority: www.example.com', 'cache-control: no-cache']],
    ['8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65', [':method: GET', ':scheme: https', ':path: /index.html', ':authority: www.example.com', 'custom-key: custom-value']],
  ]],
  ['C.4 requests with Huffman', [
    ['8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff', [':method: GET', ':scheme: http', ':path: /', ':authority: www.example.com']],
    ['8286 84be 5886 a8eb 1064 9cbf', [':method: GET', ':scheme: http', ':path: /', ':authority: www.example.com', 'cache-control: no-cache']],
    ['8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf', [':method: GET', ':scheme: https', ':path: /index.html', ':authority: www.example.com', 'custom-key: custom-value']],
  ]],
  ['C.6 responses with Huffman', [
    ['4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3', [':status: 302', 'cache-control: private', 'date: Mon, 21 Oct 2013 20:13:21 GMT', 'location: https://www.example.com']],
    ['4883 640e ffc1 c0bf', [':status: 307', 'cache-control: private', 'date: Mon, 21 Oct 2013 20:13:21 GMT', 'location: https://www.example.com']],
  ]],
]

describe('examples of the RFC', () => {
  test.each(examples)('%s', (_name, blocks) => {
    const d = new HeaderDecoder()
    for (const [hex, headers] of blocks) expect(decode(d, hex)).toEqual(headers)
  })
})

test('a size update empties the table; one above ours is an error', () => {
  const d = new HeaderDecoder()
  expect(decode(d, '400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572')).toHaveLength(1)
  expect(decode(d, 'be')).toEqual(['custom-key: custom-header'])
  expect(decode(d, '20 82')).toEqual([':method: GET'])
  expect(() => decode(d, 'be')).toThrow(Http2Error)
  expect(() => decode(new HeaderDecoder(), '3fe2 7f')).toThrow(/larger than 4096/)
  expect(() => decode(new HeaderDecoder(), '8220')).toThrow(/behind a header/)
})

test('the table forgets its oldest entries', () => {
  const d = new HeaderDecoder(), long = Buffer.from(encodeHeaders([{ name: 'x', value: 'y'.repeat(1500) }]))
  long[0] = 0x40 // with indexing
  for (let i = 0; i < 3; i++) d.decode(long, 0, long.length)
  expect(decode(d, 'be')).toHaveLength(1)
  expect(decode(d, 'bf')).toHaveLength(1)
  expect(() => decode(d, 'c0')).toThrow(/no entry 64/)
})

test('what is encoded is decoded', () => {
  const name = fc.stringMatching(/^[a-z0-9-]{1,30}$/), value = fc.stringMatching(/^[\x20-\xff]{0,300}$/)
  const known = fc.constantFrom<Header>({ name: ':method', value: 'POST' }, { name: ':scheme', value: 'https' }, { name: ':path', value: '/a.B/C' }, { name: 'authorization', value: 'Bearer x' }, { name: 'content-type', value: '' })
  fc.assert(fc.property(fc.array(fc.oneof(known, fc.record({ name, value })), { maxLength: 20 }), (headers) => {
    const b = encodeHeaders(headers)
    expect(new HeaderDecoder().decode(b, 0, b.length)).toEqual(headers)
  }))
})

test('any bytes give headers or an Http2Error', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
    try { new HeaderDecoder().decode(Buffer.from(bytes), 0, bytes.length) } catch (e) { expect(e).toBeInstanceOf(Http2Error) }
  }), { numRuns: 2000 })
})
