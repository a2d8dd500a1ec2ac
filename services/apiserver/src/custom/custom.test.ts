import { realClock, silentLogger, systemRandom } from '@drydock/base'
import { MemoryStore } from '@drydock/storage'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { versioned } from '../registry/update.ts'
import { requestInfo } from '../rest/request-info.ts'
import { createApiServer } from '../server.ts'
import { keepStatuses } from '../status/index.ts'
import { printed } from './columns.ts'
import { find } from './json-path.ts'
import { validateLists } from './lists.ts'
import { CustomResources } from './serve.ts'

const stopping: AbortController[] = []
afterEach(() => { for (const s of stopping.splice(0)) s.abort() })

const spec = {
  type: 'object', required: ['size'],
  properties: { size: { type: 'string', enum: ['small', 'large'] }, replicas: { type: 'integer', minimum: 0, default: 1 }, free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }, note: { type: 'string', nullable: true } },
}
const definition = {
  metadata: { name: 'gears.example.com' },
  spec: {
    group: 'example.com', scope: 'Namespaced', names: { plural: 'gears', singular: 'gear', kind: 'Gear' },
    versions: [
      { name: 'v1', served: true, storage: true, subresources: { status: {}, scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas', labelSelectorPath: '.status.selector' } }, schema: { openAPIV3Schema: { type: 'object', properties: { spec, status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } } } },
      { name: 'v1beta1', served: true, storage: false, deprecated: true, schema: { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties: { size: { type: 'string' } } } } } } },
    ],
  },
}
const gears = '/apis/example.com/v1/namespaces/n/gears'
const gear = (name: string, more: object = {}) => ({ metadata: { name }, spec: { size: 'small', ...more } })

async function server(store = new MemoryStore()) {
  const stop = new AbortController()
  stopping.push(stop)
  const api = createApiServer({
    store, clock: realClock, random: systemRandom, log: silentLogger,
    authenticator: () => ({ authenticate: async () => ({ name: 'admin', groups: ['system:masters'] }) }),
    authorizer: () => ({ authorize: async () => ({ allowed: true, reason: '' }) }),
  })
  void api.run(stop.signal)
  await api.cache.whenReady()
  const custom = new CustomResources(api.parts)
  await custom.start(stop.signal)
  void Promise.all([keepStatuses(api.parts, stop.signal), custom.run(stop.signal)]).catch(() => {})
  const ask = async (method: string, url: string, body?: object, contentType = 'application/json') => {
    const [path = '', search = ''] = url.split('?'), query = new URLSearchParams(search), warnings: string[] = []
    const reply = await api.handle({ method, info: requestInfo(method, path, query), query, credentials: { headers: {} }, contentType, userAgent: 'test', warnings, body: body ? Buffer.from(JSON.stringify(body)) : Buffer.alloc(0), signal: stop.signal })
    const answer: any = reply.type === 'entry' ? versioned({ type: reply.resource }, reply.entry) : reply.type === 'list' ? { items: reply.entries.map((e) => e.object) } : reply.type === 'error' ? reply.error.toStatus() : reply.type === 'value' ? reply.value : undefined
    return { code: reply.type === 'error' ? reply.error.code : 'code' in reply ? reply.code : 200, body: answer, warnings }
  }
  const until = (what: () => Promise<{ code: number }>, code = 200) => vi.waitFor(async () => expect((await what()).code).toBe(code))
  return { store, ask, until, stop }
}

async function withGears(store?: MemoryStore) {
  const s = await server(store)
  await s.ask('POST', '/api/v1/namespaces', { metadata: { name: 'n' } })
  await s.ask('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', definition)
  await s.until(() => s.ask('GET', gears))
  return s
}

