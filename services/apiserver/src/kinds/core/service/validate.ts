import { dns1123Label, dns1123Subdomain, duplicate, fieldForbidden, inclusiveRange, invalid, isQualifiedName, notSupported, required } from '@drydock/api'
import type { FieldError, Service, ServiceSpec } from '@drydock/api'
import { byRule, cidr, ip, isIP, labels, oneOf, port, portName } from '../../lib/validate.ts'
import { isExternallyAccessible, isHeadless, needsClusterIP, needsHealthCheckPort } from './needs.ts'

/** ValidateService, in upstream's words (pkg/apis/core/validation). */
type Errors = FieldError[]
type Port = NonNullable<ServiceSpec['ports']>[number]
const onlyForBalancers = "may only be used when `type` is 'LoadBalancer'"
const rangesAnnotation = 'service.beta.kubernetes.io/load-balancer-source-ranges'

export function validate(service: Service): Errors {
  const s = service.spec ?? {}
  return [
    ...topologyMode(service),
    ...(!s.ports?.length && !isHeadless(s) && s.type !== 'ExternalName' ? [required('spec.ports')] : []),
    ...byType(s), ...ports(s), ...labels('spec.selector', s.selector), ...affinity(s), ...clusterIPs(s),
    ...(s.externalIPs ?? []).flatMap((a, i) => externalIP(`spec.externalIPs[${i}]`, a)),
    ...(s.type ? oneOf('spec.type', s.type, ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort']) : [required('spec.type')]),
    ...sourceRanges(service, s), ...balancer(s), ...trafficPolicies(s),
  ]
}

export function validateUpdate(service: Service, was: Service): Errors {
  const s = service.spec ?? {}, old = was.spec ?? {}
  const errors: Errors = []
  if (needsClusterIP(s) && needsClusterIP(old) && old.clusterIPs?.length && !clusterIPs(s).length) {
    const [now] = s.clusterIPs ?? [], [before] = old.clusterIPs
    if (now === undefined) errors.push(invalid('spec.clusterIPs[0]', s.clusterIPs ?? null, 'primary clusterIP can not be unset'))
    else if (now !== before) errors.push(invalid('spec.clusterIPs[0]', s.clusterIPs, 'may not change once set'))
  }
  if (s.type === 'LoadBalancer' && old.type === 'LoadBalancer' && s.loadBalancerClass !== old.loadBalancerClass) errors.push(invalid('spec.loadBalancerClass', s.loadBalancerClass ?? null, 'may not change once set'))
  errors.push(...balancerClass(s))
  if (needsHealthCheckPort(old) && needsHealthCheckPort(s) && (s.healthCheckNodePort ?? 0) !== (old.healthCheckNodePort ?? 0)) errors.push(fieldForbidden('spec.healthCheckNodePort', 'field is immutable'))
  return [...errors, ...validate(service)]
}

export function validateStatus(service: Service): Errors {
  const ingress = service.status?.loadBalancer?.ingress ?? []
  if (ingress.length && service.spec?.type !== 'LoadBalancer') return [fieldForbidden('status.loadBalancer.ingress', "may only be used when `spec.type` is \"LoadBalancer\"")]
  return ingress.flatMap((i, n) => {
    const at = `status.loadBalancer.ingress[${n}]`
    return [
      ...(i.ip ? ip(`${at}.ip`, i.ip) : []),
      ...(i.ip && i.ipMode === undefined ? [required(`${at}.ipMode`, 'must be specified when `ip` is set')] : []),
      ...(!i.ip && i.ipMode !== undefined ? [fieldForbidden(`${at}.ipMode`, 'may not be specified when `ip` is not set')] : []),
      ...(i.ipMode !== undefined ? oneOf(`${at}.ipMode`, i.ipMode, ['Proxy', 'VIP']) : []),
      ...(i.hostname ? byRule(`${at}.hostname`, i.hostname, dns1123Subdomain) : []),
      ...(i.hostname && isIP(i.hostname) ? [invalid(`${at}.hostname`, i.hostname, 'must be a DNS name, not an IP address')] : []),
    ]
  })
}

function byType(s: ServiceSpec): Errors {
  if (s.type === 'ExternalName') return externalName(s)
  const errors: Errors = []
  if ((s.type === 'LoadBalancer' || s.type === 'NodePort') && isHeadless(s)) errors.push(invalid('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${s.type} services`))
  return errors
}

function externalName(s: ServiceSpec): Errors {
  const not = 'may not be set for ExternalName services', name = (s.externalName ?? '').replace(/\.$/, '')
  return [
    ...(s.clusterIPs?.length ? [fieldForbidden('spec.clusterIPs', not)] : []), ...(s.ipFamilies?.length ? [fieldForbidden('spec.ipFamilies', not)] : []),
    ...(s.ipFamilyPolicy !== undefined ? [fieldForbidden('spec.ipFamilyPolicy', not)] : []),
    ...(name ? byRule('spec.externalName', name, dns1123Subdomain) : [required('spec.externalName')]),
  ]
}

function ports(s: ServiceSpec): Errors {
  const list = s.ports ?? [], names = new Set<string>(), seen = new Set<string>(), nodePorts = new Set<string>()
  const errors = list.flatMap((p, i) => onePort(`spec.ports[${i}]`, p, list.length > 1, names))
  if (s.type === 'ClusterIP') list.forEach((p, i) => { if (p.nodePort) errors.push(fieldForbidden(`spec.ports[${i}].nodePort`, "may not be used when `type` is 'ClusterIP'")) })
  list.forEach((p, i) => {
    if (p.nodePort && nodePorts.size === nodePorts.add(`${p.protocol}/${p.nodePort}`).size) errors.push(duplicate(`spec.ports[${i}].nodePort`, p.nodePort))
  })
  list.forEach((p, i) => {
    const key = { Name: '', Protocol: p.protocol ?? '', AppProtocol: null, Port: p.port ?? 0, TargetPort: 0, NodePort: 0 }
    if (seen.size === seen.add(JSON.stringify(key)).size) errors.push(duplicate(`spec.ports[${i}]`, key))
  })
  return errors
}

function onePort(at: string, p: Port, needsName: boolean, names: Set<string>): Errors {
  const errors: Errors = []
  if (needsName && !p.name) errors.push(required(`${at}.name`))
  else if (p.name) {
    errors.push(...byRule(`${at}.name`, p.name, dns1123Label))
    if (names.has(p.name)) errors.push(duplicate(`${at}.name`, p.name))
    names.add(p.name)
  }
  errors.push(...port(`${at}.port`, p.port ?? 0))
  errors.push(...(p.protocol ? oneOf(`${at}.protocol`, p.protocol, ['SCTP', 'TCP', 'UDP']) : [required(`${at}.protocol`)]))
  errors.push(...(typeof p.targetPort === 'string' ? byRule(`${at}.targetPort`, p.targetPort, portName) : port(`${at}.targetPort`, p.targetPort ?? 0)))
  if (p.appProtocol !== undefined) errors.push(...byRule(`${at}.appProtocol`, p.appProtocol, isQualifiedName))
  return errors
}

function affinity(s: ServiceSpec): Errors {
  if (!s.sessionAffinity) return [required('spec.sessionAffinity')]
  const kind = oneOf('spec.sessionAffinity', s.sessionAffinity, ['ClientIP', 'None']), config = s.sessionAffinityConfig
  if (s.sessionAffinity === 'None') return config ? [...kind, fieldForbidden('spec.sessionAffinityConfig', 'must not be set when session affinity is None')] : kind
  if (s.sessionAffinity !== 'ClientIP') return kind
  const seconds = config?.clientIP?.timeoutSeconds
  if (!config) return [required('spec.sessionAffinityConfig', 'when session affinity type is ClientIP')]
  if (seconds === undefined) return [required('spec.sessionAffinityConfig.clientIP.timeoutSeconds', 'when session affinity type is ClientIP')]
  return seconds <= 0 || seconds > 86_400 ? [invalid('spec.sessionAffinityConfig.clientIP.timeoutSeconds', seconds, 'must be greater than 0 and less than 86400')] : []
}

/** ValidateServiceClusterIPsRelatedFields: also checked before anything is allocated. */
export function clusterIPs(s: ServiceSpec): Errors {
  if (s.type === 'ExternalName') return []
  const list = s.clusterIPs ?? [], at = 'spec.clusterIPs', seen = new Set<string>()
  const errors: Errors = []
  s.ipFamilies?.forEach((f, i) => {
    errors.push(...oneOf(`spec.ipFamilies[${i}]`, f, ['IPv4', 'IPv6']))
    if (seen.has(f)) errors.push(duplicate(`spec.ipFamilies[${i}]`, f))
    seen.add(f)
  })
  if (s.ipFamilyPolicy !== undefined) errors.push(...oneOf('spec.ipFamilyPolicy', s.ipFamilyPolicy, ['PreferDualStack', 'RequireDualStack', 'SingleStack']))
  if (list.length && !s.clusterIP) errors.push(invalid(at, list, 'must be empty when `clusterIP` is not specified'))
  else if (list.length && list[0] !== s.clusterIP) errors.push(invalid(at, list, 'first value must match `clusterIP`'))
  let bad = false
  list.forEach((a, i) => {
    const found = a === 'None' && i === 0 ? (list.length > 1 ? [invalid(at, list, '\'None\' must be the first and only value')] : []) : ip(`${at}[${i}]`, a)
    bad ||= found.length > 0
    errors.push(...found)
  })
  if (list.length > 2) errors.push(invalid(at, list, 'may only hold up to 2 values'))
  if (bad) return errors
  const family = (a: string) => (a.includes(':') ? 'IPv6' : 'IPv4')
  if (list.length === 2 && family(list[0]!) === family(list[1]!)) errors.push(invalid(at, list, 'may specify no more than one IP for each IP family'))
  if (!isHeadless(s) && !errors.length) list.forEach((a, i) => {
    const wanted = s.ipFamilies?.[i]
    if (wanted && wanted !== family(a)) errors.push(invalid(`${at}[${i}]`, a, `expected an ${wanted} value as indicated by \`ipFamilies[${i}]\``))
  })
  return errors
}

function externalIP(at: string, a: string): Errors {
  const errors = ip(at, a)
  return errors.length ? errors : nonSpecialIP(at, a)
}

/** ValidateNonSpecialIP: where traffic for others must not go. */
export function nonSpecialIP(at: string, a: string): Errors {
  const says = (why: string) => [invalid(at, a, why)]
  if (a === '0.0.0.0' || a === '::') return says('may not be unspecified (0.0.0.0 or ::)')
  if (a.startsWith('127.') || a === '::1') return says('may not be in the loopback range (127.0.0.0/8, ::1/128)')
  if (a.startsWith('169.254.') || /^fe[89ab]/i.test(a)) return says('may not be in the link-local range (169.254.0.0/16, fe80::/10)')
  if (a.startsWith('224.0.0.') || /^ff02:/i.test(a)) return says('may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)')
  return []
}

function sourceRanges(service: Service, s: ServiceSpec): Errors {
  if (s.loadBalancerSourceRanges?.length) {
    const at = 'spec.LoadBalancerSourceRanges'
    return [...(s.type === 'LoadBalancer' ? [] : [fieldForbidden(at, onlyForBalancers)]), ...s.loadBalancerSourceRanges.flatMap((r, i) => cidr(`${at}[${i}]`, r.trim()))]
  }
  const annotation = service.metadata?.annotations?.[rangesAnnotation]
  if (annotation === undefined) return []
  const at = `metadata.annotations[${rangesAnnotation}]`, text = annotation.trim()
  return [...(s.type === 'LoadBalancer' ? [] : [fieldForbidden(at, onlyForBalancers)]), ...(text ? text.split(',').flatMap((r) => cidr(at, r.trim())) : [])]
}

function balancer(s: ServiceSpec): Errors {
  const errors: Errors = [], balanced = s.type === 'LoadBalancer'
  if (s.allocateLoadBalancerNodePorts !== undefined && !balanced) errors.push(fieldForbidden('spec.allocateLoadBalancerNodePorts', onlyForBalancers))
  return [...errors, ...balancerClass(s)]
}

function balancerClass(s: ServiceSpec): Errors {
  if (s.loadBalancerClass === undefined) return []
  return s.type === 'LoadBalancer' ? byRule('spec.loadBalancerClass', s.loadBalancerClass, isQualifiedName) : [fieldForbidden('spec.loadBalancerClass', onlyForBalancers)]
}

const TOPOLOGY_MODE = 'service.kubernetes.io/topology-mode', TOPOLOGY_HINTS = 'service.kubernetes.io/topology-aware-hints'

/** The annotation's old and new name must say the same. */
function topologyMode(service: Service): Errors {
  const mode = service.metadata?.annotations?.[TOPOLOGY_MODE], hints = service.metadata?.annotations?.[TOPOLOGY_HINTS]
  return mode !== undefined && hints !== undefined && mode !== hints ? [invalid(`metadata.annotations[${TOPOLOGY_MODE}]`, mode, `must match annotations[${TOPOLOGY_HINTS}] when both are specified`)] : []
}

function trafficPolicies(s: ServiceSpec): Errors {
  const errors: Errors = [], both = ['Cluster', 'Local'], external = s.externalTrafficPolicy
  if (isExternallyAccessible(s)) errors.push(...(external ? oneOf('spec.externalTrafficPolicy', external, both) : [required('spec.externalTrafficPolicy')]))
  else if (external) errors.push(invalid('spec.externalTrafficPolicy', external, 'may only be set for externally-accessible services'))
  const health = s.healthCheckNodePort ?? 0
  if (!needsHealthCheckPort(s)) {
    if (health) errors.push(invalid('spec.healthCheckNodePort', health, "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"))
  } else if (!health) errors.push(required('spec.healthCheckNodePort'))
  else if (health < 1 || health > 65_535) errors.push(invalid('spec.healthCheckNodePort', health, inclusiveRange(1, 65_535)))
  if (s.internalTrafficPolicy !== undefined) errors.push(...oneOf('spec.internalTrafficPolicy', s.internalTrafficPolicy, both))
  else if (['NodePort', 'LoadBalancer', 'ClusterIP'].includes(s.type ?? '')) errors.push(required('spec.internalTrafficPolicy'))
  if (s.trafficDistribution !== undefined) errors.push(...(['PreferClose', 'PreferSameZone', 'PreferSameNode'].includes(s.trafficDistribution) ? [] : [notSupported('spec.trafficDistribution', s.trafficDistribution, ['PreferClose', 'PreferSameZone', 'PreferSameNode'])]))
  return errors
}
