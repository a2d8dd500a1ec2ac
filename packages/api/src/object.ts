/** Small helpers on plain JSON values. */

/** Any object of the API as it travels: what its kind adds is not known here. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type JSONObject = { [key: string]: any }

/** Structural equality of JSON values; undefined properties count as absent. */
export function deepEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return false
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((x, i) => deepEqual(x, b[i]))
  if (Array.isArray(b)) return false
  const x = a as Record<string, unknown>, y = b as Record<string, unknown>
  for (const k in x) if (x[k] !== undefined && !deepEqual(x[k], y[k])) return false
  for (const k in y) if (y[k] !== undefined && x[k] === undefined) return false
  return true
}

/** apimachinery's Semantic.DeepEqual on JSON: an absent, null or empty list or map are all the same. */
export function semanticEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (isEmpty(a) && isEmpty(b)) return true
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return false
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((x, i) => semanticEqual(x, b[i]))
  if (Array.isArray(b)) return false
  const x = a as Record<string, unknown>, y = b as Record<string, unknown>
  for (const k in x) if (!semanticEqual(x[k], y[k])) return false
  for (const k in y) if (!(k in x) && !isEmpty(y[k])) return false
  return true
}

function isEmpty(v: unknown): boolean {
  if (v === undefined || v === null) return true
  if (Array.isArray(v)) return v.length === 0
  if (typeof v !== 'object') return false
  for (const _ in v as object) return false
  return true
}

/** A deep copy of a JSON value; several times faster than structuredClone. */
export function clone<T>(v: T): T {
  if (v === null || typeof v !== 'object') return v
  if (Array.isArray(v)) return v.map((x: unknown) => clone(x)) as T
  const out: Record<string, unknown> = {}
  const from = v as Record<string, unknown>
  for (const k in from) {
    if (k === '__proto__') Object.defineProperty(out, k, { value: clone(from[k]), enumerable: true, configurable: true, writable: true })
    else out[k] = clone(from[k])
  }
  return out as T
}

/** The value at a dotted path; undefined where anything on the way is missing. */
export function valueAt(o: unknown, path: string): unknown {
  let v: unknown = o
  for (const k of path.split('.')) {
    if (v === null || typeof v !== 'object') return undefined
    v = (v as Record<string, unknown>)[k]
  }
  return v
}

/** Sets the value at a dotted path, making objects on the way. */
export function setAt(o: JSONObject, path: string, value: unknown): void {
  const keys = path.split('.'), last = keys.pop()!
  let v = o
  for (const k of keys) v = v[k] ??= {}
  v[last] = value
}
