/**
 * The one chain behind both doors: authenticate, authorize, find the resource, decode, default, admit, validate, store.
 * It never throws; what goes wrong is an error reply.
 */
import { badRequest, internalError, nameIsPathSegment, StatusError } from '@drydock/api'
import type { Action } from './subresources/types.ts'
import type { Attributes, Authenticator, Authorizer, User } from './auth/types.ts'
import { forbiddenFor } from './auth/forbidden.ts'
import { impersonate, impersonates, NobodyImpersonated } from './auth/impersonate.ts'
import { act, actionId } from './registry/actions.ts'
import { getComponent, listComponents } from './registry/component-status.ts'
import { create } from './registry/create.ts'
import { deleteCollection } from './registry/delete-collection.ts'
import { deleteOne } from './registry/delete.ts'
import { list } from './registry/list.ts'
import type { Registry, ResourceRequest } from './registry/parts.ts'
import { patch } from './registry/patch.ts'
import { get } from './registry/read.ts'
import type { ResourceType } from './registry/resource-type.ts'
import { getScale, updateScale } from './registry/scale.ts'
import { apiError } from './registry/storage-errors.ts'
import { update } from './registry/update.ts'
import { watch } from './registry/watch.ts'
import { checkAccept } from './rest/negotiate.ts'
import type { RequestObserver } from './metrics.ts'
import type { ApiRequest, Connect, NonResource, Reply, RequestInfo } from './request.ts'

export interface ChainOptions {
  registry: Registry
  authenticator: Authenticator
  authorizer: Authorizer
  actions: readonly Action[]
  /** By `resource/subresource`. */
  connects: Readonly<Record<string, Connect>>
  nonResource: readonly NonResource[]
  observer?: RequestObserver | undefined
}

// A watch of one name has a path of its own (/watch/…/name).
const needsName = new Set(['get', 'update', 'patch', 'delete'])

const methods = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])

type Verb = (p: Registry, r: ResourceRequest) => Promise<Reply>
const verbs: Readonly<Record<string, Verb>> = { get, list, watch, create, update, patch, delete: deleteOne, deletecollection: deleteCollection }
const componentVerbs: Readonly<Record<string, Verb>> = { get: getComponent, list: listComponents }
const subresourceVerbs: Readonly<Record<string, Verb>> = { get, update, patch }

export function createChain(o: ChainOptions): (request: ApiRequest) => Promise<Reply> {
  const actions = new Map(o.actions.map((a) => [actionId(a.resource.group, a.resource.resource, a.subresource), a]))

  async function answer(request: ApiRequest): Promise<Reply> {
    const { credentials } = request, known = o.authenticator.authenticate(credentials), caller = known instanceof Promise ? await known : known
    request.user = impersonates(credentials.headers) ? await impersonate(caller, credentials, o.authorizer) : caller
    const attributes = attributesOf(request)
    const decided = o.authorizer.authorize(attributes), decision = decided instanceof Promise ? await decided : decided
    if (!decision.allowed) throw forbiddenFor(attributes, decision.reason)
    // What begins with two slashes is no path of anything.
    if (request.info.path.startsWith('//')) return pathNotFound
    return request.info.isResource ? resource(request) : other(request)
  }

  async function other(request: ApiRequest): Promise<Reply> {
    for (const n of o.nonResource) {
      const reply = await n(request)
      if (reply) return reply
    }
    return unknownPath(request)
  }

  // Below a group and version that are served upstream's router answers as the API does; elsewhere as a web server does.
  function unknownPath({ info }: ApiRequest): Reply {
    const served = info.prefix === 'api' || info.path === '/api' || info.path.startsWith('/api/') || (info.prefix === 'apis' && o.registry.types.hasGroupVersion(info.group, info.version))
    return served ? { type: 'error', error: noResource() } : pathNotFound
  }

  async function resource(request: ApiRequest): Promise<Reply> {
    const { info } = request
    if (!info.resource) return info.parts.length ? unknownPath(request) : noKind(info.path)
    const type = o.registry.types.find(info.group, info.version, info.resource)
    if (!type || (info.prefix === 'api') !== (type.group === '')) return other(request)
    if (type.namespaced ? !info.namespace && info.name : info.namespace && type.resource !== 'namespaces') return unknownPath(request)
    if (info.parts.length > 3 && info.subresource !== 'proxy') return unknownPath(request)
    const connect = o.connects[info.subresource ? `${type.resource}/${info.subresource}` : '']
    if (connect) return connect(request, type)
    const verb = verbOf(request, type)
    checkAccept(request.credentials.headers.accept, info.verb)
    if (info.name.includes('/')) return unknownPath(request)
    const badName = nameIsPathSegment(info.name, false)
    if (badName.length) throw badRequest(`Name parameter invalid: ${JSON.stringify(info.name)}: ${badName.join(';')}`)
    const deprecated = deprecations[type.id] ?? type.deprecation
    if (deprecated) request.warnings.push(deprecated)
    return verb(o.registry, new RequestToResource(type, request))
  }

  function verbOf({ method, info }: ApiRequest, type: ResourceType): Verb {
    if (!methods.has(method) || (type.namespaced && !info.namespace && info.verb !== 'list' && info.verb !== 'watch')) throw notAllowed(method)
    const action = info.verb === 'create' ? actions.get(actionId(type.group, type.resource, info.subresource)) : undefined
    if (action) return (p, r) => act(p, r, action)
    if (!info.subresource) {
      if (info.verb === 'watch' && method !== 'GET') throw notAllowed(method)
      if (info.verb === 'watch' && !type.fact.verbs.includes('watch') && type.fact.verbs.includes('list')) throw notWatched(type)
      if (!type.fact.verbs.includes(info.verb) || (info.verb !== 'watch' && needsName.has(info.verb) !== (info.name !== ''))) throw notAllowed(method)
      return (type.id === '/v1/componentstatuses' ? componentVerbs : verbs)[info.verb]!
    }
    const sub = type.fact.subresources[info.subresource]
    if (!sub) throw noResource()
    const verb = info.subresource === 'scale' ? { get: getScale, update: updateScale, patch }[info.verb] : subresourceVerbs[info.verb]
    if (!sub.verbs.includes(info.verb) || !verb) throw notAllowed(method)
    return verb
  }

  async function safely(request: ApiRequest): Promise<Reply> {
    try {
      return await answer(request)
    } catch (e) {
      if (e instanceof NobodyImpersonated) return serverError(request.info.path + (request.query.size ? `?${request.query}` : ''), e.message)
      return { type: 'error', error: statusOf(e, o) }
    }
  }

  const { observer } = o, { clock } = o.registry
  if (!observer) return safely
  return async (request) => {
    if (observer.inFlight >= maxInFlight) return { type: 'error', error: tooMany() }
    const start = clock.monotonic()
    observer.begin()
    const reply = await safely(request)
    observer.end(request, reply, (clock.monotonic() - start) / 1000)
    return reply
  }
}

