import type { Logger } from '@drydock/base'

/** Where TLS material is: PEM files. Every connection between components uses these. */
export interface TlsFiles { caFile: string, certFile: string, keyFile: string }

/** What every main gets: its parsed flags, a logger, metrics, health checks and a signal that aborts at SIGTERM/SIGINT. */
export interface ServiceContext<F> {
  flags: F
  log: Logger
  signal: AbortSignal
  /** Named checks behind /healthz, /livez and /readyz; a check throws when it is not well. */
  health: { add(name: string, check: () => void | Promise<void>, o?: { readyOnly?: boolean }): void }
  /** A prom-client Registry. */
  metrics: import('prom-client').Registry
}
