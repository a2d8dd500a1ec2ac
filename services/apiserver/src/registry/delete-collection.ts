/**
 * DELETE on a collection: what the list options select, in order, a bounded number at a time when there are many. Answers what
 * was listed.
 */
import { isStatus } from '@drydock/api'
import type { Reply } from '../request.ts'
import { deleteOptionsOf } from './delete-options.ts'
import { deleteObject, warnOfOrphans } from './delete.ts'
import { listEntries } from './list.ts'
import { checkDeleteOptions } from './options.ts'
import { type Registry, type ResourceRequest, variant } from './parts.ts'

const few = 8, workers = 8

export async function deleteCollection(p: Registry, r: ResourceRequest): Promise<Reply> {
  const raw = deleteOptionsOf(r), options = checkDeleteOptions(raw)
  warnOfOrphans(r, options)
  const found = await listEntries(p, r, true)
  const queue = [...found.entries]
  const failures: { error: unknown, index: number }[] = []
  await Promise.all(Array.from({ length: queue.length > few ? workers : 1 }, async () => {
    for (let e = queue.shift(); e && !failures.length; e = queue.shift()) {
      const index = found.entries.indexOf(e)
      const one = variant(r, { info: { ...r.info, name: e.name, namespace: e.namespace || r.info.namespace } })
      try {
        await deleteObject(p, one, options, raw, e)
      } catch (error) {
        // The first in order is told, whichever failed first.
        if (!isStatus(error, 'NotFound')) failures.push({ error, index })
      }
    }
  }))
  if (failures.length) throw failures.reduce((a, b) => (b.index < a.index ? b : a)).error
  return { type: 'list', resource: r.type, entries: found.entries, revision: found.revision, continueToken: found.continueToken, remaining: found.remaining }
}
