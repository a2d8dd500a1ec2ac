import { dns1035Label, dns1123Subdomain, fieldForbidden, invalid, nameIsPathSegment, notSupported, required, tooLong, wildcardDNS1123Subdomain } from '@drydock/api'
import type { IngressBackend, IngressClassSpec, IngressSpec, IPAddressSpec, NetworkPolicyPeer, NetworkPolicyPort, NetworkPolicySpec, ServiceCIDRSpec } from '@drydock/api'
import { semanticEqual } from '../lib/equal.ts'
import { byRule, cidr, domainPrefixedPath, each, ip, isCIDR, isIP, isIPv4, labelSelector, port, portName, subdomain, type Errors } from '../lib/validate.ts'

/** pkg/apis/networking/validation. */

const segment = (path: string, v: string): Errors => byRule(path, v, (s) => nameIsPathSegment(s, false))

export function validateIngress(spec: IngressSpec): Errors {
  const out: Errors = []
  if (!spec.rules?.length && !spec.defaultBackend) out.push(invalid('spec', spec.rules ?? null, 'either `defaultBackend` or `rules` must be specified'))
  if (spec.defaultBackend) out.push(...backend('spec.defaultBackend', spec.defaultBackend))
  out.push(...each(spec.rules, 'spec.rules', (r, at) => [...host(`${at}.host`, r.host ?? ''), ...(r.http ? paths(`${at}.http.paths`, r.http.paths) : [])]))
  out.push(...each(spec.tls, 'spec.tls', (t, at) => [
    ...each(t.hosts, `${at}.hosts`, (h, p) => (h.includes('*') ? byRule(p, h, wildcardDNS1123Subdomain) : subdomain(p, h))),
    ...(t.secretName ? subdomain(`${at}.secretName`, t.secretName) : []),
  ]))
  if (spec.ingressClassName !== undefined) out.push(...subdomain('spec.ingressClassName', spec.ingressClassName))
  return out
}

/** ValidateIngressLoadBalancerStatus. */
export const balancerAddresses = (list: ReadonlyArray<{ ip?: string, hostname?: string }> | undefined): Errors => each(list, 'status.loadBalancer.ingress', (i, at) => [
  ...(i.ip ? ip(`${at}.ip`, i.ip) : []),
  ...(i.hostname ? [...subdomain(`${at}.hostname`, i.hostname), ...(isIP(i.hostname) ? [invalid(`${at}.hostname`, i.hostname, 'must be a DNS name, not an IP address')] : [])] : []),
])

function host(path: string, h: string): Errors {
  if (!h) return []
  if (isIP(h)) return [invalid(path, h, 'must be a DNS name, not an IP address')]
  return byRule(path, h, h.includes('*') ? wildcardDNS1123Subdomain : dns1123Subdomain)
}

const pathTypes = ['Exact', 'ImplementationSpecific', 'Prefix']
const badSequences = ['//', '/./', '/../', '%2f', '%2F']
const badSuffixes = ['/..', '/.']

function paths(path: string, list: NonNullable<NonNullable<IngressSpec['rules']>[number]['http']>['paths'] | undefined): Errors {
  if (!list?.length) return [required(path)]
  return each(list, path, (p, at) => {
    const out: Errors = []
    const value = p.path ?? ''
    if (p.pathType === undefined) return [...out, required(`${at}.pathType`, 'pathType must be specified')]
    if (p.pathType === 'Exact' || p.pathType === 'Prefix') {
      if (!value.startsWith('/')) out.push(invalid(`${at}.path`, value, 'must be an absolute path'))
      for (const s of badSequences) if (value.includes(s)) out.push(invalid(`${at}.path`, value, `must not contain '${s}'`))
      for (const s of badSuffixes) if (value.endsWith(s)) out.push(invalid(`${at}.path`, value, `cannot end with '${s}'`))
    } else if (p.pathType === 'ImplementationSpecific') {
      if (value && !value.startsWith('/')) out.push(invalid(`${at}.path`, value, 'must be an absolute path'))
    } else out.push(notSupported(`${at}.pathType`, p.pathType, pathTypes))
    return [...out, ...backend(`${at}.backend`, p.backend ?? {})]
  })
}

