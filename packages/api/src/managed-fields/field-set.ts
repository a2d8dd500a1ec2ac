/**
 * Sets of fields (structured-merge-diff's fieldpath.Set), kept in the very form in which FieldsV1 writes them: a node without
 * keys, or with a ".", is a member; its other keys are its children. Nodes are never changed once made: operations share them.
 *
 * Keys: `f:name` a field, `k:{"name":"c"}` a list item by its keys, `v:"x"` an item of a set, `i:0` an item by its index.
 */
export interface FieldSet { readonly [key: string]: FieldSet }

export const emptySet: FieldSet = Object.freeze({})
const leaf = emptySet

const childKeys = (n: FieldSet): string[] => Object.keys(n).filter((k) => k !== '.')
const hasChildren = (n: FieldSet): boolean => { for (const k in n) if (k !== '.') return true; return false }
const isMember = (n: FieldSet): boolean => '.' in n || !hasChildren(n)

/** Node of a membership and children; undefined for nothing. */
function node(member: boolean, children: Record<string, FieldSet>): FieldSet | undefined {
  for (const _ in children) return member ? { '.': leaf, ...children } : children
  return member ? leaf : undefined
}

export const isEmptySet = (s: FieldSet): boolean => !hasChildren(s)

export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b) return a
  const out: Record<string, FieldSet> = {}
  for (const k of childKeys(a)) out[k] = k in b ? unionNode(a[k]!, b[k]!) : a[k]!
  for (const k of childKeys(b)) if (!(k in a)) out[k] = b[k]!
  return out
}
const unionNode = (a: FieldSet, b: FieldSet): FieldSet => node(isMember(a) || isMember(b), union(a, b))!

/** What is in `a` and not in `b`; a member of `b` does not take the children of `a` with it. `a` itself where nothing goes. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  let out: Record<string, FieldSet> | undefined
  for (const k in b) {
    const n = a[k]
    if (k === '.' || !n) continue
    const sub = difference(n, b[k]!), member = isMember(n), stays = member && !isMember(b[k]!)
    if (sub === n && stays === member) continue
    out ??= { ...a }
    const left = node(stays, withoutDot(sub))
    if (left) out[k] = left
    else delete out[k]
  }
  return out ?? a
}
function withoutDot(s: FieldSet): Record<string, FieldSet> {
  if (!('.' in s)) return s
  const { '.': _, ...children } = s
  return children
}

/** As `difference`, but a member of `b` takes everything below it. */
export function recursiveDifference(a: FieldSet, b: FieldSet): FieldSet {
  const out: Record<string, FieldSet> = {}
  for (const k of childKeys(a)) {
    const bk = b[k]
    if (bk && isMember(bk)) continue
    const left = bk ? node(isMember(a[k]!), recursiveDifference(a[k]!, bk)) : a[k]
    if (left) out[k] = left
  }
  return out
}

export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  const out: Record<string, FieldSet> = {}
  for (const k of childKeys(a)) {
    if (!(k in b)) continue
    const both = node(isMember(a[k]!) && isMember(b[k]!), intersection(a[k]!, b[k]!))
    if (both) out[k] = both
  }
  return out
}

/** True when the child at `key` is itself a member. */
export const hasMember = (s: FieldSet, key: string): boolean => key in s && isMember(s[key]!)
/** What is below a child; undefined when nothing is. */
export const below = (s: FieldSet, key: string): FieldSet | undefined => (key in s && hasChildren(s[key]!) ? s[key] : undefined)

export function equalSets(a: FieldSet, b: FieldSet): boolean {
  const ka = Object.keys(a), kb = Object.keys(b)
  return ka.length === kb.length && ka.every((k) => k in b && equalSets(a[k]!, b[k]!))
}

/** Collects members one by one. */
export class SetBuilder {
  readonly #root: Builder = { member: false, children: new Map() }

  add(path: readonly string[]): void {
    let n = this.#root
    for (const k of path) {
      let child = n.children.get(k)
      if (!child) n.children.set(k, child = { member: false, children: new Map() })
      n = child
    }
    n.member = true
  }

  build(): FieldSet { return freeze(this.#root, true) ?? emptySet }
}
interface Builder { member: boolean, children: Map<string, Builder> }

function freeze(b: Builder, root = false): FieldSet | undefined {
  const out: Record<string, FieldSet> = {}
  for (const [k, c] of b.children) out[k] = freeze(c)!
  return root ? out : node(b.member, out)
}

/** Every member's path. */
export function* pathsOf(s: FieldSet, at: readonly string[] = []): Generator<string[]> {
  for (const k of sortedKeys(s)) {
    const path = [...at, k]
    if (isMember(s[k]!)) yield path
  }
  for (const k of sortedKeys(s)) if (hasChildren(s[k]!)) yield* pathsOf(s[k]!, [...at, k])
}

// Path elements in upstream's order: fields, then keyed items, then values, then indices; each by its own value. As text they
// stand in that order already, but for numbers in keys, and for kinds of element that never stand together.
const sortedKeys = (s: FieldSet): string[] => childKeys(s).sort(compareElements)

export const compareElements = (a: string, b: string): number =>
  (a.charCodeAt(0) === 107 && b.charCodeAt(0) === 107 && /:\d/.test(a) ? compareKeyed(a, b) : a < b ? -1 : a > b ? 1 : 0)
function compareKeyed(a: string, b: string): number {
  const x = Object.values(JSON.parse(a.slice(2)) as Record<string, unknown>), y = Object.values(JSON.parse(b.slice(2)) as Record<string, unknown>)
  for (let i = 0; i < x.length && i < y.length; i++) {
    const p = x[i], q = y[i]
    if (p !== q) return typeof p === 'number' && typeof q === 'number' ? p - q : String(p) < String(q) ? -1 : 1
  }
  return x.length - y.length
}

/**
 * As FieldsV1 writes a set: "." first, then the path elements in upstream's order. ("." stands before every letter, so that it
 * needs no care of its own.) What is in order is taken as it is.
 */
export function encodeSet(s: FieldSet): FieldSet {
  if (inOrder(s)) return s
  const out: Record<string, FieldSet> = {}
  for (const k of Object.keys(s).sort(compareElements)) out[k] = encodeSet(s[k]!)
  return out
}

function inOrder(s: FieldSet): boolean {
  let last: string | undefined
  for (const k in s) {
    if ((last !== undefined && compareElements(last, k) > 0) || !inOrder(s[k]!)) return false
    last = k
  }
  return true
}

/** Checks a set that a client sent. Throws with upstream's words. */
export function decodeSet(v: unknown): FieldSet {
  if (v === null || typeof v !== 'object' || Array.isArray(v)) throw new Error('parsing FieldsV1: expected an object')
  const out: Record<string, FieldSet> = {}
  for (const [k, x] of Object.entries(v)) {
    if (k !== '.' && !/^[fkvi]:/.test(k)) throw new Error(k.includes(':') ? `unsupported path element type: ${k.slice(0, k.indexOf(':'))}` : `missing colon: ${k}`)
    out[k] = decodeSet(x)
  }
  return out
}

/** `.spec.containers[name="c"].image`: a path as errors show it. */
export function formatPath(path: readonly string[]): string {
  return path.map((k) => {
    const v = k.slice(2)
    switch (k[0]) {
      case 'f': return `.${v}`
      case 'k': return `[${Object.entries(JSON.parse(v) as Record<string, unknown>).map(([n, x]) => `${n}=${JSON.stringify(x)}`).join(',')}]`
      case 'v': return `[=${v}]`
      default: return `[${v}]`
    }
  }).join('')
}
