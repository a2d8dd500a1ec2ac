import { badRequest, invalid, invalidStatus, resources } from '@drydock/api'
import type { FieldError, Resource, SubjectAccessReviewSpec, TokenReview } from '@drydock/api'
import { formatTime } from '@drydock/base'
import type { ClusterAuthorizer } from '../auth/authorize.ts'
import type { Tokens } from '../auth/tokens.ts'
import type { Attributes, User } from '../auth/types.ts'
import { nodeOf, withAuthenticated } from '../auth/users.ts'
import { metadataOf } from './lib.ts'
import { selectorText } from './review-selectors.ts'
import type { Action, ActionParts, ActionRequest } from './types.ts'

/** The reviews: who am I, whose is this token, may they, what may I (pkg/registry/authentication, pkg/registry/authorization). */
export function reviewActions(parts: ActionParts, o: { tokens?: Tokens | undefined, authorizer: ClusterAuthorizer }): Action[] {
  const action = (resource: Resource, create: (r: ActionRequest) => Promise<object>): Action => ({
    resource, subresource: '', kind: resource,
    create: async (r) => ({ code: 201, object: { kind: resource.kind, apiVersion: `${resource.group}/${resource.version}`, ...await create(r) } }),
  })
  return [
    action(resources.selfsubjectreviews, async (r) => {
      await r.admit(r.object)
      return { metadata: { creationTimestamp: formatTime(parts.clock.now()) }, status: { userInfo: userInfo(r.user) } }
    }),
    action(resources.tokenreviews, (r) => reviewToken(r, o.tokens)),
    action(resources.selfsubjectaccessreviews, (r) => reviewAccess(r, o.authorizer, r.user)),
    action(resources.subjectaccessreviews, (r) => reviewAccess(r, o.authorizer, undefined)),
    action(resources.localsubjectaccessreviews, (r) => reviewAccess(r, o.authorizer, undefined, r.namespace)),
    action(resources.selfsubjectrulesreviews, (r) => reviewRules(r, o.authorizer)),
  ]
}

const userInfo = (u: User) => ({ username: u.name, ...(u.uid && { uid: u.uid }), ...(u.groups.length && { groups: u.groups }), ...(u.extra && { extra: u.extra }) })

async function reviewToken(r: ActionRequest, tokens: Tokens | undefined): Promise<object> {
  const spec = (r.object['spec'] ?? {}) as TokenReview['spec']
  if (!spec.token) throw badRequest('token is required for TokenReview in authentication')
  await r.admit(r.object)
  const answer = (status: object) => ({ metadata: metadataOf(r.object), spec, status })
  try {
    const found = await tokens?.verify(spec.token, spec.audiences)
    if (!found) return answer({ error: 'invalid bearer token', user: {} })
    return answer({ authenticated: true, user: userInfo(withAuthenticated(found.user)), audiences: found.audiences })
  } catch (e) {
    const why = e instanceof Error ? e.message : String(e)
    return answer({ error: `[invalid bearer token, ${why}]`, user: {} })
  }
}

/** `self`: the caller is reviewed; `namespace`: a LocalSubjectAccessReview's. */
async function reviewAccess(r: ActionRequest, authorizer: ClusterAuthorizer, self: User | undefined, namespace?: string): Promise<object> {
  const spec = (r.object['spec'] ?? {}) as SubjectAccessReviewSpec
  const errors = [...checkSpec(spec, self === undefined), ...checkMetadata(r.object.metadata ?? {}, namespace !== undefined), ...(namespace === undefined ? [] : checkLocal(spec, namespace))]
  // Upstream names no kind here: its internal object has none.
  if (errors.length) throw invalidStatus({ group: 'authorization.k8s.io', kind: '' }, '', errors)
  await r.admit(r.object)
  const user: User = self ?? { name: spec.user ?? '', groups: spec.groups ?? [], ...(spec.uid && { uid: spec.uid }), ...(spec.extra && { extra: spec.extra as Record<string, string[]> }) }
  const d = await authorizer.authorize(attributes(user, spec))
  return {
    metadata: { ...metadataOf(r.object), ...(namespace !== undefined && { namespace }) }, spec,
    status: { allowed: d.allowed, ...(d.denied && { denied: true }), ...(d.reason && { reason: d.reason }) },
  }
}

