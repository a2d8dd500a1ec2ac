/** Chains and elements of one service port (the body of upstream's syncProxyRules). Pure. */
import type { Chain, NftSet } from '../nft/ruleset.ts'
import { type Categorized, categorize } from './categorize.ts'
import { affinitySet, chainName, endpointChain } from './names.ts'
import type { ProxyNode } from './rules.ts'
import type { Endpoint, ServicePort } from './service-ports.ts'

/** Where the rules of a port are collected. */
export interface Collector {
  chains: Map<string, Chain>
  affinitySets: Map<string, NftSet>
  elements: [set: string, element: string, value: string][]
}

export function planPort(p: ServicePort, all: readonly Endpoint[], node: ProxyNode, out: Collector): void {
  const c = categorize(p, all, { node: node.name, zone: node.zone })
  for (const e of new Set([...c.cluster, ...c.local])) endpointRules(p, e, out)
  const internal = p.internalLocal ? c.local : c.cluster
  if (c.cluster.length) balance(chainName('service', p), p, c.cluster, out)
  if (c.local.length) balance(chainName('local', p), p, c.local, out)
  internalTraffic(p, c, internal.length > 0, node, out)
  if (p.nodePort || p.externalIPs.length || p.loadBalancerIPs.length) externalTraffic(p, c, node, out)
}

/** Rejecting tells the client that nothing serves at all; dropping, that only this node does not. */
const refusal = (c: Categorized): string => (c.any ? 'drop' : 'goto reject-chain')

function internalTraffic(p: ServicePort, c: Categorized, served: boolean, node: ProxyNode, out: Collector): void {
  const key = `${p.clusterIP} . ${p.protocol} . ${p.number}`
  out.elements.push(['cluster-ips', p.clusterIP, ''])
  if (!served) return void out.elements.push(['no-endpoint-services', key, refusal(c)])
  const chain = chainName(p.internalLocal ? 'local' : 'service', p)
  const here = `ip daddr ${p.clusterIP} ${p.protocol} dport ${p.number}`
  const masquerade = node.masqueradeAll
    ? `${here} jump mark-for-masquerade`
    : node.clusterCIDR ? `${here} ip saddr != ${node.clusterCIDR} jump mark-for-masquerade` : ''
  if (masquerade) out.chains.set(chain, { rules: [masquerade, ...out.chains.get(chain)!.rules] })
  out.elements.push(['service-ips', key, `goto ${chain}`])
}

function externalTraffic(p: ServicePort, c: Categorized, node: ProxyNode, out: Collector): void {
  const served = (p.externalLocal ? c.local : c.cluster).length > 0
  const chain = chainName('external', p)
  if (c.any) out.chains.set(chain, { rules: externalRules(p, c, served, node) })
  const firewall = p.loadBalancerSourceRanges.length && p.loadBalancerIPs.length ? firewallRules(p, node, out) : ''
  for (const ip of [...p.externalIPs, ...p.loadBalancerIPs]) {
    const key = `${ip} . ${p.protocol} . ${p.number}`
    if (c.any) out.elements.push(['service-ips', key, `goto ${chain}`])
    if (!served) out.elements.push(['no-endpoint-services', key, refusal(c)])
    if (firewall && p.loadBalancerIPs.includes(ip)) out.elements.push(['firewall-ips', key, `goto ${firewall}`])
  }
  if (!p.nodePort) return
  const key = `${p.protocol} . ${p.nodePort}`
  if (c.any) out.elements.push(['service-nodeports', key, `goto ${chain}`])
  if (!served) out.elements.push(['no-endpoint-nodeports', key, refusal(c)])
}

function externalRules(p: ServicePort, c: Categorized, served: boolean, node: ProxyNode): string[] {
  if (!p.externalLocal) return ['jump mark-for-masquerade', ...(served ? [`goto ${chainName('service', p)}`] : [])]
  // Local keeps the client's address, and leaves out endpoints elsewhere; but traffic from within the cluster gets them all.
  const anywhere = chainName('service', p)
  const within = c.cluster.length
    ? [
        ...(node.clusterCIDR ? [`ip saddr ${node.clusterCIDR} goto ${anywhere}`] : []),
        'fib saddr type local jump mark-for-masquerade',
        `fib saddr type local goto ${anywhere}`,
      ]
    : []
  return [...within, ...(served ? [`goto ${chainName('local', p)}`] : [])]
}

function firewallRules(p: ServicePort, node: ProxyNode, out: Collector): string {
  const chain = chainName('firewall', p)
  // A node that may ask the load balancer does so from the balancer's own address when that is one of its addresses.
  const own = p.loadBalancerSourceRanges.some((r) => node.nodePortAddresses.some((a) => inRange(a, r))) ? p.loadBalancerIPs : []
  out.chains.set(chain, { rules: [...[...p.loadBalancerSourceRanges, ...own].map((r) => `ip saddr ${r} return`), 'drop'] })
  return chain
}

function inRange(ip: string, cidr: string): boolean {
  const [base = '', bits = '32'] = cidr.split('/')
  const number = (a: string): number => a.split('.').reduce((n, b) => n * 256 + Number(b), 0)
  const size = 2 ** (32 - Number(bits))
  return Math.floor(number(ip) / size) === Math.floor(number(base) / size)
}

/**
 * More endpoints than this are chosen among by a map. Fewer by a rule each, for a map in a rule is a set of its own, and
 * the kernel walks all sets of the table to name one: with thousands of them a table takes seconds to load.
 */
const mostByRule = 32

function balance(chain: string, p: ServicePort, endpoints: readonly Endpoint[], out: Collector): void {
  const sticky = p.affinitySeconds ? endpoints.map((e) => `ip saddr @${affinitySet(p, e)} goto ${endpointChain(p, e)}`) : []
  out.chains.set(chain, { rules: [...sticky, ...(endpoints.length > mostByRule ? [choice(p, endpoints)] : chances(p, endpoints))] })
}

const choice = (p: ServicePort, endpoints: readonly Endpoint[]): string =>
  `numgen random mod ${endpoints.length} vmap { ${endpoints.map((e, i) => `${i} : goto ${endpointChain(p, e)}`).join(', ')} }`

/** One in n for the first, one in n - 1 of the rest for the second, and so on: the same for each. */
const chances = (p: ServicePort, endpoints: readonly Endpoint[]): string[] => endpoints.map((e, i) => {
  const left = endpoints.length - i
  return `${left > 1 ? `numgen random mod ${left} 0 ` : ''}goto ${endpointChain(p, e)}`
})

function endpointRules(p: ServicePort, e: Endpoint, out: Collector): void {
  // A pod that reaches itself through its Service must see another source, or it would answer itself directly.
  const rules = [`ip saddr ${e.ip} jump mark-for-masquerade`]
  if (p.affinitySeconds) {
    const set = affinitySet(p, e)
    out.affinitySets.set(set, { kind: 'set', spec: `type ipv4_addr ; flags dynamic,timeout ; timeout ${p.affinitySeconds}s ;`, elements: new Map(), dynamic: true })
    rules.push(`update @${set} { ip saddr }`)
  }
  rules.push(`meta l4proto ${p.protocol} dnat to ${e.ip}:${e.port}`)
  out.chains.set(endpointChain(p, e), { rules })
}
