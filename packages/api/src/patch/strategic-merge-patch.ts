/**
 * Strategic merge patch (apimachinery/pkg/util/strategicpatch): a merge patch that knows from the table which lists merge by a
 * key, and reads the directives $patch, $retainKeys, $setElementOrder/x and $deleteFromPrimitiveList/x.
 */
import { define, isObject } from '../json.ts'
import type { FieldSchema, StructSchema, TypeSchema } from '../schema.ts'
import { goFormat } from './go-format.ts'

/** `code` is the HTTP status that upstream answers with: 400 for a malformed directive, 500 for everything else. */
export class StrategicPatchError extends Error {
  readonly code: 400 | 422 | 500
  constructor(message: string, code: 400 | 422 | 500 = 500) { super(message); this.code = code }
}

type JSONMap = Record<string, unknown>
type Meta = { type: TypeSchema | undefined, strategy: string, mergeKey: string }

const directive = '$patch', retainKeys = '$retainKeys'
const deletePrefix = '$deleteFromPrimitiveList/', orderPrefix = '$setElementOrder/'
const badFormat = (of: string) => new StrategicPatchError(`invalid patch format of ${of}`, 400)

/** Merges `patch` into `original` (both are changed) and returns the outcome. Throws StrategicPatchError. */
export function applyStrategicMergePatch(original: JSONMap, patch: JSONMap, schema: StructSchema): JSONMap {
  return mergeMap(original, patch, { kind: 'struct', go: schema.short, struct: schema })
}

function lookup(type: TypeSchema | undefined, key: string): Meta {
  if (type?.kind === 'map') return { type: type.elem, strategy: '', mergeKey: '' }
  if (type?.kind !== 'struct') throw new StrategicPatchError(`merging an object in json but data type is not struct, instead is: ${type?.kind ?? 'interface'}`)
  const f: FieldSchema | undefined = type.struct.byName.get(key)
  if (!f) throw new StrategicPatchError(`unable to find api field in struct ${type.struct.short} for the json field ${JSON.stringify(key)}`)
  const strategies = f.patchStrategy.filter((s) => s !== 'retainKeys')
  return { type: f.type.kind === 'list' ? f.type.elem : f.type, strategy: strategies[0] ?? '', mergeKey: f.patchMergeKey ?? '' }
}

function mergeMap(original: JSONMap, patch: JSONMap, type: TypeSchema | undefined): JSONMap {
  const d = patch[directive]
  if (d === 'replace') { delete patch[directive]; return patch }
  if (d === 'delete') return {}
  if (d === 'merge') delete patch[directive]
  else if (d !== undefined) throw new StrategicPatchError(`unknown patch type: ${goFormat(d)} in map: ${goFormat(patch)}`)
  applyRetainKeys(original, patch)
  applyElementOrder(original, patch, type)
  for (const key of Object.keys(patch)) mergeKeyOf(original, key, patch[key], type)
  return original
}

function mergeKeyOf(original: JSONMap, key: string, value: unknown, type: TypeSchema | undefined): void {
  const isDeleteList = key.startsWith(deletePrefix)
  const name = isDeleteList ? key.slice(deletePrefix.length) : key
  if (value === null) { delete original[name]; return }
  const old = Object.hasOwn(original, name) ? original[name] : undefined
  if (old === undefined || old === null || kindOf(old) !== kindOf(value)) {
    if (isDeleteList) return
    const kept = withoutDirectives(discardNulls(value))
    if (kept !== undefined) define(original, name, kept)
    return
  }
  if (isObject(value)) {
    const meta = lookup(type, name)
    define(original, name, meta.strategy === 'replace' ? value : mergeMap(old as JSONMap, value, meta.type))
  } else if (Array.isArray(value)) {
    const meta = lookup(type, name)
    define(original, name, meta.strategy === 'merge' ? mergeSlice(old as unknown[], value, meta, isDeleteList) : value)
  } else define(original, name, value)
}

const kindOf = (v: unknown): string => (Array.isArray(v) ? 'slice' : v === null ? 'nil' : typeof v)

