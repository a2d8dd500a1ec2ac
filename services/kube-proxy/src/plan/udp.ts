/**
 * Which UDP flows the kernel must forget: connection tracking keeps sending a client's datagrams to an endpoint that is
 * gone, or to a Service's own address from when it had none, for as long as the client goes on. Pure.
 */
import type { EndpointSlice, Service } from '@drydock/api'
import { endpointsOf, servicePorts } from './service-ports.ts'

/** What a Service's clients address, and the endpoints behind: `10.96.0.10` or `:30053` → endpoint addresses. */
export type UdpView = ReadonlyMap<string, ReadonlySet<string>>

export function udpView(service: Service, slices: readonly EndpointSlice[]): UdpView {
  const view = new Map<string, Set<string>>()
  for (const p of servicePorts(service)) {
    if (p.protocol !== 'udp') continue
    const ips = endpointsOf(p, slices).filter((e) => e.ready || (e.serving && e.terminating)).map((e) => e.ip)
    for (const front of [p.clusterIP, ...p.externalIPs, ...p.loadBalancerIPs, ...(p.nodePort ? [`:${p.nodePort}`] : [])]) {
      const of = view.get(front) ?? new Set()
      for (const ip of ips) of.add(ip)
      view.set(front, of)
    }
  }
  return view
}

/** Arguments for the conntrack tool, one call each. */
export function staleFlows(before: UdpView, after: UdpView): string[][] {
  const out: string[][] = []
  const named = (front: string): string[] => (front.startsWith(':') ? ['--dport', front.slice(1)] : ['--orig-dst', front])
  for (const [front, old] of before) {
    const now = after.get(front)
    for (const ip of old) if (!now?.has(ip)) out.push(['-D', '-p', 'udp', ...named(front), '--dst-nat', ip])
  }
  for (const [front, now] of after) {
    if (now.size && !before.get(front)?.size) out.push(['-D', '-p', 'udp', ...named(front)])
  }
  return out
}
