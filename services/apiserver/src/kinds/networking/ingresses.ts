import { invalid, resources } from '@drydock/api'
import type { FieldError, Ingress } from '@drydock/api'
import type { ApiObject } from '../../admission/types.ts'
import type { Kind } from '../kind.ts'
import { balancerAddresses, validateIngress } from './validate.ts'
import { ageOf } from '../lib/cells.ts'
import { specAndStatus } from '../lib/strategy.ts'

const CLASS = 'kubernetes.io/ingress.class'

export const ingresses: Kind = {
  resource: resources.ingresses,
  defaults(o) {
    o.spec ??= {}
    o.status ??= {}
    o.status.loadBalancer ??= {}
  },
  ...specAndStatus({ emptyStatus: () => ({ loadBalancer: {} }), validate: (o) => balancerAddresses(o.status?.loadBalancer?.ingress) }),
  cells: ingressCells,
  warnings: (o, old) => (old || o.metadata.annotations?.[CLASS] === undefined ? [] : [`annotation "${CLASS}" is deprecated, please use 'spec.ingressClassName' instead`]),
  validate: (o) => [...validateIngress(o.spec), ...classesAgree(o)],
  validateUpdate: (o) => validateIngress(o.spec),
  allowUnconditionalUpdate: true,
}

function classesAgree(o: ApiObject): FieldError[] {
  const annotation = o.metadata.annotations?.[CLASS] as string | undefined, name = o.spec?.ingressClassName as string | undefined
  return annotation === undefined || name === undefined || annotation === name ? [] : [invalid(`annotations.${CLASS}`, annotation, 'must match `ingressClassName` when both are specified')]
}

function ingressCells(o: ApiObject, c: { now: number }): unknown[] {
  const ingress = o as unknown as Ingress
  const addresses = (ingress.status?.loadBalancer?.ingress ?? []).map((i) => i.ip || i.hostname || '').filter(Boolean)
  return [
    ingress.metadata?.name, ingress.spec?.ingressClassName ?? '<none>', hosts(ingress), [...new Set(addresses)].sort().join(','),
    ingress.spec?.tls?.length ? '80, 443' : '80', ageOf(o, c),
  ]
}

function hosts(i: Ingress): string {
  const names = (i.spec?.rules ?? []).map((r) => r.host ?? '').filter(Boolean)
  if (names.length === 0) return '*'
  return names.length > 3 ? `${names.slice(0, 3).join(',')} + ${names.length - 3} more...` : names.join(',')
}
