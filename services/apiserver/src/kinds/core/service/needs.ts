import type { ServiceSpec } from '@drydock/api'

/** Which of a service's allocated fields its type has use for (pkg/registry/core/service/storage, pkg/api/service). */
export const isHeadless = (s: ServiceSpec): boolean => s.clusterIPs?.[0] === 'None' || (!s.clusterIPs?.length && s.clusterIP === 'None')
export const needsClusterIP = (s: ServiceSpec): boolean => s.type === 'ClusterIP' || s.type === 'NodePort' || s.type === 'LoadBalancer'
export const needsNodePorts = (s: ServiceSpec): boolean => s.type === 'NodePort' || (s.type === 'LoadBalancer' && s.allocateLoadBalancerNodePorts !== false)
export const needsHealthCheckPort = (s: ServiceSpec): boolean => s.type === 'LoadBalancer' && s.externalTrafficPolicy === 'Local'
export const isExternallyAccessible = (s: ServiceSpec): boolean => s.type === 'LoadBalancer' || s.type === 'NodePort' || (s.type === 'ClusterIP' && !!s.externalIPs?.length)
