import { realClock, silentLogger, systemRandom } from '@drydock/base'
import { MemoryStore } from '@drydock/storage'
import { afterEach, describe, expect, test } from 'vitest'
import type { ApiObject } from './admission/types.ts'
import { versioned } from './registry/update.ts'
import type { ApiRequest, Reply } from './request.ts'
import { requestInfo } from './rest/request-info.ts'
import { type ApiServer, createApiServer } from './server.ts'

const stopping: AbortController[] = []
afterEach(() => { for (const s of stopping.splice(0)) s.abort() })

interface Answer { code: number, body: any, warnings: string[] }

/** The whole chain over the in-memory store; everyone may do everything. */
async function server() {
  const stop = new AbortController()
  stopping.push(stop)
  const api = createApiServer({
    store: new MemoryStore(), clock: realClock, random: systemRandom, log: silentLogger,
    authenticator: () => ({ authenticate: async () => ({ name: 'admin', groups: ['system:masters'] }) }),
    authorizer: () => ({ authorize: async () => ({ allowed: true, reason: '' }) }),
  })
  void api.run(stop.signal)
  await api.cache.whenReady()
  const ask = caller(api)
  await ask('POST', '/api/v1/namespaces', { metadata: { name: 'n' } })
  return { api, ask }
}

const caller = (api: ApiServer) => async (method: string, url: string, body?: unknown, contentType = 'application/json'): Promise<Answer> => {
  const [path = '', search = ''] = url.split('?'), query = new URLSearchParams(search)
  const request: ApiRequest = {
    method, info: requestInfo(method, path, query), query, credentials: { headers: {} }, contentType, userAgent: 'test', warnings: [],
    body: body === undefined ? Buffer.alloc(0) : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), signal: new AbortController().signal,
  }
  return { ...shown(await api.handle(request)), warnings: request.warnings }
}

function shown(reply: Reply): { code: number, body: any } {
  switch (reply.type) {
    case 'entry': return { code: reply.code, body: versioned({ type: reply.resource }, reply.entry) }
    case 'list': return { code: 200, body: { items: reply.entries.map((e) => e.object), continue: reply.continueToken, remaining: reply.remaining, revision: reply.revision } }
    case 'error': return { code: reply.error.code, body: reply.error.toStatus() }
    case 'value': return { code: reply.code, body: reply.value }
    default: return { code: 200, body: undefined }
  }
}

const maps = '/api/v1/namespaces/n/configmaps'
const map = (name: string, more: object = {}): object => ({ metadata: { name, ...more }, data: { k: 'v' } })
const names = (a: Answer) => (a.body.items as ApiObject[]).map((o) => o.metadata['name'])

