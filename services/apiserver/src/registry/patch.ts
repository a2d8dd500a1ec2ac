/** PATCH: the live object changed as the patch says, then an update like any other. */
import { StatusError } from '@drydock/api'
import { applyPatch, type GVK, type PatchType, structForKind } from '@drydock/api/schema'
import type { ApiObject } from '../admission/types.ts'
import type { Reply } from '../request.ts'
import { apply } from './apply.ts'
import { defaulted } from './decode.ts'
import { writeOptions } from './options.ts'
import { type Registry, type ResourceRequest, warn } from './parts.ts'
import { scaleKind, writeScale } from './scale.ts'
import { changeObject } from './update.ts'

const types: Readonly<Record<string, PatchType>> = {
  'application/json-patch+json': 'json', 'application/merge-patch+json': 'merge', 'application/strategic-merge-patch+json': 'strategic',
}

const customTypes = ['application/json-patch+json', 'application/merge-patch+json', 'application/apply-patch+yaml']

export async function patch(p: Registry, r: ResourceRequest): Promise<Reply> {
  const media = r.contentType.split(';')[0]!.trim()
  if (media === 'application/apply-patch+yaml') return apply(p, r)
  const type = types[media]
  if (!type) throw new StatusError({ reason: 'UnsupportedMediaType', message: '415: Unsupported Media Type', details: {} })
  if (type === 'strategic' && r.type.openapi) throw new StatusError({ reason: 'UnsupportedMediaType', message: `the body of the request was in an unknown format - accepted media types include: ${customTypes.join(', ')}` })
  const options = writeOptions(r.query, 'PatchOptions')
  const patched = (live: object, kind: GVK): ApiObject => {
    const result = applyPatch(live as ApiObject, { type, body: r.body, schema: kind === r.type ? r.type.schema : structForKind(kind)!, kind, fieldValidation: options.fieldValidation })
    for (const w of result.warnings) warn(r.warnings, w)
    return result.object as ApiObject
  }
  if (r.info.subresource === 'scale') return writeScale(p, r, (live) => patched(live, scaleKind), 'PatchOptions')
  return changeObject(p, r, { options, kind: 'PatchOptions', createIfMissing: false, change: (live) => defaulted(r.type, patched(live!, r.type)) })
}