describe('custom resources', () => {
  test('objects are pruned, defaulted and checked', async () => {
    const { ask } = await withGears()
    const made = await ask('POST', gears, gear('a', { more: 1, free: { x: 1 }, note: null }))
    expect(made.body).toMatchObject({ metadata: { generation: 1, namespace: 'n' } })
    expect(made.body.spec).toEqual({ size: 'small', replicas: 1, free: { x: 1 }, note: null })
    expect(made.warnings).toEqual(['unknown field "spec.more"'])
    expect((await ask('POST', `${gears}?fieldValidation=Strict`, gear('b', { more: 1 }))).code).toBe(400)
    const wrong = await ask('POST', gears, { metadata: { name: 'b' }, spec: { size: 'huge', replicas: -1 } })
    expect(wrong.body.details.causes.map((c: { field: string }) => c.field)).toEqual(['spec.replicas', 'spec.size', '.spec.replicas'])
  })

  test('status and scale are written apart; what is wanted moves the generation', async () => {
    const { ask } = await withGears()
    const merge = 'application/merge-patch+json'
    await ask('POST', gears, { ...gear('a'), status: { replicas: 9 } })
    expect((await ask('GET', `${gears}/a`)).body.status).toBeUndefined()
    const status = (await ask('PATCH', `${gears}/a/status`, { status: { replicas: 2, selector: 'a=b' }, spec: { size: 'large' } }, merge)).body
    expect(status).toMatchObject({ spec: { size: 'small' }, status: { replicas: 2 }, metadata: { generation: 1 } })
    expect((await ask('PATCH', `${gears}/a/scale`, { spec: { replicas: 5 } }, merge)).body).toMatchObject({ kind: 'Scale', spec: { replicas: 5 }, status: { replicas: 2, selector: 'a=b' } })
    expect((await ask('GET', `${gears}/a`)).body).toMatchObject({ spec: { replicas: 5 }, metadata: { generation: 2 } })
    expect((await ask('PATCH', `${gears}/a`, {}, 'application/strategic-merge-patch+json')).code).toBe(415)
  })

  test('other versions show what their schemas know, with a warning where they are deprecated', async () => {
    const { ask } = await withGears()
    await ask('POST', gears, gear('a'))
    const old = await ask('GET', '/apis/example.com/v1beta1/namespaces/n/gears/a')
    expect(old.body).toMatchObject({ apiVersion: 'example.com/v1beta1', spec: { size: 'small' } })
    expect(old.body.spec.replicas).toBeUndefined()
    expect(old.warnings).toEqual(['example.com/v1beta1 Gear is deprecated'])
  })

  test('server-side apply: managers, conflicts', async () => {
    const { ask } = await withGears()
    const apply = (manager: string, size: string) => ask('PATCH', `${gears}/a?fieldManager=${manager}`, { apiVersion: 'example.com/v1', kind: 'Gear', ...gear('a', { size }) }, 'application/apply-patch+yaml')
    expect((await apply('one', 'small')).body.metadata.managedFields).toMatchObject([{ manager: 'one', operation: 'Apply', fieldsV1: { 'f:spec': { 'f:size': {} } } }])
    expect((await apply('two', 'large')).body).toMatchObject({ code: 409, message: 'Apply failed with 1 conflict: conflict with "one": .spec.size' })
  })

  test('another server serves what is there; objects go with their definition', async () => {
    const { ask, store, until, stop } = await withGears()
    await ask('POST', gears, gear('a'))
    stop.abort()
    const next = await server(store)
    expect((await next.ask('GET', gears)).body.items).toHaveLength(1)
    await next.ask('DELETE', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/gears.example.com')
    await until(() => next.ask('GET', gears), 404)
    await next.ask('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', definition)
    await until(() => next.ask('GET', gears))
    expect((await next.ask('GET', gears)).body.items).toEqual([])
  })
})

const o = { metadata: { name: 'a', creationTimestamp: '2026-01-01T00:00:00Z' }, spec: { n: 2.5, list: [{ type: 'A', s: 'x' }, { type: 'B', s: 'y' }], 'a.b': true }, at: '2026-01-01T00:00:00Z' }

test.each([
  ['.spec.n', [2.5]], ['.spec.list[1].s', ['y']], ['.spec.list[-1].s', ['y']], ['.spec.list[*].s', ['x', 'y']], ['.spec.list[?(@.type=="B")].s', ['y']],
  ['.spec.a\\.b', [true]], ["['spec']['n']", [2.5]], ['.none.n', []], ['.spec[', []],
])('%s', (path, found) => expect(find(o, path)).toEqual(found))

test('cells are of their column’s type, or empty', () => {
  const { cells, columns } = printed([
    { name: 'N', type: 'integer', jsonPath: '.spec.n' }, { name: 'L', type: 'string', jsonPath: '.spec.list[0]' }, { name: 'B', type: 'boolean', jsonPath: '.spec.n' },
    { name: 'At', type: 'date', jsonPath: '.at' }, { name: 'X', type: 'string', jsonPath: '.x', priority: 1 },
  ])
  expect(cells(o as never, { now: Date.UTC(2026, 0, 1, 1) })).toEqual(['a', 2, '{"s":"x","type":"A"}', null, '60m', null])
  expect(columns.map((c) => c[3])).toEqual([0, 0, 0, 0, 0, 1])
})

test('lists that are sets or maps hold nothing twice', () => {
  const schema = { type: 'object', properties: { set: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } }, map: { type: 'array', 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['k'], items: { type: 'object', properties: { k: { type: 'string' } } } } } } as const
  expect(validateLists('', { set: ['a', 'b', 'a'], map: [{ k: 'x' }, { k: 'y', v: 1 }, { k: 'x', v: 2 }] }, schema as never).map((e) => [e.field, e.type])).toEqual([['set[2]', 'Duplicate'], ['map[2]', 'Duplicate']])
})
