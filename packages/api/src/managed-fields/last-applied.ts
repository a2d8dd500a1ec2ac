/** kubectl's annotation with the configuration that client-side apply last applied. */
import { isObject } from '../json.ts'
import { clone, type JSONObject } from '../object.ts'
import type { StructSchema } from '../schema.ts'
import { difference, type FieldSet } from './field-set.ts'
import type { JSONMap } from './shapes.ts'
import { compare, fieldSetOf } from './typed.ts'
import { validateTyped } from './validate-typed.ts'

export const lastAppliedAnnotation = 'kubectl.kubernetes.io/last-applied-configuration'

/** What kubectl's client-side apply set and nobody changed since: kubectl may take it over. */
export function fieldsOfLastApplied(live: JSONMap, schema: StructSchema): FieldSet | undefined {
  const text: unknown = ((live['metadata'] as JSONMap)['annotations'] as JSONMap | undefined)?.[lastAppliedAnnotation]
  if (typeof text !== 'string') return undefined
  let config: unknown
  try {
    config = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!isObject(config) || validateTyped(schema, config).length) return undefined
  const changes = compare(schema, config, live)
  return difference(difference(fieldSetOf(schema, config), changes.modified), changes.removed)
}

/** The configuration as kubectl's annotation holds it: without the annotation itself, keys sorted. */
export function lastAppliedOf(config: JSONObject): string {
  const o = clone(config)
  const annotations = o['metadata']?.annotations as JSONMap | undefined
  if (annotations) delete annotations[lastAppliedAnnotation]
  return JSON.stringify(sortKeys(o)) + '\n'
}
function sortKeys(v: unknown): unknown {
  if (Array.isArray(v)) return v.map(sortKeys)
  return isObject(v) ? Object.fromEntries(Object.keys(v).sort().map((k) => [k, sortKeys(v[k])])) : v
}
