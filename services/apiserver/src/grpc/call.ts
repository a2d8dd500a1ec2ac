/** A call of component.proto as the request that the REST door would make of the same wish. Pure. */
import { StatusError } from '@drydock/api'
import * as pb from '@drydock/proto/component'
import type { RequestInfo } from '../request.ts'

export interface Call { method: string, info: RequestInfo, query: URLSearchParams, body: Buffer, contentType: string }

const none = Buffer.alloc(0), json = 'application/json'

/** Throws MethodNotAllowed for a method that there is not, BadRequest for a message that does not decode. */
export function toCall(rpc: string, message: Buffer): Call {
  const make = makers[rpc]
  if (!make) throw new StatusError({ reason: 'MethodNotAllowed', message: `no gRPC method ${rpc} here` })
  try { return make(message) } catch (e) { throw e instanceof StatusError ? e : new StatusError({ reason: 'BadRequest', message: `the message of ${rpc} does not decode: ${(e as Error).message}`, cause: e }) }
}

const makers: Readonly<Record<string, (m: Buffer) => Call>> = {
  Get(m) {
    const r = pb.GetRequest.decode(m)
    return call('GET', 'get', r.ref, query({ resourceVersion: r.resourceVersion }))
  },
  List(m) {
    const r = pb.ListRequest.decode(m)
    return call('GET', 'list', r.ref, listQuery(r))
  },
  Create(m) {
    const r = pb.CreateRequest.decode(m)
    return call('POST', 'create', r.ref, writeQuery(r.options), r.object)
  },
  Update(m) {
    const r = pb.UpdateRequest.decode(m)
    return call('PUT', 'update', r.ref, writeQuery(r.options), r.object)
  },
  Patch(m) {
    const r = pb.PatchRequest.decode(m)
    return call('PATCH', 'patch', r.ref, writeQuery(r.options), r.patch, r.contentType)
  },
  Delete(m) {
    const r = pb.DeleteRequest.decode(m)
    return call('DELETE', 'delete', r.ref, query({}), r.options)
  },
  DeleteCollection(m) {
    const r = pb.DeleteCollectionRequest.decode(m)
    return call('DELETE', 'deletecollection', r.list?.ref, r.list ? listQuery(r.list) : query({}), r.options)
  },
  Watch(m) {
    const r = pb.WatchRequest.decode(m)
    return call('GET', 'watch', r.ref, query({ watch: '1', labelSelector: r.labelSelector, fieldSelector: r.fieldSelector, resourceVersion: String(r.fromRevision), allowWatchBookmarks: r.allowBookmarks ? 'true' : '' }))
  },
}

function call(method: string, verb: string, ref: pb.ResourceRef | undefined, q: URLSearchParams, body: Buffer = none, contentType = json): Call {
  if (!ref?.resource) throw new StatusError({ reason: 'BadRequest', message: 'the call names no resource' })
  const { group, version, namespace, resource, name, subresource } = ref
  const parts = [resource, ...(name || subresource ? [name] : []), ...(subresource ? [subresource] : [])]
  const path = ['', ...(group ? ['apis', group] : ['api']), version, ...(namespace ? ['namespaces', namespace] : []), ...parts].join('/')
  // A namespace object is addressed by its name, which the path puts where others have theirs.
  const info: RequestInfo = { isResource: true, path, verb, prefix: group ? 'apis' : 'api', group, version, namespace: group === '' && resource === 'namespaces' ? name : namespace, resource, subresource, name, parts }
  return { method, info, query: q, body, contentType }
}

function query(values: Record<string, string>): URLSearchParams {
  const q = new URLSearchParams()
  for (const [k, v] of Object.entries(values)) if (v) q.set(k, v)
  return q
}

const listQuery = (r: pb.ListRequest): URLSearchParams => query({
  labelSelector: r.labelSelector, fieldSelector: r.fieldSelector, resourceVersion: r.resourceVersion, resourceVersionMatch: r.resourceVersionMatch,
  limit: r.limit ? String(r.limit) : '', continue: r.continueToken,
})

const writeQuery = (o: pb.WriteOptions | undefined): URLSearchParams => query({
  dryRun: o?.dryRun ? 'All' : '', fieldManager: o?.fieldManager ?? '', fieldValidation: o?.fieldValidation ?? '', force: o?.force ? 'true' : '',
})
