/**
 * RFC 6902 as evanphx/json-patch v4 reads it: replacing a member that is not there is allowed, removing (or moving) it is not;
 * negative indices count from the end; an empty path is the document for replace and test alone. The caller is only told that a
 * patch does not apply: kube-apiserver says no more.
 */
import { define, isObject } from '../json.ts'
import { clone, deepEqual } from '../object.ts'

export class PatchError extends Error {}

export interface JSONPatchOperation { op?: unknown, path?: unknown, from?: unknown, value?: unknown }
type Container = Record<string, unknown> | unknown[]

/** Applies to `doc` in place and returns it. `touched` collects the containers that were changed. Throws PatchError. */
export function applyJSONPatch(doc: unknown, operations: readonly unknown[], touched: Set<object> = new Set()): unknown {
  for (const o of operations) apply(doc, isObject(o) ? o : {}, touched)
  return doc
}

function apply(doc: unknown, o: JSONPatchOperation, touched: Set<object>): void {
  const path = typeof o.path === 'string' ? o.path : fail(`missing path`)
  switch (o.op) {
    case 'add': return add(doc, path, o.value ?? null, touched)
    case 'replace': {
      if (path === '') return whole(doc, o.value, touched)
      const [c, k] = find(doc, path, touched)
      get(c, k)
      return set(c, k, o.value ?? null)
    }
    case 'remove': { const [c, k] = find(doc, path, touched); return remove(c, k) }
    case 'test': {
      const [c, k] = path === '' ? [{ doc }, 'doc'] : find(doc, path, touched)
      if (!deepEqual(get(c, k) ?? null, o.value ?? null)) fail(`testing value ${path} failed`)
      return
    }
    case 'move': case 'copy': {
      const from = typeof o.from === 'string' ? o.from : fail('missing from')
      const [c, k] = find(doc, from, touched)
      const v = get(c, k)
      if (o.op === 'move') remove(c, k)
      return add(doc, path, clone(v ?? null), touched)
    }
    default: fail(`unexpected kind: ${String(o.op)}`)
  }
}

/** Replaces the document, which must stay an object. */
function whole(doc: unknown, value: unknown, touched: Set<object>): void {
  if (!isObject(doc) || !isObject(value)) return fail('replace operation value must be object or array')
  touched.add(doc)
  for (const k of Object.keys(doc)) delete doc[k]
  for (const [k, v] of Object.entries(value)) define(doc, k, clone(v))
}

function fail(message: string): never { throw new PatchError(message) }

const unescape = (s: string) => s.replaceAll('~1', '/').replaceAll('~0', '~')

/** The container of the path's last part. What stands before the first slash is not looked at. */
function find(doc: unknown, path: string, touched: Set<object>): [Container, string] {
  const parts = path.split('/')
  if (parts.length < 2) fail(`missing path: ${path}`)
  const key = unescape(parts.pop()!)
  let c = container(doc, path)
  touched.add(c)
  for (const part of parts.slice(1)) {
    c = container(get(c, unescape(part)), path)
    touched.add(c)
  }
  return [c, key]
}
const container = (v: unknown, path: string): Container => (isObject(v) || Array.isArray(v) ? v : fail(`doc is missing path: ${path}`))

function index(list: unknown[], key: string, limit: number): number {
  if (!/^[+-]?\d+$/.test(key)) fail(`bad index ${key}`)
  const i = Number(key) < 0 ? list.length + Number(key) + (limit - list.length) : Number(key)
  if (i < 0 || i >= limit) fail(`index out of bounds: ${key}`)
  return i
}

const get = (c: Container, key: string): unknown => (Array.isArray(c) ? c[index(c, key, c.length)] : Object.hasOwn(c, key) ? c[key] : undefined)

function set(c: Container, key: string, value: unknown): void {
  if (Array.isArray(c)) c[index(c, key, c.length)] = value
  else define(c, key, value)
}

function remove(c: Container, key: string): void {
  if (Array.isArray(c)) c.splice(index(c, key, c.length), 1)
  else if (Object.hasOwn(c, key)) delete c[key]
  else fail(`unable to remove nonexistent key: ${key}`)
}

function add(doc: unknown, path: string, value: unknown, touched: Set<object>): void {
  const [c, key] = find(doc, path, touched)
  if (!Array.isArray(c)) return define(c, key, value)
  if (key === '-') c.push(value)
  else c.splice(index(c, key, c.length + 1), 0, value)
}
