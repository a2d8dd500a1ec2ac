import { expect, test } from 'vitest'
import { requestInfo } from './request-info.ts'

test.each([
  ['GET', '/api/v1/namespaces', 'list', '', 'namespaces', '', ''],
  ['GET', '/api/v1/namespaces/n', 'get', 'n', 'namespaces', 'n', ''],
  ['PUT', '/api/v1/namespaces/n/finalize', 'update', 'n', 'namespaces', 'n', 'finalize'],
  ['GET', '/api/v1/namespaces/n/pods', 'list', 'n', 'pods', '', ''],
  ['GET', '/api/v1/namespaces/n/pods?watch=1', 'watch', 'n', 'pods', '', ''],
  ['GET', '/api/v1/namespaces/n/pods?watch=false', 'list', 'n', 'pods', '', ''],
  ['GET', '/api/v1/namespaces/n/pods/p?watch=1', 'get', 'n', 'pods', 'p', ''],
  ['GET', '/api/v1/watch/namespaces/n/pods/p', 'watch', 'n', 'pods', 'p', ''],
  ['POST', '/api/v1/namespaces/n/pods', 'create', 'n', 'pods', '', ''],
  ['PATCH', '/apis/apps/v1/namespaces/n/deployments/d/scale', 'patch', 'n', 'deployments', 'd', 'scale'],
  ['DELETE', '/apis/apps/v1/namespaces/n/deployments', 'deletecollection', 'n', 'deployments', '', ''],
  ['DELETE', '/api/v1/nodes/x', 'delete', '', 'nodes', 'x', ''],
  ['GET', '/api/v1/nodes/x/proxy/a/b', 'get', '', 'nodes', 'x', 'proxy'],
])('%s %s', (method, url, verb, namespace, resource, name, subresource) => {
  const [path = '', search = ''] = url.split('?')
  expect(requestInfo(method, path, new URLSearchParams(search))).toMatchObject({ isResource: true, verb, namespace, resource, name, subresource })
})

test.each(['/', '/api', '/apis', '/api/v1', '/apis/apps', '/apis/apps/v1', '/healthz', '/openapi/v3'])('%s is no resource', (path) => {
  expect(requestInfo('GET', path, new URLSearchParams())).toMatchObject({ isResource: false, verb: 'get', path })
})
