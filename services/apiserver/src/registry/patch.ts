/** PATCH: the live object changed as the patch says, then an update like any other. */
import { clone, StatusError } from '@drydock/api'
import { isObject, parseJSON } from '@drydock/api/schema'
import type { Reply } from '../request.ts'
import { decodeObject } from './decode.ts'
import { writeOptions } from './options.ts'
import type { Registry, ResourceRequest } from './parts.ts'
import { changeObject } from './update.ts'

export const patchTypes = ['application/json-patch+json', 'application/merge-patch+json', 'application/strategic-merge-patch+json', 'application/apply-patch+yaml', 'application/apply-patch+cbor'] as const

export async function patch(p: Registry, r: ResourceRequest): Promise<Reply> {
  const type = r.contentType.split(';')[0]!.trim()
  if (type !== 'application/merge-patch+json') throw new StatusError({ reason: 'UnsupportedMediaType', message: `the body of the request was in an unknown format - accepted media types include: ${patchTypes.join(', ')}` })
  const options = writeOptions(r.query, 'PatchOptions')
  const body = parseJSON(r.body.toString()).value
  return changeObject(p, r, {
    options, kind: 'PatchOptions', createIfMissing: false,
    change(live) {
      const patched = mergePatch(clone(live), body)
      return decodeObject({ ...r, body: Buffer.from(JSON.stringify(patched)), contentType: 'application/json' }, options.fieldValidation)
    },
  })
}

/** RFC 7386. */
function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch
  const out: Record<string, unknown> = isObject(target) ? target : {}
  for (const [k, v] of Object.entries(patch)) {
    if (v === null) delete out[k]
    else out[k] = mergePatch(out[k], v)
  }
  return out
}
