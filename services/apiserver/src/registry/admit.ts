/** The admission chain of one write: every plugin's admit, later every plugin's validate. */
import type { AdmissionPlugin, AdmissionRequest, ApiObject, Operation } from '../admission/types.ts'
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

/** May change `i.object`. A promise only where a plugin has to wait for something: most have nothing to say, or say it at once. */
export const admit = (p: Registry, r: ResourceRequest, i: AdmissionInput): Promise<void> | void => run(p.admission, 'admit', request(r, i), 0)

export const validateAdmission = (p: Registry, r: ResourceRequest, i: AdmissionInput): Promise<void> | void => run(p.admission, 'validate', request(r, i), 0)

function run(plugins: readonly AdmissionPlugin[], step: 'admit' | 'validate', a: AdmissionRequest, from: number): Promise<void> | void {
  for (let k = from; k < plugins.length; k++) {
    const plugin = plugins[k]!
    const waiting = plugin[step] && plugin.handles(a) ? plugin[step](a) : undefined
    if (waiting) return waiting.then(() => run(plugins, step, a, k + 1))
  }
}
