import { resources, required } from '@drydock/api'
import type { EndpointAddress, EndpointPort, Endpoints } from '@drydock/api'
import type { Kind } from '../kind.ts'
import { firstFew, nonSpecialIP } from '../lib/addresses.ts'
import { ageOf } from '../lib/cells.ts'
import { each, type Errors, ip, label, oneOf, port, qualified, requiredText, subdomain } from '../lib/validate.ts'

const PROTOCOLS = ['SCTP', 'TCP', 'UDP']

export const endpoints: Kind = {
  resource: resources.endpoints,
  defaults(o) { for (const s of o.subsets ?? []) for (const p of s.ports ?? []) if (!p.protocol) p.protocol = 'TCP' },
  validate: (o) => validate(o as unknown as Endpoints),
  validateUpdate: (o) => validate(o as unknown as Endpoints),
  cells: (o, c) => [o.metadata.name, summary(o as unknown as Endpoints), ageOf(o, c)],
  allowUnconditionalUpdate: true,
}

const validate = (o: Endpoints): Errors => each(o.subsets, 'subsets', (s, at) => [
  ...(s.addresses?.length || s.notReadyAddresses?.length ? [] : [required(at, 'must specify `addresses` or `notReadyAddresses`')]),
  ...each(s.addresses, `${at}.addresses`, validateAddress),
  ...each(s.notReadyAddresses, `${at}.notReadyAddresses`, validateAddress),
  ...each(s.ports, `${at}.ports`, (p, path) => validatePort(p, path, (s.ports?.length ?? 0) > 1)),
])

function validateAddress(a: EndpointAddress, at: string): Errors {
  return [
    ...ip(`${at}.ip`, a.ip), ...(a.hostname ? label(`${at}.hostname`, a.hostname) : []),
    ...(a.nodeName !== undefined ? subdomain(`${at}.nodeName`, a.nodeName) : []), ...nonSpecialIP(`${at}.ip`, a.ip),
  ]
}

function validatePort(p: EndpointPort, at: string, named: boolean): Errors {
  const name = named ? requiredText(`${at}.name`, p.name) : []
  return [
    ...name, ...(p.name ? label(`${at}.name`, p.name) : []), ...port(`${at}.port`, p.port ?? 0),
    ...(p.protocol ? oneOf(`${at}.protocol`, p.protocol, PROTOCOLS) : [required(`${at}.protocol`)]),
    ...(p.appProtocol !== undefined ? qualified(`${at}.appProtocol`, p.appProtocol) : []),
  ]
}

/** formatEndpoints: addresses with ports, only what is ready. */
function summary(o: Endpoints): string {
  if (!o.subsets?.length) return '<none>'
  const host = (a: string): string => (a.includes(':') ? `[${a}]` : a)
  const all = o.subsets.flatMap((s) => {
    const ips = (s.addresses ?? []).map((a) => a.ip)
    return s.ports?.length ? s.ports.flatMap((p) => ips.map((a) => `${host(a)}:${p.port}`)) : ips
  })
  return firstFew(all, 3, '')
}
