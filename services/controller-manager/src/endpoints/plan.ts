import type { EndpointAddress, EndpointPort, EndpointSubset, Pod, Service } from '@drydock/api'
import { hasAddress, hostnameIn, isHeadless, podReference, targetPort } from '../shared/service-pods.ts'
import { isReady, isTerminating } from '../shared/pods.ts'

/** An Endpoints' subsets: addresses that share their ports stand together, sorted, as upstream repacks them. Pure. */
export function planSubsets(s: Service, pods: readonly Pod[]): EndpointSubset[] {
  const groups = new Map<string, { ports: EndpointPort[], ready: EndpointAddress[], notReady: EndpointAddress[] }>()
  const family = s.spec?.ipFamilies?.[0] ?? 'IPv4'
  for (const p of pods) {
    if (!hasAddress(p) || (isTerminating(p) && !s.spec?.publishNotReadyAddresses)) continue
    const ip = (p.status?.podIPs?.map((i) => i.ip) ?? [p.status?.podIP ?? '']).find((a) => a && a.includes(':') === (family === 'IPv6'))
    if (!ip) continue
    const ports = portsOf(s, p)
    if (ports.length === 0 && !(isHeadless(s) && !s.spec?.ports?.length)) continue
    const key = JSON.stringify(ports)
    let g = groups.get(key)
    if (!g) groups.set(key, (g = { ports, ready: [], notReady: [] }))
    const hostname = hostnameIn(s, p)
    const address: EndpointAddress = { ip, ...(hostname && { hostname }), ...(p.spec?.nodeName && { nodeName: p.spec.nodeName }), targetRef: podReference(p) }
    ;(s.spec?.publishNotReadyAddresses || isReady(p) ? g.ready : g.notReady).push(address)
  }
  const sorted = (list: EndpointAddress[]) => list.sort((a, b) => (a.ip < b.ip ? -1 : a.ip > b.ip ? 1 : (a.targetRef?.uid ?? '') < (b.targetRef?.uid ?? '') ? -1 : 1))
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, g]) => ({
    ...(g.ready.length > 0 && { addresses: sorted(g.ready) }), ...(g.notReady.length > 0 && { notReadyAddresses: sorted(g.notReady) }), ...(g.ports.length > 0 && { ports: g.ports }),
  }))
}

function portsOf(s: Service, p: Pod): EndpointPort[] {
  return (s.spec?.ports ?? []).flatMap((port) => {
    const n = targetPort(port, p)
    return n === undefined ? [] : [{ ...(port.name && { name: port.name }), port: n, protocol: port.protocol ?? 'TCP', ...(port.appProtocol !== undefined && { appProtocol: port.appProtocol }) }]
  }).sort((a, b) => ((a.name ?? '') < (b.name ?? '') ? -1 : (a.name ?? '') > (b.name ?? '') ? 1 : a.port - b.port))
}
