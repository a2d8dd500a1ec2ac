/** WATCH: where it starts, what it sends, how long it lasts. */
import { badRequest } from '@drydock/api'
import { Watch } from '../cache/watch.ts'
import type { Reply } from '../request.ts'
import { checkedListOptions } from './list.ts'
import { cacheOf, type Registry, type ResourceRequest, variant } from './parts.ts'
import { parseVersion } from './read.ts'
import { select } from './selectors.ts'
import { stored } from './storage-errors.ts'

/** Upstream's --min-request-timeout: a watch lasts between this and twice this. */
const minTimeoutSeconds = 1800

export async function watch(p: Registry, r: ResourceRequest): Promise<Reply> {
  const o = checkedListOptions(variant(r, { query: withWatch(r.query) }))
  const named = r.info.name ? `metadata.name=${r.info.name}` : ''
  const s = select(r.type, o.labelSelector, [named, o.fieldSelector].filter(Boolean).join(','))
  if (named && s.name !== r.info.name) throw badRequest('field selector does not match the name')
  const version = o.resourceVersion === '' ? 0 : parseVersion(o.resourceVersion, 'watch')
  const initial = o.sendInitialEvents === true
  if (initial && version > 0) await p.cache.waitFor(version, r.signal)
  else if (initial || (version === 0 && o.sendInitialEvents === undefined && o.resourceVersion === '')) await stored(p.cache.consistent(r.signal))
  const timeoutSeconds = o.timeoutSeconds && o.timeoutSeconds > 0 ? o.timeoutSeconds : minTimeoutSeconds * (1 + p.random.next())
  const state = initial || (version === 0 && o.sendInitialEvents !== false)
  return {
    type: 'watch', resource: r.type,
    watch: new Watch({
      cache: cacheOf(p, r.type), current: () => p.cache.revision, namespace: r.type.namespaced ? r.info.namespace : '', match: s.match,
      from: state ? 'state' : version || p.cache.revision, bookmarks: o.allowWatchBookmarks, initialEventsEnd: initial, timeoutMs: timeoutSeconds * 1000, clock: p.clock,
    }),
  }
}

function withWatch(query: URLSearchParams): URLSearchParams {
  if (query.get('watch') === 'true') return query
  const q = new URLSearchParams(query)
  q.set('watch', 'true')
  return q
}
