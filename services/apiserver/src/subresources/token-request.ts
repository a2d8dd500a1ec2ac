import { badRequest, conflict, invalid, invalidStatus, isStatus, resources } from '@drydock/api'
import type { FieldError, TokenRequest } from '@drydock/api'
import { formatTime } from '@drydock/base'
import type { Ref, Tokens } from '../auth/tokens.ts'
import { getFresh } from './lib.ts'
import type { Action, ActionParts, ActionRequest } from './types.ts'

/** Pods of clients that do not refresh: what asks for exactly this gets a year, and is warned about after this (upstream). */
const warnOnlySeconds = 3607
const extendedSeconds = 365 * 24 * 3600

export interface TokenRequestOptions { tokens: Tokens, /** --service-account-extend-token-expiration; default true. */ extendExpiration?: boolean, /** --service-account-max-token-expiration in seconds; 0: none. */ maxExpirationSeconds?: number }

/** serviceaccounts/token: a token for the account, bound to a pod, secret or node if asked (pkg/registry/core/serviceaccount/storage/token.go). */
export function tokenRequestAction(parts: ActionParts, o: TokenRequestOptions): Action {
  return {
    resource: resources.serviceaccounts, subresource: 'token', kind, create: (r) => issue(parts, o, r),
    defaults: (request) => { (request['spec'] ??= {}).expirationSeconds ??= 3600 },
  }
}

const kind = { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' }

async function issue(parts: ActionParts, o: TokenRequestOptions, r: ActionRequest): Promise<{ code: number, object: unknown }> {
  const request = r.object as unknown as TokenRequest
  const metadata = request.metadata ??= {}
  const mustMatch = (field: 'name' | 'namespace', wanted: string) => {
    if (metadata[field] && metadata[field] !== wanted) throw invalidStatus(kind, r.name, [invalid(`metadata.${field}`, metadata[field], `must match the service account ${field} if specified`)])
  }
  mustMatch('name', r.name)
  mustMatch('namespace', r.namespace)
  const account = await getFresh(parts, resources.serviceaccounts, r.namespace, r.name, r.signal)
  const spec = request.spec ??= { audiences: [] }
  if (!spec.audiences?.length) spec.audiences = [...o.tokens.audiences]
  spec.expirationSeconds ??= 3600
  const now = parts.clock.now()
  Object.assign(metadata, { name: r.name, namespace: r.namespace, creationTimestamp: formatTime(now), uid: account.metadata?.uid })
  const errors = validate(spec.expirationSeconds)
  if (errors.length) throw invalidStatus(kind, '', errors)
  await r.admit(r.object)
  const bound = await bindTo(parts, r, spec.boundObjectRef)
  const max = o.maxExpirationSeconds ?? 0
  if (max > 0 && spec.expirationSeconds > max) {
    r.warn(`requested expiration of ${spec.expirationSeconds} seconds shortened to ${max} seconds`)
    spec.expirationSeconds = max
  }
  const extended = o.extendExpiration !== false && bound.pod && spec.expirationSeconds === warnOnlySeconds && spec.audiences.every((a) => o.tokens.audiences.includes(a))
  const token = await o.tokens.issue({
    namespace: r.namespace, serviceAccount: { name: r.name, uid: account.metadata?.uid ?? '' }, ...bound, audiences: spec.audiences,
    expirationSeconds: extended ? extendedSeconds : spec.expirationSeconds, warnAfterSeconds: extended ? warnOnlySeconds : undefined,
  })
  return {
    code: 201,
    object: {
      kind: 'TokenRequest', apiVersion: 'authentication.k8s.io/v1', metadata,
      spec: { audiences: spec.audiences, expirationSeconds: spec.expirationSeconds, boundObjectRef: spec.boundObjectRef ?? null },
      status: { token, expirationTimestamp: formatTime(now + spec.expirationSeconds * 1000) },
    },
  }
}

function validate(seconds: number): FieldError[] {
  if (seconds < 600) return [invalid('spec.expirationSeconds', seconds, 'may not specify a duration less than 10 minutes')]
  if (seconds > 2 ** 32) return [invalid('spec.expirationSeconds', seconds, 'may not specify a duration larger than 2^32 seconds')]
  return []
}

type Bound = { pod?: Ref, secret?: Ref, node?: Ref }

async function bindTo(parts: ActionParts, r: ActionRequest, ref: TokenRequest['spec']['boundObjectRef']): Promise<Bound> {
  if (!ref) return {}
  const [group, version] = ref.apiVersion?.includes('/') ? ref.apiVersion.split('/') as [string, string] : ['', ref.apiVersion ?? '']
  const name = ref.name ?? ''
  const refOf = (o: { metadata?: { uid?: string | undefined } | undefined }): Ref => ({ name, uid: o.metadata?.uid ?? '' })
  let bound: Bound, uid: string
  if (!group && ref.kind === 'Pod') {
    const pod = await getFresh(parts, resources.pods, r.namespace, name, r.signal)
    if (pod.spec?.serviceAccountName !== r.name) throw badRequest(`cannot bind token for serviceaccount ${JSON.stringify(r.name)} to pod running with different serviceaccount name.`)
    bound = { pod: refOf(pod), ...(pod.spec.nodeName && { node: await nodeRef(parts, pod.spec.nodeName, r.signal) }) }
    uid = bound.pod!.uid
  } else if (!group && ref.kind === 'Node') {
    bound = { node: refOf(await getFresh(parts, resources.nodes, '', name, r.signal)) }
    uid = bound.node!.uid
  } else if (!group && ref.kind === 'Secret') {
    bound = { secret: refOf(await getFresh(parts, resources.secrets, r.namespace, name, r.signal)) }
    uid = bound.secret!.uid
  } else {
    throw badRequest(`cannot bind token to object of type ${group}/${version}, Kind=${ref.kind ?? ''}`)
  }
  if (ref.uid && ref.uid !== uid) {
    throw conflict({ group, resource: ref.kind ?? '' }, name, `the UID in the bound object reference (${ref.uid}) does not match the UID in record. The object might have been deleted and then recreated`)
  }
  return bound
}

/** The node of a pod is told for information: one that is not registered is named without a uid. */
async function nodeRef(parts: ActionParts, name: string, signal: AbortSignal): Promise<Ref> {
  try {
    return { name, uid: (await getFresh(parts, resources.nodes, '', name, signal)).metadata?.uid ?? '' }
  } catch (e) {
    if (isStatus(e, 'NotFound')) return { name, uid: '' }
    throw e
  }
}
