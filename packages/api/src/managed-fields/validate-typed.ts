/** Whether a configuration fits its type, in structured-merge-diff's words. */
import { isObject } from '../json.ts'
import type { StructSchema } from '../schema.ts'
import { childOf, elementKey, elemShape, root, shapeOf, unknownShape, type JSONMap, type Shape } from './shapes.ts'

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
