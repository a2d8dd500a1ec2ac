import { connectionFlags, flag, type FlagTable, type ServiceFlags, UsageError } from '@drydock/service'

export const flags = {
  ...connectionFlags,
  'hostname-override': flag.string('', 'name of the Node that this process proxies for'),
  'cluster-cidr': flag.string('', "range of the pods' addresses; traffic to a ClusterIP from elsewhere is masqueraded"),
  'masquerade-all': flag.boolean(false, 'masquerade all traffic to ClusterIPs'),
  'nodeport-addresses': flag.list([], "addresses on which node ports answer (default: the Node's own)"),
  'nft-table': flag.string('kube-proxy', 'name of the nftables table (family ip) that is this process\'s own'),
  'nodeport-loopback': flag.boolean(false, 'proxy nothing but node ports, on the loopback addresses of this host'),
  'nodes-interface': flag.string('', 'with --nodeport-loopback: the interface behind which the nodes are'),
  'min-sync-period': flag.durationMs('50ms', 'least time between two changes of the rules'),
  'sync-period': flag.durationMs('30s', 'longest time between two looks at the rules'),
  cleanup: flag.boolean(false, 'remove the rules and exit'),
} satisfies FlagTable

export type Config = ServiceFlags<typeof flags>

/** Throws UsageError for what cannot be. */
export function check(f: Config): Config {
  if (!/^[a-zA-Z][\w.-]{0,100}$/.test(f.nftTable)) throw new UsageError(`--nft-table: ${JSON.stringify(f.nftTable)} is not a name for a table`)
  if (f.cleanup) return f
  if (f.nodeportLoopback && !f.nodesInterface) throw new UsageError('--nodes-interface is needed with --nodeport-loopback')
  if (!f.nodeportLoopback && !f.hostnameOverride) throw new UsageError('--hostname-override is needed: the name of this Node')
  if (f.clusterCidr && !/^\d+(\.\d+){3}\/\d+$/.test(f.clusterCidr)) throw new UsageError(`--cluster-cidr: ${JSON.stringify(f.clusterCidr)} is not an IPv4 range`)
  return f
}
