/**
 * What server-side apply does to objects, from the table: the fields that an object sets, the difference of two objects, the
 * merge of a configuration into an object, the removal of fields (structured-merge-diff's typed package). Values are JSON; none
 * of these functions changes its input.
 */
import { define, isObject } from '../json.ts'
import { deepEqual } from '../object.ts'
import type { FieldSchema, StructSchema, TypeSchema } from '../schema.ts'
import { below, hasMember, SetBuilder, type FieldSet } from './field-set.ts'

export type JSONMap = Record<string, unknown>

/** How a value is taken apart. leaf: not at all. */
type Shape =
  | { kind: 'leaf', scalar: 'string' | 'numeric' | 'boolean' | 'any' | 'untyped' }
  | { kind: 'atomicMap', type: TypeSchema }
  | { kind: 'atomicList', type: TypeSchema }
  | { kind: 'struct', struct: StructSchema }
  | { kind: 'map', elem: TypeSchema }
  | { kind: 'keyed', elem: TypeSchema, keys: readonly string[] }
  | { kind: 'set', elem: TypeSchema }

const shapes = new WeakMap<TypeSchema | FieldSchema, Shape>()
function shapeOf(t: TypeSchema, f?: FieldSchema): Shape {
  const key = f ?? t
  let s = shapes.get(key)
  if (!s) shapes.set(key, s = makeShape(t, f))
  return s
}

function makeShape(t: TypeSchema, f?: FieldSchema): Shape {
  switch (t.kind) {
    case 'struct': return f?.mapType !== 'granular' && (t.struct.atomic || f?.mapType === 'atomic') ? { kind: 'atomicMap', type: t } : { kind: 'struct', struct: t.struct }
    case 'map': return f?.mapType === 'atomic' ? { kind: 'atomicMap', type: t } : { kind: 'map', elem: t.elem }
    case 'list':
      if (f?.listType === 'map') return { kind: 'keyed', elem: t.elem, keys: f.listMapKeys }
      return f?.listType === 'set' ? { kind: 'set', elem: t.elem } : { kind: 'atomicList', type: t }
    case 'string': case 'bytes': return { kind: 'leaf', scalar: 'string' }
    case 'int32': case 'int64': case 'double': return { kind: 'leaf', scalar: 'numeric' }
    case 'boolean': return { kind: 'leaf', scalar: 'boolean' }
    case 'time': case 'microtime': case 'quantity': case 'intOrString': return { kind: 'leaf', scalar: 'any' }
    default: return { kind: 'leaf', scalar: 'untyped' }
  }
}

interface Child { readonly shape: Shape, readonly declared: boolean, /** Its path element. */ readonly key: string }
const unknownShape: Shape = { kind: 'leaf', scalar: 'untyped' }

// Children of structs are made once; those of maps are as many as there are keys.
const structChildren = new WeakMap<StructSchema, Map<string, Child>>()

function childOf(s: Shape, name: string): Child {
  if (s.kind === 'map') return { shape: shapeOf(s.elem), declared: false, key: `f:${name}` }
  if (s.kind !== 'struct') return { shape: unknownShape, declared: false, key: `f:${name}` }
  let known = structChildren.get(s.struct)
  if (!known) structChildren.set(s.struct, known = new Map(s.struct.fields.map((f) => [f.name, { shape: shapeOf(f.type, f), declared: true, key: `f:${f.name}` }])))
  return known.get(name) ?? { shape: unknownShape, declared: false, key: `f:${name}` }
}

// The table has no defaults; these are the only ones that stand in list keys.
function keyOf(s: Extract<Shape, { kind: 'keyed' }>, item: JSONMap, key: string): unknown {
  const v = item[key]
  if (v !== undefined && v !== null) return v
  if (key === 'protocol') return 'TCP'
  return key === 'name' && s.elem.kind === 'struct' && s.elem.struct.short === 'LocalObjectReference' ? '' : null
}

/** The path element of a list's item. */
function elementKey(s: Shape, item: unknown): string {
  if (s.kind === 'set') return `v:${JSON.stringify(item)}`
  if (s.kind !== 'keyed' || !isObject(item)) return `v:${JSON.stringify(item)}`
  if (s.keys.length === 1) {
    const k = s.keys[0]!
    return `k:{"${k}":${JSON.stringify(keyOf(s, item, k))}}`
  }
  const keys: JSONMap = {}
  for (const k of [...s.keys].sort()) keys[k] = keyOf(s, item, k)
  return `k:${JSON.stringify(keys)}`
}

