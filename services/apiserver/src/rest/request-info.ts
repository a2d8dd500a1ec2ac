/** What a path and a method ask: apiserver/pkg/endpoints/request.RequestInfoFactory. Total: every path has an answer. */
import type { RequestInfo } from '../request.ts'

const methodVerbs: Readonly<Record<string, string>> = { POST: 'create', GET: 'get', HEAD: 'get', PUT: 'update', PATCH: 'patch', DELETE: 'delete' }
const namespaceSubresources = new Set(['status', 'finalize'])

export function requestInfo(method: string, path: string, query: URLSearchParams): RequestInfo {
  const other: RequestInfo = { isResource: false, path, verb: method.toLowerCase(), prefix: '', group: '', version: '', namespace: '', resource: '', subresource: '', name: '', parts: [] }
  const parts = split(path)
  if (parts.length < 3) return other
  const prefix = parts.shift()!
  if (prefix !== 'api' && prefix !== 'apis') return other
  const info = { ...other, prefix }
  if (prefix === 'apis') {
    if (parts.length < 3) return other
    info.group = parts.shift()!
  }
  info.isResource = true
  info.version = parts.shift()!
  if (parts[0] === 'watch' || parts[0] === 'proxy') {
    info.verb = parts.shift()!
    if (!parts.length) return { ...info, isResource: true }
  } else info.verb = methodVerbs[method] ?? ''
  return resourceOf(info, parts, query)
}

function resourceOf(info: RequestInfo, given: string[], query: URLSearchParams): RequestInfo {
  let parts = given
  if (parts[0] === 'namespaces') {
    if (parts.length > 1) {
      info.namespace = parts[1]!
      if (parts.length > 2 && !namespaceSubresources.has(parts[2]!)) parts = parts.slice(2)
    }
  }
  info.parts = parts
  info.resource = parts[0] ?? ''
  info.name = parts[1] ?? ''
  info.subresource = parts[2] ?? ''
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
function split(path: string): string[] {
  const parts = decoded(path).split('/')
  while (parts.length && parts[0] === '') parts.shift()
  while (parts.length && parts[parts.length - 1] === '') parts.pop()
  return parts
}

function decoded(path: string): string {
  if (!path.includes('%')) return path
  try { return decodeURIComponent(path) } catch { return path }
}
