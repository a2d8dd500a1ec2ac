import { forbidden } from '@drydock/api'
import type { StatusError } from '@drydock/api'
import type { AdmissionRequest } from './types.ts'

/** What messages call the object: its name, else what its name is generated from (admission.extractResourceName). */
export function nameOf(r: AdmissionRequest): string {
  return r.name || (r.object?.metadata?.['name'] as string | undefined) || (r.object?.metadata?.['generateName'] as string | undefined) || 'Unknown'
}

/** admission.NewForbidden. */
export const refuse = (r: AdmissionRequest, why: string): StatusError => forbidden(r.resource, nameOf(r), why)

/** Several reasons as Go's aggregate of errors prints them: one bare, more in brackets, none twice. */
export function aggregate(reasons: readonly string[]): string {
  const distinct = [...new Set(reasons)]
  return distinct.length === 1 ? distinct[0]! : `[${distinct.join(', ')}]`
}
