/**
 * JSON as kube-apiserver reads it. The common path is JSON.parse; a scanner of our own runs only when that fails (to say what
 * Go's encoding/json says) or when a key stands twice in an object (to say where, and to merge as Go does).
 */

export class JSONSyntaxError extends Error {}

export interface ParsedJSON {
  value: unknown
  /** True when some object holds a key twice; `value` is then merged as Go merges. */
  duplicates: boolean
}

/** Parses; throws JSONSyntaxError in Go's words. */
export function parseJSON(text: string): ParsedJSON {
  try {
    return parse(text)
  } catch (e) {
    // Nested deeper than our stack: no object of the API is.
    if (e instanceof RangeError) throw new JSONSyntaxError(`invalid character ${quoteChar(text.trimStart(), 0)} exceeded max depth`)
    throw e
  }
}

function parse(text: string): ParsedJSON {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    value = scanJSON(text)
    return { value, duplicates: countKeys(text) !== countProperties(value) }
  }
  // Half of a surrogate pair becomes U+FFFD, as in Go.
  if (loneSurrogate.test(text)) value = wellFormed(value)
  if (countKeys(text) === countProperties(value)) return { value, duplicates: false }
  return { value: scanJSON(text), duplicates: true }
}

const loneSurrogate = /\\u[dD][89a-fA-F]/
function wellFormed(v: unknown): unknown {
  if (typeof v === 'string') return v.toWellFormed()
  if (Array.isArray(v)) return v.map(wellFormed)
  if (!isObject(v)) return v
  const out: Record<string, unknown> = {}
  for (const k of Object.keys(v)) define(out, k.toWellFormed(), wellFormed(v[k]))
  return out
}

/** Keys in the text: strings that a colon follows. */
function countKeys(s: string): number {
  let n = 0
  for (let i = s.indexOf('"'); i >= 0; i = s.indexOf('"', i)) {
    let j = s.indexOf('"', i + 1)
    while (j > 0 && isEscaped(s, j)) j = s.indexOf('"', j + 1)
    if (j < 0) return n
    i = j + 1
    let c = s.charCodeAt(i)
    while (c === 32 || c === 10 || c === 13 || c === 9) c = s.charCodeAt(++i)
    if (c === 58) n++
  }
  return n
}

function isEscaped(s: string, quote: number): boolean {
  let n = 0
  while (s.charCodeAt(quote - 1 - n) === 92) n++
  return n % 2 === 1
}

function countProperties(v: unknown): number {
  if (v === null || typeof v !== 'object') return 0
  let n = 0
  if (Array.isArray(v)) {
    for (const x of v) if (x !== null && typeof x === 'object') n += countProperties(x)
    return n
  }
  for (const k in v) {
    n++
    const x = (v as Record<string, unknown>)[k]
    if (x !== null && typeof x === 'object') n += countProperties(x)
  }
  return n
}

const maxDepth = 10_000

/** An object whose text had keys twice: the keys, in the order in which they were met. */
export const duplicateKeys = new WeakMap<object, string[]>()

