/**
 * Objects to and from `application/vnd.kubernetes.protobuf`: the bytes `k8s\0`, then runtime.Unknown around the kind's own
 * message. Generic: field numbers come from the table. Decoding gives plain JSON values, which the caller decodes and checks
 * like any other body.
 */
import type { GVK, StructSchema, TypeSchema } from '@drydock/api/schema'
import { structForKind, structNamed } from '@drydock/api/schema'
import { planOf, schemaProps, type Plan } from './plan.ts'
import { Reader, WireError, Writer } from './wire.ts'

export const protobufType = 'application/vnd.kubernetes.protobuf'
const magic = Buffer.from([0x6b, 0x38, 0x73, 0])

type JSONMap = Record<string, unknown>

const objectMeta = () => structNamed('io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta')!
const listMeta = () => structNamed('io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta')!

const gvkOf = (o: JSONMap): GVK => {
  const [version = '', group = ''] = String(o['apiVersion'] ?? '').split('/').reverse()
  return { group, version, kind: String(o['kind'] ?? '') }
}

/** Undefined for a kind that has no protobuf form here (tables). */
export function encodeObject(o: object): Buffer | undefined {
  const object = o as JSONMap, w = new Writer()
  w.raw(magic)
  w.message(1, () => {
    w.string(1, String(object['apiVersion'] ?? ''))
    w.string(2, String(object['kind'] ?? ''))
  })
  const write = bodyWriter(object, w)
  if (!write) return undefined
  w.message(2, write)
  w.string(3, '')
  w.string(4, '')
  return w.finish()
}

// Kinds that are written with another version than their own, or without one.
const everywhere = new Set(['Status', 'APIVersions'])

function bodyWriter(o: JSONMap, w: Writer): (() => void) | undefined {
  if (o['apiVersion'] === 'meta.k8s.io/v1' && o['kind'] === 'PartialObjectMetadata') return () => partial(o, w)
  if (o['apiVersion'] === 'meta.k8s.io/v1' && o['kind'] === 'PartialObjectMetadataList') {
    return () => {
      w.message(1, () => writeStruct(listMeta(), (o['metadata'] ?? {}) as JSONMap, w))
      for (const item of o['items'] as JSONMap[]) w.message(2, () => partial(item, w))
    }
  }
  const kind = String(o['kind'])
  const schema = structForKind(gvkOf(o)) ?? (everywhere.has(kind) ? structForKind({ group: '', version: 'v1', kind }) : undefined)
  return schema && (() => writeStruct(schema, o, w))
}

const partial = (o: JSONMap, w: Writer): void => w.message(1, () => writeStruct(objectMeta(), (o['metadata'] ?? {}) as JSONMap, w))

/** metav1.WatchEvent around an encoded object, with the four bytes of its length before it: one frame of a watch. */
export function encodeWatchFrame(type: string, object: Buffer): Buffer {
  const w = new Writer()
  w.string(1, type)
  w.message(2, () => w.bytes(1, object))
  const body = w.finish(), frame = Buffer.allocUnsafe(4 + body.length)
  frame.writeUInt32BE(body.length)
  body.copy(frame, 4)
  return frame
}

function writeStruct(s: StructSchema, o: JSONMap, w: Writer): void { writePlan(planOf(s), o, w) }

function writePlan(plan: Plan, o: JSONMap, w: Writer): void {
  for (const f of plan.fields) {
    if (f.kind === 'embedded') w.message(f.number, () => writePlan(f.plan, o, w))
    else {
      const v = o[f.name]
      if (v !== undefined && v !== null) writeField(f.number, f.type, v, f.protoType, w)
      else if (isTime(f.type) && v === null) w.message(f.number, () => {})
    }
  }
}
const isTime = (t: TypeSchema): boolean => t.kind === 'time' || t.kind === 'microtime'

function writeField(n: number, t: TypeSchema, v: unknown, protoType: string, w: Writer): void {
  if (t.kind === 'list') {
    if (protoType === 'Verbs') w.message(n, () => { for (const x of v as string[]) w.string(1, x) })
    else for (const x of v as unknown[]) writeValue(n, t.elem, x, w)
  } else if (t.kind === 'map') {
    // An empty struct that the table calls an object.
    if (!protoType.startsWith('map<')) return w.message(n, () => {})
    for (const k of Object.keys(v as JSONMap).sort()) {
      w.message(n, () => {
        w.string(1, k)
        const x = (v as JSONMap)[k]
        // A map's lists are messages of their own (ExtraValue).
        if (t.elem.kind === 'list') w.message(2, () => { for (const s of (x ?? []) as string[]) w.string(1, s) })
        else writeValue(2, t.elem, x, w)
      })
    }
  } else writeValue(n, t, v, w)
}

