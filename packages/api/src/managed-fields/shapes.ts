/** How server-side apply takes values apart: from the table's list and map types. */
import { isObject } from '../json.ts'
import type { FieldSchema, StructSchema, TypeSchema } from '../schema.ts'

export type JSONMap = Record<string, unknown>

/** How a value is taken apart. leaf: not at all. */
export type Shape =
  | { kind: 'leaf', scalar: 'string' | 'numeric' | 'boolean' | 'any' | 'untyped' }
  | { kind: 'atomicMap', type: TypeSchema }
  | { kind: 'atomicList', type: TypeSchema }
  | { kind: 'struct', struct: StructSchema }
  | { kind: 'map', elem: TypeSchema }
  | { kind: 'keyed', elem: TypeSchema, keys: readonly string[] }
  | { kind: 'set', elem: TypeSchema }

const shapes = new WeakMap<TypeSchema | FieldSchema, Shape>()
export function shapeOf(t: TypeSchema, f?: FieldSchema): Shape {
  const key = f ?? t
  let s = shapes.get(key)
  if (!s) shapes.set(key, s = makeShape(t, f))
  return s
}

function makeShape(t: TypeSchema, f?: FieldSchema): Shape {
  switch (t.kind) {
    case 'custom': return makeShape(t.inner, f)
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

export interface Child { readonly shape: Shape, readonly declared: boolean, /** Its path element. */ readonly key: string }
export const unknownShape: Shape = { kind: 'leaf', scalar: 'untyped' }

// Children of structs are made once; those of maps are as many as there are keys.
const structChildren = new WeakMap<StructSchema, Map<string, Child>>()

export function childOf(s: Shape, name: string): Child {
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
export function elementKey(s: Shape, item: unknown): string {
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

export const isMapShape = (s: Shape): s is Extract<Shape, { kind: 'struct' | 'map' }> => s.kind === 'struct' || s.kind === 'map'
export const isListShape = (s: Shape): s is Extract<Shape, { kind: 'keyed' | 'set' }> => s.kind === 'keyed' || s.kind === 'set'
export function isEmpty(v: unknown): boolean {
  if (v === null || v === undefined) return true
  if (Array.isArray(v)) return v.length === 0
  if (typeof v !== 'object') return false
  for (const _ in v) return false
  return true
}
export const elemShape = (s: Extract<Shape, { kind: 'keyed' | 'set' }>): Shape => shapeOf(s.elem)

export const root = (schema: StructSchema): Shape => ({ kind: 'struct', struct: schema })
