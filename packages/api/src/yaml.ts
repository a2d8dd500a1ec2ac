/** YAML bodies as kube-apiserver reads them: sigs.k8s.io/yaml, YAML 1.1 scalars, keys made strings, one document. */
import { isMap, isPair, isScalar, isSeq, parseDocument, type Node, type Pair, type YAMLError } from 'yaml'

export class YAMLSyntaxError extends Error {}

export interface ParsedYAML {
  value: unknown
  /** Keys that stand twice, in the yaml library's words (`line 3: key "data" already set in map`). */
  duplicates: string[]
}

/** Parses the first document; throws YAMLSyntaxError. Of a key that stands twice the last value counts. */
export function parseYAML(text: string): ParsedYAML {
  const first = firstDocument(text)
  const doc = parseDocument(first, { version: '1.1', uniqueKeys: false, strict: false, logLevel: 'silent', schema: 'yaml-1.1', merge: true })
  const error = doc.errors[0]
  if (error) throw new YAMLSyntaxError(`error converting YAML to JSON: yaml: ${words(error)}`)
  const duplicates: string[] = []
  if (doc.contents) findDuplicates(doc.contents, first, duplicates)
  return { value: jsonValue(doc.toJS({ maxAliasCount: 1000 })), duplicates }
}

function firstDocument(text: string): string {
  const m = /^---[ \t]*(#.*)?\n/.exec(text)
  const body = m ? text.slice(m[0].length) : text
  const end = /^---(\s|$)/m.exec(body)
  return end && end.index > 0 ? body.slice(0, end.index) : body
}

function words(e: YAMLError): string {
  const line = e.linePos?.[0].line
  const at = line !== undefined && line > 1 ? `line ${line}: ` : ''
  if (/Nested mappings|Implicit keys|compact mappings/i.test(e.message) || e.code === 'BLOCK_AS_IMPLICIT_KEY') return `${at}mapping values are not allowed in this context`
  if (e.code === 'TAB_AS_INDENT') return `${at}found character that cannot start any token`
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

/** Dates, big integers and odd keys as JSON has them. */
function jsonValue(v: unknown): unknown {
  if (v instanceof Date) return v.toISOString().replace('.000Z', 'Z')
  if (typeof v === 'bigint') return Number(v)
  if (v instanceof Uint8Array) return Buffer.from(v).toString('base64')
  if (v instanceof Map) return Object.fromEntries([...v].map(([k, x]) => [String(k), jsonValue(x)]))
  if (Array.isArray(v)) return v.map(jsonValue)
  if (v === null || typeof v !== 'object') return v ?? null
  return Object.fromEntries(Object.entries(v).map(([k, x]) => [k, jsonValue(x)]))
}
