import type { FieldError, Resource } from '@drydock/api'
import type { ApiObject, Reader } from '../admission/types.ts'
import type { User } from '../auth/types.ts'

/** What a kind's functions may look at beyond the object. */
export interface KindContext { user: User, reader: Reader, now: () => number, subresource: string, warn(text: string): void }

/**
 * All that a kind adds by hand to what the tables (facts/) say of it. One file per kind in kinds/<group>/, registered in
 * kinds/index.ts. Objects arrive decoded and pruned to the schema; functions may rely on the types of fields that are there.
 * Functions are pure but for changing the object that they are given where they say so.
 */
export interface Kind {
  resource: Resource
  /** v1 defaults (pkg/apis/<group>/v1/defaults.go), in place; also applied to what is read from old data. */
  defaults?(o: ApiObject): void
  /** Strategy.PrepareForCreate: clears status, sets generation, drops fields of gates that are off; in place. */
  prepareForCreate?(o: ApiObject, c: KindContext): void
  /** Strategy.PrepareForUpdate: keeps what a user may not change (status), bumps generation; in place. `old` is not changed. */
  prepareForUpdate?(o: ApiObject, old: ApiObject, c: KindContext): void
  validate?(o: ApiObject, c: KindContext): FieldError[]
  validateUpdate?(o: ApiObject, old: ApiObject, c: KindContext): FieldError[]
  /** Status and other update-like subresources (status, resize, ephemeralcontainers, finalize, approval): same functions, one level down. */
  subresources?: Record<string, Pick<Kind, 'prepareForUpdate' | 'validateUpdate'>>
  /** Where `scale` reads and writes: dotted paths. */
  scale?: { replicas: string, statusReplicas: string, selector?: string }
  /** Selectable fields beyond metadata.name and metadata.namespace: what a fieldSelector may name. */
  fields?(o: ApiObject): Record<string, string>
  /** Name rule of metadata.name (default: DNS subdomain). Returns reasons, none when it is good. */
  validateName?(name: string, prefix: boolean): string[]
  /** True (default): PUT to a missing object makes it not (404). Upstream's AllowCreateOnUpdate. */
  allowCreateOnUpdate?: boolean
  /** True: an update without resourceVersion is let through (AllowUnconditionalUpdate; true for most kinds). */
  allowUnconditionalUpdate?: boolean
  /** Grace of a deletion in seconds, where the kind has one (pods); undefined deletes at once. */
  deletionGrace?(o: ApiObject, requested: number | undefined): number | undefined
  /** Group under which a refusal (422) names the kind, where it is not its own. */
  invalidGroup?: string
  /** Warning headers of a write. */
  warnings?(o: ApiObject, old: ApiObject | undefined): string[]
  /** Cells of the printed table in the order of facts' columns, for `-o wide` too. Default: name and creation time. */
  cells?(o: ApiObject, c: { now: number }): unknown[]
  /** Metadata of the metadata-only form, where it differs from the object's. */
  partialMetadata?(metadata: ApiObject['metadata']): ApiObject['metadata']
  /** Conditions of the table's row (pods: that they have ended). */
  rowConditions?(o: ApiObject): unknown[] | undefined
  /** Column headers where they differ from the table's. */
  columns?: ReadonlyArray<readonly [name: string, type: string, format: string, priority: number, description?: string]>
  /** Default garbage collection policy; Background unless told. */
  defaultDeletionPolicy?: 'Orphan' | 'Background'
}
