import { fieldForbidden, invalid, notSupported, mustParseQuantity, required } from '@drydock/api'
import type { PersistentVolumeClaimSpec, PersistentVolumeClaimTemplate, TypedLocalObjectReference, TypedObjectReference } from '@drydock/api'
import { annotations, each, labelSelector, labels, subdomain, type Errors } from '../../../lib/validate.ts'
import { semanticEqual } from '../../../lib/equal.ts'
import { resourceQuantity } from './resources.ts'

export function validateClaimTemplate(path: string, t: PersistentVolumeClaimTemplate): Errors {
  return [
    ...annotations(`${path}.metadata.annotations`, t.metadata?.annotations), ...labels(`${path}.metadata.labels`, t.metadata?.labels),
    ...validateClaimSpec(`${path}.spec`, t.spec ?? {}),
  ]
}

const modes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod']

export function accessModes(path: string, list: readonly string[] | undefined): Errors {
  const out = each(list, path, (m) => (modes.includes(m) ? [] : [notSupported(path, m, modes)]))
  if (list?.includes('ReadWriteOncePod') && new Set(list.filter((m) => modes.includes(m))).size > 1) out.push(forbidMix(path))
  return out
}
const forbidMix = (path: string) => fieldForbidden(path, 'may not use ReadWriteOncePod with other access modes')

/** ValidatePersistentVolumeClaimSpec. */
export function validateClaimSpec(path: string, spec: PersistentVolumeClaimSpec, o: { anyGroup?: boolean } = {}): Errors {
  const out: Errors = []
  if (!spec.accessModes?.length) out.push(required(`${path}.accessModes`, 'at least 1 access mode is required'))
  out.push(...labelSelector(`${path}.selector`, spec.selector))
  out.push(...accessModes(`${path}.accessModes`, spec.accessModes))
  const storage = spec.resources?.requests?.storage
  if (storage === undefined) out.push(required(`${path}.resources[storage]`))
  else {
    out.push(...resourceQuantity('storage', `${path}.resources[storage]`, storage))
    if (mustParseQuantity(storage).nanos <= 0n) out.push(invalid(`${path}.resources[storage]`, storage, 'must be greater than zero'))
  }
  if (spec.storageClassName) out.push(...subdomain(`${path}.storageClassName`, spec.storageClassName))
  if (spec.volumeMode !== undefined && !['Block', 'Filesystem'].includes(spec.volumeMode)) out.push(notSupported(`${path}.volumeMode`, spec.volumeMode, ['Block', 'Filesystem']))
  if (spec.dataSource) out.push(...dataSource(`${path}.dataSource`, spec.dataSource, o.anyGroup))
  if (spec.dataSourceRef) out.push(...dataSource(`${path}.dataSourceRef`, spec.dataSourceRef, o.anyGroup))
  if (spec.dataSourceRef && !(spec.dataSourceRef as TypedObjectReference).namespace && spec.dataSource && !sameSource(spec.dataSource, spec.dataSourceRef)) {
    out.push(invalid(path, {}, 'must match dataSourceRef'))
  }
  if (spec.volumeAttributesClassName) out.push(...subdomain(`${path}.volumeAttributesClassName`, spec.volumeAttributesClassName))
  return out
}

const sameSource = (a: TypedLocalObjectReference, b: TypedLocalObjectReference): boolean =>
  semanticEqual([a.apiGroup, a.kind, a.name], [b.apiGroup, b.kind, b.name])

function dataSource(path: string, s: TypedLocalObjectReference, anyGroup = false): Errors {
  const out: Errors = []
  if (!s.name) out.push(required(`${path}.name`))
  if (!s.kind) out.push(required(`${path}.kind`))
  const group = s.apiGroup ?? ''
  if (group === '' && s.kind !== 'PersistentVolumeClaim') out.push(invalid(path, s.kind ?? '', "must be 'PersistentVolumeClaim' when referencing the default apiGroup"))
  if (group && !anyGroup) out.push(...subdomain(`${path}.apiGroup`, group))
  return out
}
