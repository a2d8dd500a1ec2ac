import { resources } from '@drydock/api'
import type { ApiObject } from '../../admission/types.ts'
import type { Kind } from '../kind.ts'
import { ageOf } from '../lib/cells.ts'

export const controllerrevisions: Kind = {
  resource: resources.controllerrevisions,
  defaults(o) {
    o.revision ??= 0
  },
  cells: (o, c) => [o.metadata.name, controllerOf(o), o.revision ?? 0, ageOf(o, c)],
  allowUnconditionalUpdate: true,
}

/** `daemonset.apps/name`, in lower case. */
function controllerOf(o: ApiObject): string {
  const owner = (o.metadata.ownerReferences as Array<{ controller?: boolean, kind: string, name: string, apiVersion: string }> | undefined)?.find((r) => r.controller)
  if (!owner) return '<none>'
  const group = owner.apiVersion.includes('/') ? owner.apiVersion.slice(0, owner.apiVersion.indexOf('/')) : ''
  return `${owner.kind.toLowerCase()}${group && `.${group}`}/${owner.name}`
}
