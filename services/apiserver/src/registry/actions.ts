/** POST to places that do something (bindings, evictions, tokens, reviews): decode, admit, act. */
import { recordUpdate, structForKind } from '@drydock/api/schema'
import type { Action } from '../subresources/types.ts'
import type { ApiObject } from '../admission/types.ts'
import type { Reply } from '../request.ts'
import { admit, validateAdmission } from './admit.ts'
import { admissionOptions } from './create.ts'
import { decodeKind } from './decode.ts'
import { fieldContext } from './managed-fields.ts'
import { writeOptions } from './options.ts'
import { type Registry, type ResourceRequest, variant, warn } from './parts.ts'

export const actionId = (group: string, resource: string, subresource: string): string => `${group}/${resource}/${subresource}`

export async function act(p: Registry, r: ResourceRequest, action: Action): Promise<Reply> {
  const options = writeOptions(r.query, 'CreateOptions')
  const object = decodeKind(variant(r, { body: current(r.body, action) }), action.kind, options.fieldValidation).object as ApiObject
  object.metadata ??= {}
  action.defaults?.(object)
  const schema = structForKind(action.kind)
  if (schema) recordUpdate(undefined, object, { ...fieldContext(p, r, options), schema, kind: action.kind, reset: undefined })
  const answer = await action.create({
    user: r.user, namespace: r.info.namespace, name: r.info.name, object, dryRun: options.dryRun, signal: r.signal,
    warn: (text) => warn(r.warnings, text),
    async admit(o) {
      const input = { operation: 'CREATE' as const, name: r.info.name, object: o, options: admissionOptions('CreateOptions', options), dryRun: options.dryRun }
      await admit(p, r, input)
      await validateAdmission(p, r, input)
    },
  })
  return { type: 'value', code: answer.code, value: answer.object as object }
}

/** Bodies of older versions that are the same but for their name are read as the current one. */
function current(body: Buffer, action: Action): Buffer {
  const old = action.olderVersions?.find((v) => body.includes(`${action.kind.group}/${v}`))
  if (!old) return body
  const named = new RegExp(`(apiVersion"?\\s*:\\s*"?)${action.kind.group}/${old}\\b`)
  return Buffer.from(body.toString().replace(named, `$1${action.kind.group}/${action.kind.version}`))
}
