/** The write itself: an object encoded once, stored, and known to the cache by the bytes and the form that were written. */
import type { WriteResult } from '@drydock/storage'
import type { ApiObject } from '../admission/types.ts'
import { Encoding, Entry } from '../cache/entry.ts'
import type { Parts } from './parts.ts'
import type { ResourceType } from './resource-type.ts'
import { apiError } from './storage-errors.ts'

export interface Commit {
  /** The type in whose version it is stored. */
  type: ResourceType
  namespace: string
  name: string
  key: string
  object: ApiObject
}

/** The entry that was made of it (the object gets its version), or the store's refusal. */
export async function commit(p: Parts, c: Commit, write: (value: Buffer) => Promise<WriteResult>): Promise<Entry | WriteResult & { ok: false }> {
  const encoding = new Encoding(c.object), done = p.cache.expect(c.key, encoding.stored, c.object)
  let result: WriteResult
  try {
    result = await write(encoding.stored)
  } catch (e) {
    throw apiError(e)
  } finally {
    done()
  }
  if (!result.ok) return result
  // Its event may have been faster than the answer.
  const known = p.cache.resource(c.type.storageGroup, c.type.storageResource)?.get(c.namespace, c.name)
  return known?.revision === result.revision ? known : p.cache.wrote(Entry.written(c.type, c.namespace, c.name, result.revision, encoding, c.object))
}