/** A class, because an accessor in a literal would make a slow object of every request. */
class RequestToResource implements ResourceRequest {
  readonly type: ResourceType
  readonly info: RequestInfo
  readonly query: URLSearchParams
  readonly body: Buffer
  readonly contentType: string
  readonly userAgent: string
  readonly user: User
  readonly warnings: string[]
  readonly #request: ApiRequest

  constructor(type: ResourceType, r: ApiRequest) {
    this.type = type
    this.info = r.info
    this.query = r.query
    this.body = r.body
    this.contentType = r.contentType
    this.userAgent = r.userAgent
    this.user = r.user!
    this.warnings = r.warnings
    this.#request = r
  }

  get signal(): AbortSignal { return this.#request.signal }
}

/** Requests in the chain at once; beyond it clients are told to come back. Watches count only until they have begun. */
const maxInFlight = 4000
const tooMany = () => new StatusError({ reason: 'TooManyRequests', message: 'too many requests, please try again later', details: { retryAfterSeconds: 1 } })

/** responsewriters.InternalError: what goes wrong before there is a kind to answer for. */
const serverError = (uri: string, why: string): Reply => ({
  type: 'text', code: 500, contentType: 'text/plain; charset=utf-8', headers: { 'x-content-type-options': 'nosniff' }, body: `Internal Server Error: ${JSON.stringify(uri)}: ${why}\n`,
})
const noKind = (path: string): Reply => serverError(path, `failed to create RequestInfo: unable to determine kind and namespace from url, ${path}`)
const noResource = () => new StatusError({ reason: 'NotFound', message: 'the server could not find the requested resource', details: {} })
const deprecations: Readonly<Record<string, string>> = {
  '/v1/endpoints': 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
  '/v1/componentstatuses': 'v1 ComponentStatus is deprecated in v1.19+',
}
const notWatched = ({ group, resource }: ResourceType) =>
  new StatusError({ reason: 'MethodNotAllowed', message: `watch is not supported on resources of kind "${resource}"`, details: { ...(group && { group }), kind: resource } })
const notAllowed = (method: string) => new StatusError({ reason: 'MethodNotAllowed', message: `the server does not allow this method on the requested resource`, details: {}, cause: method })
const pathNotFound: Reply = { type: 'text', code: 404, contentType: 'text/plain; charset=utf-8', body: '404 page not found\n', headers: { 'x-content-type-options': 'nosniff' } }

function statusOf(e: unknown, o: ChainOptions): StatusError {
  const known = apiError(e)
  if (known instanceof StatusError) return known
  if (known instanceof Error && known.name === 'AbortError') return new StatusError({ reason: 'Timeout', message: 'the client went away' })
  o.registry.log.error({ err: known }, 'a request failed inside')
  return internalError(known)
}

/** A list or watch of one name is authorized as that name's (RequestInfoFactory). */
function onlyName(fieldSelector: string | null): string {
  const name = fieldSelector?.split(',').map((term) => /^metadata\.name==?([^=].*)$/.exec(term.trim())?.[1]).find((n) => n !== undefined)
  return name && !name.includes('/') && !name.includes('%') ? name : ''
}

/** What authorization is asked. */
export function attributesOf({ info, user, query }: ApiRequest): Attributes {
  if (!info.isResource) return { user: user!, verb: info.verb, path: info.path }
  const { group, version, resource, subresource, namespace } = info
  const name = info.name || onlyName(query.get('fieldSelector'))
  const selectors = query.size ? { ...(query.get('fieldSelector') && { fieldSelector: query.get('fieldSelector')! }), ...(query.get('labelSelector') && { labelSelector: query.get('labelSelector')! }) } : {}
  return { user: user!, verb: info.verb, resource: { group, version, resource, subresource, namespace, name }, ...selectors }
}
