/**
 * Host ports of this node's pods. The portmap plugin would need iptables; the API tells the same: which containers ask for
 * a host port, and the pod's address. A port works from the moment that the pod's address is in its status. Not served on
 * loopback addresses. Pure.
 */
import { isIPv4 } from 'node:net'
import type { Pod } from '@drydock/api'

export interface HostPort { protocol: string, hostIP: string, hostPort: number, podIP: string, containerPort: number }

export function hostPortsOf(pods: readonly Pod[], node: string): HostPort[] {
  return pods.filter((p) => p.spec?.nodeName === node && !p.spec.hostNetwork && p.status?.phase !== 'Succeeded' && p.status?.phase !== 'Failed').flatMap((p) => {
    const podIP = p.status?.podIP ?? ''
    if (!isIPv4(podIP)) return []
    const containers = [...(p.spec?.initContainers ?? []).filter((c) => c.restartPolicy === 'Always'), ...(p.spec?.containers ?? [])]
    return containers.flatMap((c) => c.ports ?? []).filter((x) => x.hostPort).map((x) => ({
      protocol: (x.protocol ?? 'TCP').toLowerCase(), hostIP: x.hostIP && x.hostIP !== '0.0.0.0' ? x.hostIP : '', hostPort: x.hostPort!, podIP, containerPort: x.containerPort,
    }))
  }).filter((h) => h.hostIP === '' || isIPv4(h.hostIP)).sort((a, b) => a.hostPort - b.hostPort || (a.podIP < b.podIP ? -1 : 1))
}
