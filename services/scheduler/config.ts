import { connectionFlags, flag, leaderElectionFlags, type FlagTable } from '@drydock/service'

/** What the scheduler can be told; upstream's names. */
export const flags = {
  ...connectionFlags,
  ...leaderElectionFlags,
  'scheduler-name': flag.string('default-scheduler', 'pods with this spec.schedulerName are its own'),
  'percentage-of-nodes-to-score': flag.number(0, 'how much of the cluster to find feasible before scoring; 0: by its size'),
} satisfies FlagTable