function writeValue(n: number, t: TypeSchema, v: unknown, w: Writer): void {
  const { kind } = t
  switch (t.kind) {
    case 'string': return w.string(n, v as string)
    case 'int32': case 'int64': return w.int(n, v as number)
    case 'boolean': return w.bool(n, v as boolean)
    case 'double': return w.double(n, v as number)
    case 'bytes': return w.bytes(n, Buffer.from((v ?? '') as string, 'base64'))
    case 'struct': return w.message(n, () => writeStruct(t.struct, (v ?? {}) as JSONMap, w))
    case 'time': case 'microtime': return w.message(n, () => writeTime(v as string, w))
    case 'quantity': return w.message(n, () => w.string(1, String(v)))
    case 'intOrString': return w.message(n, () => writeIntOrString(v as number | string, w))
    case 'raw': case 'json': case 'fieldsV1': return w.message(n, () => w.string(1, JSON.stringify(v)))
    case 'schemaOrBool': case 'schemaOrArray': case 'schemaOrStringArray': return w.message(n, () => writeUnion(kind as 'schemaOrBool', v, w))
    default: throw new Error(`a ${t.kind} inside a list or map has no protobuf form`)
  }
}

function writeTime(v: string | null, w: Writer): void {
  if (!v) return
  const ms = Date.parse(v), fraction = /\.(\d+)/.exec(v)?.[1]
  w.int(1, Math.floor(ms / 1000))
  w.int(2, fraction ? Number(fraction.padEnd(9, '0').slice(0, 9)) : 0)
}

function writeIntOrString(v: number | string, w: Writer): void {
  w.int(1, typeof v === 'string' ? 1 : 0)
  w.int(2, typeof v === 'string' ? 0 : v)
  w.string(3, typeof v === 'string' ? v : '')
}

function writeUnion(kind: 'schemaOrBool' | 'schemaOrArray' | 'schemaOrStringArray', v: unknown, w: Writer): void {
  const schema = (n: number, s: unknown) => w.message(n, () => writeStruct(schemaProps(), s as JSONMap, w))
  if (kind === 'schemaOrBool') {
    w.bool(1, v !== false)
    if (typeof v === 'object' && v) schema(2, v)
  } else if (Array.isArray(v)) {
    for (const x of v) if (kind === 'schemaOrArray') schema(2, x); else w.string(2, x as string)
  } else if (v) schema(1, v)
}

/** What a body says it is, and its fields as JSON values. Throws WireError in upstream's words. */
export function decodeObject(body: Buffer, expected: GVK): { kind: GVK, value: JSONMap } {
  if (!body.subarray(0, 4).equals(magic)) throw new WireError('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]')
  const unknown = new Reader(body.subarray(4))
  let apiVersion = '', kind = '', raw: Buffer = Buffer.alloc(0)
  while (!unknown.done) {
    const { field, wireType } = unknown.tag()
    if (field === 1) [apiVersion, kind] = typeMeta(unknown.chunk())
    else if (field === 2) raw = unknown.chunk()
    else unknown.skip(wireType)
  }
  const [version = '', group = ''] = (apiVersion || (expected.group ? `${expected.group}/${expected.version}` : expected.version)).split('/').reverse()
  const gvk = { group, version, kind: kind || expected.kind }
  const schema = structForKind(gvk)
  return { kind: gvk, value: schema ? readStruct(schema, raw) : {} }
}

function typeMeta(b: Buffer): [string, string] {
  const r = new Reader(b)
  let apiVersion = '', kind = ''
  while (!r.done) {
    const { field, wireType } = r.tag()
    if (field === 1) apiVersion = r.chunk().toString()
    else if (field === 2) kind = r.chunk().toString()
    else r.skip(wireType)
  }
  return [apiVersion, kind]
}

function readStruct(s: StructSchema, b: Buffer): JSONMap {
  const out: JSONMap = {}
  readPlan(planOf(s), b, out)
  return out
}

function readPlan(plan: Plan, b: Buffer, out: JSONMap): void {
  const r = new Reader(b)
  while (!r.done) {
    const { field, wireType } = r.tag(), f = plan.byNumber.get(field)
    if (!f) r.skip(wireType)
    else if (f.kind === 'embedded') readPlan(f.plan, r.chunk(), out)
    else readField(f.name, f.type, f.protoType, r, out)
  }
}

