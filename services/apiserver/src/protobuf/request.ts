/** Request bodies in protobuf: made JSON at the door, so that everything behind it knows one form. */
import { badRequest, type StatusError } from '@drydock/api'
import type { GVK } from '@drydock/api/schema'
import { decodeObject, protobufType } from './codec.ts'

export const isProtobuf = (contentType: string): boolean => contentType !== '' && contentType.split(';')[0]!.trim().toLowerCase() === protobufType

const nothing: GVK = { group: '', version: '', kind: '' }

/** The body as JSON; undefined where it is not protobuf, or not what it says: whoever decodes it then says why. */
export function transcode(body: Buffer, contentType: string): Buffer | undefined {
  if (!isProtobuf(contentType) || body.length === 0) return undefined
  try {
    const { kind, value } = decodeObject(body, nothing)
    return Buffer.from(JSON.stringify({ apiVersion: kind.group ? `${kind.group}/${kind.version}` : kind.version, kind: kind.kind, ...value }))
  } catch {
    return undefined
  }
}

const shownBytes = 30

/** Why a body is no protobuf object of the kind. */
export function protobufError(body: Buffer, kind: GVK): StatusError {
  let why = 'unexpected EOF'
  try {
    decodeObject(body, kind)
  } catch (e) {
    why = (e as Error).message
  }
  const head = body.subarray(0, shownBytes).toString('hex') + (body.length > shownBytes ? ' ...' : '')
  return badRequest(`the object provided is unrecognized (must be of type ${kind.kind}): ${why} (${body.length ? head : '<empty>'})`)
}
