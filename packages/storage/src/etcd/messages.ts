/** etcd's requests and answers (packages/proto/proto/etcd.proto has the fields) as the store needs them. */
import type { Stored, StoreEvent } from '../types.ts'
import { readFields, Writer } from './protobuf.ts'

export const paths = {
  range: '/etcdserverpb.KV/Range', txn: '/etcdserverpb.KV/Txn', compact: '/etcdserverpb.KV/Compact', watch: '/etcdserverpb.Watch/Watch',
} as const

export interface RangeRequest { key: string, rangeEnd?: string, limit?: number, revision?: number, countOnly?: boolean }

const range = (r: RangeRequest): Writer => {
  const w = new Writer(64 + r.key.length).text(1, r.key)
  if (r.rangeEnd) w.text(2, r.rangeEnd)
  return w.varint(3, r.limit ?? 0).varint(4, r.revision ?? 0).varint(9, r.countOnly ? 1 : 0)
}
export const encodeRange = (r: RangeRequest): Buffer => range(r).finish()

/** If the key's mod revision is `revision` (0: it is not there), put or (no value) delete it; else read it. */
export function encodeGuarded(key: string, revision: number, value: Buffer | undefined): Buffer {
  // target MOD = 2. The revision stands there even when it is 0: etcd reads an absent one as none at all.
  const guard = new Writer(64 + key.length).varint(2, 2).text(3, key).number(6, revision)
  const write = value
    ? new Writer(64 + key.length + value.length).message(2, new Writer(32 + key.length + value.length).text(1, key).bytes(2, value))
    : new Writer(64 + key.length).message(3, new Writer(32 + key.length).text(1, key))
  return new Writer(256 + key.length * 3 + (value?.length ?? 0))
    .message(1, guard).message(2, write).message(3, new Writer(64 + key.length).message(1, range({ key }))).finish()
}
const none = Buffer.alloc(0)
export const encodeCompact = (revision: number): Buffer => new Writer(16).varint(1, revision).finish()

/** Fragmented: one revision's events may then come in several frames, marked so. */
export const encodeWatchCreate = (key: string, rangeEnd: string, startRevision: number): Buffer =>
  new Writer(128).message(1, new Writer(96).text(1, key).text(2, rangeEnd).varint(3, startRevision).varint(8, 1)).finish()

export interface RangeAnswer { items: Stored[], revision: number, more: boolean, count: number }
export function decodeRange(data: Buffer): RangeAnswer {
  const out: RangeAnswer = { items: [], revision: 0, more: false, count: 0 }
  readFields(data, (field, value, bytes) => {
    if (field === 1) out.revision = headerRevision(bytes)
    else if (field === 2) out.items.push(keyValue(bytes))
    else if (field === 3) out.more = value === 1
    else if (field === 4) out.count = value
  })
  return out
}

export interface TxnAnswer { succeeded: boolean, revision: number, current: Stored | undefined }
export function decodeTxn(data: Buffer): TxnAnswer {
  const out: TxnAnswer = { succeeded: false, revision: 0, current: undefined }
  readFields(data, (field, value, bytes) => {
    if (field === 1) out.revision = headerRevision(bytes)
    else if (field === 2) out.succeeded = value === 1
    else if (field === 3) readFields(bytes, (op, _value, answer) => { if (op === 1) out.current = decodeRange(answer).items[0] })
  })
  return out
}

export interface WatchAnswer { revision: number, created: boolean, canceled: boolean, compactRevision: number, reason: string, fragment: boolean, events: StoreEvent[] }
export function decodeWatch(data: Buffer): WatchAnswer {
  const out: WatchAnswer = { revision: 0, created: false, canceled: false, compactRevision: 0, reason: '', fragment: false, events: [] }
  readFields(data, (field, value, bytes) => {
    switch (field) {
      case 1: out.revision = headerRevision(bytes); break
      case 3: out.created = value === 1; break
      case 4: out.canceled = value === 1; break
      case 5: out.compactRevision = value; break
      case 6: out.reason = bytes.toString(); break
      case 7: out.fragment = value === 1; break
      case 11: out.events.push(event(bytes)); break
    }
  })
  return out
}

function event(data: Buffer): StoreEvent {
  let deleted = false, kv: ReturnType<typeof keyValue> | undefined
  readFields(data, (field, value, bytes) => { if (field === 1) deleted = value === 1; else if (field === 2) kv = keyValue(bytes) })
  if (!kv) throw new RangeError('etcd: an event without a key')
  return { key: kv.key, value: deleted ? undefined : kv.value, revision: kv.revision, created: !deleted && kv.createRevision === kv.revision }
}

function keyValue(data: Buffer): Stored & { createRevision: number } {
  const kv: Stored & { createRevision: number } = { key: '', value: none, revision: 0, createRevision: 0 }
  readFields(data, (field, value, bytes) => {
    switch (field) {
      case 1: kv.key = bytes.toString('latin1'); break
      case 2: kv.createRevision = value; break
      case 3: kv.revision = value; break
      case 5: kv.value = bytes; break
    }
  })
  return kv
}

function headerRevision(data: Buffer): number {
  let revision = 0
  readFields(data, (field, value) => { if (field === 3) revision = value })
  return revision
}
