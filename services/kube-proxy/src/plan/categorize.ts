/**
 * Which endpoints a node uses for a service port: upstream's pkg/proxy/topology.go. Terminating endpoints that still serve
 * are used only when no ready ones are left (KEP-1669). Pure.
 */
import type { Endpoint, ServicePort } from './service-ports.ts'

export interface Categorized {
  /** For traffic under a Cluster policy. */
  cluster: readonly Endpoint[]
  /** For traffic under a Local policy. */
  local: readonly Endpoint[]
  /** Whether there is any usable endpoint anywhere; without one traffic is rejected, without a local one it is dropped. */
  any: boolean
}
export interface Place { node: string, zone: string }

const isServingTerminating = (e: Endpoint): boolean => e.serving && e.terminating

export function categorize(p: ServicePort, endpoints: readonly Endpoint[], at: Place): Categorized {
  const external = p.nodePort > 0 || p.externalIPs.length > 0 || p.loadBalancerIPs.length > 0
  const usesCluster = !p.internalLocal || (external && !p.externalLocal)
  const usesLocal = p.internalLocal || (p.externalLocal && external)
  // A Local external policy still sends traffic of pods and of the node itself to any endpoint.
  const cluster = usesCluster || (p.externalLocal && external) ? readyOrTerminating(endpoints, byHints(endpoints, at)) : []
  const local = usesLocal ? readyOrTerminating(endpoints.filter((e) => e.node === at.node), () => true) : []
  const any = cluster.length > 0 || local.length > 0 || endpoints.some((e) => e.ready || isServingTerminating(e))
  return { cluster, local, any }
}

function readyOrTerminating(endpoints: readonly Endpoint[], prefer: (e: Endpoint) => boolean): readonly Endpoint[] {
  const ready = endpoints.filter((e) => e.ready && prefer(e))
  return ready.length ? ready : endpoints.filter(isServingTerminating)
}

/** Hints bind only when every ready endpoint has them and one is for this place: half-written hints must not starve it. */
function byHints(endpoints: readonly Endpoint[], at: Place): (e: Endpoint) => boolean {
  const ready = endpoints.filter((e) => e.ready)
  const bind = (hints: (e: Endpoint) => readonly string[], here: string): boolean =>
    ready.length > 0 && here !== '' && ready.every((e) => hints(e).length > 0) && ready.some((e) => hints(e).includes(here))
  if (bind((e) => e.nodes, at.node)) return (e) => e.nodes.includes(at.node)
  if (bind((e) => e.zones, at.zone)) return (e) => e.zones.includes(at.zone)
  return () => true
}
