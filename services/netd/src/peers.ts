/** What netd reads of Nodes. Pure. */
import { isIPv4 } from 'node:net'
import type { Node } from '@drydock/api'

/** A node of the pod network: where it is, and which addresses its pods have. */
export interface Peer { name: string, address: string, podCIDR: string }

/** Nodes that have both an address and a pod range, by name. Nodes that are not ready stay: their pods may live. */
export function peersOf(nodes: readonly Node[]): Peer[] {
  return nodes.flatMap((n) => {
    const address = n.status?.addresses?.find((a) => a.type === 'InternalIP')?.address ?? ''
    const podCIDR = podCIDROf(n) ?? ''
    return isIPv4(address) && podCIDR ? [{ name: n.metadata?.name ?? '', address, podCIDR }] : []
  }).sort((a, b) => (a.name < b.name ? -1 : 1))
}

export const podCIDROf = (n: Node | undefined): string | undefined =>
  [n?.spec?.podCIDR ?? '', ...(n?.spec?.podCIDRs ?? [])].find((c) => isIPv4(c.split('/')[0] ?? ''))

/** The first address of a range: what stands for the node on the overlay. */
export const baseAddress = (cidr: string): string => cidr.split('/')[0] ?? ''

/** The overlay's link-layer address of a node, made from its address: no node has to tell it to another. */
export const macOf = (ip: string): string => ['0a', '58', ...ip.split('.').map((b) => Number(b).toString(16).padStart(2, '0'))].join(':')