/** Our own scanner: Go's syntax errors, and objects whose keys stand twice remembered in `duplicateKeys`. */
export function scanJSON(s: string): unknown {
  let i = 0
  const fail = (context: string): never => {
    if (i >= s.length) throw new JSONSyntaxError('unexpected end of JSON input')
    throw new JSONSyntaxError(`invalid character ${quoteChar(s, i)} ${context}`)
  }
  const space = () => { while (i < s.length && (s[i] === ' ' || s[i] === '\n' || s[i] === '\r' || s[i] === '\t')) i++ }
  function literal(word: string, v: unknown): unknown {
    for (let k = 1; k < word.length; k++) {
      i++
      if (s[i] !== word[k]) fail(`in literal ${word} (expecting '${word[k]!}')`)
    }
    i++
    return v
  }
  function string(): string {
    const start = i++
    for (;;) {
      const c = s[i]
      if (c === undefined) fail('')
      if (c === '"') break
      if (c === '\\') escape()
      else if (c! < ' ') fail('in string literal')
      i++
    }
    i++
    return JSON.parse(s.slice(start, i)) as string
  }
  function escape(): void {
    const e = s[++i]
    if (e === undefined) fail('')
    if (e === 'u') {
      for (let k = 0; k < 4; k++) if (!/[0-9a-fA-F]/.test(s[++i] ?? '')) fail('in \\u hexadecimal character escape')
    } else if (!'bfnrt\\/"'.includes(e!)) fail('in string escape code')
  }
  const digits = () => { while (i < s.length && s[i]! >= '0' && s[i]! <= '9') i++ }
  const digit = () => i < s.length && s[i]! >= '0' && s[i]! <= '9'
  function number(): number {
    const start = i
    if (s[i] === '-') { i++; if (!digit()) fail('in numeric literal') }
    if (s[i] === '0') i++
    else digits()
    if (s[i] === '.') { i++; if (!digit()) fail('after decimal point in numeric literal'); digits() }
    if (s[i] === 'e' || s[i] === 'E') {
      i++
      if (s[i] === '+' || s[i] === '-') i++
      if (!digit()) fail('in exponent of numeric literal')
      digits()
    }
    return Number(s.slice(start, i))
  }
  function object(depth: number): Record<string, unknown> {
    const out: Record<string, unknown> = {}
    i++
    space()
    if (s[i] === '}') { i++; return out }
    for (;;) {
      space()
      if (s[i] !== '"') fail('looking for beginning of object key string')
      const key = string()
      space()
      if (s[i] !== ':') fail('after object key')
      i++
      const v = value(depth)
      if (Object.hasOwn(out, key)) {
        duplicateKeys.set(out, [...(duplicateKeys.get(out) ?? []), key])
        define(out, key, merge(out[key], v))
      } else define(out, key, v)
      space()
      if (s[i] === '}') { i++; return out }
      if (s[i] !== ',') fail('after object key:value pair')
      i++
    }
  }
  function array(depth: number): unknown[] {
    const out: unknown[] = []
    i++
    space()
    if (s[i] === ']') { i++; return out }
    for (;;) {
      out.push(value(depth))
      space()
      if (s[i] === ']') { i++; return out }
      if (s[i] !== ',') fail('after array element')
      i++
    }
  }
  function value(depth: number): unknown {
    space()
    const c = s[i]
    if (c === '{' || c === '[') {
      if (depth >= maxDepth) fail('exceeded max depth')
      return c === '{' ? object(depth + 1) : array(depth + 1)
    }
    if (c === '"') return string()
    if (c === '-' || digit()) return number()
    if (c === 't') return literal('true', true)
    if (c === 'f') return literal('false', false)
    if (c === 'n') return literal('null', null)
    return fail('looking for beginning of value')
  }
  const v = value(0)
  space()
  if (i < s.length) fail('after top-level value')
  return v
}

/** Go decodes the second value of a key into the first: objects merge, all else is replaced. */
function merge(a: unknown, b: unknown): unknown {
  if (!isObject(a) || !isObject(b)) return b
  for (const k of Object.keys(b)) define(a, k, Object.hasOwn(a, k) ? merge(a[k], b[k]) : b[k])
  const twice = [...(duplicateKeys.get(a) ?? []), ...(duplicateKeys.get(b) ?? [])]
  if (twice.length) duplicateKeys.set(a, twice)
  return a
}

export const isObject = (v: unknown): v is Record<string, unknown> => v !== null && typeof v === 'object' && !Array.isArray(v)

/** Sets a property whatever its name: `__proto__` is a key like any other. */
export function define(o: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') Object.defineProperty(o, key, { value, enumerable: true, configurable: true, writable: true })
  else o[key] = value
}

function quoteChar(s: string, i: number): string {
  const byte = new TextEncoder().encode(String.fromCodePoint(s.codePointAt(i)!))[0]!
  if (byte === 39) return "'\\''"
  if (byte === 34) return "'\"'"
  const escapes: Record<number, string> = { 7: '\\a', 8: '\\b', 9: '\\t', 10: '\\n', 11: '\\v', 12: '\\f', 13: '\\r', 92: '\\\\' }
  if (escapes[byte]) return `'${escapes[byte]}'`
  if (byte < 32 || byte === 127) return `'\\x${byte.toString(16).padStart(2, '0')}'`
  return byte >= 0x80 && byte < 0xa1 ? `'\\u00${byte.toString(16)}'` : `'${String.fromCharCode(byte)}'`
}

/** A JSON value's kind as encoding/json names it in its errors. */
export function jsonKind(v: unknown): 'null' | 'string' | 'number' | 'bool' | 'array' | 'object' {
  if (v === null || v === undefined) return 'null'
  if (Array.isArray(v)) return 'array'
  const t = typeof v
  return t === 'boolean' ? 'bool' : t === 'bigint' ? 'number' : t as 'string' | 'number' | 'object'
}
