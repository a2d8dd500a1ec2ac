/**
 * Node ports on the host's loopback addresses, for nodes that share the host behind a bridge: connections that the host
 * itself makes to 127.0.0.0/8 at a node port go to that port of a ready node, whose own proxy takes them on. Pure.
 *
 * Guarantees that nothing from outside reaches the host's loopback, although its routing of loopback addresses is on.
 */
import type { EndpointSlice, Node, Service } from '@drydock/api'
import type { Chain, NftSet, Ruleset } from '../nft/ruleset.ts'
import { named } from './names.ts'
import { type Endpoint, endpointsOf, isProxied, isProxiedSlice, type ServicePort, servicePorts } from './service-ports.ts'

const loopback = '127.0.0.0/8'

/** The address of a node that can be asked now; undefined otherwise. */
export function readyAddress(n: Node): string | undefined {
  const ready = n.status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True')
  return ready ? n.status?.addresses?.find((a) => a.type === 'InternalIP')?.address : undefined
}

export function loopbackRules(services: readonly Service[], slicesOf: (service: string) => readonly EndpointSlice[], nodes: readonly Node[]): Ruleset {
  const addresses = new Map(nodes.flatMap((n) => { const a = readyAddress(n); return a ? [[n.metadata?.name ?? '', a] as const] : [] }))
  const chains = new Map<string, Chain>([
    ['output', { hook: 'type nat hook output priority -100 ;', rules: [`ip daddr ${loopback} meta l4proto . th dport vmap @node-ports`] }],
    ['postrouting', { hook: 'type nat hook postrouting priority 100 ;', rules: [`ip saddr ${loopback} ip daddr @nodes masquerade`] }],
    ['guard', { hook: 'type filter hook prerouting priority -300 ;', rules: [`iif != lo ip daddr ${loopback} drop`] }],
  ])
  const ports = new Map<string, string>()
  const exposed = services.filter((s) => s.spec?.type === 'NodePort' || s.spec?.type === 'LoadBalancer').filter(isProxied)
  for (const p of exposed.flatMap(servicePorts).filter((p) => p.nodePort > 0)) {
    const targets = targetsOf(p, p.externalLocal ? endpointsOf(p, slicesOf(p.service).filter(isProxiedSlice)) : [], addresses)
    const key = `${p.protocol} . ${p.nodePort}`
    if (ports.has(key)) continue
    if (targets.length) ports.set(key, `goto ${toNodes(p, targets, chains)}`)
  }
  const set = (kind: 'set' | 'map', spec: string, elements: ReadonlyMap<string, string>): NftSet => ({ kind, spec, elements })
  return {
    chains,
    sets: new Map([
      ['nodes', set('set', 'type ipv4_addr ;', new Map([...addresses.values()].map((a) => [a, ''])))],
      ['node-ports', set('map', 'type inet_proto . inet_service : verdict ;', ports)],
    ]),
  }
}

/** Any ready node serves a Cluster policy; under Local only the nodes that have an endpoint do. */
function targetsOf(p: ServicePort, endpoints: readonly Endpoint[], addresses: ReadonlyMap<string, string>): string[] {
  const local = new Set(endpoints.filter((e) => e.ready).map((e) => e.node))
  return [...addresses].filter(([name]) => !p.externalLocal || local.has(name)).map(([, a]) => a).sort()
}

/** The chain that picks one of the targets; one chain per choice, shared by all ports that make it. */
function toNodes(p: ServicePort, targets: readonly string[], chains: Map<string, Chain>): string {
  const pick = p.affinitySeconds ? 'jhash ip saddr' : 'numgen random'
  const name = named(p.affinitySeconds ? 'sticky' : 'any', targets.join('-'))
  const map = targets.map((a, i) => `${i} : ${a}`).join(', ')
  if (!chains.has(name)) chains.set(name, { rules: [`dnat ip to ${pick} mod ${targets.length} map { ${map} }`] })
  return name
}
