import type { Resource, Status } from '@drydock/api'
import { StatusError } from '@drydock/api'
import type { ApiObject } from '../admission/types.ts'
import type { ActionParts } from './types.ts'

/** The answer of an action that returns nothing of its own. */
export const success = (code: number): Status => ({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code })

/** An error that upstream returns bare: the door makes it a 500 without a reason. */
export const plainError = (message: string): StatusError => new StatusError({ reason: '', code: 500, message })

/** The object from the cache, or, where the cache has none, from the store: for what may have been made a moment ago elsewhere. Throws NotFound. */
export async function getFresh<T>(parts: ActionParts, r: Resource<T>, namespace: string, name: string, signal: AbortSignal): Promise<T> {
  return parts.reader.get(r, namespace, name) ?? parts.writer.update(r, namespace, name, () => undefined, { signal })
}

/** Metadata as a review carries it back: what the client sent; a cluster-scoped one is in no namespace, whatever it says. */
export function metadataOf(o: ApiObject): Record<string, unknown> {
  const { namespace: _, ...rest } = o.metadata ?? {}
  return rest
}