const isMapShape = (s: Shape): s is Extract<Shape, { kind: 'struct' | 'map' }> => s.kind === 'struct' || s.kind === 'map'
const isListShape = (s: Shape): s is Extract<Shape, { kind: 'keyed' | 'set' }> => s.kind === 'keyed' || s.kind === 'set'
function isEmpty(v: unknown): boolean {
  if (v === null || v === undefined) return true
  if (Array.isArray(v)) return v.length === 0
  if (typeof v !== 'object') return false
  for (const _ in v) return false
  return true
}
const elemShape = (s: Extract<Shape, { kind: 'keyed' | 'set' }>): Shape => shapeOf(s.elem)

const root = (schema: StructSchema): Shape => ({ kind: 'struct', struct: schema })

/** Every field that an object sets. */
export function fieldSetOf(schema: StructSchema, value: JSONMap): FieldSet {
  const out = new SetBuilder()
  collect(root(schema), value, [], out)
  return out.build()
}

function collect(s: Shape, v: unknown, path: string[], out: SetBuilder): void {
  if (isMapShape(s)) {
    if (!isObject(v)) return
    for (const k of Object.keys(v)) {
      const child = childOf(s, k), x = v[k], at = [...path, `f:${k}`]
      collect(child.shape, x, at, out)
      if (x === null || (isObject(x) && isEmpty(x)) || !child.declared) out.add(at)
    }
  } else if (isListShape(s)) {
    if (!Array.isArray(v)) return
    for (const x of v) {
      const at = [...path, elementKey(s, x)]
      collect(elemShape(s), x, at, out)
      out.add(at)
    }
  } else out.add(path)
}

export interface Comparison { added: FieldSet, modified: FieldSet, removed: FieldSet }

type Node = Record<string, FieldSet>
const leaf: FieldSet = Object.freeze({})

/** What changed from one object to the other. */
export function compare(schema: StructSchema, from: JSONMap, to: JSONMap): Comparison {
  const c = { added: {}, modified: {}, removed: {} }
  compareChildren(root(schema), from, to, c)
  return c
}
interface Comparing { added: Node, modified: Node, removed: Node }

// Nodes are made from the leaves up: a value that is on one side only is one whole subtree. Equal values cost no allocation.
function compareAt(s: Shape, key: string, a: unknown, b: unknown, c: Comparing): void {
  if (a === undefined) { if (b !== undefined) c.added[key] = wholeNode(s, b); return }
  if (b === undefined) { c.removed[key] = wholeNode(s, a); return }
  if (deepEqual(a, b)) return
  if (!(isMapShape(s) || isListShape(s)) || (isEmpty(a) && isEmpty(b))) {
    c.modified[key] = leaf
    return
  }
  const inner: Comparing = { added: {}, modified: {}, removed: {} }
  compareChildren(s, a, b, inner)
  if (!isEmpty(inner.added)) c.added[key] = inner.added
  if (!isEmpty(inner.modified)) c.modified[key] = inner.modified
  if (!isEmpty(inner.removed)) c.removed[key] = inner.removed
}

const none: JSONMap = {}
function compareChildren(s: Shape, a: unknown, b: unknown, c: Comparing): void {
  if (isMapShape(s)) {
    const x = isObject(a) ? a : none, y = isObject(b) ? b : none
    for (const k in x) {
      if (x[k] === y[k] || deepEqual(x[k], y[k])) continue
      const child = childOf(s, k)
      compareAt(child.shape, child.key, x[k], y[k], c)
    }
    for (const k in y) {
      if (x[k] !== undefined || y[k] === undefined) continue
      const child = childOf(s, k)
      c.added[child.key] = wholeNode(child.shape, y[k])
    }
  } else if (isListShape(s)) compareLists(s, Array.isArray(a) ? a : [], Array.isArray(b) ? b : [], c)
}

/** A value and everything in it as members. */
function wholeNode(s: Shape, v: unknown): FieldSet {
  if (!(isMapShape(s) || isListShape(s)) || isEmpty(v)) return leaf
  const out: Node = { '.': leaf }
  if (isMapShape(s)) {
    if (isObject(v)) {
      for (const k in v) {
        if (v[k] === undefined) continue
        const child = childOf(s, k)
        out[child.key] = wholeNode(child.shape, v[k])
      }
    }
  } else if (Array.isArray(v)) {
    for (const x of v) {
      const k = elementKey(s, x)
      // What stands twice is taken as one whole.
      out[k] = k in out ? leaf : wholeNode(elemShape(s), x)
    }
  }
  return out
}

