/** ValidateDefaults: a default is itself what its schema says, without fields that would be pruned. */
import { invalid } from '@drydock/api'
import { reflectEqual } from '../../lib/equal.ts'
import type { Errors } from '../../lib/validate.ts'
import { pruned } from './prune.ts'
import { entries, itemsOf, type Schema } from './types.ts'
import { validateValue } from './value.ts'

export const validateDefaults = (path: string, s: Schema): Errors => defaultsOf(path, s, true)

function defaultsOf(path: string, s: Schema, root = false): Errors {
  const out: Errors = []
  if (s.default !== undefined && s.default !== null) {
    const embedded = root || s['x-kubernetes-embedded-resource'] === true
    if (!reflectEqual(pruned(s.default, s, embedded), s.default)) out.push(invalid(`${path}.default`, s.default, 'must not have unknown fields'))
    out.push(...validateValue(`${path}.default`, s.default, s))
  }
  const items = itemsOf(s)
  if (items) out.push(...defaultsOf(`${path}.items`, items))
  for (const [k, p] of entries(s.properties)) out.push(...defaultsOf(`${path}.properties[${k}]`, p))
  return out
}
