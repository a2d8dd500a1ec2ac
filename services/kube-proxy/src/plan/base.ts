/** The part of the table that is there without any Service: hooks, the maps' definitions, marking and masquerading. */
import type { Chain, NftSet } from '../nft/ruleset.ts'
import type { ProxyNode } from './rules.ts'

/** The bit of the packet mark that means: masquerade on the way out. Upstream's --masquerade-bit 14. */
const markBit = '0x4000'
const addressPort = 'type ipv4_addr . inet_proto . inet_service : verdict ;'
const port = 'type inet_proto . inet_service : verdict ;'
const lookUp = 'ip daddr . meta l4proto . th dport vmap'
const ofNodePort = 'ip daddr @nodeport-ips meta l4proto . th dport vmap'

// Node ports are not served on loopback addresses, as in upstream's nftables mode.
export function baseChains(_: ProxyNode): Array<[string, Chain]> {
  return [
    ['nat-prerouting', { hook: 'type nat hook prerouting priority -100 ;', rules: ['jump services'] }],
    ['nat-output', { hook: 'type nat hook output priority -100 ;', rules: ['jump services'] }],
    ['nat-postrouting', { hook: 'type nat hook postrouting priority 100 ;', rules: ['jump masquerading'] }],
    ['filter-prerouting-pre-dnat', { hook: 'type filter hook prerouting priority -110 ;', rules: ['ct state new jump firewall-check'] }],
    ['filter-output-pre-dnat', { hook: 'type filter hook output priority -110 ;', rules: ['ct state new jump firewall-check'] }],
    ['filter-input', { hook: 'type filter hook input priority 0 ;', rules: ['ct state new jump nodeport-endpoints-check', 'ct state new jump service-endpoints-check'] }],
    ['filter-forward', { hook: 'type filter hook forward priority 0 ;', rules: ['ct state new jump service-endpoints-check', 'ct state new jump cluster-ips-check'] }],
    ['filter-output', { hook: 'type filter hook output priority 0 ;', rules: ['ct state new jump service-endpoints-check', 'ct state new jump cluster-ips-check'] }],
    ['services', { rules: [`${lookUp} @service-ips`, `${ofNodePort} @service-nodeports`] }],
    ['firewall-check', { rules: [`${lookUp} @firewall-ips`] }],
    ['service-endpoints-check', { rules: [`${lookUp} @no-endpoint-services`] }],
    ['nodeport-endpoints-check', { rules: [`${ofNodePort} @no-endpoint-nodeports`] }],
    ['cluster-ips-check', { rules: ['ip daddr @cluster-ips reject comment "no such port of a ClusterIP"'] }],
    ['mark-for-masquerade', { rules: [`mark set mark or ${markBit}`] }],
    ['masquerading', { rules: [`mark and ${markBit} == 0 return`, `mark set mark xor ${markBit} masquerade fully-random`] }],
    ['reject-chain', { rules: ['reject'] }],
  ]
}

const none: ReadonlyMap<string, string> = new Map()

export function baseSets(node: ProxyNode): Array<[string, NftSet]> {
  return [
    ['cluster-ips', { kind: 'set', spec: 'type ipv4_addr ;', elements: none }],
    ['nodeport-ips', { kind: 'set', spec: 'type ipv4_addr ;', elements: new Map(node.nodePortAddresses.map((a) => [a, ''])) }],
    ['service-ips', { kind: 'map', spec: addressPort, elements: none }],
    ['no-endpoint-services', { kind: 'map', spec: addressPort, elements: none }],
    ['firewall-ips', { kind: 'map', spec: addressPort, elements: none }],
    ['service-nodeports', { kind: 'map', spec: port, elements: none }],
    ['no-endpoint-nodeports', { kind: 'map', spec: port, elements: none }],
  ]
}
