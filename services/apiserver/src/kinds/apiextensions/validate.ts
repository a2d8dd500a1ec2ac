import { dns1035Label, invalid, notSupported, required } from '@drydock/api'
import type { ApiObject } from '../../admission/types.ts'
import { byRule, each, subdomain, type Errors } from '../lib/validate.ts'

/** The frame of a definition: names, group, scope, versions, conversion. What its schemas say is not checked yet. */
type Part = Record<string, any>

export function validateDefinition(o: ApiObject): Errors {
  const spec: Part = o.spec ?? {}
  const names: Part = spec.names ?? {}
  const expected = `${names.plural ?? ''}.${spec.group ?? ''}`
  const out: Errors = []
  if (o.metadata.name && o.metadata.name !== expected) out.push(invalid('metadata.name', o.metadata.name, 'must be spec.names.plural+"."+spec.group'))
  if (!spec.group) out.push(required('spec.group'))
  else {
    const bad = subdomain('spec.group', spec.group)
    out.push(...bad)
    if (!bad.length && !spec.group.includes('.')) out.push(invalid('spec.group', spec.group, 'should be a domain with at least one dot'))
  }
  if (!spec.scope) out.push(required('spec.scope'))
  else if (!['Cluster', 'Namespaced'].includes(spec.scope)) out.push(notSupported('spec.scope', spec.scope, ['Cluster', 'Namespaced']))
  return [...out, ...versions(o, spec), ...definitionNames(names), ...conversion(spec.conversion ?? {})]
}

function versions(o: ApiObject, spec: Part): Errors {
  const list = (spec.versions ?? []) as Part[]
  const out = each(list, 'spec.versions', (v, at) => [
    ...byRule(`${at}.name`, v.name ?? '', dns1035Label), ...(v.schema?.openAPIV3Schema ? [] : [required(`${at}.schema.openAPIV3Schema`, '')]),
  ])
  // An only version is also upstream's old field `version`.
  if (list.length === 1) out.push(...byRule('spec.version', list[0]!.name ?? '', dns1035Label))
  if (list.filter((v) => v.storage).length !== 1) out.push(invalid('spec.versions', spec.versions ?? null, 'must have exactly one version marked as storage version'))
  if (!o.status?.storedVersions?.length) out.push(invalid('status.storedVersions', o.status?.storedVersions?.length ? o.status.storedVersions : null, 'must have at least one stored version'))
  return out
}

const MIXED = 'may have mixed case, but should otherwise match: '

function definitionNames(n: Part): Errors {
  const out: Errors = []
  const plain = (field: string) => { if (n[field]) out.push(...byRule(`spec.names.${field}`, n[field], dns1035Label)); else out.push(required(`spec.names.${field}`)) }
  const mixed = (field: string) => { if (n[field]) out.push(...dns1035Label(String(n[field]).toLowerCase()).map((m) => invalid(`spec.names.${field}`, n[field], MIXED + m))); else out.push(required(`spec.names.${field}`)) }
  plain('plural')
  plain('singular')
  mixed('kind')
  mixed('listKind')
  out.push(...each(n.shortNames as string[] | undefined, 'spec.names.shortNames', (s, at) => byRule(at, s, dns1035Label)))
  out.push(...each(n.categories as string[] | undefined, 'spec.names.categories', (s, at) => byRule(at, s, dns1035Label)))
  if (n.kind && n.kind === n.listKind) out.push(invalid('spec.names.listKind', n.listKind, 'kind and listKind may not be the same'))
  return out
}

function conversion(c: Part): Errors {
  if (!c.strategy) return [required('spec.conversion.strategy')]
  if (!['None', 'Webhook'].includes(c.strategy)) return [notSupported('spec.conversion.strategy', c.strategy, ['None', 'Webhook'])]
  if (c.strategy === 'None') return []
  const out: Errors = []
  if (!c.webhook?.clientConfig) out.push(required('spec.conversion.webhookClientConfig', 'required when strategy is set to Webhook'))
  if (!c.webhook?.conversionReviewVersions?.length) out.push(required('spec.conversion.conversionReviewVersions', ''))
  return out
}
