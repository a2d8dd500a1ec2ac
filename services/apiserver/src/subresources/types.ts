import type { Resource } from '@drydock/api'
import type { Clock } from '@drydock/base'
import type { User } from '../auth/types.ts'
import type { ApiObject, Reader, Writer } from '../admission/types.ts'

/** What actions work with. */
export interface ActionParts { reader: Reader, writer: Writer, clock: Clock }

/** A create on a resource or subresource that does something rather than to store what was sent (rest.NamedCreater, rest.Creater). */
export interface ActionRequest {
  user: User
  namespace: string
  /** Of the parent object; '' for a collection. */
  name: string
  /** Decoded and defaulted body of the action's kind, with the managedFields that a create gets. */
  object: ApiObject
  dryRun: boolean
  /** Runs the admission chain (mutating, then validating) on the object as it then is; to be called once, before acting. */
  admit(object: ApiObject): Promise<void>
  warn(text: string): void
  signal: AbortSignal
}

/** What POST to such a place does. Throws StatusError. */
export interface Action {
  /** The resource in whose path it stands: pods, serviceaccounts, subjectaccessreviews. */
  resource: Resource
  /** binding, eviction, token; '' when the resource itself is the action (reviews, bindings). */
  subresource: string
  /** The kind that is sent: what the body is decoded as. */
  kind: { group: string, version: string, kind: string }
  /** Versions of the kind that are read as `kind.version`: they differ in name alone. */
  olderVersions?: readonly string[]
  /** Defaults of what is sent, in place. */
  defaults?(o: ApiObject): void
  create(r: ActionRequest): Promise<{ code: number, object: unknown }>
}
