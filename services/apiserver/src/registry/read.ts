/** GET of one object. */
import { badRequest, notFound, StatusError } from '@drydock/api'
import type { Entry } from '../cache/entry.ts'
import type { Reply } from '../request.ts'
import { cacheOf, type Registry, type ResourceRequest } from './parts.ts'
import { stored } from './storage-errors.ts'

export async function get(p: Registry, r: ResourceRequest): Promise<Reply> {
  return { type: 'entry', code: 200, resource: r.type, entry: await getEntry(p, r) }
}

/** As of a consistent read, or (with resourceVersion) at least that new. Throws NotFound. */
export async function getEntry(p: Registry, r: ResourceRequest): Promise<Entry> {
  const version = r.query.size ? r.query.get('resourceVersion') ?? '' : ''
  if (r.query.size && /^(true|1)$/i.test(r.query.get('export') ?? '')) throw badRequest('the export parameter, deprecated since v1.14, is no longer supported')
  if (version === '') await stored(p.cache.consistent())
  else if (version !== '0') await p.cache.waitFor(parseVersion(version, 'get'), r.signal)
  const entry = cacheOf(p, r.type)?.get(r.type.namespaced ? r.info.namespace : '', r.info.name)
  if (!entry) throw notFound(r.type, r.info.name)
  return entry
}

/** A resourceVersion as a number. What is wrong with it is told as upstream tells it, by verb. */
export function parseVersion(text: string, verb: 'get' | 'list' | 'watch'): number {
  if (/^\d+$/.test(text) && Number(text) <= Number.MAX_SAFE_INTEGER) return Number(text)
  const why = `resourceVersion: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`
  if (verb !== 'list') throw new StatusError({ reason: '', code: 500, message: why })
  throw badRequest(`invalid resource version: ${why}`)
}
