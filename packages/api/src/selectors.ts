/**
 * Selectors as they stand in queries: label selectors (`a=b,c in (d,e),!f`) and field selectors (`metadata.name=x`). Parsing
 * and its errors are upstream's (apimachinery/pkg/labels, pkg/fields).
 */
import { invalid, type FieldError } from './field.ts'
import { isQualifiedName, isValidLabelValue } from './names.ts'

export class SelectorError extends Error {}

export type SelectorOperator = '=' | '==' | '!=' | 'in' | 'notin' | 'exists' | '!' | 'gt' | 'lt'
export interface Requirement { readonly key: string, readonly operator: SelectorOperator, readonly values: readonly string[] }

/** All requirements must hold; none: everything matches. */
export type Selector = readonly Requirement[]

export function matchesSelector(s: Selector, labels: Readonly<Record<string, string>> | undefined): boolean {
  for (const r of s) if (!holds(r, labels !== undefined && Object.hasOwn(labels, r.key) ? labels[r.key] : undefined)) return false
  return true
}

function holds(r: Requirement, v: string | undefined): boolean {
  switch (r.operator) {
    case '=': case '==': case 'in': return v !== undefined && r.values.includes(v)
    case '!=': case 'notin': return v === undefined || !r.values.includes(v)
    case 'exists': return v !== undefined
    case '!': return v === undefined
    default: {
      if (v === undefined || !/^[+-]?\d+$/.test(v)) return false
      const d = BigInt(v) - BigInt(r.values[0]!)
      return r.operator === 'gt' ? d > 0n : d < 0n
    }
  }
}

/** Upstream's canonical text: sorted by key. */
export const formatSelector = (s: Selector): string =>
  [...s].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(formatRequirement).join(',')

function formatRequirement(r: Requirement): string {
  if (r.operator === 'exists') return r.key
  if (r.operator === '!') return `!${r.key}`
  if (r.operator === 'in' || r.operator === 'notin') return `${r.key} ${r.operator} (${[...r.values].sort().join(',')})`
  return `${r.key}${r.operator === 'gt' ? '>' : r.operator === 'lt' ? '<' : r.operator}${r.values[0] ?? ''}`
}

/** metav1.LabelSelectorAsSelector: undefined selects nothing. Throws SelectorError for an unknown operator. */
export function selectorOf(s: { matchLabels?: Record<string, string> | undefined, matchExpressions?: readonly { key: string, operator: string, values?: string[] | undefined }[] | undefined } | undefined): Selector | undefined {
  if (!s) return undefined
  const ops: Record<string, SelectorOperator> = { In: 'in', NotIn: 'notin', Exists: 'exists', DoesNotExist: '!' }
  return [
    ...Object.entries(s.matchLabels ?? {}).map(([key, v]): Requirement => ({ key, operator: '=', values: [v] })),
    ...(s.matchExpressions ?? []).map((e): Requirement => {
      const operator = ops[e.operator]
      if (!operator) throw new SelectorError(`${JSON.stringify(e.operator)} is not a valid label selector operator`)
      return { key: e.key, operator, values: e.values ?? [] }
    }),
  ]
}

interface Token { kind: 'id' | 'end' | 'error' | 'in' | 'notin' | ')' | ',' | '!' | '==' | '=' | '>' | '<' | '!=' | '(', text: string }
const symbols = new Set([')', ',', '!', '==', '=', '>', '<', '!=', '('])
const special = /[=!(),><]/
const isSpace = (c: string) => c === ' ' || c === '\t' || c === '\r' || c === '\n'

