import type { Msg } from '@nats-io/transport-node'
import { expect, test } from 'vitest'
import { encodeHeaders, readMessage } from './envelope.ts'

/** A message as NATS's client gives it: headers and data in one buffer. */
function message(headers: string, data: string, o: { internals?: boolean } = {}): Msg {
  const all = Buffer.from(`before${headers}${data}`), at = 6 + headers.length
  const parsed = new Map(headers.split('\r\n').slice(1).filter(Boolean).map((l) => l.split(': ') as [string, string]))
  return { data: all.subarray(at), headers: headers ? { get: (k: string) => parsed.get(k) ?? '' } : undefined, ...(o.internals !== false && { _msg: { hdr: headers ? headers.length : -1 } }) } as unknown as Msg
}
const plain = encodeHeaders({ type: 'MODIFIED', rev: 12, prev: 9, prevShard: 9 }), sharded = encodeHeaders({ type: 'DELETED', rev: 12, prev: 9, prevShard: 4 })

test.each([
  ['as written', plain, false, { rev: 12, prev: 9 }], ['the chain of a resource', sharded, false, { rev: 12, prev: 9 }], ['the chain of a shard', sharded, true, { rev: 12, prev: 4 }],
  ['a shard without a header of its own', plain, true, { rev: 12, prev: 9 }], ['another order of lines', 'NATS/1.0\r\nRev: 12\r\nType: MODIFIED\r\nPrev: 9\r\n\r\n', false, { rev: 12, prev: 9 }],
])('%s', (_name, headers, shard, want) => {
  for (const internals of [true, false]) {
    const m = readMessage(message(headers, '{"metadata":{}}', { internals }), shard)
    expect(m).toMatchObject(want)
    expect(Buffer.from(m!.event.bytes).toString()).toBe('{"metadata":{}}')
  }
})

test.each([['no headers', ''], ['no revision', 'NATS/1.0\r\nType: ADDED\r\nPrev: 1\r\n\r\n'], ['an unknown type', 'NATS/1.0\r\nType: BOOKMARK\r\nRev: 2\r\nPrev: 1\r\n\r\n']])('%s is no event', (_name, headers) => {
  expect(readMessage(message(headers, '{}'), false)).toBeUndefined()
})
