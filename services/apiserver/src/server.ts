/**
 * The apiserver, composed: store, watch cache, registry, chain. Doors call `handle`. Nothing here listens or reads files, so
 * that tests can run one over the in-memory store.
 */
import type { Clock, Logger, Random } from '@drydock/base'
import type { Store } from '@drydock/storage'
import type { AdmissionPlugin } from './admission/types.ts'
import type { Authenticator, Authorizer } from './auth/types.ts'
import { WatchCache } from './cache/watch-cache.ts'
import { createChain } from './chain.ts'
import type { RequestObserver } from './metrics.ts'
import { type Parts } from './registry/parts.ts'
import { createResourceTypes } from './registry/resource-type.ts'
import type { Reservations } from './registry/reservations/types.ts'
import { createChanges, createReader, createWriter } from './registry/writer.ts'
import type { Connect, Handle, NonResource } from './request.ts'
import type { Action } from './subresources/types.ts'

export interface ApiServerDeps {
  store: Store
  clock: Clock
  random: Random
  log: Logger
  authenticator: (parts: Parts) => Authenticator
  authorizer: (parts: Parts) => Authorizer
  /** In the order in which they run. */
  admission?: (parts: Parts, authorizer: Authorizer) => readonly AdmissionPlugin[]
  actions?: (parts: Parts, authorizer: Authorizer) => readonly Action[]
  /** By `resource/subresource`. */
  connects?: (parts: Parts) => Readonly<Record<string, Connect>>
  nonResource?: (parts: Parts) => readonly NonResource[]
  observer?: RequestObserver
  /** By `group/resource`. */
  reservations?: (parts: Parts) => Reservations
}

export interface ApiServer {
  parts: Parts
  cache: WatchCache
  handle: Handle
  /** Keeps the cache until the signal aborts. `handle` answers once `cache.whenReady()` has resolved. */
  run(signal: AbortSignal): Promise<void>
}

export function createApiServer(d: ApiServerDeps): ApiServer {
  const { store, clock, random, log } = d
  const types = createResourceTypes()
  const cache = new WatchCache({ store, types, clock, log })
  const reader = createReader({ cache, types }), changes = createChanges({ cache, types })
  const parts: Parts = { store, cache, types, clock, random, log, reader, changes, writer: createWriter(() => parts), reservations: new Map() }
  if (d.reservations) parts.reservations = d.reservations(parts)
  const authorizer = d.authorizer(parts)
  const handle = createChain({
    registry: { ...parts, admission: d.admission?.(parts, authorizer) ?? [] },
    authenticator: d.authenticator(parts), authorizer,
    actions: d.actions?.(parts, authorizer) ?? [], connects: d.connects?.(parts) ?? {}, nonResource: d.nonResource?.(parts) ?? [], observer: d.observer,
  })
  return { parts, cache, handle, run: (signal) => cache.run(signal) }
}