function tokens(s: string): Token[] {
  const out: Token[] = []
  let i = 0
  for (;;) {
    while (i < s.length && isSpace(s[i]!)) i++
    if (i >= s.length) { out.push({ kind: 'end', text: '' }); return out }
    const start = i
    if (!special.test(s[i]!)) {
      while (i < s.length && !special.test(s[i]!) && !isSpace(s[i]!)) i++
      const text = s.slice(start, i)
      out.push({ kind: text === 'in' || text === 'notin' ? text : 'id', text })
      continue
    }
    // The longest run of symbols that is a token.
    let found = ''
    while (i < s.length && special.test(s[i]!)) {
      const run = s.slice(start, i + 1)
      if (symbols.has(run)) found = run
      else if (found) break
      i++
    }
    out.push(found ? { kind: found as Token['kind'], text: found } : { kind: 'error', text: `error expected: keyword found '${s.slice(start, i)}'` })
  }
}

/** Parses a label selector; throws SelectorError in upstream's words. */
export function parseSelector(text: string): Selector {
  const t = tokens(text)
  let i = 0
  // Except right after a key, `in` and `notin` are plain words.
  const peek = (): Token => { const x = t[Math.min(i, t.length - 1)]!; return x.kind === 'in' || x.kind === 'notin' ? { kind: 'id', text: x.text } : x }
  const next = (): Token => { const x = peek(); i++; return x }
  const nextOperator = (): Token => t[Math.min(i++, t.length - 1)]!
  const out: Requirement[] = []
  for (;;) {
    const first = peek()
    if (first.kind === 'end') return sorted(out)
    if (first.kind !== 'id' && first.kind !== '!') throw new SelectorError(`found '${first.text}', expected: !, identifier, or 'end of string'`)
    try {
      out.push(requirement(peek, next, nextOperator))
    } catch (e) {
      if (e instanceof SelectorError) throw new SelectorError(`unable to parse requirement: ${e.message}`)
      throw e
    }
    const sep = next()
    if (sep.kind === 'end') return sorted(out)
    if (sep.kind !== ',') throw new SelectorError(`found '${sep.text}', expected: ',' or 'end of string'`)
    const after = peek()
    if (after.kind !== 'id' && after.kind !== '!') throw new SelectorError(`found '${after.text}', expected: identifier after ','`)
  }
}
const sorted = (r: Requirement[]): Requirement[] => r.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))

const operators = 'in, notin, =, ==, !=, gt, lt'

function requirement(peek: () => Token, next: () => Token, nextOperator: () => Token): Requirement {
  let key = next(), negated = false
  if (key.kind === '!') { negated = true; key = next() }
  if (key.kind !== 'id') throw new SelectorError(`found '${key.text}', expected: identifier`)
  const wrong = isQualifiedName(key.text)
  if (wrong.length) throw new SelectorError(invalid('<nil>', key.text, wrong.join('; ')).toString())
  if (negated) return { key: key.text, operator: '!', values: [] }
  if (peek().kind === 'end' || peek().kind === ',') return { key: key.text, operator: 'exists', values: [] }
  const op = nextOperator()
  switch (op.kind) {
    case 'in': case 'notin': return check({ key: key.text, operator: op.kind, values: parenthesized(peek, next) })
    case '=': case '==': case '!=': return check({ key: key.text, operator: op.kind, values: [exact(peek, next)] })
    case '>': case '<': return check({ key: key.text, operator: op.kind === '>' ? 'gt' : 'lt', values: [exact(peek, next)] })
    default: throw new SelectorError(`found '${op.text}', expected: ${operators}`)
  }
}

function exact(peek: () => Token, next: () => Token): string {
  if (peek().kind === 'end' || peek().kind === ',') return ''
  const v = next()
  if (v.kind !== 'id') throw new SelectorError(`found '${v.text}', expected: identifier`)
  return v.text
}

function parenthesized(peek: () => Token, next: () => Token): string[] {
  const open = next()
  if (open.kind !== '(') throw new SelectorError(`found '${open.text}' expected: '('`)
  const first = peek()
  if (first.kind === ')') { next(); return [''] }
  if (first.kind !== 'id' && first.kind !== ',') throw new SelectorError(`found '${first.text}', expected: ',', ')' or identifier`)
  const values = identifiers(peek, next)
  if (next().kind !== ')') throw new SelectorError(`found '${first.text}', expected: ')'`)
  return [...values].sort()
}

