/** What a version of a definition says of its objects, as the registry takes it from kinds. */
import { invalid, type ResourceFact } from '@drydock/api'
import type { ApiObject } from '../admission/types.ts'
import type { Version } from '../kinds/apiextensions/internal.ts'
import { applyDefaults } from '../kinds/apiextensions/schema/prune.ts'
import type { Schema } from '../kinds/apiextensions/schema/types.ts'
import { validateValue } from '../kinds/apiextensions/schema/value.ts'
import type { Kind } from '../kinds/kind.ts'
import { reflectEqual } from '../kinds/lib/equal.ts'
import { bumpGeneration, keep } from '../kinds/lib/strategy.ts'
import { type Column, printed } from './columns.ts'
import type { Errors } from '../kinds/lib/validate.ts'
import { find } from './json-path.ts'
import { validateLists } from './lists.ts'

/** Rules of schemas (x-kubernetes-validations) are compiled with the definition and not evaluated. */
export function customKind(fact: ResourceFact, v: Version, schema: Schema): Kind {
  const status = v.subresources?.['status'] !== undefined
  const scale = v.subresources?.['scale'] as { specReplicasPath: string, statusReplicasPath: string, labelSelectorPath?: string } | undefined
  const path = (p: string): string => p.replace(/^\./, '')
  const check = (o: ApiObject) => [...validateValue('', o, schema), ...(scale ? scalable(o, scale.specReplicasPath) : [])]
  const validate = (o: ApiObject) => [...check(o), ...validateLists('', o, schema)]
  // What was twice in a list before may stay so.
  const validateUpdate = (o: ApiObject, old: ApiObject) => [...check(o), ...(validateLists('', old, schema).length ? [] : validateLists('', o, schema))]
  return {
    resource: fact,
    defaults: (o) => applyDefaults(o, schema),
    prepareForCreate(o) {
      if (status) delete o['status']
      o.metadata['generation'] = 1
    },
    prepareForUpdate(o, old) {
      if (status) keep(o, old, 'status')
      bumpGeneration(o, old, !reflectEqual(content(o, status), content(old, status)))
    },
    validate, validateUpdate,
    ...(status && { subresources: { status: { prepareForUpdate: onlyStatus, validateUpdate } } }),
    ...(scale && { scale: { replicas: path(scale.specReplicasPath), statusReplicas: path(scale.statusReplicasPath), ...(scale.labelSelectorPath && { selector: path(scale.labelSelectorPath) }) } }),
    fields: (o) => Object.fromEntries((v.selectableFields ?? []).map(({ jsonPath = '' }) => { const x = find(o, jsonPath)[0]; return [path(jsonPath), x === undefined ? '' : String(x)] })),
    ...printed(v.additionalPrinterColumns as Column[] | undefined),
    allowUnconditionalUpdate: false,
  }
}

/** validateScaleSpec. */
function scalable(o: ApiObject, path: string): Errors {
  const n = find(o, path)[0]
  if (typeof n !== 'number') return []
  if (n < 0) return [invalid(path, n, 'should be a non-negative integer')]
  return n > MAX_INT32 ? [invalid(path, n, `should be less than or equal to ${MAX_INT32}`)] : []
}
const MAX_INT32 = 2 ** 31 - 1

/** What is wanted: all but metadata and, where it is written apart, the status. */
function content(o: ApiObject, status: boolean): object {
  const { metadata: _m, apiVersion: _a, status: s, ...rest } = o
  return status ? rest : { ...rest, status: s }
}

/** A write of status changes that and who manages it. */
function onlyStatus(o: ApiObject, old: ApiObject): void {
  const { resourceVersion, managedFields } = o.metadata
  for (const k of Object.keys(o)) if (!['status', 'metadata', 'apiVersion', 'kind'].includes(k)) delete o[k]
  for (const k of Object.keys(old)) if (!['status', 'metadata', 'apiVersion', 'kind'].includes(k)) o[k] = old[k]
  const { managedFields: _f, resourceVersion: _v, ...metadata } = old.metadata
  o.metadata = { ...metadata, ...(resourceVersion !== undefined && { resourceVersion }), ...(managedFields !== undefined && { managedFields }) }
}
