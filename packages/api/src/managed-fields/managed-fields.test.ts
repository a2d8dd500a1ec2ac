import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { StatusError } from '../status-error.ts'
import { clone, type JSONObject } from '../object.ts'
import { structForKind } from '../schema.ts'
import { decodeStruct } from '../decode.ts'
import { difference, encodeSet, equalSets, intersection, isEmptySet, pathsOf, SetBuilder, union, type FieldSet } from './field-set.ts'
import { applyConfiguration, recordUpdate, setOfPaths } from './field-manager.ts'
import { fieldSetOf, mergeConfig, removeFields } from './typed.ts'

const path = fc.array(fc.constantFrom('f:a', 'f:b', 'k:{"name":"c"}', 'v:"x"'), { minLength: 1, maxLength: 3 })
const sets = fc.array(path, { maxLength: 6 }).map((paths): FieldSet => { const b = new SetBuilder(); for (const p of paths) b.add(p); return b.build() })
const members = (s: FieldSet) => new Set([...pathsOf(s)].map((p) => p.join('/')))

describe('field sets', () => {
  it('are sets', () => {
    fc.assert(fc.property(sets, sets, (a, b) => {
      const x = members(a), y = members(b)
      expect(members(union(a, b))).toEqual(new Set([...x, ...y]))
      expect(members(difference(a, b))).toEqual(new Set([...x].filter((p) => !y.has(p))))
      expect(members(intersection(a, b))).toEqual(new Set([...x].filter((p) => y.has(p))))
      expect(isEmptySet(difference(a, a))).toBe(true)
      expect(equalSets(encodeSet(a), a)).toBe(true)
    }))
  })
})

const cm = { group: '', version: 'v1', kind: 'ConfigMap' }, schema = structForKind(cm)!
const context = (manager: string, more: object = {}) => ({ schema, kind: cm, manager, subresource: '', time: '2026-01-01T00:00:00Z', force: false, ...more })
const config = (data: object | undefined, meta: object = {}): JSONObject => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', ...meta }, ...(data && { data }) })
const fields = (o: JSONObject) => Object.fromEntries((o['metadata'].managedFields ?? []).map((m: { manager: string, operation: string, fieldsV1: object }) => [`${m.manager} ${m.operation}`, m.fieldsV1]))
const apply = (live: JSONObject | undefined, c: JSONObject, manager: string, more: object = {}) => applyConfiguration(live, c, context(manager, more))
const failure = (f: () => unknown): StatusError => { try { f() } catch (e) { return e as StatusError } throw new Error('it went through') }

describe('applyConfiguration', () => {
  it('owns what it applies and removes what it no longer does', () => {
    const one = apply(undefined, config({ k: 'v', l: 'w' }), 'm1')
    expect(fields(one)).toEqual({ 'm1 Apply': { 'f:data': { 'f:k': {}, 'f:l': {} } } })
    const two = apply(one, config({ k: 'v' }), 'm1')
    expect(two['data']).toEqual({ k: 'v' })
    expect(fields(two)).toEqual({ 'm1 Apply': { 'f:data': { 'f:k': {} } } })
  })
  it('keeps what others hold', () => {
    const one = apply(undefined, config({ k: 'v' }), 'm1'), two = apply(one, config({ k: 'v', l: 'w' }), 'm2')
    expect(apply(two, config(undefined), 'm1')['data']).toEqual({ k: 'v', l: 'w' })
  })
  it('keeps the metadata that nobody applies when the last applied label goes', () => {
    const one = apply(undefined, config(undefined, { labels: { a: 'b' } }), 'm1')
    one['metadata'].uid = 'u'
    expect(apply(one, config(undefined), 'm1')['metadata']).toEqual({ name: 'a', uid: 'u' })
  })
  it('names conflicts, and takes over by force', () => {
    const one = apply(undefined, config({ k: 'v' }), 'm1')
    const e = failure(() => apply(one, config({ k: 'w' }), 'm2'))
    expect(e).toMatchObject({ code: 409, message: 'Apply failed with 1 conflict: conflict with "m1": .data.k', details: { causes: [{ reason: 'FieldManagerConflict', field: '.data.k' }] } })
    expect(fields(apply(one, config({ k: 'w' }), 'm2', { force: true }))).toEqual({ 'm2 Apply': { 'f:data': { 'f:k': {} } } })
  })
  it.each([
    [config({ k: 1 }), 'failed to create typed patch object (/a; /v1, Kind=ConfigMap): .data.k: expected string, got &value.valueUnstructured{Value:1}'],
    [{ ...config({}), nothing: 1 }, '.nothing: field not declared in schema'], [config(undefined, { finalizers: ['x', 'x'] }), '.metadata.finalizers: duplicate entries for key [="x"]'],
    [{ metadata: {} }, 'invalid object type: /, Kind='], [config({}, { managedFields: [{}] }), 'metadata.managedFields must be nil'],
  ])('refuses %j', (c, message) => expect(() => apply(undefined, c, 'm')).toThrow(message))
  it('calls what was there before nobody applied "before-first-apply"', () =>
    expect(fields(apply(config({ k: 'v' }), config({ l: 'w' }), 'm'))).toEqual({ 'before-first-apply Update': { 'f:data': { '.': {}, 'f:k': {} } }, 'm Apply': { 'f:data': { 'f:l': {} } } }))
})