function identifiers(peek: () => Token, next: () => Token): Set<string> {
  const out = new Set<string>()
  for (;;) {
    const t = next()
    if (t.kind === 'id') {
      out.add(t.text)
      const after = peek()
      if (after.kind === ')') return out
      if (after.kind !== ',') throw new SelectorError(`found '${after.text}', expected: ',' or ')'`)
    } else if (t.kind === ',') {
      if (out.size === 0) out.add('')
      if (peek().kind === ')') { out.add(''); return out }
      if (peek().kind === ',') { next(); out.add('') }
    } else throw new SelectorError(`found '${t.text}', expected: ',', or identifier`)
  }
}

function check(r: Requirement): Requirement {
  const errors: FieldError[] = []
  if (r.operator === 'gt' || r.operator === 'lt') r.values.forEach((v, i) => { if (!isInt64(v)) errors.push(invalid(`values[${i}]`, v, "for 'Gt', 'Lt' operators, the value must be an integer")) })
  r.values.forEach((v, i) => {
    const wrong = isValidLabelValue(v)
    if (wrong.length) errors.push(invalid(`values[${i}][${r.key}]`, v, wrong.join('; ')))
  })
  if (errors.length) throw new SelectorError(aggregate(errors.map(String)))
  return r
}

const isInt64 = (s: string): boolean => /^[+-]?\d+$/.test(s) && BigInt.asIntN(64, BigInt(s)) === BigInt(s)

/** utilerrors.Aggregate: one message bare, several in brackets, each once. */
export function aggregate(messages: readonly string[]): string {
  const once = [...new Set(messages)]
  return once.length === 1 ? once[0]! : `[${once.join(', ')}]`
}

export interface FieldRequirement { readonly field: string, readonly operator: '=' | '!=', readonly value: string }

/** Parses a field selector, terms sorted as upstream sorts them; throws SelectorError. */
export function parseFieldSelector(text: string): FieldRequirement[] {
  const out: FieldRequirement[] = []
  for (const term of splitTerms(text).sort()) {
    if (term === '') continue
    const m = /!=|==|=/.exec(term)
    if (!m) throw new SelectorError(`invalid selector: '${text}'; can't understand '${term}'`)
    out.push({ field: term.slice(0, m.index), operator: m[0] === '!=' ? '!=' : '=', value: unescapeValue(term.slice(m.index + m[0].length)) })
  }
  return out
}

function splitTerms(s: string): string[] {
  if (s === '') return []
  const out: string[] = []
  let start = 0, escaped = false
  for (let i = 0; i < s.length; i++) {
    if (escaped) escaped = false
    else if (s[i] === '\\') escaped = true
    else if (s[i] === ',') { out.push(s.slice(start, i)); start = i + 1 }
  }
  out.push(s.slice(start))
  return out
}

function unescapeValue(s: string): string {
  if (!/[\\,=]/.test(s)) return s
  let out = ''
  for (let i = 0; i < s.length; i++) {
    const c = s[i]!
    if (c === '\\') {
      const e = s[++i]
      if (e === undefined) throw new SelectorError('invalid field selector: invalid escape sequence: \\')
      if (e !== '\\' && e !== ',' && e !== '=') throw new SelectorError(`invalid field selector: invalid escape sequence: \\${e}`)
      out += e
    } else if (c === ',' || c === '=') throw new SelectorError(`invalid field selector: unescaped character in value: ${c.charCodeAt(0)}`)
    else out += c
  }
  return out
}

export const matchesFields = (s: readonly FieldRequirement[], fields: Readonly<Record<string, string>>): boolean =>
  s.every((r) => ((fields[r.field] ?? '') === r.value) === (r.operator === '='))
