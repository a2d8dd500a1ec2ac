import { isIPv4 } from 'node:net'
import { connectionFlags, flag, type FlagTable, type ServiceFlags, UsageError } from '@drydock/service'

export const flags = {
  ...connectionFlags,
  'hostname-override': flag.string('', 'name of the Node that this process makes the pod network of'),
  'node-ip': flag.string('', "this node's address, as the other nodes reach it"),
  'cluster-cidr': flag.string('', "range of all pods' addresses; what pods send elsewhere is masqueraded"),
  'cni-conf-dir': flag.string('/etc/cni/net.d', 'where the runtime looks for the CNI configuration'),
  'cni-bin-dir': flag.string('/usr/lib/cni', 'where the CNI plugins are'),
  'state-dir': flag.string('/var/lib/drydock/netd', 'where the address leases of pods are kept'),
  backend: flag.string('vxlan', 'how nodes reach the pods of others: an overlay, or plain routes on one link', { choices: ['vxlan', 'host-gw'] }),
  vni: flag.number(1, 'VXLAN network identifier; one per cluster on a link'),
  'vxlan-port': flag.number(8472, 'UDP port of VXLAN'),
  bridge: flag.string('cni0', 'bridge of the pods on this node'),
  'nft-table': flag.string('netd', "name of the nftables table (family ip) that is this process's own"),
  cleanup: flag.boolean(false, 'remove what this process makes on the node, and exit'),
} satisfies FlagTable

export type Config = ServiceFlags<typeof flags>

/** Throws UsageError for what cannot be. */
export function check(f: Config): Config {
  if (!/^[\w.-]{1,15}$/.test(f.bridge)) throw new UsageError(`--bridge: ${JSON.stringify(f.bridge)} is not the name of an interface`)
  if (!/^[a-zA-Z][\w.-]{0,100}$/.test(f.nftTable)) throw new UsageError(`--nft-table: ${JSON.stringify(f.nftTable)} is not a name for a table`)
  if (!Number.isInteger(f.vni) || f.vni < 1 || f.vni >= 2 ** 24) throw new UsageError('--vni must be a whole number from 1 to 16777215')
  if (!f.hostnameOverride) throw new UsageError('--hostname-override is needed: the name of this Node')
  if (f.cleanup) return f
  if (!isIPv4(f.nodeIp)) throw new UsageError('--node-ip is needed: the IPv4 address of this node')
  if (!/^\d+(\.\d+){3}\/\d+$/.test(f.clusterCidr)) throw new UsageError('--cluster-cidr is needed: the range of the pods, such as 10.244.0.0/16')
  return f
}
