import { connectionFlags, flag, leaderElectionFlags, type FlagTable } from '@drydock/service'

/** What the controller manager can be told; upstream's names. */
export const flags = {
  ...connectionFlags,
  ...leaderElectionFlags,
  controllers: flag.list(['*'], "which controllers run: '*' for all, 'foo' for one, '-foo' for all but it"),
  'root-ca-file': flag.string('', 'CA bundle that every namespace gets as kube-root-ca.crt (default: --ca-file)'),
  'allocate-node-cidrs': flag.boolean(true, 'give every node a pod range out of --cluster-cidr'),
  'cluster-cidr': flag.string('10.244.0.0/16', 'addresses of pods'),
  'node-cidr-mask-size': flag.number(24, "prefix of a node's pod range"),
  'node-monitor-period': flag.durationMs('5s', 'how often nodes are looked at'),
  'node-monitor-grace-period': flag.durationMs('50s', 'how long a node may be silent before it counts as unreachable'),
  'terminated-pod-gc-threshold': flag.number(12_500, 'finished pods that are kept; 0 or less: all'),
} satisfies FlagTable

/** Whether a controller is chosen by --controllers, as upstream reads it: named, else refused, else by the star. */
export function isEnabled(name: string, chosen: readonly string[]): boolean {
  if (chosen.includes(name)) return true
  if (chosen.includes(`-${name}`)) return false
  return chosen.includes('*')
}
