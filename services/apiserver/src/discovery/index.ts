/**
 * /api, /apis and what is under them, and /version: discovery as kube-apiserver v1.35 serves it, aggregated where the client
 * asks for that. Every other path below a known group is answered with NotFound as a Status; paths that are none of its
 * business are left to others.
 */
import { createHash } from 'node:crypto'
import { StatusError } from '@drydock/api'
import type { ResourceTypes } from '../registry/resource-type.ts'
import type { ApiRequest, NonResource, Reply } from '../request.ts'
import { aggregated, coreVersions, groupDocument, groupList, namedGroups, resourceList } from './documents.ts'
import { versionInfo } from './version.ts'

const notFound = (): Reply => ({ type: 'error', error: new StatusError({ reason: 'NotFound', message: 'the server could not find the requested resource', details: {} }) })
const notAllowed = (): Reply => ({ type: 'error', error: new StatusError({ reason: 'MethodNotAllowed', message: 'the server does not allow this method on the requested resource', details: {} }) })
const notAcceptable = (): Reply => ({ type: 'error', error: new StatusError({ reason: 'NotAcceptable', message: '406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, application/vnd.kubernetes.protobuf', details: {} }) })

const onlyThese = (): Reply => ({ type: 'error', error: new StatusError({ reason: 'NotAcceptable', message: 'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf' }) })

const json = (value: object): Reply => ({ type: 'value', code: 200, value })

/** All of it as of one generation of the types. */
function documentsOf(types: ResourceTypes) {
  const facts = types.all.map((t) => t.fact), groups = namedGroups(facts)
  const lists = new Map<string, object>()
  return {
    generation: types.generation, groups, known: new Map(groups.map((g) => [g.group, g])),
    aggregatedCore: once(() => prepare(aggregated(facts, [{ group: '', versions: ['v1'] }]))),
    aggregatedGroups: once(() => prepare(aggregated(facts, groups))),
    list(group: string, version: string): object {
      const key = `${group}/${version}`
      let l = lists.get(key)
      if (!l) lists.set(key, l = resourceList(facts, group, version))
      return l
    },
  }
}

export function createDiscovery(types: ResourceTypes): NonResource {
  let made = documentsOf(types)
  const now = () => (made.generation === types.generation ? made : (made = documentsOf(types)))
  const document = (r: ApiRequest, group: string, version: string): Reply => {
    if (r.method !== 'GET') return notAllowed()
    return acceptsAny(accept(r)) ? json(now().list(group, version)) : notAcceptable()
  }

  return (r) => {
    const [first, group, version, ...rest] = r.info.path.replace(/\/$/, '').split('/').slice(1)
    if (first === 'version' && group === undefined) return versionReply(r)
    if (first === 'api') {
      if (group === undefined) {
        if (r.method !== 'GET') return notAllowed()
        return wantsAggregated(r) ? send(r, now().aggregatedCore()) : json(coreVersions(localAddress(r)))
      }
      return group === 'v1' && version === undefined ? document(r, '', 'v1') : notFound()
    }
    if (first !== 'apis') return undefined
    if (group === undefined) {
      if (wantsAggregated(r)) return send(r, now().aggregatedGroups())
      return acceptsPlain(accept(r)) ? json(groupList(now().groups)) : onlyThese()
    }
    const g = now().known.get(group)
    if (!g) return undefined
    if (version === undefined) return acceptsPlain(accept(r)) ? json(groupDocument(g)) : onlyThese()
    return g.versions.includes(version) && rest.length === 0 ? document(r, group, version) : notFound()
  }
}

function once<T>(make: () => T): () => T {
  let made: T | undefined
  return () => (made ??= make())
}

const accept = (r: ApiRequest): string => r.credentials.headers.accept ?? ''

/** True when a client that takes `accept` takes one of the forms of an object. */
const acceptsAny = (value: string): boolean => value === '' || value.split(',').some((a) => /^(\*\/\*|application\/(\*|json|yaml|vnd\.kubernetes\.protobuf))$/i.test(a.split(';')[0]!.trim()))

/** True when one of the types stands without a transformation: these documents are no tables. */
const acceptsPlain = (value: string): boolean => value === '' || value.split(',').some((a) => acceptsAny(a) && !/;\s*as=/.test(a))

const aggregatedType = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'

/** Of the types in the order of the header, an aggregated list of version v2 before plain JSON. */
function wantsAggregated(r: ApiRequest): boolean {
  for (const clause of accept(r).split(',')) {
    const [type, ...params] = clause.split(';').map((s) => s.trim())
    if (type !== 'application/json') continue
    const p = new Map(params.map((s) => s.split('=') as [string, string]))
    if (!p.has('as')) return false
    if (p.get('g') === 'apidiscovery.k8s.io' && p.get('v') === 'v2' && p.get('as') === 'APIGroupDiscoveryList') return true
  }
  return false
}

interface Prepared { body: Buffer, etag: string }
function prepare(value: object): Prepared {
  const body = Buffer.from(`${JSON.stringify(value)}\n`)
  return { body, etag: `"${createHash('sha512').update(body).digest('hex').toUpperCase()}"` }
}

function send(r: ApiRequest, { body, etag }: Prepared): Reply {
  const headers = { etag, vary: 'Accept', 'cache-control': 'no-cache, private' }
  if (r.credentials.headers['if-none-match'] === etag) return { type: 'text', code: 304, contentType: aggregatedType, body: '', headers }
  return { type: 'text', code: 200, contentType: aggregatedType, body, headers }
}

function localAddress(r: ApiRequest): string {
  const socket = r.raw?.request.socket
  return socket?.localAddress ? `${socket.localAddress}:${socket.localPort}` : ''
}

function versionReply(r: ApiRequest): Reply {
  if (r.method !== 'GET') return notAllowed()
  const wanted = accept(r)
  if (wanted && !/\*\/\*|application\/(\*|json)/.test(wanted)) return { type: 'text', code: 406, contentType: wanted.split(/[,;]/)[0]!, body: '406: Not Acceptable\n\nAvailable representations: application/json' }
  return { type: 'text', code: 200, contentType: 'application/json', body: JSON.stringify(versionInfo, null, 2), headers: { 'cache-control': 'no-cache, private' } }
}
