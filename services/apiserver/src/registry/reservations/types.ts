import type { ApiObject } from '../../admission/types.ts'

export interface ReserveOptions { dryRun: boolean, signal: AbortSignal }
/** Called once when it is known whether the object was stored: keeps what was reserved, or gives it back. */
export type Finish = (stored: boolean) => Promise<void>

/**
 * What a write takes from a pool that all objects of the kind share (generic registry's BeginCreate, BeginUpdate and
 * AfterDelete): runs after mutating admission and before the kind's strategy and validation. Throws StatusError.
 */
export interface Reservation {
  /** Completes the new object, in place. */
  create(o: ApiObject, c: ReserveOptions): Promise<Finish>
  /** Completes the changed object, in place; `old` is not changed. */
  update(o: ApiObject, old: ApiObject, c: ReserveOptions): Promise<Finish>
  /** Gives back what a removed object had. */
  deleted(o: ApiObject): Promise<void>
}

/** By `group/resource`. */
export type Reservations = ReadonlyMap<string, Reservation>
