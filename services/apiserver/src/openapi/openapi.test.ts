import { describe, expect, it } from 'vitest'
import type { ApiRequest } from '../request.ts'
import { createResourceTypes } from '../registry/resource-type.ts'
import { createDiscovery } from '../discovery/index.ts'
import { createOpenAPI } from './index.ts'

const request = (path: string, accept = '*/*', query = '', method = 'GET') => ({ method, info: { path }, query: new URLSearchParams(query), credentials: { headers: { accept } } }) as unknown as ApiRequest
const answer = (path: string, accept?: string, query?: string) => createOpenAPI(createResourceTypes())(request(path, accept, query)) as unknown as { code: number, contentType: string, body: Buffer, headers: Record<string, string> }
const json = (path: string) => JSON.parse(String(answer(path).body)) as Record<string, any>

describe('/openapi/v3', () => {
  it('names every document with its hash', () => {
    const { paths } = json('/openapi/v3')
    const url = paths['apis/apps/v1'].serverRelativeURL as string
    const [path, query] = url.split('?')
    expect(answer(path!, '*/*', query)).toMatchObject({ code: 200, headers: { 'cache-control': 'public, immutable' } })
    expect(answer(path!, '*/*', 'hash=OLD')).toMatchObject({ code: 301, headers: { location: url } })
  })
  it('has what kubectl reads: kinds, merge keys, the parameters of a patch', () => {
    const d = json('/openapi/v3/apis/apps/v1')
    expect(d['components'].schemas['io.k8s.api.apps.v1.Deployment']['x-kubernetes-group-version-kind']).toEqual([{ group: 'apps', version: 'v1', kind: 'Deployment' }])
    expect(d['components'].schemas['io.k8s.api.core.v1.PodSpec'].properties.containers).toMatchObject({ 'x-kubernetes-patch-merge-key': 'name', 'x-kubernetes-patch-strategy': 'merge' })
    expect(d['paths']['/apis/apps/v1/namespaces/{namespace}/deployments/{name}'].patch.parameters.map((p: { name: string }) => p.name)).toContain('fieldValidation')
  })
  it('refers to nothing that is not there', () => {
    for (const path of ['/openapi/v3/api/v1', '/openapi/v3/apis/apiextensions.k8s.io/v1']) {
      const d = json(path), known = new Set(Object.keys(d['components'].schemas))
      for (const [, name] of JSON.stringify(d).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)) expect(known).toContain(name)
    }
  })
  it('leaves other paths alone', () => expect(createOpenAPI(createResourceTypes())(request('/nothing'))).toBeUndefined())
})

describe('/openapi/v2', () => {
  it('is Swagger, and protobuf where that is asked for', () => {
    expect(json('/openapi/v2')).toMatchObject({ swagger: '2.0', info: { title: 'Kubernetes' } })
    const { contentType, body } = answer('/openapi/v2', 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf')
    expect(contentType).toBe('application/com.github.proto-openapi.spec.v2.v1.0+protobuf')
    expect(body.subarray(0, 5)).toEqual(Buffer.from([10, 3, 50, 46, 48]))
  })
})

describe('discovery', () => {
  const discover = (path: string, accept?: string, method?: string) => createDiscovery(createResourceTypes())(request(path, accept, '', method)) as unknown as Record<string, any>
  it.each([
    ['/apis', { kind: 'APIGroupList' }], ['/apis/', { kind: 'APIGroupList' }], ['/apis/apps', { kind: 'APIGroup', name: 'apps' }], ['/apis/apps/v1', { kind: 'APIResourceList', groupVersion: 'apps/v1' }], ['/api/v1', { groupVersion: 'v1' }],
  ])('%s', (path, value) => expect(discover(path)['value']).toMatchObject(value))
  it('is one document where the client can read that', () => {
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json', first = discover('/apis', accept)
    expect(first).toMatchObject({ contentType: 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList' })
    expect(JSON.parse(String(first['body'])).items[1].versions[0].resources.find((r: any) => r.resource === 'deployments').subresources[0]).toEqual({ subresource: 'scale', responseKind: { group: 'autoscaling', version: 'v1', kind: 'Scale' }, verbs: ['get', 'patch', 'update'] })
  })
  it('knows what it does not know', () => {
    expect(discover('/apis/apps/v9')['error']).toMatchObject({ code: 404, message: 'the server could not find the requested resource' })
    expect(discover('/apis/none')).toBeUndefined()
    expect(discover('/api/v1', '*/*', 'POST')['error']).toMatchObject({ code: 405 })
  })
})
