import { dns1123Label, dns1123Subdomain, invalid, maxCharacters, notSupported, regexError, required } from '@drydock/api'
import type { HostAlias, PodSpec } from '@drydock/api'
import { byRule, each, ip, isIP, type Errors } from '../../../lib/validate.ts'

const policies = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None']
const MAX_NAMESERVERS = 3
const MAX_SEARCHES = 32
const MAX_SEARCH_CHARS = 2048

export function validateDNS(path: string, spec: PodSpec): Errors {
  const out: Errors = []
  if (!spec.dnsPolicy) out.push(required(`${path}.dnsPolicy`))
  else if (!policies.includes(spec.dnsPolicy)) out.push(notSupported(`${path}.dnsPolicy`, spec.dnsPolicy, policies))
  const config = spec.dnsConfig
  const at = `${path}.dnsConfig`
  if (spec.dnsPolicy === 'None') {
    if (!config) return [...out, required(at, 'must provide `dnsConfig` when `dnsPolicy` is None')]
    if (!config.nameservers?.length) return [...out, required(`${at}.nameservers`, 'must provide at least one DNS nameserver when `dnsPolicy` is None')]
  }
  if (!config) return out
  const servers = config.nameservers ?? []
  if (servers.length > MAX_NAMESERVERS) out.push(invalid(`${at}.nameservers`, servers, `must not have more than ${MAX_NAMESERVERS} nameservers`))
  out.push(...each(servers, `${at}.nameservers`, (s, p) => ip(p, s)))
  const searches = config.searches ?? []
  if (searches.length > MAX_SEARCHES) out.push(invalid(`${at}.searches`, searches, `must not have more than ${MAX_SEARCHES} search paths`))
  if (searches.join(' ').length > MAX_SEARCH_CHARS) out.push(invalid(`${at}.searches`, searches, `must not have more than ${MAX_SEARCH_CHARS} characters (including spaces) in the search list`))
  out.push(...each(searches, `${at}.searches`, (s, p) => (s === '.' ? [] : byRule(p, s.replace(/\.$/, ''), relaxedSearch))))
  out.push(...each(config.options, `${at}.options`, (o, p) => (o.name ? [] : [required(p, 'must not be empty')])))
  return out
}

/** Names in a search list may hold underscores. */
const searchForm = '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*'
const searchPattern = new RegExp(`^${searchForm}$`)
const relaxedSearch = (s: string): string[] => [
  ...(s.length > 253 ? [maxCharacters(253)] : []),
  ...(searchPattern.test(s) ? [] : [regexError("a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character", searchForm, 'example.com')]),
]

export function validateHostAliases(path: string, list: readonly HostAlias[] | undefined): Errors {
  return each(list, path, (a, at) => [
    ...(isIP(a.ip ?? '') ? [] : [invalid(`${at}.ip`, a.ip ?? '', 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)')]),
    ...each(a.hostnames, `${at}.hostnames`, (h, p) => byRule(p, h, dns1123Subdomain)),
  ])
}

export function validateHostnames(path: string, spec: PodSpec): Errors {
  const out: Errors = []
  if (spec.hostname) out.push(...byRule(`${path}.hostname`, spec.hostname, dns1123Label))
  if (spec.subdomain) out.push(...byRule(`${path}.subdomain`, spec.subdomain, dns1123Label))
  if (spec.hostnameOverride !== undefined) {
    out.push(...byRule(`${path}.hostnameOverride`, spec.hostnameOverride, dns1123Subdomain))
    if (spec.hostnameOverride.length > 64) out.push(invalid(`${path}.hostnameOverride`, spec.hostnameOverride, 'must be no more than 64 characters'))
    if (spec.hostNetwork) out.push(invalid(`${path}.hostnameOverride`, spec.hostnameOverride, 'may not be specified when hostNetwork is true'))
    if (spec.setHostnameAsFQDN) out.push(invalid(`${path}.hostnameOverride`, spec.hostnameOverride, 'may not be specified when setHostnameAsFQDN is true'))
  }
  return out
}
