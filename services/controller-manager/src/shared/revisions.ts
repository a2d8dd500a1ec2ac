import { isStatus, resources, type ControllerRevision, type LabelSelector, type PodTemplateSpec, type Resource } from '@drydock/api'
import type { Client } from '@drydock/client'
import { controllerRef, type Owned } from './owner.ts'
import { canonicalJSON, templateHash } from './template-hash.ts'

/** History of DaemonSets and StatefulSets: each template once, as a ControllerRevision named by its content. */

export interface Revisioned extends Owned { spec?: { template: PodTemplateSpec, selector: LabelSelector, revisionHistoryLimit?: number | undefined } | undefined }

/** What a revision keeps: a patch that puts the template back, as upstream's. */
export const revisionData = (o: Revisioned) => ({ spec: { template: { ...o.spec?.template, $patch: 'replace' } } })

export const sameRevision = (a: ControllerRevision, b: ControllerRevision): boolean => canonicalJSON(a.data) === canonicalJSON(b.data)

export function newRevision(r: Resource, o: Revisioned, revision: number, collisions: number | undefined, hashLabel: string): ControllerRevision {
  const data = revisionData(o)
  const hash = templateHash(data, collisions)
  return {
    apiVersion: 'apps/v1', kind: 'ControllerRevision',
    metadata: {
      name: `${o.metadata?.name}-${hash}`, namespace: o.metadata?.namespace ?? '', ownerReferences: [controllerRef(r, o)],
      labels: { ...o.spec?.template.metadata?.labels, [hashLabel]: hash }, ...(o.metadata?.annotations && { annotations: o.metadata.annotations }),
    },
    data: data as unknown as NonNullable<ControllerRevision['data']>,
    revision,
  }
}

export const byRevision = (a: ControllerRevision, b: ControllerRevision): number => a.revision - b.revision || ((a.metadata?.name ?? '') < (b.metadata?.name ?? '') ? -1 : 1)

/**
 * The revision of the owner's template now: an equal one that is there (moved to the front where it is not), or a new
 * one. `collided` asks the caller to count a collision and come again.
 */
export async function currentRevision(client: Client, wanted: ControllerRevision, history: readonly ControllerRevision[], signal: AbortSignal): Promise<ControllerRevision | 'collided'> {
  const equal = history.filter((h) => sameRevision(h, wanted)).toSorted(byRevision).at(-1)
  const newest = history.toSorted(byRevision).at(-1)
  const o = { namespace: wanted.metadata?.namespace ?? '', signal }
  if (equal) return equal === newest ? equal : client.update(resources.controllerrevisions, { ...equal, revision: (newest?.revision ?? 0) + 1 }, o)
  try {
    return await client.create(resources.controllerrevisions, wanted, o)
  } catch (e) {
    if (!isStatus(e, 'AlreadyExists')) throw e
    const there = await client.get(resources.controllerrevisions, wanted.metadata?.name ?? '', o)
    return sameRevision(there, wanted) ? there : 'collided'
  }
}

/** Deletes the oldest of what nobody uses, beyond the limit. */
export async function truncateHistory(client: Client, history: readonly ControllerRevision[], live: ReadonlySet<string>, limit: number, signal: AbortSignal): Promise<void> {
  const unused = history.filter((h) => !live.has(h.metadata?.name ?? '')).toSorted(byRevision)
  for (const h of unused.slice(0, Math.max(0, unused.length - limit))) {
    try {
      await client.delete(resources.controllerrevisions, h.metadata?.name ?? '', { namespace: h.metadata?.namespace ?? '', signal })
    } catch (e) {
      if (!isStatus(e, 'NotFound')) throw e
    }
  }
}
