import { nameIsDNS1035Label, resources } from '@drydock/api'
import type { Service, ServiceSpec } from '@drydock/api'
import type { ApiObject } from '../../../admission/types.ts'
import type { Kind } from '../../kind.ts'
import { ageOf } from '../../lib/cells.ts'
import { formatLabels } from '../../lib/print.ts'
import { keep, setDefaultText } from '../../lib/strategy.ts'
import { validate, validateStatus, validateUpdate } from './validate.ts'
import { warnings } from './warnings.ts'
import { isExternallyAccessible, needsClusterIP, needsHealthCheckPort, needsNodePorts } from './needs.ts'

const specOf = (o: ApiObject): ServiceSpec => (o['spec'] ??= {}) as ServiceSpec
const defaultAffinitySeconds = 10_800

/** Services. Addresses and ports are given out by the registry's reservation (registry/reservations/services.ts), not here. */
export const services: Kind = {
  resource: resources.services,
  validateName: nameIsDNS1035Label,
  defaults(o) {
    const s = specOf(o)
    setDefaultText(s, 'sessionAffinity', 'None')
    if (s.sessionAffinity === 'None') delete s.sessionAffinityConfig
    if (s.sessionAffinity === 'ClientIP' && s.sessionAffinityConfig?.clientIP?.timeoutSeconds === undefined) s.sessionAffinityConfig = { clientIP: { timeoutSeconds: defaultAffinitySeconds } }
    setDefaultText(s, 'type', 'ClusterIP')
    for (const p of s.ports ?? []) {
      if (!p.protocol) p.protocol = 'TCP'
      if (p.targetPort === undefined || p.targetPort === null || p.targetPort === 0 || p.targetPort === '') p.targetPort = p.port ?? 0
    }
    if (isExternallyAccessible(s) && !s.externalTrafficPolicy) s.externalTrafficPolicy = 'Cluster'
    if (s.internalTrafficPolicy === undefined && ['NodePort', 'LoadBalancer', 'ClusterIP'].includes(s.type ?? '')) s.internalTrafficPolicy = 'Cluster'
    if (s.type === 'LoadBalancer') s.allocateLoadBalancerNodePorts ??= true
    const status = (o['status'] ??= {})
    status.loadBalancer ??= {}
    if (s.type === 'LoadBalancer') for (const i of status.loadBalancer.ingress ?? []) if (i.ip && i.ipMode === undefined) i.ipMode = 'VIP'
  },
  prepareForCreate(o) { o['status'] = { loadBalancer: {} } },
  prepareForUpdate(o, old) {
    keep(o, old, 'status')
    dropTypeDependentFields(specOf(o), specOf(old))
  },
  validate: (o) => validate(o as unknown as Service),
  validateUpdate: (o, old) => validateUpdate(o as unknown as Service, old as unknown as Service),
  subresources: { status: { prepareForUpdate: (o, old) => keep(o, old, 'spec'), validateUpdate: (o) => validateStatus(o as unknown as Service) } },
  fields: (o) => ({ 'spec.clusterIP': o['spec']?.clusterIP ?? '', 'spec.type': o['spec']?.type ?? '' }),
  allowUnconditionalUpdate: true,
  warnings: (o) => warnings(o as unknown as Service),
  cells(o, c) {
    const s = specOf(o)
    return [o.metadata['name'], s.type ?? '', s.clusterIPs?.[0] ?? '<none>', externalAddresses(o), portsCell(s), ageOf(o, c), formatLabels(s.selector)]
  },
}

/** What belonged to the former type goes with it, where the client left it as it was. */
function dropTypeDependentFields(now: ServiceSpec, old: ServiceSpec): void {
  const same = (f: keyof ServiceSpec) => JSON.stringify(now[f]) === JSON.stringify(old[f])
  const drop = (...fields: Array<keyof ServiceSpec>) => { for (const f of fields) if (same(f)) delete now[f] }
  if (needsClusterIP(old) && !needsClusterIP(now)) {
    if (same('clusterIP') && same('clusterIPs')) { delete now.clusterIP; delete now.clusterIPs }
    drop('ipFamilies', 'ipFamilyPolicy')
  }
  if (needsNodePorts(old) && !needsNodePorts(now)) {
    const had = new Set(old.ports?.map((p) => p.nodePort))
    if (now.ports?.every((p) => !p.nodePort || had.has(p.nodePort))) for (const p of now.ports) delete p.nodePort
  }
  if (needsHealthCheckPort(old) && !needsHealthCheckPort(now)) drop('healthCheckNodePort')
  if (old.type === 'LoadBalancer' && now.type !== 'LoadBalancer') drop('allocateLoadBalancerNodePorts', 'loadBalancerClass')
  if (isExternallyAccessible(old) && !isExternallyAccessible(now)) drop('externalTrafficPolicy')
  if (old.type !== 'ExternalName' && now.type === 'ExternalName') drop('internalTrafficPolicy')
}

function externalAddresses(o: ApiObject): string {
  const s = specOf(o), own = s.externalIPs ?? []
  if (s.type === 'ExternalName') return s.externalName ?? ''
  if (s.type !== 'LoadBalancer') return own.join(',') || '<none>'
  const ingress = ((o['status']?.loadBalancer?.ingress ?? []) as Array<{ ip?: string, hostname?: string }>).map((i) => i.ip || i.hostname || '').filter(Boolean)
  return [...[...new Set(ingress)].sort(), ...own].join(',') || '<pending>'
}

const portsCell = (s: ServiceSpec): string => (s.ports ?? []).map((p) => `${p.port}${p.nodePort ? `:${p.nodePort}` : ''}/${p.protocol}`).join(',') || '<none>'
