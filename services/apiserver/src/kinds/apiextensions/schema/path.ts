/** Paths into objects of a schema. */
import { invalid } from '@drydock/api'
import type { Errors } from '../../lib/validate.ts'
import { type Schema, valuesOf } from './types.ts'

export interface Found { root: string, path: string, schema: Schema }

/** cel.ValidFieldPath: where `.spec.size` (or, with `arrays`, `['spec'].size`) leads; a text says why nowhere. */
export function validFieldPath(jsonPath: string, schema: Schema, arrays = false): Found | string {
  const tokens = jsonPath.match(/\['(?:[^'\\]|\\.)*'\]|[.[\]]|[^.[\]]+/g) ?? []
  let at: Schema | undefined = schema
  const names: string[] = []
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!
    if (token.startsWith('[') && !arrays) return 'array notation is not allowed'
    const quoted = token.length > 1 && token.startsWith('[')
    if (!quoted && token !== '.') return `expected [ or . but got: ${token}`
    const name = quoted ? token.slice(2, -2).replace(/\\(.)/g, '$1') : tokens[++i]
    if (name === undefined) return 'unexpected end of JSON path'
    at = at.properties ? at.properties[name] : valuesOf(at)
    if (!at) return 'does not refer to a valid field'
    names.push(name)
  }
  return { root: names[0] ?? '', path: names.join('.'), schema: at }
}

/** validateSimpleJSONPath: names behind dots. */
export function simplePath(field: string, path: string): Errors {
  if (path === '') return [invalid(field, path, 'must not be empty')]
  return path.startsWith('.') ? [] : [invalid(field, path, 'must be a simple json path starting with .')]
}
