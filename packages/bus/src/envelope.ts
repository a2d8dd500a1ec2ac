/**
 * The headers of an event. NATS's client builds and reads headers through maps and validation, which takes longer than all
 * else of a delivery; ours are always the same four lines, so they are written and read as such. What another client has
 * written goes the long way.
 */
import type { Msg, MsgHdrs } from '@nats-io/transport-node'
import type { BusMessage } from './revision-chain.ts'
import type { BusEvent } from './types.ts'

export interface Envelope { type: BusEvent['type'], rev: number, prev: number, prevShard: number }

const lines = /^NATS\/1\.0\r\nType: (ADDED|MODIFIED|DELETED)\r\nRev: (\d+)\r\nPrev: (\d+)\r\n(?:Prev-Shard: (\d+)\r\n)?\r\n$/

/** `Prev-Shard` is left out where it is the same as `Prev`. */
export function encodeHeaders(e: Envelope): string {
  return `NATS/1.0\r\nType: ${e.type}\r\nRev: ${e.rev}\r\nPrev: ${e.prev}\r\n${e.prevShard === e.prev ? '' : `Prev-Shard: ${e.prevShard}\r\n`}\r\n`
}

/** All that publishing asks of headers is their bytes. */
export const outgoingHeaders = (e: Envelope): MsgHdrs => ({ encode: () => Buffer.from(encodeHeaders(e), 'latin1') }) as unknown as MsgHdrs

/** Undefined: no event of ours. */
export function readMessage(m: Msg, sharded: boolean): BusMessage<BusEvent> & { event: BusEvent } | undefined {
  const found = lines.exec(rawHeaders(m) ?? '')
  if (found) return { rev: Number(found[2]), prev: Number((sharded && found[4]) || found[3]), event: { type: found[1] as BusEvent['type'], bytes: m.data } }
  const h = m.headers
  if (!h) return undefined
  const type = h.get('Type') as BusEvent['type'], rev = Number(h.get('Rev')), prev = Number((sharded && h.get('Prev-Shard')) || h.get('Prev'))
  if (!(rev > 0) || Number.isNaN(prev) || (type !== 'ADDED' && type !== 'MODIFIED' && type !== 'DELETED')) return undefined
  return { rev, prev, event: { type, bytes: m.data } }
}

// The header bytes stand right before the data in the message's buffer; their length is the client's own field.
function rawHeaders(m: Msg): string | undefined {
  const length = (m as unknown as { _msg?: { hdr?: number } })._msg?.hdr
  const { buffer, byteOffset } = m.data
  if (length === undefined || length <= 0 || length > byteOffset) return undefined
  return Buffer.from(buffer, byteOffset - length, length).toString('latin1')
}
