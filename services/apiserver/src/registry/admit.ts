/** The admission chain of one write: every plugin's admit, later every plugin's validate. */
import type { AdmissionRequest, ApiObject, Operation } from '../admission/types.ts'
import { type Registry, type ResourceRequest, warn } from './parts.ts'

export interface AdmissionInput {
  operation: Operation
  name: string
  object?: ApiObject | undefined
  oldObject?: ApiObject | undefined
  options: Record<string, unknown>
  dryRun: boolean
  /** Default: the request's. */
  subresource?: string
}

function request(r: ResourceRequest, i: AdmissionInput): AdmissionRequest {
  return {
    operation: i.operation, resource: r.type.fact, subresource: i.subresource ?? r.info.subresource, namespace: r.info.namespace, name: i.name,
    ...(i.object && { object: i.object }), ...(i.oldObject && { oldObject: i.oldObject }),
    options: i.options, dryRun: i.dryRun, user: r.user, warn: (text) => warn(r.warnings, text), signal: r.signal,
  }
}

/** May change `i.object`. */
export async function admit(p: Registry, r: ResourceRequest, i: AdmissionInput): Promise<void> {
  const a = request(r, i)
  for (const plugin of p.admission) if (plugin.admit && plugin.handles(a)) await plugin.admit(a)
}

export async function validateAdmission(p: Registry, r: ResourceRequest, i: AdmissionInput): Promise<void> {
  const a = request(r, i)
  for (const plugin of p.admission) if (plugin.validate && plugin.handles(a)) await plugin.validate(a)
}
