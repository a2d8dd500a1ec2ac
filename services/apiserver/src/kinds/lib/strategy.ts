import type { ApiObject } from '../../admission/types.ts'
import type { Kind } from '../kind.ts'
import { semanticEqual } from './equal.ts'
import type { Errors } from './validate.ts'

/** Sets a field that is absent (or was given as null). */
export function setDefault<T extends object, K extends keyof T>(o: T, key: K, value: NonNullable<T[K]>): void {
  if (o[key] === undefined || o[key] === null) o[key] = value
}

/** Sets a text that is absent or empty: Go's zero value. */
export function setDefaultText<T extends object, K extends keyof T>(o: T, key: K, value: NonNullable<T[K]>): void {
  if (!o[key]) o[key] = value
}

/** Takes a top-level field over from the stored object; absent there is absent here. */
export function keep(o: ApiObject, old: ApiObject, ...fields: string[]): void {
  for (const f of fields) {
    if (old[f] === undefined) delete o[f]
    else o[f] = old[f]
  }
}

/** The same for a field of metadata. */
export function keepMeta(o: ApiObject, old: ApiObject, ...fields: string[]): void {
  for (const f of fields) {
    if (old.metadata[f] === undefined) delete o.metadata[f]
    else o.metadata[f] = old.metadata[f]
  }
}

/** generation is the server's own: it grows by one when what is wanted changes. */
export function bumpGeneration(o: ApiObject, old: ApiObject, changed: boolean): void {
  const generation = ((old.metadata.generation as number | undefined) ?? 0) + (changed ? 1 : 0)
  if (generation > 0) o.metadata.generation = generation
  else delete o.metadata.generation
}

export interface StatusStrategy {
  /** The status of a new object. */
  emptyStatus?(): Record<string, unknown>
  /** Fields of metadata that a write of status may not change. */
  keepMeta?: readonly string[]
  validate?(o: ApiObject, old: ApiObject): Errors
  /** False for kinds without generation. */
  generation?: boolean
}

/**
 * What most kinds with spec and status do: status is cleared at creation, kept at updates and alone written through the
 * status subresource; generation counts changes of spec.
 */
export function specAndStatus(s: StatusStrategy = {}): Pick<Kind, 'prepareForCreate' | 'prepareForUpdate' | 'subresources'> {
  const generation = s.generation !== false
  return {
    prepareForCreate(o) {
      o.status = s.emptyStatus?.() ?? {}
      if (generation) o.metadata.generation = 1
    },
    prepareForUpdate(o, old) {
      keep(o, old, 'status')
      if (generation) bumpGeneration(o, old, !semanticEqual(o.spec, old.spec))
    },
    subresources: {
      status: {
        prepareForUpdate(o, old) {
          keep(o, old, 'spec')
          keepMeta(o, old, ...(s.keepMeta ?? []), ...(generation ? ['generation'] : []))
        },
        ...(s.validate && { validateUpdate: s.validate }),
      },
    },
  }
}
