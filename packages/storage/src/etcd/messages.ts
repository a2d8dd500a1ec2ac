/**
 * etcd's requests and answers, as the store needs them. Field numbers are those of etcd's rpc.proto and kv.proto (v3 API).
 * Requests have gRPC's head. An answer lies in the socket's memory unless it is `owned`: values are taken out of it then.
 */
import type { Stored, StoreEvent } from '../types.ts'
import { fieldBytes, numberBytes, Reader, Writer } from './protobuf.ts'

export const paths = {
  range: '/etcdserverpb.KV/Range', txn: '/etcdserverpb.KV/Txn', compact: '/etcdserverpb.KV/Compact', watch: '/etcdserverpb.Watch/Watch',
} as const

export interface RangeRequest { key: string, rangeEnd?: string, limit?: number, revision?: number, countOnly?: boolean }

export function encodeRange({ key, rangeEnd = '', limit = 0, revision = 0, countOnly = false }: RangeRequest): Buffer {
  const keyBytes = Buffer.byteLength(key), endBytes = Buffer.byteLength(rangeEnd)
  const w = new Writer(fieldBytes(keyBytes) + (endBytes && fieldBytes(endBytes)) + (limit && numberBytes(limit)) + (revision && numberBytes(revision)) + (countOnly ? 2 : 0)).text(1, key, keyBytes)
  if (endBytes) w.text(2, rangeEnd, endBytes)
  if (limit) w.number(3, limit)
  if (revision) w.number(4, revision)
  if (countOnly) w.number(9, 1)
  return w.finish()
}

/** If the key's mod revision is `revision` (0: it is not there), put or (no value) delete it; else read it. */
export function encodeGuarded(key: string, revision: number, value: Buffer | undefined): Buffer {
  const keyBytes = Buffer.byteLength(key), keyField = fieldBytes(keyBytes)
  const guard = 2 + keyField + numberBytes(revision), write = value ? keyField + fieldBytes(value.length) : keyField
  const w = new Writer(fieldBytes(guard) + fieldBytes(fieldBytes(write)) + fieldBytes(fieldBytes(keyField)))
  // target MOD = 2. The revision stands there even when it is 0: etcd reads an absent one as none at all.
  w.message(1, guard).number(2, 2).text(3, key, keyBytes).number(6, revision)
  w.message(2, fieldBytes(write)).message(value ? 2 : 3, write).text(1, key, keyBytes)
  if (value) w.bytes(2, value)
  return w.message(3, fieldBytes(keyField)).message(1, keyField).text(1, key, keyBytes).finish()
}

export const encodeCompact = (revision: number): Buffer => new Writer(numberBytes(revision)).number(1, revision).finish()

/** Fragmented: one revision's events may then come in several frames, marked so. */
export function encodeWatchCreate(key: string, rangeEnd: string, startRevision: number): Buffer {
  const keyBytes = Buffer.byteLength(key), endBytes = Buffer.byteLength(rangeEnd), size = fieldBytes(keyBytes) + fieldBytes(endBytes) + numberBytes(startRevision) + 2
  return new Writer(fieldBytes(size)).message(1, size).text(1, key, keyBytes).text(2, rangeEnd, endBytes).number(3, startRevision).number(8, 1).finish()
}

// Tags: field number * 8, + 2 for what has a length.

/** The store's revision, of any answer. */
export function decodeRevision(answer: Buffer): number {
  const r = new Reader(answer)
  for (let tag = r.next(); tag; tag = r.next()) {
    if (tag === 10) return headerRevision(r)
    r.skip(tag)
  }
  return 0
}

export interface RangeAnswer { items: Stored[], revision: number, more: boolean, count: number }
export const decodeRange = (answer: Buffer, owned: boolean): RangeAnswer => rangeAnswer(new Reader(owned ? answer : taken(answer)))

