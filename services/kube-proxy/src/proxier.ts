/** What both kinds of proxy do with the kernel: plan from the informers' stores, apply, tidy UDP flows. */
import type { EndpointSlice, Node, Service } from '@drydock/api'
import type { Logger } from '@drydock/base'
import type { Conntrack } from './conntrack.ts'
import type { Applied, Applier } from './nft/applier.ts'
import type { Ruleset } from './nft/ruleset.ts'
import { loopbackRules } from './plan/loopback.ts'
import { Planner, type ProxyNode } from './plan/rules.ts'
import { staleFlows, udpView, type UdpView } from './plan/udp.ts'

export interface Snapshot { services: readonly Service[], slices: readonly EndpointSlice[], nodes: readonly Node[] }
export type Plan = (s: Snapshot) => Ruleset

export interface ProxierOptions {
  snapshot(): Snapshot
  plan: Plan
  applier: Applier
  conntrack: Conntrack
  log: Logger
  onApplied?(a: Applied): void
}

/** The reconcile of a proxy: the kernel's table equals the plan of the snapshot when it has returned. */
export function createSync(o: ProxierOptions): (signal: AbortSignal) => Promise<void> {
  let udp: UdpView = new Map()
  return async (signal) => {
    const now = o.snapshot()
    const applied = await o.applier.apply(o.plan(now), signal)
    if (applied.commands) o.log.debug({ ...applied }, 'rules applied')
    o.onApplied?.(applied)
    const flows = staleFlows(udp, udp = udpView(now.services, now.slices))
    await o.conntrack.forget(flows, signal)
  }
}

export interface NodeProxyOptions { name: string, clusterCIDR: string, masqueradeAll: boolean, nodePortAddresses: readonly string[] }

/** The plan of a node: all of its proxying. Node ports answer on the given addresses, else on the node's own. */
export function nodePlan(o: NodeProxyOptions): Plan {
  const planner = new Planner()
  return (s) => {
    const own = s.nodes.find((n) => n.metadata?.name === o.name)
    const internal = own?.status?.addresses?.find((a) => a.type === 'InternalIP')?.address
    const node: ProxyNode = {
      name: o.name, clusterCIDR: o.clusterCIDR, masqueradeAll: o.masqueradeAll,
      zone: own?.metadata?.labels?.['topology.kubernetes.io/zone'] ?? '',
      nodePortAddresses: o.nodePortAddresses.length ? o.nodePortAddresses : internal ? [internal] : [],
    }
    return planner.rules(s.services, s.slices, node)
  }
}

export const loopbackPlan: Plan = (s) => loopbackRules(s.services, s.slices, s.nodes)