function discardNulls(v: unknown): unknown {
  if (Array.isArray(v)) { for (const x of v) discardNulls(x) } else if (isObject(v)) for (const k of Object.keys(v)) if (v[k] === null) delete v[k]; else discardNulls(v[k])
  return v
}

function applyRetainKeys(original: JSONMap, patch: JSONMap): void {
  const keys = patch[retainKeys]
  if (keys === undefined) return
  delete patch[retainKeys]
  if (!Array.isArray(keys)) throw badFormat('retainKeys')
  const keep = new Set<unknown>(keys)
  for (const [k, v] of Object.entries(patch)) {
    if (v === null || k.startsWith(deletePrefix) || k.startsWith(orderPrefix)) continue
    if (!keep.has(k)) throw badFormat('retainKeys')
  }
  for (const k of Object.keys(original)) if (!keep.has(k)) delete original[k]
}

/** Merges every list that an order is given for, and puts it into that order. */
function applyElementOrder(original: JSONMap, patch: JSONMap, type: TypeSchema | undefined): void {
  for (const key of Object.keys(patch)) {
    if (!key.startsWith(orderPrefix)) continue
    const order = patch[key]
    delete patch[key]
    if (!Array.isArray(order)) throw new StrategicPatchError(`expected a []interface {}, but received a ${goFormat(order)}`)
    const name = key.slice(orderPrefix.length)
    const old = listAt(original, name), given = listAt(patch, name)
    const meta = lookup(type, name)
    checkOrder(given, order, meta.mergeKey)
    if (!old && !given) continue
    const merged = !given ? old! : !old ? withoutDirectives(given) as unknown[] : meta.strategy === 'merge' ? mergeSlice(old, given, meta, false) : given
    const [patchItems, serverItems] = partition(merged, order, meta.mergeKey)
    define(original, name, ordered(patchItems, serverItems, order, old ?? [], meta.mergeKey))
    delete patch[name]
  }
}

function listAt(o: JSONMap, key: string): unknown[] | undefined {
  const v = o[key]
  if (v === undefined || v === null) return undefined
  if (!Array.isArray(v)) throw new StrategicPatchError(`expected a []interface {}, but received a ${goFormat(v)}`)
  return v
}

// Every item of the patch must stand in the order's list, in the same order.
function checkOrder(given: unknown[] | undefined, order: unknown[], mergeKey: string): void {
  if (mergeKey) for (const o of order) if (!isObject(o) || !(mergeKey in o)) throw isObject(o) ? noMergeKey(o, mergeKey) : badFormat('setElementOrder list')
  if (!given) return
  if (order.length === 0) throw badFormat('setElementOrder list')
  const items = given.filter((x) => !isObject(x) || x[directive] === undefined)
  let at = 0
  for (const x of items) {
    while (at < order.length && !same(order[at], x, mergeKey)) at++
    if (at++ >= order.length) throw new StrategicPatchError(`The order in patch list:\n${goFormat(given)}\n doesn't match $setElementOrder list:\n${goFormat(order)}\n`, 500)
  }
}

const noMergeKey = (m: unknown, key: string) => new StrategicPatchError(`map: ${goFormat(m)} does not contain declared merge key: ${key}`)

/** What is left of a new value when its directives are taken out; undefined for a map that carried one. */
function withoutDirectives(v: unknown): unknown {
  if (Array.isArray(v)) return v.map(withoutDirectives).filter((x) => x !== undefined)
  if (!isObject(v)) return v
  if (directive in v) return undefined
  const out: JSONMap = {}
  for (const k of Object.keys(v)) {
    if (k === retainKeys || k.startsWith(deletePrefix) || k.startsWith(orderPrefix)) continue
    const x = withoutDirectives(v[k])
    if (x !== undefined) define(out, k, x)
  }
  return out
}

