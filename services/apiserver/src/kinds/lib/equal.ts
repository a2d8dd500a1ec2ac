/**
 * apiequality.Semantic.DeepEqual on decoded objects: an absent field equals an empty list or map, order of keys does not matter.
 * (An empty map has no prototype, as decoded; an empty struct is not absent.)
 * Quantities arrive in canonical form, so that equal amounts in one format are equal texts.
 */
export function semanticEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (a === undefined || a === null) return isEmptyList(b) || b === undefined || b === null
  if (b === undefined || b === null) return isEmptyList(a)
  if (typeof a !== 'object' || typeof b !== 'object') return false
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((x, i) => semanticEqual(x, b[i]))
  }
  const l = a as Record<string, unknown>
  const r = b as Record<string, unknown>
  for (const k in l) if (!semanticEqual(l[k], r[k])) return false
  for (const k in r) if (!(k in l) && !semanticEqual(undefined, r[k])) return false
  return true
}

const isEmptyList = (v: unknown): boolean => (Array.isArray(v) ? v.length === 0 : isEmptyMap(v))
function isEmptyMap(v: unknown): boolean {
  if (v === null || typeof v !== 'object' || Object.getPrototypeOf(v) !== null) return false
  for (const _ in v) return false
  return true
}

/** reflect.DeepEqual on decoded objects: an empty list or map is another than none. */
export function reflectEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null || Array.isArray(a) !== Array.isArray(b)) return (a ?? undefined) === (b ?? undefined)
  if (Array.isArray(a)) return a.length === (b as unknown[]).length && a.every((x, i) => reflectEqual(x, (b as unknown[])[i]))
  const l = a as Record<string, unknown>, r = b as Record<string, unknown>
  for (const k in l) if (!reflectEqual(l[k], r[k])) return false
  for (const k in r) if (!(k in l) && r[k] !== undefined && r[k] !== null) return false
  return true
}
