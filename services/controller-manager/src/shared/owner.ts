import { type LabelMatcher, type ObjectMeta, type OwnerReference, type Resource, apiVersionOf, isStatus } from '@drydock/api'
import type { Client } from '@drydock/client'

export interface Owned { metadata?: ObjectMeta | undefined }

export const controllerOf = (o: Owned): OwnerReference | undefined => o.metadata?.ownerReferences?.find((r) => r.controller)
export const isControlledBy = (o: Owned, owner: Owned): boolean => controllerOf(o)?.uid === owner.metadata?.uid

export function controllerRef(r: Resource, owner: Owned): OwnerReference {
  return { apiVersion: apiVersionOf(r), kind: r.kind, name: owner.metadata?.name ?? '', uid: owner.metadata?.uid ?? '', controller: true, blockOwnerDeletion: true }
}

export interface Claims<T> { owned: T[], adopt: T[], release: T[] }

/**
 * Which objects belong to an owner (upstream's ControllerRefManager): its own that still match, and to adopt, orphans
 * that match; to release, its own that match no longer. An owner that is going adopts and releases nothing.
 */
export function planClaims<T extends Owned>(owner: Owned, matches: LabelMatcher, objects: readonly T[], mayAdopt: (o: T) => boolean = () => true): Claims<T> {
  const going = owner.metadata?.deletionTimestamp !== undefined
  const plan: Claims<T> = { owned: [], adopt: [], release: [] }
  for (const o of objects) {
    const ref = controllerOf(o)
    if (ref) {
      if (ref.uid !== owner.metadata?.uid) continue
      if (matches(o.metadata?.labels)) plan.owned.push(o)
      else if (!going) plan.release.push(o)
    } else if (!going && o.metadata?.deletionTimestamp === undefined && matches(o.metadata?.labels) && mayAdopt(o)) plan.adopt.push(o)
  }
  return plan
}

export interface ClaimOptions<O extends Owned, T extends Owned> {
  client: Client
  ownerResource: Resource<O>
  owner: O
  resource: Resource<T>
  signal: AbortSignal
}

/** Carries the claims out; answers what is owned now. Objects that are gone meanwhile are passed over. */
export async function claim<O extends Owned, T extends Owned>(plan: Claims<T>, o: ClaimOptions<O, T>): Promise<T[]> {
  const owned = [...plan.owned]
  for (const x of plan.release) await patchRefs(x, o, [{ $patch: 'delete', uid: o.owner.metadata?.uid }])
  if (plan.adopt.length > 0 && await stillThere(o)) {
    for (const x of plan.adopt) {
      // As it was when it was claimed: what has become of it since, its own event will tell.
      if (await patchRefs(x, o, [controllerRef(o.ownerResource, o.owner)])) owned.push(x)
    }
  }
  return owned
}

/** Reads the owner itself, not the view: an owner that was deleted must not adopt. */
async function stillThere<O extends Owned, T extends Owned>(o: ClaimOptions<O, T>): Promise<boolean> {
  try {
    const fresh = await o.client.get(o.ownerResource, o.owner.metadata?.name ?? '', { namespace: o.owner.metadata?.namespace ?? '', signal: o.signal })
    return fresh.metadata?.uid === o.owner.metadata?.uid && fresh.metadata?.deletionTimestamp === undefined
  } catch (e) {
    if (isStatus(e, 'NotFound')) return false
    throw e
  }
}

async function patchRefs<O extends Owned, T extends Owned>(x: T, o: ClaimOptions<O, T>, ownerReferences: unknown): Promise<T | undefined> {
  const body = { metadata: { uid: x.metadata?.uid, ownerReferences } }
  try {
    return await o.client.patch(o.resource, x.metadata?.name ?? '', { type: 'strategic', body }, { namespace: x.metadata?.namespace ?? '', signal: o.signal })
  } catch (e) {
    if (isStatus(e, 'NotFound') || isStatus(e, 'Invalid') || isStatus(e, 'Conflict')) return undefined
    throw e
  }
}
