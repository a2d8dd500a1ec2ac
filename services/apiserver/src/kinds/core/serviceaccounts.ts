import { resources } from '@drydock/api'
import type { ApiObject } from '../../admission/types.ts'
import type { Kind } from '../kind.ts'
import { nameAndAge } from '../lib/cells.ts'

const ENFORCE = 'kubernetes.io/enforce-mountable-secrets'

export const serviceaccounts: Kind = {
  resource: resources.serviceaccounts,
  prepareForCreate: cleanReferences,
  prepareForUpdate: cleanReferences,
  cells: nameAndAge,
  warnings: (o, old) => (o.metadata.annotations?.[ENFORCE] === undefined || old ? [] : [`metadata.annotations[${ENFORCE}]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets`]),
  allowUnconditionalUpdate: true,
}

/** Of a reference to a secret only the name counts: it is always of the same namespace. */
function cleanReferences(o: ApiObject): void {
  if (Array.isArray(o.secrets)) o.secrets = o.secrets.map((s: { name?: string }) => (s.name ? { name: s.name } : {}))
}
