import { dns1123Label, dns1123Subdomain, duplicate, invalid, isValidLabelValue, required, resources, tooMany } from '@drydock/api'
import type { DiscoveryEndpointPort, Endpoint, EndpointHints, EndpointSlice } from '@drydock/api'
import type { ApiObject } from '../../admission/types.ts'
import type { Kind } from '../kind.ts'
import { firstFew, nonSpecialIP } from '../lib/addresses.ts'
import { ageOf } from '../lib/cells.ts'
import { semanticEqual } from '../lib/equal.ts'
import { bumpGeneration } from '../lib/strategy.ts'
import { byRule, each, type Errors, IMMUTABLE, ip, isIPv4, isIPv6, label, oneOf, qualified, subdomain } from '../lib/validate.ts'

const MAX_ENDPOINTS = 1000
const MAX_ADDRESSES = 100
const MAX_PORTS = 20_000
const MAX_HINTS = 8

export const endpointslices: Kind = {
  resource: resources.endpointslices,
  defaults(o) {
    for (const p of o.ports ?? []) {
      p.name ??= ''
      p.protocol ??= 'TCP'
    }
  },
  prepareForCreate(o) {
    o.metadata.generation = 1
    dropTopology(o)
  },
  prepareForUpdate(o, old) {
    const content = ({ metadata: _, ...rest }: ApiObject) => rest
    const changed = !semanticEqual(content(o), content(old)) || !semanticEqual(o.metadata.labels, old.metadata.labels)
    bumpGeneration(o, old, changed)
    if (!semanticEqual(o.endpoints, old.endpoints)) dropTopology(o)
  },
  validate: (o) => validate(o as unknown as EndpointSlice),
  validateUpdate: (o, old) => [...validate(o as unknown as EndpointSlice), ...(o.addressType === old.addressType ? [] : [invalid('addressType', o.addressType ?? '', IMMUTABLE)])],
  warnings: (o, old) => (o.addressType === 'FQDN' && !old ? ['spec.addressType: FQDN endpoints are deprecated'] : []),
  cells: (o, c) => [o.metadata.name, o.addressType ?? '', portsCell(o as unknown as EndpointSlice), addressesCell(o as unknown as EndpointSlice), ageOf(o, c)],
  allowUnconditionalUpdate: true,
}

/** v1 has no topology of its own: nodeName and zone say it. */
function dropTopology(o: ApiObject): void { for (const e of o.endpoints ?? []) delete e.deprecatedTopology }

function validate(o: EndpointSlice): Errors {
  return [
    ...(o.addressType ? oneOf('addressType', o.addressType, ['FQDN', 'IPv4', 'IPv6']) : [required('addressType')]),
    ...((o.endpoints?.length ?? 0) > MAX_ENDPOINTS ? [tooMany('endpoints', o.endpoints.length, MAX_ENDPOINTS)] : each(o.endpoints, 'endpoints', (e, at) => validateEndpoint(e, at, o.addressType))),
    ...validatePorts(o.ports ?? []),
  ]
}

function validateEndpoint(e: Endpoint, at: string, type: string): Errors {
  const path = `${at}.addresses`, count = e.addresses?.length ?? 0
  const number = count === 0 ? [required(path, 'must contain at least 1 address')] : count > MAX_ADDRESSES ? [tooMany(path, count, MAX_ADDRESSES)] : []
  return [
    ...number, ...each(e.addresses, path, (a, p) => validateAddress(a, p, type)),
    ...(e.nodeName !== undefined ? subdomain(`${at}.nodeName`, e.nodeName) : []),
    ...(e.hostname !== undefined ? label(`${at}.hostname`, e.hostname) : []),
    ...(e.hints ? validateHints(e.hints, `${at}.hints`) : []),
  ]
}

function validateAddress(a: string, at: string, type: string): Errors {
  if (type === 'FQDN') return domain(a, at)
  if (type !== 'IPv4' && type !== 'IPv6') return []
  const wrong = ip(at, a)
  if (wrong.length) return wrong
  const family = type === 'IPv4' ? isIPv4(a) : isIPv6(a)
  return [...(family ? [] : [invalid(at, a, `must be an ${type} address`)]), ...nonSpecialIP(at, a)]
}

/** IsFullyQualifiedDomainName. */
function domain(given: string, at: string): Errors {
  if (!given) return [required(at)]
  const name = given.replace(/\.$/, ''), wrong = dns1123Subdomain(name)
  if (wrong.length) return [invalid(at, name, wrong.join(','))]
  const parts = name.split('.')
  if (parts.length < 2) return [invalid(at, name, 'should be a domain with at least two segments separated by dots')]
  const long = parts.find((p) => dns1123Label(p).length)
  return long === undefined ? [] : [invalid(at, long, dns1123Label(long).join(','))]
}

function validateHints(h: EndpointHints, at: string): Errors {
  const list = (names: ReadonlyArray<{ name: string }> | undefined, path: string, check: (p: string, name: string) => Errors): Errors => {
    if ((names?.length ?? 0) > MAX_HINTS) return [tooMany(path, names!.length, MAX_HINTS)]
    const seen = new Set<string>()
    return each(names, path, (x, p) => {
      const again = seen.has(x.name) ? [duplicate(`${p}.name`, x.name)] : []
      seen.add(x.name)
      return [...again, ...check(`${p}.name`, x.name)]
    })
  }
  return [...list(h.forZones, `${at}.forZones`, (p, name) => byRule(p, name, isValidLabelValue)), ...list(h.forNodes, `${at}.forNodes`, subdomain)]
}

function validatePorts(ports: readonly DiscoveryEndpointPort[]): Errors {
  if (ports.length > MAX_PORTS) return [tooMany('ports', ports.length, MAX_PORTS)]
  const seen = new Set<string>()
  return each(ports, 'ports', (p, at) => {
    const name = p.name ?? '', again = seen.has(name) ? [duplicate(`${at}.name`, name)] : []
    seen.add(name)
    return [
      ...(name ? label(`${at}.name`, name) : []), ...again,
      ...(p.protocol === undefined ? [required(`${at}.protocol`)] : oneOf(`${at}.protocol`, p.protocol, ['SCTP', 'TCP', 'UDP'])),
      ...(p.appProtocol !== undefined ? qualified(`${at}.appProtocol`, p.appProtocol) : []),
    ]
  })
}

const portsCell = (o: EndpointSlice): string => firstFew((o.ports ?? []).map((p) => (p.port !== undefined ? String(p.port) : p.name || '*')), 3, '<unset>')
const addressesCell = (o: EndpointSlice): string => firstFew((o.endpoints ?? []).flatMap((e) => e.addresses ?? []), 3, '<unset>')