describe('writes', () => {
  test('create gives name, uid, time and version; twice is a conflict', async () => {
    const { ask } = await server()
    const made = await ask('POST', maps, map('a', { uid: 'mine', deletionTimestamp: '2001-01-01T00:00:00Z' }))
    expect(made.code).toBe(201)
    expect(made.body.metadata).toMatchObject({ name: 'a', namespace: 'n', uid: expect.stringMatching(/^[0-9a-f-]{36}$/), resourceVersion: expect.stringMatching(/^\d+$/) })
    expect(made.body.metadata.deletionTimestamp).toBeUndefined()
    expect(await ask('POST', maps, map('a'))).toMatchObject({ code: 409, body: { reason: 'AlreadyExists', message: 'configmaps "a" already exists' } })
    expect((await ask('POST', maps, { metadata: { generateName: 'g-' } })).body.metadata.name).toMatch(/^g-[a-z0-9]{5}$/)
  })

  test('an update is guarded by the version that it names', async () => {
    const { ask } = await server()
    const { resourceVersion } = (await ask('POST', maps, map('a'))).body.metadata
    const updated = await ask('PUT', `${maps}/a`, { metadata: { name: 'a', resourceVersion }, data: { k: 'w' } })
    expect(updated).toMatchObject({ code: 200, body: { data: { k: 'w' } } })
    expect(await ask('PUT', `${maps}/a`, { metadata: { name: 'a', resourceVersion }, data: { k: 'x' } })).toMatchObject({ code: 409, body: { reason: 'Conflict' } })
    expect((await ask('PUT', `${maps}/a`, { metadata: { name: 'a' }, data: { k: 'w' } })).body.metadata.resourceVersion).toBe(updated.body.metadata.resourceVersion)
  })

  test('concurrent patches all count', async () => {
    const { ask } = await server()
    await ask('POST', maps, map('a'))
    await Promise.all(Array.from({ length: 10 }, (_, i) => ask('PATCH', `${maps}/a`, { data: { [`k${i}`]: 'x' } }, 'application/merge-patch+json')))
    expect(Object.keys((await ask('GET', `${maps}/a`)).body.data)).toHaveLength(11)
  })

  test('a dry run changes nothing', async () => {
    const { ask } = await server()
    expect((await ask('POST', `${maps}?dryRun=All`, map('a'))).code).toBe(201)
    expect((await ask('GET', `${maps}/a`)).code).toBe(404)
    await ask('POST', maps, map('a'))
    await ask('DELETE', `${maps}/a?dryRun=All`)
    expect((await ask('GET', `${maps}/a`)).code).toBe(200)
  })

  test.each([
    ['{', 400, 'BadRequest'], ['{"metadata":{"name":"B_"}}', 422, 'Invalid'], ['{"metadata":{"name":"a","namespace":"other"}}', 400, 'BadRequest'],
    ['{"kind":"Secret","apiVersion":"v1","metadata":{"name":"a"}}', 400, 'BadRequest'], ['{"metadata":{"name":"a","labels":{"a":1}}}', 400, 'BadRequest'],
    ['{}', 422, 'Invalid'],
  ])('%s is refused', async (body, code, reason) => {
    const { ask } = await server()
    expect(await ask('POST', maps, body)).toMatchObject({ code, body: { kind: 'Status', status: 'Failure', reason } })
  })

  test('unknown fields: told of, refused or passed over, as asked', async () => {
    const { ask } = await server()
    const body = { ...map('a'), nothing: 1 }
    expect((await ask('POST', `${maps}?dryRun=All`, body)).warnings).toEqual(['unknown field "nothing"'])
    expect((await ask('POST', `${maps}?dryRun=All&fieldValidation=Ignore`, body)).warnings).toEqual([])
    expect(await ask('POST', `${maps}?fieldValidation=Strict`, body)).toMatchObject({ code: 400, body: { message: expect.stringContaining('unknown field "nothing"') } })
  })
})

describe('deletions', () => {
  test('finalizers hold an object until the last is gone', async () => {
    const { ask } = await server()
    await ask('POST', maps, map('a', { finalizers: ['example.com/f'] }))
    expect((await ask('DELETE', `${maps}/a`)).body.metadata.deletionTimestamp).toBeTruthy()
    expect((await ask('GET', `${maps}/a`)).code).toBe(200)
    await ask('PATCH', `${maps}/a`, { metadata: { finalizers: null } }, 'application/merge-patch+json')
    expect((await ask('GET', `${maps}/a`)).code).toBe(404)
  })

  test('propagation becomes a finalizer', async () => {
    const { ask } = await server()
    await ask('POST', maps, map('a'))
    expect((await ask('DELETE', `${maps}/a?propagationPolicy=Foreground`)).body.metadata.finalizers).toEqual(['foregroundDeletion'])
    expect(await ask('DELETE', `${maps}/a`, { propagationPolicy: 'Nothing' })).toMatchObject({ code: 422 })
  })

  test('preconditions', async () => {
    const { ask } = await server()
    await ask('POST', maps, map('a'))
    expect(await ask('DELETE', `${maps}/a`, { preconditions: { uid: 'other' } })).toMatchObject({ code: 409 })
    expect(await ask('DELETE', `${maps}/a`, { preconditions: { resourceVersion: '1' } })).toMatchObject({ code: 409 })
  })

  test('a pod on a node has its grace, which can only become shorter', async () => {
    const { ask } = await server()
    const pods = '/api/v1/namespaces/n/pods'
    await ask('POST', pods, { metadata: { name: 'p' }, spec: { nodeName: 'x', containers: [{ name: 'c', image: 'i' }] } })
    expect((await ask('DELETE', `${pods}/p`)).body.metadata.deletionGracePeriodSeconds).toBe(30)
    expect((await ask('DELETE', `${pods}/p?gracePeriodSeconds=10`)).body.metadata.deletionGracePeriodSeconds).toBe(10)
    expect((await ask('DELETE', `${pods}/p?gracePeriodSeconds=20`)).body.metadata.deletionGracePeriodSeconds).toBe(10)
    await ask('DELETE', `${pods}/p?gracePeriodSeconds=0`)
    expect((await ask('GET', `${pods}/p`)).code).toBe(404)
  })
})

