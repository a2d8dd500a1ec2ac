/** A pod's resolv.conf and hosts file (kubelet/network/dns, ensureHostsFile). Pure. */
import type { Pod } from '@drydock/api'
import type * as cri from '@drydock/proto/cri'
import type { HostNames } from './names.ts'

export interface HostDNS { servers: string[], searches: string[], options: string[] }

export function parseResolvConf(text: string): HostDNS {
  const out: HostDNS = { servers: [], searches: [], options: [] }
  for (const line of text.split('\n')) {
    const f = line.trim().split(/\s+/)
    if (f[0] === 'nameserver' && f[1]) out.servers.push(f[1])
    else if (f[0] === 'search') out.searches = f.slice(1)
    else if (f[0] === 'options') out.options = f.slice(1)
  }
  return out
}

const unique = (l: string[]) => [...new Set(l)]
const limits = { servers: 3, searches: 32, searchChars: 2_048 }

/** `omitted`: what did not fit, in the words of upstream's events (DNSConfigForming). */
export function podDNS(pod: Pod, host: HostDNS, cluster: { servers: readonly string[], domain: string }): { dns: cri.DNSConfig, omitted: string[] } {
  const spec = pod.spec!, ns = pod.metadata!.namespace!
  let policy = spec.dnsPolicy ?? 'ClusterFirst'
  if (policy === 'ClusterFirst' && spec.hostNetwork) policy = 'Default'
  if (policy.startsWith('ClusterFirst') && cluster.servers.length === 0) policy = 'Default' // told by an event
  let dns: HostDNS
  if (policy === 'None') dns = { servers: [], searches: [], options: [] }
  else if (policy === 'Default') dns = host.servers.length ? host : { servers: ['127.0.0.1'], searches: ['.'], options: [] }
  else {
    const d = cluster.domain
    dns = { servers: [...cluster.servers], searches: unique([...(d ? [`${ns}.svc.${d}`, `svc.${d}`, d] : []), ...host.searches]), options: ['ndots:5'] }
  }
  const own = spec.dnsConfig, options = new Map<string, string>()
  for (const o of dns.options) options.set(o.split(':')[0]!, o)
  for (const o of own?.options ?? []) if (o.name) options.set(o.name, o.value ? `${o.name}:${o.value}` : o.name)
  const servers = unique([...dns.servers, ...(own?.nameservers ?? [])]), searches = unique([...dns.searches, ...(own?.searches ?? [])])
  const fitting = { servers: servers.slice(0, limits.servers), searches: fit(searches), options: [...options.values()] }
  return {
    dns: fitting, omitted: [
      ...(fitting.servers.length < servers.length ? [`Nameserver limits were exceeded, some nameservers have been omitted, the applied nameserver line is: ${fitting.servers.join(' ')}`] : []),
      ...(fitting.searches.length < searches.length ? [`Search Line limits were exceeded, some search paths have been omitted, the applied search line is: ${fitting.searches.join(' ')}`] : []),
    ],
  }
}

function fit(searches: string[]): string[] {
  const list = searches.slice(0, limits.searches)
  while (list.join(' ').length > limits.searchChars) list.pop()
  return list
}

export function hostsFile(pod: Pod, names: HostNames, ips: readonly string[], hostFile: string | undefined): string {
  const aliases = (pod.spec?.hostAliases ?? []).map((a) => `${a.ip}\t${(a.hostnames ?? []).join('\t')}\n`).join('')
  const tail = aliases ? `\n# Entries added by HostAliases.\n${aliases}` : ''
  if (hostFile !== undefined) return `# Kubernetes-managed hosts file (host network).\n${hostFile}${tail}`
  const own = ips.map((ip) => (names.domain ? `${ip}\t${names.hostname}.${names.domain}\t${names.hostname}\n` : `${ip}\t${names.hostname}\n`)).join('')
  return `# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::0\tip6-localnet\nfe00::0\tip6-mcastprefix\nfe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n${own}${tail}`
}
