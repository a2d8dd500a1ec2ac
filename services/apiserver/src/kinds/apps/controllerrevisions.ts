import { invalid, required, resources } from '@drydock/api'
import type { ApiObject } from '../../admission/types.ts'
import type { Kind } from '../kind.ts'
import { IMMUTABLE, nonNegative, type Errors } from '../lib/validate.ts'
import { ageOf } from '../lib/cells.ts'

export const controllerrevisions: Kind = {
  resource: resources.controllerrevisions,
  defaults(o) {
    o.revision ??= 0
  },
  cells: (o, c) => [o.metadata.name, controllerOf(o), o.revision ?? 0, ageOf(o, c)],
  validate: (o) => [...validateData(o), ...validateRevision(o)],
  validateUpdate: (o, old) => [...validateRevision(o), ...(sameJSON(o.data ?? null, old.data ?? null) ? [] : [invalid('data', o.data ?? null, IMMUTABLE)])],
  allowUnconditionalUpdate: true,
}

/** `daemonset.apps/name`, in lower case. */
function controllerOf(o: ApiObject): string {
  const owner = (o.metadata.ownerReferences as Array<{ controller?: boolean, kind: string, name: string, apiVersion: string }> | undefined)?.find((r) => r.controller)
  if (!owner) return '<none>'
  const group = owner.apiVersion.includes('/') ? owner.apiVersion.slice(0, owner.apiVersion.indexOf('/')) : ''
  return `${owner.kind.toLowerCase()}${group && `.${group}`}/${owner.name}`
}

const validateRevision = (o: ApiObject): Errors => nonNegative('revision', o.revision)

function validateData(o: ApiObject): Errors {
  const out: Errors = []
  if (o.data === undefined || o.data === null) out.push(required('data', 'data is mandatory'))
  else if (typeof o.data !== 'object' || Array.isArray(o.data)) out.push(required('data', 'data must be a valid JSON object'))
  return out
}

/** Any data, to the letter: a field that is null is not one that is absent. */
function sameJSON(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object' || Array.isArray(a) !== Array.isArray(b)) return false
  const x = a as Record<string, unknown>, y = b as Record<string, unknown>, keys = Object.keys(x)
  return keys.length === Object.keys(y).length && keys.every((k) => k in y && sameJSON(x[k], y[k]))
}
