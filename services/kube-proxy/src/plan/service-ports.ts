/**
 * What a proxy needs of Services and EndpointSlices, flattened to one entry per service port (upstream's ServicePortInfo
 * and EndpointsMap). Pure. IPv4 only: addresses and slices of other families are left out.
 */
import { isIPv4 } from 'node:net'
import type { Endpoint as ApiEndpoint, EndpointSlice, Service, ServicePort as ApiServicePort } from '@drydock/api'

export type Protocol = 'tcp' | 'udp' | 'sctp'

export interface ServicePort {
  /** `namespace/name` of the Service. */
  service: string
  /** Name of the port; empty when it has none. */
  port: string
  protocol: Protocol
  clusterIP: string
  number: number
  /** 0: none. */
  nodePort: number
  externalIPs: readonly string[]
  loadBalancerIPs: readonly string[]
  loadBalancerSourceRanges: readonly string[]
  /** Seconds of ClientIP affinity; 0: none. */
  affinitySeconds: number
  externalLocal: boolean
  internalLocal: boolean
}

export interface Endpoint {
  ip: string
  port: number
  node: string
  ready: boolean
  serving: boolean
  terminating: boolean
  zones: readonly string[]
  nodes: readonly string[]
}

const proxyNameLabel = 'service.kubernetes.io/service-proxy-name'
const headlessLabel = 'service.kubernetes.io/headless'
export const serviceNameLabel = 'kubernetes.io/service-name'

/** Whether a proxy has anything to do for the Service (upstream's ShouldSkipService, and its informer's label selector). */
export function isProxied(s: Service): boolean {
  const ip = s.spec?.clusterIP
  return s.spec?.type !== 'ExternalName' && !!ip && ip !== 'None' && s.metadata?.labels?.[proxyNameLabel] === undefined && isIPv4(ip)
}

export const isProxiedSlice = (s: EndpointSlice): boolean =>
  s.addressType === 'IPv4' && s.metadata?.labels?.[headlessLabel] === undefined && s.metadata?.labels?.[proxyNameLabel] === undefined

/** `namespace/name` of the Service that a slice belongs to. */
export const serviceOfSlice = (s: EndpointSlice): string => `${s.metadata?.namespace ?? ''}/${s.metadata?.labels?.[serviceNameLabel] ?? ''}`

export function servicePorts(s: Service): ServicePort[] {
  if (!isProxied(s)) return []
  return (s.spec?.ports ?? []).map((p) => servicePort(s, p))
}

function servicePort(s: Service, p: ApiServicePort): ServicePort {
  const spec = s.spec ?? {}
  const external = spec.type === 'NodePort' || spec.type === 'LoadBalancer' || (spec.externalIPs?.length ?? 0) > 0
  return {
    service: `${s.metadata?.namespace ?? ''}/${s.metadata?.name ?? ''}`,
    port: p.name ?? '',
    protocol: (p.protocol ?? 'TCP').toLowerCase() as Protocol,
    clusterIP: spec.clusterIP ?? '',
    number: p.port,
    nodePort: spec.type === 'NodePort' || spec.type === 'LoadBalancer' ? p.nodePort ?? 0 : 0,
    externalIPs: (spec.externalIPs ?? []).filter(isIPv4),
    loadBalancerIPs: spec.type === 'LoadBalancer' ? loadBalancerIPs(s) : [],
    loadBalancerSourceRanges: (spec.loadBalancerSourceRanges ?? []).map((r) => r.trim()).filter((r) => isIPv4(r.split('/')[0] ?? '')),
    affinitySeconds: spec.sessionAffinity === 'ClientIP' ? spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 10_800 : 0,
    externalLocal: external && spec.externalTrafficPolicy === 'Local',
    internalLocal: spec.internalTrafficPolicy === 'Local',
  }
}

const loadBalancerIPs = (s: Service): string[] =>
  (s.status?.loadBalancer?.ingress ?? []).flatMap((i) => (i.ip && isIPv4(i.ip) && (i.ipMode ?? 'VIP') === 'VIP' ? [i.ip] : []))

/** The endpoints of one service port, sorted and without repetition; where two slices disagree, a ready one wins. */
export function endpointsOf(p: ServicePort, slices: readonly EndpointSlice[]): Endpoint[] {
  const found = new Map<string, Endpoint>()
  for (const slice of slices) {
    for (const sp of slice.ports ?? []) {
      if ((sp.name ?? '') !== p.port || (sp.protocol ?? 'TCP').toLowerCase() !== p.protocol || !sp.port) continue
      for (const e of slice.endpoints ?? []) add(found, endpoint(e, sp.port))
    }
  }
  return [...found.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, e]) => e)
}

function add(found: Map<string, Endpoint>, e: Endpoint): void {
  if (!isIPv4(e.ip)) return
  const key = `${e.ip}:${e.port}`
  const old = found.get(key)
  if (!old || (!old.ready && (e.ready || (e.serving && !old.serving)))) found.set(key, e)
}

function endpoint(e: ApiEndpoint, port: number): Endpoint {
  const ready = e.conditions?.ready ?? true
  return {
    ip: e.addresses[0] ?? '', port, node: e.nodeName ?? '', ready, serving: e.conditions?.serving ?? ready,
    terminating: e.conditions?.terminating ?? false,
    zones: (e.hints?.forZones ?? []).map((z) => z.name), nodes: (e.hints?.forNodes ?? []).map((n) => n.name),
  }
}
