import { required, resources } from '@drydock/api'
import type { ApiObject } from '../../admission/types.ts'
import type { Kind } from '../kind.ts'
import { immutable } from '../lib/selector.ts'
import { nonNegative, type Errors } from '../lib/validate.ts'
import { ageOf } from '../lib/cells.ts'

export const controllerrevisions: Kind = {
  resource: resources.controllerrevisions,
  defaults(o) {
    o.revision ??= 0
  },
  cells: (o, c) => [o.metadata.name, controllerOf(o), o.revision ?? 0, ageOf(o, c)],
  validate: validateRevision,
  validateUpdate: (o, old) => [...validateRevision(o), ...immutable('data', o.data, old.data)],
  allowUnconditionalUpdate: true,
}

/** `daemonset.apps/name`, in lower case. */
function controllerOf(o: ApiObject): string {
  const owner = (o.metadata.ownerReferences as Array<{ controller?: boolean, kind: string, name: string, apiVersion: string }> | undefined)?.find((r) => r.controller)
  if (!owner) return '<none>'
  const group = owner.apiVersion.includes('/') ? owner.apiVersion.slice(0, owner.apiVersion.indexOf('/')) : ''
  return `${owner.kind.toLowerCase()}${group && `.${group}`}/${owner.name}`
}

function validateRevision(o: ApiObject): Errors {
  const out: Errors = []
  if (o.data === undefined || o.data === null) out.push(required('data', 'data is mandatory'))
  else if (typeof o.data !== 'object' || Array.isArray(o.data)) out.push(required('data', 'data must be a valid JSON object'))
  return [...out, ...nonNegative('revision', o.revision)]
}
