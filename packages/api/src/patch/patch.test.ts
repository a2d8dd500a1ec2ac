import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { clone, type JSONObject } from '../object.ts'
import { structForKind } from '../schema.ts'
import { applyPatch, type PatchType } from './apply.ts'
import { applyJSONPatch } from './json-patch.ts'
import { applyMergePatch } from './merge-patch.ts'
import { applyStrategicMergePatch } from './strategic-merge-patch.ts'

describe('JSON patch', () => {
  it.each([
    ['add to a list', { a: [1] }, [{ op: 'add', path: '/a/-', value: 2 }], { a: [1, 2] }], ['insert', { a: [1, 3] }, [{ op: 'add', path: '/a/1', value: 2 }], { a: [1, 2, 3] }],
    ['escapes', { 'a/b': { '~': 1 } }, [{ op: 'remove', path: '/a~1b/~0' }], { 'a/b': {} }], ['move', { a: 1 }, [{ op: 'move', from: '/a', path: '/b' }], { b: 1 }],
    ['replace what is not there', { a: {} }, [{ op: 'replace', path: '/a/x', value: 1 }], { a: { x: 1 } }], ['copy what is not there', { a: {} }, [{ op: 'copy', from: '/a/x', path: '/b' }], { a: {}, b: null }],
    ['the whole document', { a: 1 }, [{ op: 'test', path: '', value: { a: 1 } }, { op: 'replace', path: '', value: { b: 2 } }], { b: 2 }],
    ['from the end', { a: [1, 2] }, [{ op: 'remove', path: '/a/-1' }], { a: [1] }],
  ])('%s', (_name, doc, patch, want) => expect(applyJSONPatch(clone(doc), patch)).toEqual(want))
  it.each([
    [{ op: 'test', path: '/a', value: 2 }], [{ op: 'add', path: '/none/deep', value: 1 }], [{ op: 'ADD', path: '/a', value: 1 }], [{ op: 'remove', path: '' }], [{ op: 'remove', path: '/x' }], [{ op: 'move', from: '/x', path: '/y' }], [{ op: 'replace', path: '', value: 1 }], [{ op: 'test', path: '', value: {} }], [{ op: 'add', path: '/l/5', value: 1 }], [null],
  ])('refuses %j', (op) => expect(() => applyJSONPatch({ a: 1, l: [] }, [op])).toThrow())
})

describe('merge patch', () => {
  it('does what RFC 7386 says', () => expect(applyMergePatch({ a: 'b', c: { d: 'e', f: 'g' } }, { a: 'z', c: { f: null, n: { x: null, y: 1 } } })).toEqual({ a: 'z', c: { d: 'e', n: { y: 1 } } }))
  it('is idempotent', () => {
    const json = fc.dictionary(fc.string({ maxLength: 3 }), fc.jsonValue({ maxDepth: 3 }))
    fc.assert(fc.property(json, json, (doc, patch) => {
      const once = applyMergePatch(clone(doc), clone(patch))
      expect(applyMergePatch(clone(once), clone(patch))).toEqual(once)
    }))
  })
})

describe('strategic merge patch', () => {
  const schema = structForKind({ group: '', version: 'v1', kind: 'Pod' })!
  const spec = { containers: [{ name: 'a', image: '1', env: [{ name: 'E', value: '1' }, { name: 'F', value: '2' }] }, { name: 'b', image: '2' }], nodeSelector: { x: 'y' }, tolerations: [{ key: 't' }] }
  const patched = (patch: object) => applyStrategicMergePatch({ spec: clone(spec) }, { spec: clone(patch) as JSONObject }, schema)['spec'] as typeof spec
  const names = (s: typeof spec) => s.containers.map((c) => c.name)
  it('merges by key', () => expect(patched({ containers: [{ name: 'b', image: '3' }] }).containers[1]).toEqual({ name: 'b', image: '3' }))
  it('deletes by key', () => expect(patched({ containers: [{ name: 'a', env: [{ name: 'E', $patch: 'delete' }] }] }).containers[0]!.env).toEqual([{ name: 'F', value: '2' }]))
  it('puts new items first, or in the order given', () => {
    expect(names(patched({ containers: [{ name: 'c' }] }))).toEqual(['c', 'a', 'b'])
    expect(names(patched({ $setElementOrder: undefined, '$setElementOrder/containers': [{ name: 'b' }, { name: 'c' }, { name: 'a' }], containers: [{ name: 'c' }] }))).toEqual(['b', 'c', 'a'])
  })
  it('replaces', () => {
    expect(names(patched({ containers: [{ $patch: 'replace' }, { name: 'z' }] }))).toEqual(['z'])
    expect(patched({ nodeSelector: { $patch: 'replace', q: 'r' } }).nodeSelector).toEqual({ q: 'r' })
    expect(patched({ tolerations: [{ key: 'u' }] }).tolerations).toEqual([{ key: 'u' }])
  })
  it.each([
    [{ containers: [{ image: 'x' }] }, 'map: map[image:x] does not contain declared merge key: name'], [{ $patch: 'no' }, 'unknown patch type: no in map: map[$patch:no]'],
    [{ '$setElementOrder/none': [] }, 'unable to find api field in struct PodSpec for the json field "none"'], [{ $retainKeys: ['a'], b: 1 }, 'invalid patch format of retainKeys'],
  ])('refuses %j', (patch, message) => expect(() => patched(patch)).toThrow(message))
})

describe('applyPatch', () => {
  const kind = { group: '', version: 'v1', kind: 'ConfigMap' }, current = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { k: 'v' } }
  const apply = (type: PatchType, body: string, fieldValidation: 'Strict' | 'Warn' = 'Warn') => applyPatch(current, { type, body, schema: structForKind(kind)!, kind, fieldValidation })
  it('warns of what the result does not know', () => expect(apply('merge', '{"x":1,"data":{"k":"1","k":"2"}}')).toMatchObject({ object: { data: { k: '2' } }, warnings: ['duplicate field "data.k"', 'unknown field "x"'] }))
  it.each<[PatchType, string, string]>([
    ['json', '{}', 'error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp'], ['json', '[null]', 'the server rejected our request due to an error in our request'],
    ['merge', 'null', 'Invalid JSON Patch'], ['merge', '{"data":{"n":1}}', 'json: cannot unmarshal number into Go struct field ConfigMap.data of type string'],
    ['strategic', '"x"', 'json: cannot unmarshal string into Go value of type map[string]interface {}'], ['strategic', '{"data":[]}', '"map[data:[]]": cannot restore map from slice'],
  ])('%s %s is refused', (type, body, message) => expect(() => apply(type, body)).toThrow(message))
})
