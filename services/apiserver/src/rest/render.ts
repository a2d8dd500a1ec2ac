/** Replies as bytes for the REST door. The common case sends stored bytes as they are. */
import { StatusError } from '@drydock/api'
import type { ApiObject } from '../admission/types.ts'
import type { Entry } from '../cache/entry.ts'
import { encodeObject, protobufType } from '../protobuf/codec.ts'
import { versioned } from '../registry/update.ts'
import type { ResourceType } from '../registry/resource-type.ts'
import type { Reply } from '../request.ts'
import type { Accepted } from './negotiate.ts'
import { type IncludeObject, partial, rowOf, table } from './table.ts'
import { encodeYaml } from './yaml.ts'

export interface Rendered { contentType: string, chunks: Buffer[] }

const close = Buffer.from(']}\n'), comma = Buffer.from(','), newline = Buffer.from('\n')

const json = 'application/json'

/** Bytes of one object: `{"kind":…,"apiVersion":…,"metadata":{…}…}` as up to two buffers. */
export function entryChunks(type: ResourceType, e: Entry): Buffer[] {
  if (e.revision === 0 || e.type !== type) return [Buffer.from(JSON.stringify(objectOf(type, e)))]
  return [type.head, e.bytes.subarray(1)]
}

/** The object in the version that was asked for. A dry run's creation has no version. */
function objectOf(type: ResourceType, e: Entry): ApiObject {
  const o = versioned({ type }, e)
  if (e.revision !== 0) return o
  const { resourceVersion: _r, ...metadata } = o.metadata
  return { ...o, metadata }
}

export function renderEntry(type: ResourceType, e: Entry, a: Accepted, include: IncludeObject, now: number): Rendered {
  if (a.as === 'Table') return value(table(type, { resourceVersion: String(e.revision) }, [rowOf(type, objectOf(type, e), include, now)]), a)
  if (a.as === 'PartialObjectMetadata') return value(partial(objectOf(type, e), type), a)
  if (a.as) throw notAcceptable(`you requested PartialObjectMetadataList, but the requested object is not a list (*${goPackage(type)}.${type.kind})`)
  if (a.format !== 'json' || a.pretty) return value(objectOf(type, e), a)
  return { contentType: json, chunks: [...entryChunks(type, e), newline] }
}

const notAcceptable = (message = 'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf') => new StatusError({ reason: 'NotAcceptable', message })
const goPackage = (type: ResourceType): string => type.group.split('.', 1)[0] || 'core'

const beta = 'meta.k8s.io/v1beta1'
/** The same form under its old version. */
export function asBeta(v: object): object {
  const o = v as { rows?: { object?: { kind?: string } | null }[] }
  const rows = o.rows?.map((r) => (r.object?.kind === 'PartialObjectMetadata' ? { ...r, object: { ...r.object, apiVersion: beta } } : r))
  return { ...v, apiVersion: beta, ...(rows && { rows }) }
}

export function renderValue(v: object, a: Accepted): Rendered { return value(v, a) }

function value(given: object, a: Accepted): Rendered {
  const v = a.beta ? asBeta(given) : given
  if (a.format === 'protobuf') {
    const bytes = encodeObject(v)
    if (!bytes) throw notAcceptable()
    return { contentType: protobufType, chunks: [bytes] }
  }
  if (a.format === 'yaml') return { contentType: 'application/yaml', chunks: [encodeYaml(v)] }
  return { contentType: json, chunks: [Buffer.from(`${JSON.stringify(v, null, a.pretty ? 2 : undefined)}\n`)] }
}

type ListReply = Extract<Reply, { type: 'list' }>

const listMeta = (r: ListReply) => ({ resourceVersion: String(r.revision), ...(r.continueToken && { continue: r.continueToken }), ...(r.remaining !== undefined && { remainingItemCount: r.remaining }) })

export function renderList(r: ListReply, a: Accepted, include: IncludeObject, now: number): Rendered {
  const { resource: type, entries } = r, metadata = listMeta(r)
  if (a.as === 'Table') return value(table(type, metadata, entries.map((e) => rowOf(type, objectOf(type, e), include, now))), a)
  if (a.as === 'PartialObjectMetadataList') return value({ kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata, items: entries.length ? entries.map((e) => partial(objectOf(type, e), type)) : null }, a)
  const kind = `${type.kind}List`
  if (a.as) throw notAcceptable(`you requested PartialObjectMetadata, but the requested object is a list (*${goPackage(type)}.${kind})`)
  if (a.format !== 'json' || a.pretty) return value({ kind, apiVersion: type.apiVersion, metadata, items: entries.map((e) => bare(objectOf(type, e))) }, a)
  return { contentType: json, chunks: listChunks(type, entries, Buffer.from(`{"kind":${JSON.stringify(kind)},"apiVersion":${JSON.stringify(type.apiVersion)},"metadata":${JSON.stringify(metadata)},"items":[`)) }
}

// Items of a list carry neither kind nor apiVersion.
function bare(o: ApiObject): object {
  const { kind: _k, apiVersion: _a, ...rest } = o
  return rest
}

function listChunks(type: ResourceType, entries: readonly Entry[], head: Buffer): Buffer[] {
  const chunks: Buffer[] = [head]
  for (const [i, e] of entries.entries()) {
    if (i) chunks.push(comma)
    chunks.push(e.type === type && e.revision !== 0 ? e.bytes : Buffer.from(JSON.stringify(bare(objectOf(type, e)))))
  }
  chunks.push(close)
  return chunks
}
