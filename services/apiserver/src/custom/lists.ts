/** That sets and maps in lists hold nothing twice (structural/listtype). */
import { duplicate, goJSON, invalid } from '@drydock/api'
import type { Errors } from '../kinds/lib/validate.ts'
import { itemsOf, type Schema, valuesOf } from '../kinds/apiextensions/schema/types.ts'

type Fields = Record<string, unknown>
const isMap = (v: unknown): v is Fields => typeof v === 'object' && v !== null && !Array.isArray(v)

export function validateLists(path: string, value: unknown, s: Schema): Errors {
  if (Array.isArray(value)) {
    const items = itemsOf(s)
    return [...twice(path, value as unknown[], s), ...(items ? value.flatMap((v, i) => validateLists(`${path}[${i}]`, v, items)) : [])]
  }
  if (!isMap(value)) return []
  const values = valuesOf(s)
  return Object.entries(value).flatMap(([k, v]) => {
    const known = s.properties?.[k]
    if (known) return validateLists(path ? `${path}.${k}` : k, v, known)
    return values ? validateLists(`${path}[${k}]`, v, values) : []
  })
}

function twice(path: string, list: readonly unknown[], s: Schema): Errors {
  const type = s['x-kubernetes-list-type'], keys = s['x-kubernetes-list-map-keys'] ?? []
  if (type !== 'set' && type !== 'map') return []
  const odd = type === 'map' ? list.findIndex((v) => v !== null && !isMap(v)) : -1
  if (odd >= 0) return [invalid(`${path}[${odd}]`, list[odd], 'must be an object for an array of list-type map')]
  const seen = new Set<string>(), out: Errors = []
  list.forEach((v, i) => {
    const id = type === 'set' ? v : keysOf(v, keys), text = goJSON(id)
    if (seen.has(text)) out.push(duplicate(`${path}[${i}]`, id))
    seen.add(text)
  })
  return out
}

/** In the order of names, as Go's maps are compared. */
const keysOf = (v: unknown, keys: readonly string[]): Fields => Object.fromEntries([...keys].sort().filter((k) => isMap(v) && v[k] !== undefined).map((k) => [k, (v as Fields)[k]]))
