import { expect, test } from 'vitest'
import { natsPermissions } from './permissions.ts'
import { chainKey, eventSubject, token, untoken, watchSubject } from './subject.ts'

test.each([['a-b', 'a-b'], ['', '-'], ['-', '%2D'], ['node-1.example.com', 'node-1%2Eexample%2Ecom'], ['system:node', 'system:node'], ['a b*>', 'a%20b%2A%3E'], ['100%', '100%25'], ['ä', '%C3%A4']])('%j as a token is %s', (text, t) => {
  expect(token(text)).toBe(t)
  expect(untoken(t)).toBe(text)
})

test('subjects', () => {
  expect(eventSubject({ group: '', resource: 'pods', shard: 'n.1', namespace: 'default', name: 'a' })).toBe('watch.core.pods.n%2E1.default.a')
  expect(eventSubject({ group: 'apps', resource: 'deployments', shard: '', namespace: 'default', name: 'web' })).toBe('watch.apps.deployments.-.default.web')
  expect(eventSubject({ group: '', resource: 'nodes', shard: '', namespace: '', name: 'a' })).toBe('watch.core.nodes.-.-.a')
  expect(watchSubject('', 'pods', 'n.1')).toBe('watch.core.pods.n%2E1.>')
  expect(watchSubject('apps', 'deployments')).toBe('watch.apps.deployments.>')
  expect([chainKey('', 'pods'), chainKey('', 'pods', 'n')]).toEqual(['core/pods', 'core/pods/n'])
})

test('permissions: only the apiserver publishes, a kubelet hears its own pods, a stranger nothing', () => {
  for (const c of ['scheduler', 'controller-manager', 'kubelet', 'kube-proxy', 'netd', 'dns', 'stranger']) expect(natsPermissions(c, 'n1').publish.some((s) => s.startsWith('watch') || s === '>')).toBe(false)
  const kubelet = natsPermissions('kubelet', 'n.1').subscribe
  expect(kubelet.filter((s) => s.startsWith('watch.core.pods'))).toEqual(['watch.core.pods.n%2E1.>'])
  expect(kubelet.some((s) => /secrets|configmaps/.test(s))).toBe(false)
  expect(natsPermissions('stranger').subscribe).toEqual(['nothing'])
})