function backend(path: string, b: IngressBackend): Errors {
  if (b.resource && b.service) return [invalid(path, '', 'cannot set both resource and service backends')]
  if (b.resource) return typedRef(`${path}.resource`, b.resource)
  if (!b.service) return [invalid(path, '', 'resource or service backend is required')]
  const { name, port: p } = b.service
  const out: Errors = name ? byRule(`${path}.service.name`, name, dns1035Label) : [required(`${path}.service.name`)]
  if (p?.name && p.number) out.push(invalid(path, '', 'cannot set both port name & port number'))
  else if (p?.name) out.push(...byRule(`${path}.service.port.name`, p.name, portName))
  else if (p?.number) out.push(...port(`${path}.service.port.number`, p.number))
  else out.push(required(path, 'port name or number is required'))
  return out
}

function typedRef(path: string, r: { apiGroup?: string | undefined, kind: string, name: string }): Errors {
  return [
    ...((r.apiGroup ?? undefined) === undefined ? [] : subdomain(`${path}.apiGroup`, r.apiGroup!)),
    ...(r.kind ? segment(`${path}.kind`, r.kind) : [required(`${path}.kind`)]), ...(r.name ? segment(`${path}.name`, r.name) : [required(`${path}.name`)]),
  ]
}

export function validateIngressClass(spec: IngressClassSpec): Errors {
  const c = spec.controller ?? ''
  const out: Errors = c.length > 250 ? [tooLong('spec.controller', 250)] : []
  out.push(...domainPrefixedPath('spec.controller', c))
  const p = spec.parameters
  if (!p) return out
  out.push(...typedRef('spec.parameters', p))
  if (p.scope === undefined) out.push(required('spec.parameters.scope'))
  else if (!['Cluster', 'Namespace'].includes(p.scope)) out.push(notSupported('spec.parameters.scope', p.scope, ['Cluster', 'Namespace']))
  if (p.scope === 'Namespace' && !p.namespace) out.push(required('spec.parameters.namespace', "`parameters.scope` is set to 'Namespace'"))
  if (p.scope === 'Cluster' && p.namespace !== undefined) out.push(fieldForbidden('spec.parameters.namespace', "`parameters.scope` is set to 'Cluster'"))
  return out
}

export function validateNetworkPolicy(spec: NetworkPolicySpec): Errors {
  const out = labelSelector('spec.podSelector', spec.podSelector)
  out.push(...each(spec.ingress, 'spec.ingress', (r, at) => [...each(r.ports, `${at}.ports`, policyPort), ...each(r.from, `${at}.from`, peer)]))
  out.push(...each(spec.egress, 'spec.egress', (r, at) => [...each(r.ports, `${at}.ports`, policyPort), ...each(r.to, `${at}.to`, peer)]))
  const types = spec.policyTypes ?? []
  if (types.length > 2) return [...out, invalid('spec.policyTypes', types, 'may not specify more than two policyTypes')]
  return [...out, ...each(types, 'spec.policyTypes', (t, at) => (['Ingress', 'Egress'].includes(t) ? [] : [notSupported(at, t, ['Ingress', 'Egress'])]))]
}

function policyPort(p: NetworkPolicyPort, path: string): Errors {
  const out: Errors = []
  if (p.protocol !== undefined && !['TCP', 'UDP', 'SCTP'].includes(p.protocol)) out.push(notSupported(`${path}.protocol`, p.protocol, ['TCP', 'UDP', 'SCTP']))
  if (p.port === undefined) return p.endPort === undefined ? out : [...out, invalid(`${path}.endPort`, p.endPort, 'may not be specified when `port` is not specified')]
  if (typeof p.port === 'string') {
    if (p.endPort !== undefined) out.push(invalid(`${path}.endPort`, p.endPort, 'may not be specified when `port` is non-numeric'))
    return [...out, ...byRule(`${path}.port`, p.port, portName)]
  }
  out.push(...port(`${path}.port`, p.port))
  if (p.endPort !== undefined) {
    if (p.endPort < p.port) out.push(invalid(`${path}.endPort`, p.port, 'must be greater than or equal to `port`'))
    out.push(...port(`${path}.endPort`, p.endPort))
  }
  return out
}

