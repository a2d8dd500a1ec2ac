import { resources } from '@drydock/api'
import type { ApiObject } from '../../admission/types.ts'
import type { Kind } from '../kind.ts'
import { ageOf } from '../lib/cells.ts'
import { roleRefFrozen, validateBinding } from './validate.ts'

const RBAC = 'rbac.authorization.k8s.io'

export const rolebindings: Kind = {
  resource: resources.rolebindings,
  defaults: defaultBinding,
  validate: (o) => validateBinding(o as never, ['Role', 'ClusterRole'], true),
  validateUpdate: (o, old) => [...validateBinding(o as never, ['Role', 'ClusterRole'], true), ...roleRefFrozen(o as never, old as never)],
  cells: bindingCells,
  allowUnconditionalUpdate: true,
}

export const clusterrolebindings: Kind = {
  resource: resources.clusterrolebindings,
  defaults: defaultBinding,
  validate: (o) => validateBinding(o as never, ['ClusterRole'], false),
  validateUpdate: (o, old) => [...validateBinding(o as never, ['ClusterRole'], false), ...roleRefFrozen(o as never, old as never)],
  cells: bindingCells,
  allowUnconditionalUpdate: true,
}

function defaultBinding(o: ApiObject): void {
  o.roleRef ??= { apiGroup: '', kind: '', name: '' }
  if (!o.roleRef.apiGroup) o.roleRef.apiGroup = RBAC
  for (const s of o.subjects ?? []) if (!s.apiGroup && (s.kind === 'User' || s.kind === 'Group')) s.apiGroup = RBAC
}

function bindingCells(o: ApiObject, c: { now: number }): unknown[] {
  const subjects: Array<{ kind: string, name: string, namespace?: string }> = o.subjects ?? []
  const names = (kind: string) => subjects.filter((s) => s.kind === kind).map((s) => (kind === 'ServiceAccount' ? `${s.namespace ?? ''}/${s.name}` : s.name)).join(', ')
  return [o.metadata.name, `${o.roleRef?.kind}/${o.roleRef?.name}`, ageOf(o, c), names('User'), names('Group'), names('ServiceAccount')]
}
