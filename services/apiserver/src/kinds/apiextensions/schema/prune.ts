/** What a schema does not name goes (pruning), and what it names and an object lacks comes (defaulting). */
import { isObject } from '@drydock/api/schema'
import { itemsOf, type Schema, valuesOf } from './types.ts'

const always = new Set(['apiVersion', 'kind', 'metadata'])

/** A copy without fields that the schema does not know; `resource`: what every resource has stays. `gone` gathers their paths. */
export function pruned(value: unknown, s: Schema | undefined, resource = false, gone?: string[], path = ''): unknown {
  if (Array.isArray(value)) return value.map((x, i) => pruned(x, s && itemsOf(s), false, gone, `${path}[${i}]`))
  if (!isObject(value)) return value
  const whole = resource || s?.['x-kubernetes-embedded-resource'] === true
  const open = s?.['x-kubernetes-preserve-unknown-fields'] === true || s?.additionalProperties === true
  const values = s && valuesOf(s)
  const out: Record<string, unknown> = {}
  for (const [k, v] of Object.entries(value)) {
    const at = path ? `${path}.${k}` : k
    const p = s?.properties?.[k]
    if (whole && always.has(k)) out[k] = v
    else if (p || values) out[k] = pruned(v, p ?? values, false, gone, at)
    else if (open) out[k] = v
    else gone?.push(at)
  }
  return out
}

/** Sets defaults, in place; a null that may not stand gives way to the default (PruneNonNullableDefaults). */
export function applyDefaults(value: unknown, s: Schema | undefined): void {
  if (!s) return
  if (Array.isArray(value)) {
    for (const x of value) applyDefaults(x, itemsOf(s))
    return
  }
  if (!isObject(value)) return
  for (const [k, p] of Object.entries(s.properties ?? {})) {
    if (p.default === undefined || p.default === null) continue
    if (!(k in value) || (value[k] === null && !p.nullable)) value[k] = structuredClone(p.default)
  }
  const values = valuesOf(s)
  for (const [k, v] of Object.entries(value)) applyDefaults(v, s.properties?.[k] ?? values)
}
