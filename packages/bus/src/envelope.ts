/**
 * The headers of an event. NATS's client builds and reads headers through maps and validation, which takes longer than all
 * else of a delivery; ours are always the same four lines, so they are written and read as such. What another client has
 * written goes the long way.
 */
import type { Msg, MsgHdrs } from '@nats-io/transport-node'
import type { BusMessage } from './revision-chain.ts'
import type { BusEvent } from './types.ts'

export interface Envelope { type: BusEvent['type'], rev: number, prev: number, prevShard: number }

/** `Prev-Shard` is left out where it is the same as `Prev`. */
export function encodeHeaders(e: Envelope): string {
  return `NATS/1.0\r\nType: ${e.type}\r\nRev: ${e.rev}\r\nPrev: ${e.prev}\r\n${e.prevShard === e.prev ? '' : `Prev-Shard: ${e.prevShard}\r\n`}\r\n`
}

/** All that publishing asks of headers is their bytes. */
export const outgoingHeaders = (e: Envelope): MsgHdrs => ({ encode: () => Buffer.from(encodeHeaders(e), 'latin1') }) as unknown as MsgHdrs

/** Undefined: no event of ours. */
export function readMessage(m: Msg, sharded: boolean): BusMessage<BusEvent> & { event: BusEvent } | undefined {
  const quick = readQuickly(m, sharded)
  if (quick) return quick
  const h = m.headers
  if (!h) return undefined
  const type = h.get('Type') as BusEvent['type'], rev = Number(h.get('Rev')), prev = Number((sharded && h.get('Prev-Shard')) || h.get('Prev'))
  if (!(rev > 0) || Number.isNaN(prev) || (type !== 'ADDED' && type !== 'MODIFIED' && type !== 'DELETED')) return undefined
  return { rev, prev, event: { type, bytes: m.data } }
}

const types: Readonly<Record<number, { type: BusEvent['type'], line: string }>> = Object.fromEntries(
  (['ADDED', 'MODIFIED', 'DELETED'] as const).map((type) => [type.charCodeAt(0), { type, line: `NATS/1.0\r\nType: ${type}\r\nRev: ` }]))
const typeAt = 'NATS/1.0\r\nType: '.length, cr = 0x0d

// From the bytes as encodeHeaders wrote them; undefined for anything else. They stand right before the data in the message's
// buffer; their length is the client's own field.
function readQuickly(m: Msg, sharded: boolean): BusMessage<BusEvent> & { event: BusEvent } | undefined {
  const length = (m as unknown as { _msg?: { hdr?: number } })._msg?.hdr, data = m.data
  if (length === undefined || length <= typeAt || length > data.byteOffset) return undefined
  const head = new Uint8Array(data.buffer, data.byteOffset - length, length), known = types[head[typeAt]!]
  if (!known || !has(head, 0, known.line)) return undefined
  const at = { i: known.line.length }
  const rev = digits(head, at)
  if (!has(head, at.i, '\r\nPrev: ')) return undefined
  at.i += 8
  let prev = digits(head, at)
  if (has(head, at.i, '\r\nPrev-Shard: ')) {
    at.i += 14
    const prevShard = digits(head, at)
    if (sharded) prev = prevShard
  }
  if (at.i + 4 !== length || head[at.i] !== cr || !(rev > 0) || Number.isNaN(prev)) return undefined
  return { rev, prev, event: { type: known.type, bytes: data } }
}

function has(bytes: Uint8Array, from: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[from + i] !== text.charCodeAt(i)) return false
  return true
}

/** A decimal number; NaN without a digit. */
function digits(bytes: Uint8Array, at: { i: number }): number {
  let n = 0
  const from = at.i
  for (let d = bytes[at.i]! - 48; d >= 0 && d <= 9; d = bytes[++at.i]! - 48) n = n * 10 + d
  return at.i > from ? n : NaN
}
