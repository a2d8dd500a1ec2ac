/**
 * Messages of component.proto as the requests that the REST door would make of the same wish: same paths, same queries, and
 * so the same authorization, validation and answers.
 */
import { badRequest } from '@drydock/api'
import * as pb from '@drydock/proto/component'
import type { ApiRequest } from '../request.ts'
import { requestInfo } from '../rest/request-info.ts'

export type Wish = Pick<ApiRequest, 'method' | 'info' | 'query' | 'body' | 'contentType'>

/** By method name in the service. Throws StatusError for what no path can say. */
export const wishes: Readonly<Record<string, (message: Buffer) => Wish>> = {
  Get: (m) => {
    const r = pb.GetRequest.decode(m)
    return wish('GET', r.ref, { resourceVersion: r.resourceVersion })
  },
  List: (m) => {
    const r = pb.ListRequest.decode(m)
    return wish('GET', r.ref, listQuery(r))
  },
  Create: (m) => {
    const r = pb.CreateRequest.decode(m)
    return wish('POST', r.ref, writeQuery(r.options), r.object)
  },
  Update: (m) => {
    const r = pb.UpdateRequest.decode(m)
    return wish('PUT', r.ref, writeQuery(r.options), r.object)
  },
  Patch: (m) => {
    const r = pb.PatchRequest.decode(m)
    return wish('PATCH', r.ref, writeQuery(r.options), r.patch, r.contentType)
  },
  Delete: (m) => {
    const r = pb.DeleteRequest.decode(m)
    return wish('DELETE', r.ref, {}, r.options)
  },
  DeleteCollection: (m) => {
    const r = pb.DeleteCollectionRequest.decode(m)
    return wish('DELETE', r.list?.ref, r.list ? listQuery(r.list) : {}, r.options)
  },
  Watch: (m) => {
    const r = pb.WatchRequest.decode(m)
    return wish('GET', r.ref, {
      watch: 'true', resourceVersion: r.fromRevision ? String(r.fromRevision) : '', labelSelector: r.labelSelector, fieldSelector: r.fieldSelector,
      allowWatchBookmarks: r.allowBookmarks ? 'true' : '',
    })
  },
}

function wish(method: string, ref: pb.ResourceRef | undefined, query: Readonly<Record<string, string>>, body: Buffer = empty, contentType = 'application/json'): Wish {
  if (!ref) throw badRequest('the request names no resource')
  const q = new URLSearchParams()
  for (const [k, v] of Object.entries(query)) if (v) q.set(k, v)
  return { method, info: requestInfo(method, pathOf(ref), q), query: q, body, contentType: body.length ? contentType : '' }
}
const empty = Buffer.alloc(0)

function pathOf(r: pb.ResourceRef): string {
  for (const segment of [r.group, r.version, r.resource, r.namespace, r.name]) if (segment.includes('/')) throw badRequest(`${JSON.stringify(segment)} may not contain '/'`)
  const root = r.group ? `/apis/${r.group}/${r.version}` : `/api/${r.version}`
  return `${root}${r.namespace ? `/namespaces/${r.namespace}` : ''}/${r.resource}${r.name ? `/${r.name}` : ''}${r.subresource ? `/${r.subresource}` : ''}`
}

const listQuery = (r: pb.ListRequest) => ({
  labelSelector: r.labelSelector, fieldSelector: r.fieldSelector, resourceVersion: r.resourceVersion, resourceVersionMatch: r.resourceVersionMatch,
  limit: r.limit ? String(r.limit) : '', continue: r.continueToken,
})

const writeQuery = (o: pb.WriteOptions | undefined) => ({
  dryRun: o?.dryRun ? 'All' : '', fieldManager: o?.fieldManager ?? '', fieldValidation: o?.fieldValidation ?? '', force: o?.force ? 'true' : '',
})
