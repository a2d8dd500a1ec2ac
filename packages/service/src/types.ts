import type { Logger } from '@drydock/base'
import type { Registry } from 'prom-client'

/** Where TLS material is: PEM files. Every connection between components uses these. */
export interface TlsFiles { caFile: string, certFile: string, keyFile: string }

/** What every main gets: its parsed flags, a logger, metrics, health checks and a signal that aborts at SIGTERM/SIGINT. */
export interface ServiceContext<F> {
  flags: F
  log: Logger
  signal: AbortSignal
  health: HealthChecks
  /**
   * A prom-client Registry. Make metrics with Counter, Gauge and Histogram as this package exports them: prom-client's
   * own classes without its index file, which costs 20 ms at start.
   */
  metrics: Registry
}

/** Named checks behind /healthz, /livez and /readyz; a check throws when it is not well. */
export interface HealthChecks {
  add(name: string, check: () => void | Promise<void>, o?: { readyOnly?: boolean }): void
  /** The answer to a health path (`/readyz`, `/livez/etcd`, with `?verbose` and `exclude`), for a service that has a door of its own; undefined for other paths. */
  answer(path: string, query: URLSearchParams): Promise<{ code: number, body: string } | undefined>
}

/** What `create` hands back. */
export interface Running {
  /** Runs until the signal aborts. Returning or throwing before that ends the process (exit code 1). */
  run?(signal: AbortSignal): Promise<void>
  /** After the signal: close doors, send what waits. Bounded by --shutdown-timeout together with `run`. */
  stop?(): Promise<void>
}
