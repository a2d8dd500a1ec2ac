import { resources } from '@drydock/api'
import type { ApiObject } from '../../admission/types.ts'
import type { Kind } from '../kind.ts'
import { immutable } from '../lib/selector.ts'
import { cidrsFrozen, parentFrozen, validateIPAddress, validateIngressClass, validateNetworkPolicy, validateServiceCIDR } from './validate.ts'
import { ageOf } from '../lib/cells.ts'
import { formatSelector } from '../lib/print.ts'
import { reflectEqual, semanticEqual } from '../lib/equal.ts'
import { bumpGeneration, keep, keepMeta } from '../lib/strategy.ts'

const countSpec = {
  prepareForCreate(o: ApiObject) { o.metadata.generation = 1 },
  prepareForUpdate(o: ApiObject, old: ApiObject) { bumpGeneration(o, old, !semanticEqual(o.spec, old.spec)) },
}

export const ingressclasses: Kind = {
  resource: resources.ingressclasses,
  defaults(o) {
    o.spec ??= {}
    if (o.spec.parameters) o.spec.parameters.scope ??= 'Cluster'
  },
  ...countSpec,
  cells(o, c) {
    const p = o.spec?.parameters
    const parameters = p ? `${p.kind}${p.apiGroup ? `.${p.apiGroup}` : ''}/${p.name}` : '<none>'
    return [o.metadata.name, o.spec?.controller ?? '', parameters, ageOf(o, c)]
  },
  validate: (o) => validateIngressClass(o.spec),
  validateUpdate: (o, old) => [...validateIngressClass(o.spec), ...immutable('spec.controller', o.spec.controller, old.spec.controller, o.spec.controller ?? '')],
  allowUnconditionalUpdate: true,
}

export const networkpolicies: Kind = {
  resource: resources.networkpolicies,
  defaults(o) {
    const spec = (o.spec ??= {})
    spec.podSelector ??= {}
    for (const rule of [...(spec.ingress ?? []), ...(spec.egress ?? [])]) for (const p of rule.ports ?? []) p.protocol ??= 'TCP'
    if (!spec.policyTypes?.length) spec.policyTypes = spec.egress?.length ? ['Ingress', 'Egress'] : ['Ingress']
  },
  ...countSpec,
  // An empty list is another than none here.
  prepareForUpdate: (o, old) => bumpGeneration(o, old, !reflectEqual(o.spec, old.spec)),
  cells: (o, c) => [o.metadata.name, formatSelector(o.spec?.podSelector), ageOf(o, c)],
  validate: (o) => validateNetworkPolicy(o.spec),
  // Twice, as upstream does.
  validateUpdate: (o) => [...validateNetworkPolicy(o.spec), ...validateNetworkPolicy(o.spec)],
  allowUnconditionalUpdate: true,
}

export const ipaddresses: Kind = {
  resource: resources.ipaddresses,
  // The third cell has no column: upstream's printer and table disagree.
  cells: (o, c) => {
    const p = o.spec?.parentRef ?? {}
    return [o.metadata.name, [p.resource && p.group ? `${p.resource}.${p.group}` : p.resource, p.namespace, p.name].filter(Boolean).join('/'), ageOf(o, c)]
  },
  validateName: () => [],
  validate: (o) => validateIPAddress(o.metadata.name ?? '', o.spec),
  validateUpdate: (o, old) => [...validateIPAddress(o.metadata.name ?? '', o.spec), ...parentFrozen(o.spec, old.spec)],
  allowUnconditionalUpdate: true,
}

export const servicecidrs: Kind = {
  resource: resources.servicecidrs,
  defaults(o) { o.spec ??= {}; o.status ??= {} },
  prepareForCreate(o) { o.status = {} },
  prepareForUpdate: (o, old) => keep(o, old, 'status'),
  subresources: { status: { prepareForUpdate(o, old) { keep(o, old, 'spec'); keepMeta(o, old, 'generation') } } },
  cells: (o, c) => [o.metadata.name, (o.spec?.cidrs ?? []).join(','), ageOf(o, c)],
  validate: (o) => validateServiceCIDR(o.spec),
  validateUpdate: (o, old) => cidrsFrozen(o.spec, old.spec),
  allowUnconditionalUpdate: true,
}