function mergeSlice(original: unknown[], patch: unknown[], meta: Meta, isDeleteList: boolean): unknown[] {
  if (original.length === 0 && patch.length === 0) return original
  const kinds = new Set([...original, ...patch].map(kindOf))
  if (kinds.size > 1) throw new StrategicPatchError(`list element types are not identical: ${goFormat([original, patch])}`)
  let merged: unknown[], mergeKey = meta.mergeKey, rest = patch
  if (!kinds.has('object')) {
    if (isDeleteList) return original.filter((x) => !patch.includes(x))
    merged = [...new Set([...original, ...patch])]
    mergeKey = ''
  } else {
    if (!mergeKey) throw new StrategicPatchError(`cannot merge lists without merge key for ${meta.type?.go ?? ''}`)
    const [base, items] = specialElements(original, patch as JSONMap[], mergeKey)
    rest = items
    merged = mergeItems(base, items, meta)
  }
  const [patchItems, serverItems] = partition(merged, rest, mergeKey)
  return ordered(patchItems, serverItems, rest, original, mergeKey)
}

/** Elements that only carry a directive: a deletion, or the replacement of the whole list. */
function specialElements(original: unknown[], patch: JSONMap[], mergeKey: string): [unknown[], JSONMap[]] {
  const items: JSONMap[] = []
  let base = original, replace = false
  for (const x of patch) {
    const d = x[directive]
    if (d === undefined) items.push(x)
    else if (d === 'delete') {
      if (!(mergeKey in x)) throw noMergeKey(x, mergeKey)
      base = base.filter((o) => (o as JSONMap)[mergeKey] !== x[mergeKey])
    } else if (d === 'replace') replace = true
    else if (d === 'merge') throw new StrategicPatchError('merging lists cannot yet be specified in the patch')
    else throw new StrategicPatchError(`unknown patch type: ${goFormat(d)} in map: ${goFormat(x)}`)
  }
  return replace ? [items, []] : [base, items]
}

function mergeItems(base: unknown[], items: readonly JSONMap[], meta: Meta): unknown[] {
  const out = [...base]
  for (const x of items) {
    if (!(meta.mergeKey in x)) throw noMergeKey(x, meta.mergeKey)
    const i = out.findIndex((o) => (o as JSONMap)[meta.mergeKey] === x[meta.mergeKey])
    if (i >= 0) out[i] = mergeMap(out[i] as JSONMap, x, meta.type)
    else out.push(withoutDirectives(discardNulls(x)))
  }
  return out
}

const same = (a: unknown, b: unknown, mergeKey: string): boolean => (mergeKey ? (a as JSONMap)[mergeKey] === (b as JSONMap)[mergeKey] : a === b)
const position = (list: readonly unknown[], x: unknown, mergeKey: string): number => list.findIndex((y) => same(y, x, mergeKey))

function partition(merged: readonly unknown[], by: readonly unknown[], mergeKey: string): [unknown[], unknown[]] {
  const inPatch: unknown[] = [], serverOnly: unknown[] = []
  for (const x of merged) (position(by, x, mergeKey) >= 0 ? inPatch : serverOnly).push(x)
  return [inPatch, serverOnly]
}

/** The patch's items in its order, the server's own in theirs, each server item before the first patch item that followed it. */
function ordered(patchItems: unknown[], serverItems: unknown[], patchOrder: readonly unknown[], serverOrder: readonly unknown[], mergeKey: string): unknown[] {
  const right = inOrder(patchItems, patchOrder, mergeKey), left = inOrder(serverItems, serverOrder, mergeKey)
  const out: unknown[] = []
  let i = 0, j = 0
  while (i < left.length && j < right.length) {
    const l = position(serverOrder, left[i], mergeKey), r = position(serverOrder, right[j], mergeKey)
    out.push(l >= 0 && r >= 0 && l < r ? left[i++] : right[j++])
  }
  return [...out, ...left.slice(i), ...right.slice(j)]
}

const inOrder = (items: readonly unknown[], order: readonly unknown[], mergeKey: string): unknown[] =>
  items.map((x, n) => ({ x, n, at: position(order, x, mergeKey) })).sort((a, b) => a.at - b.at || a.n - b.n).map((e) => e.x)
