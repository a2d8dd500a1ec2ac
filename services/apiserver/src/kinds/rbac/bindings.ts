import { resources } from '@drydock/api'
import type { ApiObject } from '../../admission/types.ts'
import type { Kind } from '../kind.ts'

const RBAC = 'rbac.authorization.k8s.io'

export const rolebindings: Kind = { resource: resources.rolebindings, defaults: defaultBinding, allowUnconditionalUpdate: true }
export const clusterrolebindings: Kind = { resource: resources.clusterrolebindings, defaults: defaultBinding, allowUnconditionalUpdate: true }

function defaultBinding(o: ApiObject): void {
  o.roleRef ??= { apiGroup: '', kind: '', name: '' }
  if (!o.roleRef.apiGroup) o.roleRef.apiGroup = RBAC
  for (const s of o.subjects ?? []) if (!s.apiGroup && (s.kind === 'User' || s.kind === 'Group')) s.apiGroup = RBAC
}
