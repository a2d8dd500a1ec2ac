import { flag, type FlagTable, type FlagValues, UsageError } from './flags.ts'
import type { TlsFiles } from './types.ts'

/** What every service has. */
export const baseFlags = {
  config: flag.string('', 'YAML file with values of these flags'),
  help: flag.boolean(false, 'print this help', { short: 'h' }),
  v: flag.number(0, 'log verbosity; 4 and above is debug', { short: 'v' }),
  'log-level': flag.string('info', 'least level that is logged', { choices: ['debug', 'info', 'warn', 'error'] }),
  'shutdown-timeout': flag.durationMs('10s', 'longest graceful stop after SIGTERM'),
} satisfies FlagTable

/** The service's own door for /healthz, /livez, /readyz and /metrics. */
export const servingFlags = {
  'bind-address': flag.string('127.0.0.1', 'address of the door for health and metrics'),
  'secure-port': flag.number(0, 'port of that door; 0: none'),
  'tls-cert-file': flag.string('', 'certificate of that door (default: --cert-file)'),
  'tls-private-key-file': flag.string('', 'key of that door (default: --key-file)'),
  'client-ca-file': flag.string('', 'CA that client certificates at that door must be from (default: --ca-file)'),
} satisfies FlagTable

/** How a component reaches the apiservers and the bus. */
export const connectionFlags = {
  server: flag.list(['127.0.0.1:6444'], 'gRPC addresses (host:port) of the apiservers; any of them will do'),
  'ca-file': flag.string('', 'CA of the cluster, PEM'),
  'cert-file': flag.string('', "this component's certificate, PEM"),
  'key-file': flag.string('', 'its key, PEM'),
  'nats-servers': flag.list([], 'host:port of the NATS servers; none: watch over gRPC only'),
} satisfies FlagTable

/** Leader election, with upstream's names and defaults (LeaderElectionConfiguration). */
export const leaderElectionFlags = {
  'leader-elect': flag.boolean(true, 'become leader before acting'),
  'leader-elect-lease-duration': flag.durationMs('15s', 'how long others wait before they take a lease that is not renewed'),
  'leader-elect-renew-deadline': flag.durationMs('10s', 'how long the leader tries to renew before it gives up'),
  'leader-elect-retry-period': flag.durationMs('2s', 'pause between attempts'),
  'leader-elect-resource-name': flag.string('', "name of the Lease (default: the service's name)"),
  'leader-elect-resource-namespace': flag.string('kube-system', 'namespace of the Lease'),
} satisfies FlagTable

export type ConnectionFlags = FlagValues<typeof connectionFlags>
export type LeaderElectionFlags = FlagValues<typeof leaderElectionFlags>

/** The three files of the connection flags; one clear line when one is missing. */
export function tlsFiles(f: Pick<ConnectionFlags, 'caFile' | 'certFile' | 'keyFile'>): TlsFiles {
  for (const [name, value] of [['ca-file', f.caFile], ['cert-file', f.certFile], ['key-file', f.keyFile]] as const) {
    if (!value) throw new UsageError(`--${name} is needed: every connection in the cluster is mutual TLS`)
  }
  return { caFile: f.caFile, certFile: f.certFile, keyFile: f.keyFile }
}