function rangeAnswer(r: Reader): RangeAnswer {
  const out: RangeAnswer = { items: [], revision: 0, more: false, count: 0 }
  for (let tag = r.next(); tag; tag = r.next()) {
    switch (tag) {
      case 10: out.revision = headerRevision(r); break
      case 18: out.items.push(keyValue(r)); break
      case 24: out.more = r.varint() === 1; break
      case 32: out.count = r.varint(); break
      default: r.skip(tag)
    }
  }
  return out
}

export interface TxnAnswer { succeeded: boolean, revision: number, current: Stored | undefined }
/** Of a transaction of `encodeGuarded`. */
export function decodeTxn(answer: Buffer, owned: boolean): TxnAnswer {
  const out: TxnAnswer = { succeeded: false, revision: 0, current: undefined }, r = new Reader(answer)
  for (let tag = r.next(); tag; tag = r.next()) {
    switch (tag) {
      case 10: out.revision = headerRevision(r); break
      case 16: out.succeeded = r.varint() === 1; break
      case 26: {
        const response = r.bytes()
        if (!out.succeeded) out.current = firstRead(owned ? response : taken(response))
        break
      }
      default: r.skip(tag)
    }
  }
  return out
}

/** The value that the read of a ResponseOp has found. */
function firstRead(response: Buffer): Stored | undefined {
  const r = new Reader(response)
  for (let tag = r.next(); tag; tag = r.next()) {
    if (tag === 10) return rangeAnswer(new Reader(r.bytes())).items[0]
    r.skip(tag)
  }
  return undefined
}

export interface WatchAnswer { revision: number, created: boolean, canceled: boolean, compactRevision: number, reason: string, fragment: boolean, events: StoreEvent[] }
export function decodeWatch(answer: Buffer, owned: boolean): WatchAnswer {
  const out: WatchAnswer = { revision: 0, created: false, canceled: false, compactRevision: 0, reason: '', fragment: false, events: [] }, r = new Reader(owned ? answer : taken(answer))
  for (let tag = r.next(); tag; tag = r.next()) {
    switch (tag) {
      case 10: out.revision = headerRevision(r); break
      case 24: out.created = r.varint() === 1; break
      case 32: out.canceled = r.varint() === 1; break
      case 40: out.compactRevision = r.varint(); break
      case 50: out.reason = r.bytes().toString(); break
      case 56: out.fragment = r.varint() === 1; break
      case 90: out.events.push(event(r)); break
      default: r.skip(tag)
    }
  }
  return out
}

function event(r: Reader): StoreEvent {
  const outer = r.enter()
  let deleted = false, kv: ReturnType<typeof keyValue> | undefined
  for (let tag = r.next(); tag; tag = r.next()) {
    if (tag === 8) deleted = r.varint() === 1
    else if (tag === 18) kv = keyValue(r)
    else r.skip(tag)
  }
  r.leave(outer)
  if (!kv) throw new RangeError('etcd: an event without a key')
  return { key: kv.key, value: deleted ? undefined : kv.value, revision: kv.revision, created: !deleted && kv.createRevision === kv.revision }
}

function keyValue(r: Reader): Stored & { createRevision: number } {
  const kv: Stored & { createRevision: number } = { key: '', value: none, revision: 0, createRevision: 0 }, outer = r.enter()
  for (let tag = r.next(); tag; tag = r.next()) {
    switch (tag) {
      case 10: kv.key = r.text(); break
      case 16: kv.createRevision = r.varint(); break
      case 24: kv.revision = r.varint(); break
      case 42: kv.value = r.bytes(); break
      default: r.skip(tag)
    }
  }
  r.leave(outer)
  return kv
}

function headerRevision(r: Reader): number {
  const outer = r.enter()
  let revision = 0
  for (let tag = r.next(); tag; tag = r.next()) {
    if (tag === 24) revision = r.varint()
    else r.skip(tag)
  }
  r.leave(outer)
  return revision
}

const none = Buffer.alloc(0)

function taken(b: Buffer): Buffer {
  const out = Buffer.allocUnsafe(b.length)
  b.copy(out)
  return out
}