function readField(name: string, t: TypeSchema, protoType: string, r: Reader, out: JSONMap): void {
  if (t.kind === 'list') {
    const list = (out[name] ??= []) as unknown[]
    if (protoType === 'Verbs') list.push(...strings(r.chunk()))
    else list.push(readValue(t.elem, r))
  } else if (t.kind === 'map' && !protoType.startsWith('map<')) {
    r.chunk()
    out[name] = {}
  } else if (t.kind === 'map') {
    const [key, value] = readEntry(t.elem, r.chunk()), map = (out[name] ??= {}) as JSONMap
    Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true })
  } else {
    const v = readValue(t, r)
    if (v !== undefined) out[name] = v
  }
}

function strings(b: Buffer): string[] {
  const r = new Reader(b), out: string[] = []
  while (!r.done) {
    const { field, wireType } = r.tag()
    if (field === 1) out.push(r.chunk().toString())
    else r.skip(wireType)
  }
  return out
}

function readEntry(elem: TypeSchema, b: Buffer): [string, unknown] {
  const r = new Reader(b)
  let key = '', value: unknown
  while (!r.done) {
    const { field, wireType } = r.tag()
    if (field === 1) key = r.chunk().toString()
    else if (field === 2) value = elem.kind === 'list' ? strings(r.chunk()) : readValue(elem, r)
    else r.skip(wireType)
  }
  return [key, value ?? (elem.kind === 'string' || elem.kind === 'bytes' ? '' : elem.kind === 'list' ? [] : null)]
}

function readValue(t: TypeSchema, r: Reader): unknown {
  switch (t.kind) {
    case 'string': return r.chunk().toString()
    case 'int32': return Number(BigInt.asIntN(32, r.varint()))
    case 'int64': return Number(BigInt.asIntN(64, r.varint()))
    case 'boolean': return r.varint() !== 0n
    case 'double': return r.double()
    case 'bytes': return r.chunk().toString('base64')
    case 'struct': return readStruct(t.struct, r.chunk())
    case 'time': case 'microtime': return readTime(t.kind, r.chunk())
    case 'quantity': return strings(r.chunk())[0] ?? '0'
    case 'intOrString': return readIntOrString(r.chunk())
    case 'raw': case 'json': case 'fieldsV1': return readRaw(r.chunk())
    case 'schemaOrBool': case 'schemaOrArray': case 'schemaOrStringArray': return readUnion(t.kind, r.chunk())
    default: throw new Error(`a ${t.kind} inside a list or map has no protobuf form`)
  }
}

function numbers(b: Buffer): Map<number, bigint> {
  const r = new Reader(b), out = new Map<number, bigint>()
  while (!r.done) {
    const { field, wireType } = r.tag()
    if (wireType === 0) out.set(field, r.varint())
    else r.skip(wireType)
  }
  return out
}

// An empty message is the zero time.
function readTime(kind: 'time' | 'microtime', b: Buffer): string | undefined {
  if (b.length === 0) return undefined
  const n = numbers(b), seconds = Number(BigInt.asIntN(64, n.get(1) ?? 0n)), nanos = Number(n.get(2) ?? 0n)
  if (seconds === 0 && nanos === 0 && !n.has(1)) return undefined
  const base = new Date(seconds * 1000).toISOString().slice(0, 19)
  return kind === 'time' ? `${base}Z` : `${base}.${String(Math.trunc(nanos / 1000)).padStart(6, '0')}Z`
}

function readIntOrString(b: Buffer): number | string {
  const r = new Reader(b)
  let type = 0, int = 0, text = ''
  while (!r.done) {
    const { field, wireType } = r.tag()
    if (field === 1) type = Number(r.varint())
    else if (field === 2) int = Number(BigInt.asIntN(32, r.varint()))
    else if (field === 3) text = r.chunk().toString()
    else r.skip(wireType)
  }
  return type === 1 ? text : int
}

function readRaw(b: Buffer): unknown {
  const text = strings(b)[0]
  if (!text) return undefined
  try {
    return JSON.parse(text)
  } catch (e) {
    throw new WireError((e as Error).message)
  }
}

function readUnion(kind: 'schemaOrBool' | 'schemaOrArray' | 'schemaOrStringArray', b: Buffer): unknown {
  const r = new Reader(b), list: unknown[] = []
  let schema: unknown, allows = false
  while (!r.done) {
    const { field, wireType } = r.tag()
    if (kind === 'schemaOrBool' && field === 1) allows = r.varint() !== 0n
    else if (field === (kind === 'schemaOrBool' ? 2 : 1)) schema = readStruct(schemaProps(), r.chunk())
    else if (field === 2) list.push(kind === 'schemaOrArray' ? readStruct(schemaProps(), r.chunk()) : r.chunk().toString())
    else r.skip(wireType)
  }
  return schema ?? (kind === 'schemaOrBool' ? allows : list)
}
