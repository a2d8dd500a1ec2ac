/**
 * LIST: from the cache at a consistent revision, or at least as new as asked, or exactly as of a past revision (from the
 * store's history). Pages continue at the revision of the first one; while nothing changed since they come from the cache.
 */
import type { FieldError} from '@drydock/api';
import { badRequest, expired, invalidStatus, StatusError } from '@drydock/api'
import { isObject, jsonKind, parseJSON } from '@drydock/api/schema'
import { collectionPrefix, isStorageError, objectKey, parseObjectKey } from '@drydock/storage'
import { Entry } from '../cache/entry.ts'
import { tooLarge } from '../cache/watch-cache.ts'
import type { Matcher } from '../cache/watch.ts'
import type { Reply } from '../request.ts'
import { type ListOptions, listOptions, validateListOptions } from './options.ts'
import { cacheOf, type Registry, type ResourceRequest } from './parts.ts'
import { parseVersion } from './read.ts'
import { select, type Selection } from './selectors.ts'
import { stored } from './storage-errors.ts'

export interface Listed { entries: readonly Entry[], revision: number, continueToken?: string | undefined, remaining?: number | undefined }

export async function list(p: Registry, r: ResourceRequest): Promise<Reply> {
  return { type: 'list', resource: r.type, ...await listEntries(p, r) }
}

/** Options checked as the handler does; the errors of both are one answer. */
export function checkedListOptions(r: ResourceRequest): ListOptions {
  const o = listOptions(r.query)
  const errors = validateListOptions(o)
  if (errors.length) throw invalidStatus({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', errors as FieldError[])
  return o
}

/** `paged`: a version without a match is exact, as for every list that upstream reads in pages. */
export async function listEntries(p: Registry, r: ResourceRequest, paged = false): Promise<Listed> {
  const o = checkedListOptions(r)
  const s = select(r.type, o.labelSelector, o.fieldSelector)
  const namespace = r.type.namespaced ? r.info.namespace : ''
  if (o.continueToken) return continued(p, r, o, s, namespace)
  const version = o.resourceVersion === '' ? undefined : parseVersion(o.resourceVersion, 'list')
  if (version !== undefined && version > 0 && (o.resourceVersionMatch === 'Exact' || ((o.limit > 0 || paged) && o.resourceVersionMatch === ''))) return exact(p, r, o, s, namespace, version, '')
  if (version === undefined) await stored(p.cache.consistent())
  else await p.cache.waitFor(version, r.signal)
  // Version 0 is whatever the cache has, all of it: upstream's cache knows no pages.
  return fromCache(p, r, s, namespace, version === 0 ? 0 : o.limit, '', p.cache.revision)
}

/** One page out of the cache. `from`: `namespace/name`, inclusive. */
function fromCache(p: Registry, r: ResourceRequest, s: Selection, namespace: string, limit: number, from: string, revision: number): Listed {
  const cache = cacheOf(p, r.type)
  if (s.name !== undefined && (namespace || !r.type.namespaced)) {
    const one = cache.get(namespace, s.name)
    return { entries: one && (!s.match || s.match(one)) ? [one] : [], revision }
  }
  const all = cache.list(namespace || (r.type.namespaced ? s.namespace ?? '' : ''), from)
  return page(all, s.match, limit, revision, namespace)
}

function page(all: readonly Entry[], match: Matcher | undefined, limit: number, revision: number, namespace: string): Listed {
  if (limit <= 0) return { entries: match ? all.filter(match) : all, revision }
  const entries: Entry[] = []
  let i = 0
  for (; i < all.length && entries.length < limit; i++) if (!match || match(all[i]!)) entries.push(all[i]!)
  if (i >= all.length) return { entries, revision }
  const last = all[i - 1]!
  // How many remain is only known when nothing selects among them.
  return { entries, revision, continueToken: encodeToken(revision, last, namespace), ...(!match && { remaining: all.length - i }) }
}

async function exact(p: Registry, r: ResourceRequest, o: ListOptions, s: Selection, namespace: string, revision: number, from: string): Promise<Listed> {
  const cache = cacheOf(p, r.type)
  if (revision > p.cache.revision) {
    const now = await stored(p.store.currentRevision({ signal: r.signal }))
    if (revision > now) throw tooLarge(revision, now)
    await p.cache.waitFor(revision, r.signal)
  }
  if (cache.lastRevision <= revision && cache.windowStart <= revision) return fromCache(p, r, s, namespace, o.limit, from, revision)
  return fromHistory(p, r, o, s, namespace, revision, from)
}

const pageSize = 1000

async function fromHistory(p: Registry, r: ResourceRequest, o: ListOptions, s: Selection, namespace: string, revision: number, from: string): Promise<Listed> {
  const type = p.types.storageOf(r.type), entries: Entry[] = []
  const prefix = namespace || !r.type.namespaced ? collectionPrefix(type.storageGroup, type.storageResource, namespace || '-') : collectionPrefix(type.storageGroup, type.storageResource)
  let start = from ? storageKey(r, from) : undefined
  for (;;) {
    const got = await history(p, r, { prefix, from: start, limit: o.limit > 0 ? Math.max(o.limit, 100) : pageSize, revision, signal: r.signal })
    for (const [i, kv] of got.items.entries()) {
      const k = parseObjectKey(kv.key)
      if (!k) continue
      const e = Entry.fromStored(type, k.namespace, k.name, kv.revision, kv.value)
      if (s.match && !s.match(e)) continue
      entries.push(e)
      const rest = got.count - i - 1
      if (o.limit > 0 && entries.length === o.limit && rest > 0) return { entries, revision, continueToken: encodeToken(revision, e, namespace), ...(!s.match && { remaining: rest }) }
    }
    const last = got.items[got.items.length - 1]
    if (!got.more || !last) return { entries, revision }
    start = `${last.key}\0`
  }
}

const storageKey = (r: ResourceRequest, from: string): string => {
  const at = from.indexOf('/')
  return objectKey({ group: r.type.storageGroup, resource: r.type.storageResource, namespace: from.slice(0, at), name: from.slice(at + 1) })
}

async function history(p: Registry, r: ResourceRequest, o: Parameters<Registry['store']['range']>[0]) {
  try { return await p.store.range(o) } catch (e) {
    if (!isStorageError(e, 'Compacted')) return stored(Promise.reject(e as Error))
    throw r.query.get('continue') ? expiredToken(r.query.get('continue')!) : expired('The resourceVersion for the provided list is too old.')
  }
}

/** The answer carries a token that goes on from there with what is now. */
const expiredToken = (token: string) => new StatusError({
  reason: 'Expired', continueToken: Buffer.from(JSON.stringify({ ...decodeToken(token), rv: -1 })).toString('base64url'),
  message: 'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
})

interface Token { v: string, rv: number, start: string }

/** Upstream's form: the key after the last one, relative to the collection. */
function encodeToken(revision: number, last: Entry, namespace: string): string {
  const start = namespace || !last.namespace ? last.name : `${last.namespace}/${last.name}`
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision, start: `${start}\0` })).toString('base64url')
}