function peer(p: NetworkPolicyPeer, path: string): Errors {
  const out: Errors = []
  if (!p.podSelector && !p.namespaceSelector && !p.ipBlock) return [required(path, 'must specify a peer')]
  out.push(...labelSelector(`${path}.podSelector`, p.podSelector), ...labelSelector(`${path}.namespaceSelector`, p.namespaceSelector))
  if (!p.ipBlock) return out
  if (p.podSelector || p.namespaceSelector) out.push(fieldForbidden(path, 'may not specify both ipBlock and another peer'))
  const block = p.ipBlock
  if (!block.cidr) return [...out, required(`${path}.ipBlock.cidr`)]
  if (!isCIDR(block.cidr)) return [...out, ...cidr(`${path}.ipBlock.cidr`, block.cidr)]
  return [...out, ...each(block.except, `${path}.ipBlock.except`, (e, at) => {
    if (!isCIDR(e)) return cidr(at, e)
    return contains(block.cidr, e) ? [] : [invalid(at, e, 'must be a strict subset of `cidr`')]
  })]
}

/** Whether one range lies strictly within another. */
function contains(outer: string, inner: string): boolean {
  const [a, la] = parts(outer)
  const [b, lb] = parts(inner)
  return a.length === b.length && lb > la && a.slice(0, la) === b.slice(0, la)
}

function parts(c: string): [bits: string, length: number] {
  const [address = '', length] = c.split('/')
  const groups = isIPv4(address) ? address.split('.').map((g) => Number(g).toString(2).padStart(8, '0')) : expand(address).map((g) => Number.parseInt(g, 16).toString(2).padStart(16, '0'))
  return [groups.join(''), Number(length)]
}

function expand(address: string): string[] {
  const [head = '', tail] = address.split('::')
  const left = head ? head.split(':') : []
  const right = tail ? tail.split(':') : []
  return tail === undefined ? left : [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right]
}

export function validateIPAddress(name: string, spec: IPAddressSpec | undefined): Errors {
  const out: Errors = []
  if (name && !isIP(name)) out.push(invalid('metadata.name', name, 'must be a valid IP address'))
  const p = spec?.parentRef
  if (!p) return [...out, required('spec.parentRef')]
  if (!p.resource) out.push(required('spec.parentRef.resource'))
  else out.push(...segment('spec.parentRef.resource', p.resource))
  if (!p.name) out.push(required('spec.parentRef.name'))
  else out.push(...segment('spec.parentRef.name', p.name))
  if (p.group) out.push(...subdomain('spec.parentRef.group', p.group))
  if (p.namespace) out.push(...segment('spec.parentRef.namespace', p.namespace))
  return out
}

/** A reference with nothing in it is none. */
const given = (spec: IPAddressSpec | undefined) => (spec?.parentRef && Object.values(spec.parentRef).some(Boolean) ? spec.parentRef : undefined)

export function parentFrozen(now: IPAddressSpec | undefined, was: IPAddressSpec | undefined): Errors {
  const p = given(now)
  if (semanticEqual(p, given(was))) return []
  return [invalid('spec.parentRef', p ? { Group: p.group ?? '', Resource: p.resource ?? '', Namespace: p.namespace ?? '', Name: p.name ?? '' } : null, 'field is immutable')]
}

export function validateServiceCIDR(spec: ServiceCIDRSpec | undefined): Errors {
  const list = spec?.cidrs ?? []
  if (list.length === 0) return [required('spec.cidrs', 'at least one CIDR required')]
  const out: Errors = []
  if (list.length > 2) return [invalid('spec.cidrs', { CIDRs: list }, 'may only hold up to 2 values')]
  if (list.length === 2 && list.every(isCIDR) && isIPv4(list[0]!.split('/')[0]!) === isIPv4(list[1]!.split('/')[0]!)) out.push(invalid('spec.cidrs', list, 'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64'))
  return [...out, ...each(list, 'spec.cidrs', (c, at) => cidr(at, c))]
}

/** A second range may be added; those that are there stay. */
export function cidrsFrozen(now: ServiceCIDRSpec | undefined, was: ServiceCIDRSpec | undefined): Errors {
  const [next, last] = [now?.cidrs ?? [], was?.cidrs ?? []]
  if (last.length === 1 && next.length === 2) return next[0] === last[0] ? [] : [invalid('spec.cidrs[0]', next[0], 'field is immutable')]
  if (last.length !== next.length) return [invalid('spec.cidrs', now?.cidrs ?? null, 'field is immutable')]
  return each(next, 'spec.cidrs', (c, at, i) => (c === last[i] ? [] : [invalid(at, c, 'field is immutable')]))
}
