import { StatusError, forbidden } from '@drydock/api'
import type { Attributes } from './types.ts'

/** The 403 of a request that no authorizer allowed (responsewriters.Forbidden), to upstream's letter. */
export function forbiddenFor(a: Attributes, reason = ''): StatusError {
  const what = escape(sentence(a))
  const why = reason ? `${what}: ${reason}` : what
  return a.resource
    ? forbidden({ group: a.resource.group, resource: a.resource.resource }, a.resource.name, why)
    : new StatusError({ reason: 'Forbidden', message: `forbidden: ${why}`, details: {} })
}

function sentence(a: Attributes): string {
  const who = `User ${JSON.stringify(a.user.name)} cannot ${a.verb}`
  const r = a.resource
  if (!r) return `${who} path ${JSON.stringify(a.path ?? '')}`
  const resource = r.subresource ? `${r.resource}/${r.subresource}` : r.resource
  const where = r.namespace ? `in the namespace ${JSON.stringify(r.namespace)}` : 'at the cluster scope'
  return `${who} resource ${JSON.stringify(resource)} in API group ${JSON.stringify(r.group)} ${where}`
}

const escape = (s: string): string => s.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
