/** What the registry's functions work with; made once by createApiServer. */
import type { Clock, Logger, Random } from '@drydock/base'
import type { Store } from '@drydock/storage'
import type { AdmissionPlugin, ApiObject, Changes, Reader, StatusWriter, Writer } from '../admission/types.ts'
import type { User } from '../auth/types.ts'
import type { WatchCache } from '../cache/watch-cache.ts'
import type { ResourceCache } from '../cache/resource-cache.ts'
import type { KindContext } from '../kinds/kind.ts'
import type { RequestInfo } from '../request.ts'
import type { Reservations } from './reservations/types.ts'
import type { ResourceType, ResourceTypes } from './resource-type.ts'

export interface Parts {
  store: Store
  cache: WatchCache
  types: ResourceTypes
  clock: Clock
  random: Random
  log: Logger
  reader: Reader
  changes: Changes
  writer: Writer & StatusWriter
  /** What writes of some kinds take from shared pools. */
  reservations: Reservations
}

export interface Registry extends Parts { admission: readonly AdmissionPlugin[] }

/** One request to a resource, as the verbs take it. */
export interface ResourceRequest {
  type: ResourceType
  info: RequestInfo
  query: URLSearchParams
  body: Buffer
  contentType: string
  userAgent: string
  user: User
  signal: AbortSignal
  warnings: string[]
}

/** The request with something else in it. (A spread alone would lose what a class has as an accessor.) */
export const variant = (r: ResourceRequest, change: Partial<ResourceRequest>): ResourceRequest => ({ ...r, signal: r.signal, ...change })

export const cacheOf = (p: Parts, t: ResourceType): ResourceCache => p.cache.resource(t.storageGroup, t.storageResource)!

export function kindContext(p: Parts, r: Pick<ResourceRequest, 'user' | 'info' | 'warnings'>): KindContext {
  return { user: r.user, reader: p.reader, now: () => p.clock.now(), subresource: r.info.subresource, warn: (text) => warn(r.warnings, text) }
}

export function warn(warnings: string[], text: string): void {
  if (text && !warnings.includes(text)) warnings.push(text)
}

/** A write in the name of the apiserver itself. */
export const systemUser: User = { name: 'system:apiserver', groups: ['system:masters', 'system:authenticated'] }

export type { ApiObject }