const badToken = (why: string) => badRequest(`invalid continue token: continue key is not valid: ${why}`)

function decodeToken(text: string): Token {
  const wrong = /[^A-Za-z0-9_-]/.exec(text)
  if (wrong) throw badToken(`illegal base64 data at input byte ${wrong.index}`)
  if (text.length % 4 === 1) throw badToken(`illegal base64 data at input byte ${text.length - 1}`)
  let t: Partial<Token>
  try { t = parseJSON(Buffer.from(text, 'base64url').toString()).value as Partial<Token> } catch (e) { throw badToken((e as Error).message) }
  if (!isObject(t)) throw badToken(`json: cannot unmarshal ${jsonKind(t)} into Go value of type storage.continueToken`)
  if (t.v !== 'meta.k8s.io/v1') throw badToken(`server does not recognize this encoded version ${t.v ?? ''}`)
  if (!t.rv) throw badToken('incorrect encoded start resourceVersion (version meta.k8s.io/v1)')
  if (!t.start) throw badToken('encoded start key empty (version meta.k8s.io/v1)')
  if (t.start.startsWith('..') || t.start.startsWith('/') || t.start.includes('/../')) throw badToken(`invalid start key ${JSON.stringify(t.start)}`)
  return { v: t.v, rv: t.rv, start: t.start }
}

async function continued(p: Registry, r: ResourceRequest, o: ListOptions, s: Selection, namespace: string): Promise<Listed> {
  if (o.resourceVersion !== '' && o.resourceVersion !== '0') throw badRequest('specifying resource version is not allowed when using continue')
  const t = decodeToken(o.continueToken)
  const from = namespace || !r.type.namespaced ? `${namespace}/${t.start}` : t.start
  // A negative version: the rest as it is now, the client has been told that it is inconsistent.
  if (t.rv > 0) return exact(p, r, o, s, namespace, t.rv, from)
  await stored(p.cache.consistent(r.signal))
  return fromCache(p, r, s, namespace, o.limit, from, p.cache.revision)
}
