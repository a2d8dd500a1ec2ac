/** netd's nftables table as one script: small, and replaced as a whole in one transaction. Pure. */
import type { HostPort } from './host-ports.ts'

export interface TableOptions { table: string, podCIDR: string, clusterCIDR: string, hostPorts: readonly HostPort[] }

export function tableScript(o: TableOptions): string {
  const any = unique(o.hostPorts.filter((h) => !h.hostIP).map((h) => [`${h.protocol} . ${h.hostPort}`, `${h.podIP} . ${h.containerPort}`]))
  const at = unique(o.hostPorts.filter((h) => h.hostIP).map((h) => [`${h.hostIP} . ${h.protocol} . ${h.hostPort}`, `${h.podIP} . ${h.containerPort}`]))
  const hairpins = [...new Set(o.hostPorts.map((h) => `${h.podIP} . ${h.podIP}`))]
  const elements = (list: readonly string[]): string => (list.length ? `elements = { ${list.join(', ')} } ;` : '')
  return `add table ip ${o.table}
delete table ip ${o.table}
table ip ${o.table} {
  map host-ports { type inet_proto . inet_service : ipv4_addr . inet_service ; ${elements(any)} }
  map host-ports-at { type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service ; ${elements(at)} }
  set hairpins { type ipv4_addr . ipv4_addr ; ${elements(hairpins)} }
  chain host-ports {
    dnat ip to ip daddr . meta l4proto . th dport map @host-ports-at
    dnat ip to meta l4proto . th dport map @host-ports
  }
  chain prerouting { type nat hook prerouting priority -95 ; fib daddr type local ip daddr != 127.0.0.0/8 jump host-ports ; }
  chain output { type nat hook output priority -95 ; fib daddr type local ip daddr != 127.0.0.0/8 jump host-ports ; }
  chain postrouting {
    type nat hook postrouting priority 95 ;
    ip saddr . ip daddr @hairpins masquerade
    ip saddr ${o.podCIDR} ip daddr != ${o.clusterCIDR} ip daddr != 224.0.0.0/4 masquerade fully-random
  }
}
`
}

/** The first of each key: the scheduler lets no two pods have one host port, but an old and a new one may overlap. */
function unique(pairs: ReadonlyArray<readonly [string, string]>): string[] {
  const first = new Map<string, string>()
  for (const [k, v] of pairs) if (!first.has(k)) first.set(k, v)
  return [...first].map(([k, v]) => `${k} : ${v}`)
}
