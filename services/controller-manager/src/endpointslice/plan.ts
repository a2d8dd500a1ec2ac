import { deepEqual, type Endpoint, type DiscoveryEndpointPort, type EndpointSlice, type Pod, type Service } from '@drydock/api'
import { hasAddress, hostnameIn, podReference, targetPort } from '../shared/service-pods.ts'
import { isReady, isTerminating } from '../shared/pods.ts'

/** Which slices a Service should have: as few writes as possible, at most 100 endpoints in each. Pure. */

export const MAX_ENDPOINTS = 100
export interface SlicePlan { readonly create: readonly Pick<EndpointSlice, 'addressType' | 'endpoints' | 'ports'>[], readonly update: readonly EndpointSlice[], readonly remove: readonly EndpointSlice[] }

interface Group { readonly ports: DiscoveryEndpointPort[], readonly endpoints: Endpoint[] }

export function endpointOf(s: Service, p: Pod, family: string, zoneOf: (node: string) => string | undefined): Endpoint | undefined {
  const ip = addressOf(p, family)
  if (!ip) return undefined
  const serving = isReady(p)
  const terminating = isTerminating(p)
  const zone = zoneOf(p.spec?.nodeName ?? '')
  const hostname = hostnameIn(s, p)
  const ready = !!s.spec?.publishNotReadyAddresses || (serving && !terminating)
  const hints = ready ? hintsFor(s.spec?.trafficDistribution, zone, p.spec?.nodeName) : undefined
  return {
    addresses: [ip],
    conditions: { ready, serving, terminating },
    ...(hostname && { hostname }),
    targetRef: podReference(p),
    ...(p.spec?.nodeName && { nodeName: p.spec.nodeName }),
    ...(zone && { zone }),
    ...(hints && { hints }),
  }
}

/** For whom an endpoint is meant, where the Service asks to keep traffic near: its own zone, or its own node before that. */
function hintsFor(wanted: string | undefined, zone: string | undefined, node: string | undefined): Endpoint['hints'] {
  const near = wanted === 'PreferClose' || wanted === 'PreferSameZone' || wanted === 'PreferSameNode'
  const forZones = near && zone ? [{ name: zone }] : undefined
  const forNodes = wanted === 'PreferSameNode' && node ? [{ name: node }] : undefined
  return forZones || forNodes ? { ...(forZones && { forZones }), ...(forNodes && { forNodes }) } : undefined
}

function addressOf(p: Pod, family: string): string | undefined {
  const all = p.status?.podIPs?.map((i) => i.ip) ?? (p.status?.podIP ? [p.status.podIP] : [])
  return all.find((ip) => ip.includes(':') === (family === 'IPv6'))
}

function portsOf(s: Service, p: Pod): DiscoveryEndpointPort[] {
  return (s.spec?.ports ?? []).flatMap((port) => {
    const n = targetPort(port, p)
    return n === undefined ? [] : [{ name: port.name ?? '', port: n, protocol: port.protocol ?? 'TCP', ...(port.appProtocol !== undefined && { appProtocol: port.appProtocol }) }]
  })
}

const portsKey = (ports: readonly DiscoveryEndpointPort[] | undefined): string => JSON.stringify((ports ?? []).map((p) => [p.name ?? '', p.port, p.protocol ?? 'TCP', p.appProtocol ?? '']).sort())

export interface SliceInput {
  service: Service
  pods: readonly Pod[]
  /** The Service's slices of this family. */
  existing: readonly EndpointSlice[]
  family: string
  labels: Record<string, string>
  zoneOf(node: string): string | undefined
}

export function planSlices(i: SliceInput): SlicePlan {
  const groups = new Map<string, Group>()
  for (const pod of i.pods) {
    if (!hasAddress(pod)) continue
    const endpoint = endpointOf(i.service, pod, i.family, i.zoneOf)
    if (!endpoint) continue
    const ports = portsOf(i.service, pod)
    const key = portsKey(ports)
    const g = groups.get(key)
    if (g) g.endpoints.push(endpoint)
    else groups.set(key, { ports, endpoints: [endpoint] })
  }
  const plan = { create: [] as Pick<EndpointSlice, 'addressType' | 'endpoints' | 'ports'>[], update: [] as EndpointSlice[], remove: [] as EndpointSlice[] }
  const byPorts = Map.groupBy(i.existing, (s) => portsKey(s.ports))
  for (const [key, g] of groups) {
    fit(g, byPorts.get(key) ?? [], i, plan)
    byPorts.delete(key)
  }
  // What no group uses goes, but for one: a Service without endpoints keeps (or gets) one slice that says so.
  const unused = [...byPorts.values()].flat()
  if (groups.size === 0) {
    const kept = unused.find((s) => (s.ports?.length ?? 0) === 0) ?? unused[0]
    if (!kept) plan.create.push({ addressType: i.family, endpoints: [], ports: [] })
    else if (kept.endpoints?.length || kept.ports?.length || !sameLabels(kept, i.labels)) plan.update.push(filled(kept, [], [], i.labels))
    plan.remove.push(...unused.filter((s) => s !== kept))
  } else if (plan.create.length > 0 && unused.length > 0) {
    // A slice that lost its use takes in what needs one: one write instead of two.
    for (const s of unused) {
      const next = plan.create.shift()
      if (next) plan.update.push(filled(s, next.endpoints, next.ports ?? [], i.labels))
      else plan.remove.push(s)
    }
  } else plan.remove.push(...unused)
  return plan
}

const idOf = (e: Endpoint): string => e.targetRef?.uid ?? e.addresses[0] ?? ''
const filled = (s: EndpointSlice, endpoints: Endpoint[], ports: DiscoveryEndpointPort[], labels: Record<string, string>): EndpointSlice =>
  ({ ...s, metadata: { ...s.metadata, labels }, endpoints, ports })
const sameLabels = (s: EndpointSlice, labels: Record<string, string>): boolean => deepEqual(s.metadata?.labels ?? {}, labels)

/** Keeps endpoints in the slices where they are; fills up what has room; makes slices for the rest. */
function fit(g: Group, slices: readonly EndpointSlice[], i: SliceInput, plan: { create: Pick<EndpointSlice, 'addressType' | 'endpoints' | 'ports'>[], update: EndpointSlice[], remove: EndpointSlice[] }): void {
  const wanted = new Map(g.endpoints.map((e) => [idOf(e), e]))
  const kept = slices.map((slice) => {
    const endpoints: Endpoint[] = []
    for (const e of slice.endpoints ?? []) {
      const next = wanted.get(idOf(e))
      if (!next) continue
      wanted.delete(idOf(e))
      endpoints.push(next)
    }
    return { slice, endpoints }
  })
  const rest = [...wanted.values()]
  for (const k of kept.toSorted((a, b) => b.endpoints.length - a.endpoints.length)) while (rest.length > 0 && k.endpoints.length < MAX_ENDPOINTS) k.endpoints.push(rest.shift()!)
  for (const { slice, endpoints } of kept) {
    if (endpoints.length === 0 && g.endpoints.length > 0) plan.remove.push(slice)
    else if (!deepEqual(endpoints, slice.endpoints ?? []) || !sameLabels(slice, i.labels)) plan.update.push(filled(slice, endpoints, g.ports, i.labels))
  }
  while (rest.length > 0) plan.create.push({ addressType: i.family, endpoints: rest.splice(0, MAX_ENDPOINTS), ports: g.ports })
}
