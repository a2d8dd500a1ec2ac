/** YAML bodies as kube-apiserver reads them: sigs.k8s.io/yaml, YAML 1.1 scalars, keys made strings, one document. */
import { isMap, isPair, isScalar, isSeq, parseDocument, type Document, type Node, type Pair, type Tags, type YAMLError } from 'yaml'
import { define } from './json.ts'

export class YAMLSyntaxError extends Error {}

export interface ParsedYAML {
  value: unknown
  /** Keys that stand twice, in the yaml library's words (`line 3: key "data" already set in map`). */
  duplicates: string[]
}

/** Parses the first document; throws YAMLSyntaxError. Of a key that stands twice the last value counts. */
export function parseYAML(text: string): ParsedYAML {
  const first = firstDocument(text)
  if (/^(?:[ \t]*(?:#.*)?\n)*\.\.\.(?:\s|$)/.test(first)) throw syntax('did not find expected node content')
  const doc = parseDocument(first, { version: '1.1', uniqueKeys: false, strict: false, logLevel: 'silent', schema: 'yaml-1.1', merge: true, customTags: goTags })
  const error = doc.errors[0]
  if (error) throw syntax(words(error, first))
  const duplicates: string[] = []
  if (doc.contents) findDuplicates(doc.contents, first, duplicates)
  return { value: jsonValue(plain(doc)), duplicates }
}

const syntax = (words: string) => new YAMLSyntaxError(`error converting YAML to JSON: yaml: ${words}`)

/** Times stay the text they are, and nothing counts in sixties. */
const goTags = (tags: Tags): Tags => tags.filter((t) => typeof t === 'string' || (t.tag !== 'tag:yaml.org,2002:timestamp' && (t as { format?: string }).format !== 'TIME'))

/** The document with maps as maps, whose keys have types. */
function plain(doc: Document): unknown {
  try {
    return doc.toJS({ maxAliasCount: 1000, mapAsMap: true })
  } catch (e) {
    const alias = e instanceof ReferenceError ? /^Unresolved alias .*: (.*)$/s.exec(e.message) : undefined
    throw alias ? syntax(`unknown anchor '${alias[1]}' referenced`) : e
  }
}

function firstDocument(text: string): string {
  const m = /^---[ \t]*(#.*)?\n/.exec(text)
  const body = m ? text.slice(m[0].length) : text
  const end = /^---(\s|$)/m.exec(body)
  return end && end.index > 0 ? body.slice(0, end.index) : body
}

function words(e: YAMLError, text: string): string {
  const line = e.linePos?.[0].line, breaks = text.split('\n').length - 1
  const at = line !== undefined && line > 1 ? `line ${line}: ` : ''
  if (/Nested mappings|Implicit keys|compact mappings/i.test(e.message) || e.code === 'BLOCK_AS_IMPLICIT_KEY') return `${at}mapping values are not allowed in this context`
  if (e.code === 'TAB_AS_INDENT' || /^Plain value cannot start with/.test(e.message)) return `${at}found character that cannot start any token`
  // A scanner's lines count from one, a parser's from none.
  if (/Missing closing .quote/.test(e.message)) return `${breaks ? `line ${breaks + 1}: ` : ''}found unexpected end of stream`
  const flow = /^Flow (sequence|map)|flow (sequence|map)[a-z]* to end/i.exec(e.message)
  if (flow) return `${breaks ? `line ${breaks}: ` : ''}did not find expected ',' or '${(flow[1] ?? flow[2])!.toLowerCase() === 'map' ? '}' : ']'}'`
  return `${at}${e.message.split('\n')[0]!.replace(/ at line .*$/, '')}`
}

function findDuplicates(node: unknown, text: string, out: string[]): void {
  if (isSeq(node)) for (const x of node.items) findDuplicates(x, text, out)
  if (!isMap(node)) return
  const seen = new Set<string>()
  for (const p of node.items as Pair<Node, Node>[]) {
    if (!isPair(p) || !isScalar(p.key)) continue
    const key = String(p.key.value)
    if (seen.has(key)) out.push(`line ${text.slice(0, p.key.range?.[0] ?? 0).split('\n').length}: key ${JSON.stringify(key)} already set in map`)
    seen.add(key)
    findDuplicates(p.value, text, out)
  }
}

/** As the converter leaves it: keys are strings and in order, big integers numbers, binary data text. */
function jsonValue(v: unknown): unknown {
  if (typeof v === 'bigint') return Number(v)
  if (v instanceof Uint8Array) return Buffer.from(v).toString()
  if (Array.isArray(v)) return v.map(jsonValue)
  if (!(v instanceof Map || v instanceof Set)) return v ?? null
  const out: Record<string, unknown> = {}
  const entries = [...v instanceof Map ? v : [...v].map((k): [unknown, unknown] => [k, null])] as [unknown, unknown][]
  const named = entries.map(([k, x]): [string, unknown] => [keyText(k, x), x])
  for (const [k, x] of named.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))) define(out, k, jsonValue(x))
  return out
}

function keyText(key: unknown, value: unknown): string {
  if (key === null || key === undefined) throw new YAMLSyntaxError(`error converting YAML to JSON: unsupported map key of type: %!s(<nil>), key: <nil>, value: ${goSyntax(value)}`)
  if (typeof key === 'object') throw new YAMLSyntaxError('error converting YAML to JSON: yaml: invalid map key')
  return String(key as string | number | boolean | bigint)
}

/** Go's %#v of what YAML gives. */
const goSyntax = (v: unknown): string => (v === null || v === undefined ? 'interface {}(nil)' : typeof v === 'string' ? JSON.stringify(v) : String(v as number | boolean))
