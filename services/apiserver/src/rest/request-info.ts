/** What a path and a method ask: apiserver/pkg/endpoints/request.RequestInfoFactory. Total: every path has an answer. */
import type { RequestInfo } from '../request.ts'

const methodVerbs: Readonly<Record<string, string>> = { POST: 'create', GET: 'get', HEAD: 'get', PUT: 'update', PATCH: 'patch', DELETE: 'delete' }
const namespaceSubresources = new Set(['status', 'finalize'])

export function requestInfo(method: string, path: string, query: URLSearchParams): RequestInfo {
  const info: RequestInfo = { isResource: false, path, verb: '', prefix: '', group: '', version: '', namespace: '', resource: '', subresource: '', name: '', parts: noParts }
  const parts = split(path), prefix = parts[0], versionAt = prefix === 'apis' ? 2 : 1
  if (parts.length < versionAt + 2 || (prefix !== 'api' && prefix !== 'apis')) {
    info.verb = method.toLowerCase()
    return info
  }
  info.isResource = true
  info.prefix = prefix
  if (prefix === 'apis') info.group = parts[1]!
  info.version = parts[versionAt]!
  const next = parts[versionAt + 1]
  if (next !== 'watch' && next !== 'proxy') {
    info.verb = methodVerbs[method] ?? ''
    return resourceOf(info, parts, versionAt + 1, query)
  }
  info.verb = next
  return parts.length > versionAt + 2 ? resourceOf(info, parts, versionAt + 2, query) : info
}
const noParts: readonly string[] = []

/** `at`: where the resource or its namespace begins. */
function resourceOf(info: RequestInfo, parts: readonly string[], at: number, query: URLSearchParams): RequestInfo {
  let from = at
  if (parts[from] === 'namespaces' && parts.length > from + 1) {
    info.namespace = parts[from + 1]!
    if (parts.length > from + 2 && !namespaceSubresources.has(parts[from + 2]!)) from += 2
  }
  info.parts = parts.slice(from)
  info.resource = parts[from] ?? ''
  info.name = parts[from + 1] ?? ''
  info.subresource = parts[from + 2] ?? ''
  // A list is a get without a name.
  if (info.name === '' && info.verb === 'get') info.verb = isWatch(query) ? 'watch' : 'list'
  if (info.verb === 'delete' && info.name === '') info.verb = 'deletecollection'
  return info
}

/** As conversion of a query to a bool goes in ListOptions: anything but false and 0 is true; empty counts as given. */
export function isWatch(query: URLSearchParams): boolean {
  const v = query.get('watch')
  return v !== null && v !== 'false' && v !== '0' && v.toLowerCase() !== 'false'
}

// Decoded before it is split, as Go's URL.Path is: an escaped slash is a slash.
function split(path: string): readonly string[] {
  const parts = decoded(path).split('/')
  let from = 0, to = parts.length
  while (from < to && parts[from] === '') from++
  while (to > from && parts[to - 1] === '') to--
  return parts.slice(from, to)
}

function decoded(path: string): string {
  if (!path.includes('%')) return path
  try { return decodeURIComponent(path) } catch { return path }
}
