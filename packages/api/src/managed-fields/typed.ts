/**
 * What server-side apply does to objects, from the table: the fields that an object sets, the difference of two objects, the
 * merge of a configuration into an object, the removal of fields (structured-merge-diff's typed package). Values are JSON; none
 * of these functions changes its input.
 */
import { define, isObject } from '../json.ts'
import { deepEqual } from '../object.ts'
import type { StructSchema } from '../schema.ts'
import { childOf, elementKey, elemShape, isEmpty, isListShape, isMapShape, root, unknownShape, type JSONMap, type Shape } from './shapes.ts'
import { below, hasMember, SetBuilder, type FieldSet } from './field-set.ts'

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

// Without a prototype: a key may be called `constructor`.
const none = Object.create(null) as JSONMap
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
