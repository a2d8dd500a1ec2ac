/** Against etcd's own encoding: the bytes are those that protoc writes for the text in each name. */
import { describe, expect, test } from 'vitest'
import { decodeRange, decodeRevision, decodeTxn, decodeWatch, encodeCompact, encodeGuarded, encodeRange, encodeWatchCreate } from './messages.ts'

const hex = (framed: Buffer) => framed.subarray(5).toString('hex')
const bytes = (s: string) => Buffer.from(s.replace(/\s/g, ''), 'hex')

describe('requests', () => {
  test.each([
    ['key: "a"', encodeRange({ key: 'a' }), '0a0161'],
    ['key: "a" range_end: "b" limit: 500 revision: 7', encodeRange({ key: 'a', rangeEnd: 'b', limit: 500, revision: 7 }), '0a016112016218f4032007'],
    ['key: "\\000" count_only: true', encodeRange({ key: '\0', countOnly: true }), '0a01004801'],
    ['compare {target: MOD key: "k" mod_revision: 0} success {request_put {key: "k" value: "v"}} failure {request_range {key: "k"}}', encodeGuarded('k', 0, Buffer.from('v')), '0a0710021a016b3000' + '120812060a016b120176' + '1a050a030a016b'],
    ['compare {target: MOD key: "k" mod_revision: 300} success {request_delete_range {key: "k"}} failure {request_range {key: "k"}}', encodeGuarded('k', 300, undefined), '0a0810021a016b30ac02' + '12051a030a016b' + '1a050a030a016b'],
    ['revision: 9', encodeCompact(9), '0809'],
    ['create_request {key: "a" range_end: "b" start_revision: 3 fragment: true}', encodeWatchCreate('a', 'b', 3), '0a0a0a01611201621803' + '4001'],
  ])('%s', (_text, framed, expected) => { expect(hex(framed)).toBe(expected) })
})

// cluster_id and member_id do not fit a number and are passed over; revision is 42.
const header = '0a17 08ffffffffffffffffff01 10ffffffffffffffff7f 182a'
const kv = (key: string, created: number, modified: number, value: string) => { const k = Buffer.from(key), v = Buffer.from(value); return Buffer.concat([Buffer.from([10, k.length]), k, Buffer.from([16, created, 24, modified, 32, 1, 42, v.length]), v]) }
const field = (tag: number, b: Buffer) => Buffer.concat([Buffer.from([tag, b.length]), b])

describe('answers', () => {
  const head = bytes(header), items = [kv('/a', 3, 5, 'one'), kv('/b', 6, 6, 'two')]
  const range = Buffer.concat([head, ...items.map((i) => field(18, i)), Buffer.from([24, 1, 32, 9])])

  test.each([true, false])('a range, owned: %s', (owned) => {
    const memory = Buffer.from(range), a = decodeRange(memory, owned)
    if (!owned) memory.fill(0)
    expect({ ...a, items: a.items.map((i) => [i.key, i.revision, i.value.toString()]) }).toEqual({ revision: 42, more: true, count: 9, items: [['/a', 5, 'one'], ['/b', 6, 'two']] })
    expect(decodeRevision(range)).toBe(42)
  })

  test('a transaction that succeeded', () => {
    expect(decodeTxn(Buffer.concat([head, bytes('1001 1a02 1200')]), false)).toEqual({ succeeded: true, revision: 42, current: undefined })
  })

  test.each([true, false])('a transaction whose guard did not hold, owned: %s', (owned) => {
    const memory = Buffer.concat([head, field(26, field(10, Buffer.concat([bytes('0a00'), field(18, items[0]!)])))]), a = decodeTxn(memory, owned)
    if (!owned) memory.fill(0)
    expect([a.succeeded, a.current?.key, a.current?.revision, a.current?.value.toString()]).toEqual([false, '/a', 5, 'one'])
    expect(decodeTxn(Buffer.concat([head, field(26, field(10, bytes('0a00')))]), true)).toEqual({ succeeded: false, revision: 42, current: undefined })
  })

  test.each([true, false])('events of a watch, owned: %s', (owned) => {
    const memory = Buffer.concat([head, field(90, field(18, items[0]!)), field(90, field(18, items[1]!)), field(90, Buffer.concat([Buffer.from([8, 1]), field(18, kv('/c', 0, 8, ''))]))]), a = decodeWatch(memory, owned)
    if (!owned) memory.fill(0)
    expect(a.events.map((e) => [e.key, e.revision, e.created, e.value?.toString()])).toEqual([['/a', 5, false, 'one'], ['/b', 6, true, 'two'], ['/c', 8, false, undefined]])
  })

  test('what a watch says of itself', () => {
    expect(decodeWatch(Buffer.concat([head, bytes('1801 2001 280c 3203 616263 3801')]), false)).toEqual({ revision: 42, created: true, canceled: true, compactRevision: 12, reason: 'abc', fragment: true, events: [] })
  })
})