describe('recordUpdate', () => {
  it('records a create in one pass as it would by comparing', () => {
    const text = fc.constantFrom('a', 'b', '1', 'constructor', '__proto__'), texts = fc.dictionary(text, fc.constantFrom('', 'x'))
    const container = fc.record({ name: text, image: text, ports: fc.array(fc.record({ containerPort: fc.constantFrom(80, 443, 9), protocol: fc.constantFrom('TCP', 'UDP') })), env: fc.array(fc.record({ name: text, value: text })), resources: fc.record({ requests: fc.dictionary(fc.constantFrom('memory', 'cpu'), fc.constant('1')) }, { requiredKeys: [] }) }, { requiredKeys: ['name'] })
    const meta = fc.record({ name: text, labels: texts, annotations: texts, finalizers: fc.array(text), ownerReferences: fc.array(fc.record({ uid: text, name: text })) }, { requiredKeys: [] })
    const made = fc.record({ metadata: meta, spec: fc.record({ nodeName: text, containers: fc.array(container), tolerations: fc.array(fc.record({ key: text })), securityContext: fc.record({ runAsUser: fc.nat(2) }, { requiredKeys: [] }) }, { requiredKeys: [] }), status: fc.record({ phase: text, conditions: fc.array(fc.record({ type: text })) }, { requiredKeys: [] }) }, { requiredKeys: ['metadata'] })
    const kind = { group: '', version: 'v1', kind: 'Pod' }, s = structForKind(kind)!
    const reset = fc.constantFrom(undefined, setOfPaths('status'), setOfPaths('spec', 'metadata.labels'), setOfPaths('spec', 'status.conditions'))
    fc.assert(fc.property(made, reset, (o, r) => {
      const one: JSONObject = { ...decodeStruct(s, o).object, apiVersion: 'v1', kind: 'Pod' }, c = { ...context('m'), schema: s, kind, reset: r }
      const other = clone(one)
      // An empty list is forgotten, and takes the long way.
      other['metadata'].managedFields = []
      recordUpdate(undefined, one, c)
      recordUpdate(undefined, other, c)
      expect(JSON.stringify(one['metadata'].managedFields)).toBe(JSON.stringify(other['metadata'].managedFields))
    }), { numRuns: 500 })
  })
  it('moves changed fields to the one who changed them', () => {
    const one = apply(undefined, config({ k: 'v', l: 'w' }), 'm1'), next = clone(one)
    next['data'].k = 'x'
    recordUpdate(one, next, context('editor'))
    expect(fields(next)).toEqual({ 'm1 Apply': { 'f:data': { 'f:l': {} } }, 'editor Update': { 'f:data': { 'f:k': {} } } })
  })
  it('leaves alone what the endpoint resets', () => {
    const kind = { group: 'apps', version: 'v1', kind: 'Deployment' }, s = structForKind(kind)!
    const live: JSONObject = { ...decodeStruct(s, { metadata: { name: 'd', labels: { a: 'b' } } }).object, apiVersion: 'apps/v1', kind: 'Deployment' }
    recordUpdate(undefined, live, { ...context('creator'), schema: s, kind })
    const next = clone(live)
    next['spec'].replicas = 3
    next['status'] = { replicas: 3 }
    recordUpdate(live, next, { ...context('m'), schema: s, kind, subresource: 'status', reset: setOfPaths('spec') })
    expect(fields(next)).toEqual({ 'creator Update': { 'f:metadata': { 'f:labels': { '.': {}, 'f:a': {} } } }, 'm Update': { 'f:status': { 'f:replicas': {} } } })
  })
  it('does not start to manage what nobody managed', () => {
    const next = config({ k: 'v' })
    recordUpdate(config({}), next, context('m'))
    expect(fields(next)).toEqual({})
  })
  it('forgets all when told to', () => {
    const one = apply(undefined, config({ k: 'v' }), 'm1'), next = clone(one)
    next['metadata'].managedFields = [{}]
    recordUpdate(one, next, context('m'))
    expect(fields(next)).toEqual({})
  })
})

describe('merging', () => {
  const pod = structForKind({ group: '', version: 'v1', kind: 'Pod' })!
  const containers = (...names: string[]) => ({ spec: { containers: names.map((name) => ({ name })) } })
  it.each([
    [['b', 'a'], ['a', 'c', 'b'], ['a', 'c', 'b']], [['a', 'b', 'c'], ['z'], ['a', 'b', 'c', 'z']], [['a', 'c', 'b', 'z'], ['b', 'n'], ['a', 'c', 'b', 'z', 'n']],
  ])('lists %j with %j are %j', (left, right, want) => expect((mergeConfig(pod, containers(...left), containers(...right)) as ReturnType<typeof containers>).spec.containers.map((c) => c.name)).toEqual(want))
  it('has every field of the configuration, and removing its fields leaves none of them', () => {
    const name = fc.constantFrom('a', 'b', 'c'), object = fc.record({ spec: fc.record({ containers: fc.uniqueArray(fc.record({ name, image: fc.constantFrom('x', 'y') }), { selector: (c) => c.name }) }) })
    fc.assert(fc.property(object, object, (live, c) => {
      const merged = mergeConfig(pod, live, c), set = fieldSetOf(pod, c)
      expect(isEmptySet(difference(set, fieldSetOf(pod, merged)))).toBe(true)
      expect(isEmptySet(intersection(fieldSetOf(pod, removeFields(pod, merged, set)), set))).toBe(true)
    }))
  })
})
