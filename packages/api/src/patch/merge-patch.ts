/** RFC 7386: a null removes, an object merges, anything else replaces. */
import { define, isObject } from '../json.ts'

/** Merges into `doc` in place and returns the outcome. `touched` collects the objects that were merged into. */
export function applyMergePatch(doc: unknown, patch: unknown, touched: Set<object> = new Set()): unknown {
  if (!isObject(patch)) return patch
  const into = isObject(doc) ? doc : {}
  touched.add(into)
  for (const k of Object.keys(patch)) {
    const p = patch[k]
    if (p === null) delete into[k]
    else if (isObject(p)) define(into, k, isObject(into[k]) ? applyMergePatch(into[k], p, touched) : pruneNulls(p))
    else define(into, k, p)
  }
  return into
}

function pruneNulls(v: Record<string, unknown>): Record<string, unknown> {
  const out: Record<string, unknown> = {}
  for (const k of Object.keys(v)) {
    const x = v[k]
    if (x !== null) define(out, k, isObject(x) ? pruneNulls(x) : x)
  }
  return out
}
