/** OpenAPI v2 as gnostic's protobuf (openapi.v2.Document): what client-go's OpenAPISchema reads. */
import { Writer } from '../protobuf/wire.ts'
import type { Schema } from './schemas.ts'

type Map = Record<string, unknown>

/** Encodes the parts of a Swagger document that this server makes. */
export function encodeSwagger(d: Schema): Buffer {
  const w = new Writer()
  w.string(1, d['swagger'] as string)
  const info = d['info'] as Record<string, string>
  w.message(2, () => { w.string(1, info['title']!); w.string(2, info['version']!) })
  w.message(8, () => { for (const [name, item] of Object.entries(d['paths'] as Map)) named(w, 2, name, () => pathItem(w, item as Map)) })
  w.message(9, () => { for (const [name, s] of Object.entries(d['definitions'] as Map)) named(w, 1, name, () => schema(w, s as Schema)) })
  return w.finish()
}

function named(w: Writer, field: number, name: string, write: () => void): void {
  w.message(field, () => { w.string(1, name); w.message(2, write) })
}

function strings(w: Writer, field: number, list: unknown): void {
  for (const s of (list as string[] | undefined) ?? []) w.string(field, s)
}

/** Extensions travel as YAML, and JSON is YAML. */
function extensions(w: Writer, field: number, of: Map): void {
  for (const [k, v] of Object.entries(of)) if (k.startsWith('x-')) named(w, field, k, () => w.string(2, `${JSON.stringify(v)}\n`))
}

const methods: Readonly<Record<string, number>> = { get: 2, put: 3, post: 4, delete: 5, options: 6, head: 7, patch: 8 }

function pathItem(w: Writer, item: Map): void {
  for (const [method, field] of Object.entries(methods)) {
    const op = item[method] as Map | undefined
    if (op) w.message(field, () => operation(w, op))
  }
  for (const p of (item['parameters'] as Map[] | undefined) ?? []) w.message(9, () => parameter(w, p))
}

function operation(w: Writer, op: Map): void {
  strings(w, 1, op['tags'])
  w.string(5, op['operationId'] as string)
  strings(w, 6, op['produces'])
  strings(w, 7, op['consumes'])
  for (const p of op['parameters'] as Map[]) w.message(8, () => parameter(w, p))
  w.message(9, () => {
    for (const [code, r] of Object.entries(op['responses'] as Map)) named(w, 1, code, () => w.message(1, () => response(w, r as Map)))
  })
  strings(w, 10, op['schemes'])
  extensions(w, 13, op)
}

function response(w: Writer, r: Map): void {
  w.string(1, r['description'] as string)
  const s = r['schema'] as Schema | undefined
  if (s) w.message(2, () => w.message(1, () => schema(w, s)))
}

function parameter(w: Writer, p: Map): void {
  w.message(1, () => {
    if (p['in'] === 'body') {
      return w.message(1, () => {
        w.string(2, p['name'] as string)
        w.string(3, 'body')
        if (p['required']) w.bool(4, true)
        w.message(5, () => schema(w, p['schema'] as Schema))
      })
    }
    const inPath = p['in'] === 'path'
    w.message(2, () => w.message(inPath ? 4 : 3, () => {
      if (p['required']) w.bool(1, true)
      w.string(2, p['in'] as string)
      w.string(4, p['name'] as string)
      w.string(inPath ? 5 : 6, p['type'] as string)
    }))
  })
}

function schema(w: Writer, s: Schema): void {
  if (s['$ref']) w.string(1, s['$ref'] as string)
  if (s['format']) w.string(2, s['format'] as string)
  strings(w, 19, s['required'])
  if (s['additionalProperties']) w.message(21, () => w.message(1, () => schema(w, s['additionalProperties'] as Schema)))
  if (s['type']) w.message(22, () => w.string(1, s['type'] as string))
  if (s['items']) w.message(23, () => w.message(1, () => schema(w, s['items'] as Schema)))
  const properties = s['properties'] as Map | undefined
  if (properties) w.message(25, () => { for (const [name, p] of Object.entries(properties)) named(w, 1, name, () => schema(w, p as Schema)) })
  extensions(w, 31, s)
}