function compareLists(s: Extract<Shape, { kind: 'keyed' | 'set' }>, a: readonly unknown[], b: readonly unknown[], c: Comparing): void {
  const x = indexed(s, a), y = indexed(s, b)
  for (const [k, p] of x) {
    const q = y.get(k)
    if (p.length === 1 && q?.length === 1) compareAt(elemShape(s), k, p[0], q[0], c)
    else if (!q) c.removed[k] = p.length > 1 ? leaf : wholeNode(elemShape(s), p[0])
    else if (!deepEqual(p, q)) c.modified[k] = leaf
  }
  for (const [k, q] of y) if (!x.has(k)) c.added[k] = q.length > 1 ? leaf : wholeNode(elemShape(s), q[0])
}

function indexed(s: Shape, list: readonly unknown[]): Map<string, unknown[]> {
  const out = new Map<string, unknown[]>()
  for (const x of list) {
    const k = elementKey(s, x), known = out.get(k)
    if (known) known.push(x)
    else out.set(k, [x])
  }
  return out
}

/** A configuration merged into an object: what the configuration says wins, lists merge by their keys in its order. */
export const mergeConfig = (schema: StructSchema, live: JSONMap, config: JSONMap): JSONMap => mergeValues(root(schema), live, config) as JSONMap

function mergeValues(s: Shape, a: unknown, b: unknown): unknown {
  if (b === undefined) return a
  if (a === undefined || !(isMapShape(s) || isListShape(s)) || (isEmpty(a) && isEmpty(b))) return b
  if (isMapShape(s)) {
    const x = isObject(a) ? a : {}, y = isObject(b) ? b : {}
    const out: JSONMap = {}
    for (const k of Object.keys({ ...x, ...y })) define(out, k, mergeValues(childOf(s, k).shape, x[k], y[k]))
    return out
  }
  return mergeLists(s, Array.isArray(a) ? a : [], Array.isArray(b) ? b : [])
}

/** structured-merge-diff's visitListItems: the order of `right` for what both have, items of `left` alone where they stood. */
function mergeLists(s: Extract<Shape, { kind: 'keyed' | 'set' }>, left: readonly unknown[], right: readonly unknown[]): unknown[] {
  const lk = left.map((x) => elementKey(s, x)), rk = right.map((x) => elementKey(s, x))
  const inLeft = new Map(lk.map((k, i) => [k, left[i]])), inRight = new Map(rk.map((k, i) => [k, right[i]]))
  const shared = rk.filter((k) => inLeft.has(k))
  let next = shared.shift()
  const merged = new Set<string>(), out: unknown[] = []
  const both = (k: string) => { merged.add(k); out.push(mergeValues(elemShape(s), inLeft.get(k), inRight.get(k))) }
  let l = 0, r = 0
  while (l < lk.length || r < rk.length) {
    if (l < lk.length && r < rk.length) {
      const k = lk[l]!
      if (k === rk[r]) { both(k); l++; r++; next = shared.shift(); continue }
      if (inRight.has(k) && next !== undefined && next !== k) { l++; continue }
    }
    if (l < lk.length) {
      const k = lk[l]!
      if (!inRight.has(k)) { out.push(left[l]); l++; continue }
      if (merged.has(k)) l++
    }
    if (r < rk.length) {
      const k = rk[r]!
      both(k)
      r++
      if (next === k) next = shared.shift()
    }
  }
  return out
}

/** An object without the fields of a set. What becomes empty by it is null. */
export const removeFields = (schema: StructSchema, value: JSONMap, set: FieldSet): JSONMap => (remove(root(schema), value, set) ?? {}) as JSONMap

function remove(s: Shape, v: unknown, set: FieldSet): unknown {
  if (isEmpty(v)) return v
  if (isMapShape(s) && isObject(v)) {
    const out: JSONMap = {}
    for (const k of Object.keys(v)) {
      if (hasMember(set, `f:${k}`)) continue
      const sub = below(set, `f:${k}`)
      define(out, k, sub ? remove(childOf(s, k).shape, v[k], sub) : v[k])
    }
    return Object.keys(out).length ? out : null
  }
  if (isListShape(s) && Array.isArray(v)) {
    const out: unknown[] = []
    for (const x of v) {
      const k = elementKey(s, x)
      if (hasMember(set, k)) continue
      const sub = below(set, k)
      out.push(sub ? remove(elemShape(s), x, sub) : x)
    }
    return out.length ? out : null
  }
  return v
}

/** A set with every named struct field on the way to a member made a member itself. */
export const withNamedParents = (schema: StructSchema, set: FieldSet): FieldSet => namedParents(root(schema), set)

