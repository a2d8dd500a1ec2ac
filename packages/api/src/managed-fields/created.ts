/**
 * The fields of a new object, for the one who made it: what `compare` with an object of nothing and the subtractions after it
 * come to, in one pass and already in the order in which FieldsV1 writes them. Creates are many, and all take this way.
 */
import { isObject } from '../json.ts'
import { deepEqual } from '../object.ts'
import type { StructSchema } from '../schema.ts'
import { below, compareElements, hasMember, type FieldSet } from './field-set.ts'
import { childOf, elementKey, elemShape, isEmpty, isListShape, isMapShape, root, type JSONMap, type Shape } from './shapes.ts'

type Node = Record<string, FieldSet>
const leaf: FieldSet = Object.freeze({})

/** `nothing` is an object of the kind that nobody has set anything of; fields of `reset` and `stripped` names are left out. */
export function fieldsOfNew(schema: StructSchema, nothing: JSONMap, made: JSONMap, reset: FieldSet | undefined, stripped: FieldSet): FieldSet {
  const out: Node = {}
  children(root(schema), nothing, made, out, reset, stripped)
  return out
}

/** What stands in `to` and differs from `from`. */
function children(s: Shape, from: unknown, to: unknown, out: Node, reset: FieldSet | undefined, stripped: FieldSet | undefined): void {
  if (isListShape(s)) {
    if (Array.isArray(to)) items(s, to, out)
    return
  }
  if (!isMapShape(s) || !isObject(to)) return
  const was = isObject(from) ? from : none
  for (const name of sortedNames(to)) {
    const v = to[name], old = was[name]
    if (v === undefined || v === old) continue
    const { shape, key } = childOf(s, name)
    const skipped = stripped ? below(stripped, key) : undefined
    if ((reset && hasMember(reset, key)) || (stripped && key in stripped && !skipped) || (old !== undefined && deepEqual(old, v))) continue
    const made = old === undefined ? whole(shape, v, reset && below(reset, key), skipped) : changed(shape, old, v, reset && below(reset, key), skipped)
    if (made) out[key] = made
  }
}
const none = Object.create(null) as JSONMap

function changed(s: Shape, old: unknown, v: unknown, reset: FieldSet | undefined, stripped: FieldSet | undefined): FieldSet | undefined {
  if (!(isMapShape(s) || isListShape(s)) || (isEmpty(old) && isEmpty(v))) return leaf
  const out: Node = {}
  children(s, old, v, out, reset, stripped)
  return isEmpty(out) ? undefined : out
}

/** A value and everything in it as members; what is stripped in part is itself no member. */
function whole(s: Shape, v: unknown, reset: FieldSet | undefined, stripped: FieldSet | undefined): FieldSet | undefined {
  if (!(isMapShape(s) || isListShape(s)) || isEmpty(v)) return stripped ? undefined : leaf
  const out: Node = stripped ? {} : { '.': leaf }
  if (isListShape(s)) { if (Array.isArray(v)) items(s, v, out) } else children(s, undefined, v, out, reset, stripped)
  if (!stripped) return withoutLoneDot(out)
  return isEmpty(out) ? undefined : out
}

/** A member without children is written `{}`. */
function withoutLoneDot(n: Node): FieldSet {
  for (const k in n) if (k !== '.') return n
  return leaf
}

function items(s: Extract<Shape, { kind: 'keyed' | 'set' }>, list: readonly unknown[], out: Node): void {
  const keys = list.map((x) => elementKey(s, x)), order = keys.map((_, i) => i)
  if (keys.some((k, i) => i > 0 && compareElements(keys[i - 1]!, k) > 0)) order.sort((a, b) => compareElements(keys[a]!, keys[b]!))
  const shape = elemShape(s)
  // What stands twice is taken as one whole.
  for (const i of order) out[keys[i]!] = keys[i]! in out ? leaf : whole(shape, list[i], undefined, undefined)!
}

/** Names as they stand where they are in order. */
function sortedNames(o: JSONMap): string[] {
  const names = Object.keys(o)
  for (let i = 1; i < names.length; i++) if (names[i - 1]! > names[i]!) return names.sort()
  return names
}