function attributes(user: User, spec: SubjectAccessReviewSpec): Attributes {
  const n = spec.nonResourceAttributes
  if (n) return { user, verb: n.verb ?? '', path: n.path ?? '' }
  const a = spec.resourceAttributes ?? {}
  return {
    user, verb: a.verb ?? '',
    resource: { group: a.group ?? '', version: a.version ?? '*', resource: a.resource ?? '', subresource: a.subresource ?? '', namespace: a.namespace ?? '', name: a.name ?? '' },
    ...(a.fieldSelector && { fieldSelector: selectorText(a.fieldSelector) }), ...(a.labelSelector && { labelSelector: selectorText(a.labelSelector) }),
  }
}

/** As upstream's internal type prints. */
const goPath = (a: { path?: string | undefined, verb?: string | undefined }) => ({ Path: a.path ?? '', Verb: a.verb ?? '' })

function checkSpec(s: SubjectAccessReviewSpec, needsUser: boolean): FieldError[] {
  const errors: FieldError[] = []
  if (s.resourceAttributes && s.nonResourceAttributes) errors.push(invalid('spec.nonResourceAttributes', goPath(s.nonResourceAttributes), 'cannot be specified in combination with resourceAttributes'))
  if (!s.resourceAttributes && !s.nonResourceAttributes) errors.push(invalid('spec.resourceAttributes', s.nonResourceAttributes, 'exactly one of nonResourceAttributes or resourceAttributes must be specified'))
  if (needsUser && !s.user && !s.groups?.length) errors.push(invalid('spec.user', s.user ?? '', 'at least one of user or group must be specified'))
  return errors
}

function checkMetadata(m: Record<string, unknown>, local: boolean): FieldError[] {
  const { managedFields: _, namespace, ...rest } = m
  const full = Object.entries(local ? rest : { ...rest, namespace }).some(([, v]) => v !== undefined && v !== null && v !== '')
  return full ? [invalid('metadata', m, local ? 'must be empty except for namespace' : 'must be empty')] : []
}

function checkLocal(s: SubjectAccessReviewSpec, namespace: string): FieldError[] {
  const errors: FieldError[] = []
  if (s.resourceAttributes && (s.resourceAttributes.namespace ?? '') !== namespace) errors.push(invalid('spec.resourceAttributes.namespace', s.resourceAttributes.namespace ?? '', 'must match metadata.namespace'))
  if (s.nonResourceAttributes) errors.push(invalid('spec.nonResourceAttributes', goPath(s.nonResourceAttributes), 'disallowed on this kind of request'))
  return errors
}

async function reviewRules(r: ActionRequest, authorizer: ClusterAuthorizer): Promise<object> {
  const namespace = (r.object['spec'] as { namespace?: string } | undefined)?.namespace
  if (!namespace) throw badRequest('no namespace on request')
  await r.admit(r.object)
  const { rules, errors } = authorizer.rulesFor(r.user, namespace)
  const node = nodeOf(r.user) !== undefined
  const problems = [...(node ? ['node authorizer does not support user rule resolution'] : []), ...errors]
  return {
    metadata: {}, spec: {},
    status: {
      resourceRules: rules.filter((x) => x.resources?.length).map(({ verbs, apiGroups, resources: names, resourceNames }) => ({ verbs, ...(apiGroups && { apiGroups }), resources: names, ...(resourceNames?.length && { resourceNames }) })),
      nonResourceRules: rules.filter((x) => x.nonResourceURLs?.length).map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs })),
      incomplete: node, ...(problems.length && { evaluationError: problems.length === 1 ? problems[0] : `[${problems.join(', ')}]` }),
    },
  }
}