function namedParents(s: Shape, set: FieldSet): FieldSet {
  const out: Record<string, FieldSet> = {}
  for (const k of Object.keys(set)) {
    if (k === '.') { out[k] = set[k]!; continue }
    const n = set[k]!, name = k.slice(2)
    const shape = k.startsWith('f:') ? childOf(s, name).shape : isListShape(s) ? elemShape(s) : unknownShape
    const inner = Object.keys(n).length ? namedParents(shape, n) : n
    const named = k.startsWith('f:') && s.kind === 'struct' && s.struct.byName.has(name)
    out[k] = named && Object.keys(inner).length && !('.' in inner) ? { '.': {}, ...inner } : inner
  }
  return out
}

/** What of a configuration does not fit its type, in structured-merge-diff's words. */
export function validateTyped(schema: StructSchema, value: unknown): string[] {
  const out: string[] = []
  validate(root(schema), value, '', out)
  return out
}

function validate(s: Shape, v: unknown, path: string, out: string[]): void {
  if (v === null || v === undefined) return
  const fail = (what: string) => { out.push(`${path}: ${what}`) }
  if (s.kind === 'struct' || s.kind === 'map') {
    if (!isObject(v)) return fail(`expected map, got ${pointer(v)}`)
    for (const k of Object.keys(v)) {
      const child = childOf(s, k)
      if (s.kind === 'struct' && !child.declared) out.push(`${path}.${k}: field not declared in schema`)
      else validate(child.shape, v[k], `${path}.${k}`, out)
    }
  } else if (s.kind === 'atomicMap') {
    if (!isObject(v)) return fail(`expected map, got ${pointer(v)}`)
    if (s.type.kind === 'struct') validate({ kind: 'struct', struct: s.type.struct }, v, path, out)
    else if (s.type.kind === 'map') validate({ kind: 'map', elem: s.type.elem }, v, path, out)
  } else if (s.kind === 'leaf') validateScalar(s.scalar, v, fail)
  else validateList(s, v, path, out, fail)
}

function validateList(s: Extract<Shape, { kind: 'atomicList' | 'keyed' | 'set' }>, v: unknown, path: string, out: string[], fail: (what: string) => void): void {
  if (!Array.isArray(v)) return fail(`expected list, got ${pointer(v)}`)
  const elem = s.kind === 'atomicList' ? (s.type.kind === 'list' ? shapeOf(s.type.elem) : unknownShape) : elemShape(s)
  const seen = new Set<string>()
  v.forEach((x: unknown, i) => {
    if (s.kind === 'atomicList') return validate(elem, x, `${path}[${i}]`, out)
    const k = elementKey(s, x), shown = formatElement(k)
    if (seen.has(k)) fail(`duplicate entries for key ${shown}`)
    seen.add(k)
    validate(elem, x, path + shown, out)
  })
}

const formatElement = (k: string): string =>
  k.startsWith('v:') ? `[=${k.slice(2)}]` : `[${Object.entries(JSON.parse(k.slice(2)) as JSONMap).map(([n, x]) => `${n}=${JSON.stringify(x)}`).join(',')}]`

function validateScalar(kind: 'string' | 'numeric' | 'boolean' | 'any' | 'untyped', v: unknown, fail: (what: string) => void): void {
  if (kind === 'numeric' && typeof v !== 'number') fail(`expected numeric (int or float), got ${goType(v)}`)
  else if (kind === 'string' && typeof v !== 'string') fail(`expected string, got &value.valueUnstructured{Value:${goSyntax(v)}}`)
  else if (kind === 'boolean' && typeof v !== 'boolean') fail(`expected boolean, got ${pointer(v)}`)
  else if (kind === 'any' && typeof v === 'object') fail(`expected any scalar, got ${pointer(v)}`)
}

const pointer = (v: unknown): string => `&{${goValue(v)}}`
function goValue(v: unknown): string {
  if (v === null || v === undefined) return '<nil>'
  if (Array.isArray(v)) return `[${v.map(goValue).join(' ')}]`
  if (isObject(v)) return `map[${Object.keys(v).sort().map((k) => `${k}:${goValue(v[k])}`).join(' ')}]`
  return String(v)
}
function goSyntax(v: unknown): string {
  if (Array.isArray(v)) return `[]interface {}{${v.map(goSyntax).join(', ')}}`
  if (isObject(v)) return `map[string]interface {}{${Object.keys(v).sort().map((k) => `${JSON.stringify(k)}:${goSyntax(v[k])}`).join(', ')}}`
  return v === null ? 'interface {}(nil)' : typeof v === 'string' ? JSON.stringify(v) : String(v)
}
const goType = (v: unknown): string => (Array.isArray(v) ? '[]interface {}' : isObject(v) ? 'map[string]interface {}' : typeof v === 'boolean' ? 'bool' : typeof v)