describe('reads', () => {
  test('pages show one snapshot, whatever is written meanwhile', async () => {
    const { ask } = await server()
    for (const n of ['a', 'b', 'c', 'd']) await ask('POST', maps, map(n))
    const first = await ask('GET', `${maps}?limit=2`)
    expect([names(first), first.body.remaining]).toEqual([['a', 'b'], 2])
    await ask('POST', maps, map('bb'))
    await ask('DELETE', `${maps}/d`)
    expect(names(await ask('GET', `${maps}?limit=9&continue=${first.body.continue}`))).toEqual(['c', 'd'])
    expect(names(await ask('GET', maps))).toEqual(['a', 'b', 'bb', 'c'])
  })

  test('selectors', async () => {
    const { ask } = await server()
    await ask('POST', maps, map('a', { labels: { l: '1' } }))
    await ask('POST', maps, map('b', { labels: { l: '2' } }))
    expect(names(await ask('GET', `${maps}?labelSelector=l=1`))).toEqual(['a'])
    expect(names(await ask('GET', `${maps}?labelSelector=l in (1,2),l!=1`))).toEqual(['b'])
    expect(names(await ask('GET', `${maps}?fieldSelector=metadata.name=b`))).toEqual(['b'])
    expect(await ask('GET', `${maps}?labelSelector=a=b=c`)).toMatchObject({ code: 400 })
    expect(await ask('GET', `${maps}?fieldSelector=data=x`)).toMatchObject({ code: 400 })
  })

  test('a past version is shown as it was, a future one is refused', async () => {
    const { ask } = await server()
    const { resourceVersion } = (await ask('POST', maps, map('a'))).body.metadata
    await ask('DELETE', `${maps}/a`)
    expect(names(await ask('GET', `${maps}?resourceVersion=${resourceVersion}&resourceVersionMatch=Exact`))).toEqual(['a'])
    expect(await ask('GET', `${maps}?resourceVersion=999999&resourceVersionMatch=Exact`)).toMatchObject({ code: 504 })
  })

  test.each([['GET', '/api/v1/nothing', 404], ['PUT', maps, 405], ['POST', `${maps}/a`, 405], ['GET', `${maps}/a/status`, 404]])('%s %s answers %i', async (method, path, code) => {
    const { ask } = await server()
    expect(await ask(method, path, method === 'GET' ? undefined : map('a'))).toMatchObject({ code })
  })
})

test.each([
  ['//api/v1/namespaces/n', 404, '404 page not found\n'], ['/api/v1//namespaces', 404, undefined], ['/api//v1/namespaces', 404, undefined],
  ['/api/v1/watch', 500, 'Internal Server Error: "/api/v1/watch": failed to create RequestInfo: unable to determine kind and namespace from url, /api/v1/watch\n'],
])('%s leads nowhere', async (path, code, body) => {
  const { api } = await server()
  const reply = await api.handle({ method: 'GET', info: requestInfo('GET', path, new URLSearchParams()), query: new URLSearchParams(), credentials: { headers: {} }, contentType: '', userAgent: '', warnings: [], body: Buffer.alloc(0), signal: new AbortController().signal })
  expect(reply).toMatchObject(body ? { type: 'text', code, body } : { type: 'error', error: { code, message: 'the server could not find the requested resource' } })
})
