/**
 * Answers as gRPC frames around bytes that are there already: an object is never encoded again, only given the few bytes of
 * protobuf and framing before it.
 */
import { frameHeader } from '@drydock/proto/frame'
import type { CacheEvent, EventType } from '../cache/resource-cache.ts'
import type { Entry } from '../cache/entry.ts'
import { versioned } from '../registry/update.ts'
import type { ResourceType } from '../registry/resource-type.ts'

/** Field numbers of component.proto with their wire types. */
const objectReplyObject = 0x0a, chunkRevision = 0x08, chunkObject = 0x12, chunkContinue = 0x1a, chunkRemaining = 0x20
const eventType = 0x08, eventObject = 0x12, eventRevision = 0x18
const eventTypes = { ADDED: 0, MODIFIED: 1, DELETED: 2, BOOKMARK: 3 } as const

/** A list goes out in messages of about so much. */
const chunkBytes = 512 << 10

function varint(n: number): Buffer {
  const out: number[] = []
  for (; n > 0x7f; n = Math.floor(n / 128)) out.push((n % 128) | 0x80)
  out.push(n)
  return Buffer.from(out)
}
const field = (tag: number, bytes: Buffer): Buffer[] => [Buffer.concat([Buffer.from([tag]), varint(bytes.length)]), bytes]
const number = (tag: number, n: number): Buffer[] => (n ? [Buffer.concat([Buffer.from([tag]), varint(n)])] : [])

function framed(parts: readonly Buffer[]): Buffer {
  let size = 0
  for (const p of parts) size += p.length
  return Buffer.concat([frameHeader(size), ...parts])
}

/** The entry's own bytes where it is of this version, else a conversion. A dry run's object has no version. */
export function bytesOf(type: ResourceType, e: Entry): Buffer {
  if (e.type === type && e.revision !== 0) return e.bytes
  const o = versioned({ type }, e)
  if (e.revision !== 0) return Buffer.from(JSON.stringify(o))
  const { resourceVersion: _r, ...metadata } = o.metadata
  return Buffer.from(JSON.stringify({ ...o, metadata }))
}

export const objectFrame = (bytes: Buffer): Buffer => framed(field(objectReplyObject, bytes))

/** ListChunks, made one at a time as they are sent. */
export function* listFrames(o: { type: ResourceType, entries: readonly Entry[], revision: number, continueToken?: string | undefined, remaining?: number | undefined }): Generator<Buffer> {
  let parts: Buffer[] = number(chunkRevision, o.revision), size = 0
  for (const e of o.entries) {
    const bytes = bytesOf(o.type, e)
    parts.push(...field(chunkObject, bytes))
    size += bytes.length
    if (size < chunkBytes) continue
    yield framed(parts)
    parts = []
    size = 0
  }
  if (o.continueToken) parts.push(...field(chunkContinue, Buffer.from(o.continueToken)))
  parts.push(...number(chunkRemaining, o.remaining ?? 0))
  if (parts.length) yield framed(parts)
}

/** One WatchEvent, made by the first watcher that needs it and shared by the others. */
export function eventFrame(type: ResourceType, what: EventType, entry: Entry, event: CacheEvent | undefined): Buffer {
  const key = `grpc/${type.id}/${what}`
  const made = event?.encoded?.get(key)
  if (made) return made
  const frame = framed([...number(eventType, eventTypes[what]), ...field(eventObject, bytesOf(type, entry)), ...number(eventRevision, event?.revision ?? entry.revision)])
  if (event) (event.encoded ??= new Map()).set(key, frame)
  return frame
}

export const bookmarkFrame = (revision: number): Buffer => framed([...number(eventType, eventTypes.BOOKMARK), ...number(eventRevision, revision)])
