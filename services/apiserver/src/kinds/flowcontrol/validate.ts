import { dns1123Label, fieldForbidden, invalid, notSupported, required } from '@drydock/api'
import type { FlowSchemaSpec, PolicyRulesWithSubjects, PriorityLevelConfigurationSpec } from '@drydock/api'
import { byRule, each, subdomain, within, type Errors } from '../lib/validate.ts'

/** pkg/apis/flowcontrol/validation. */

const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'proxy', 'update', 'watch']
const MAX_PRECEDENCE = 10_000

export function validateFlowSchema(name: string, spec: FlowSchemaSpec): Errors {
  const out: Errors = []
  const precedence = spec.matchingPrecedence ?? 0
  if (precedence <= 0) out.push(invalid('spec.matchingPrecedence', precedence, 'must be a positive value'))
  if (precedence > MAX_PRECEDENCE) out.push(invalid('spec.matchingPrecedence', precedence, `must not be greater than ${MAX_PRECEDENCE}`))
  if (precedence === 1 && name !== 'exempt') out.push(invalid('spec.matchingPrecedence', precedence, 'only the schema named \'exempt\' may have matchingPrecedence 1'))
  const method = spec.distinguisherMethod
  if (method && !['ByNamespace', 'ByUser'].includes(method.type)) out.push(notSupported('spec.distinguisherMethod.type', { Type: method.type ?? '' }, ['ByNamespace', 'ByUser']))
  const level = spec.priorityLevelConfiguration?.name
  if (level) out.push(...subdomain('spec.priorityLevelConfiguration.name', level))
  else out.push(required('spec.priorityLevelConfiguration.name', 'must reference a priority level'))
  return [...out, ...each(spec.rules, 'spec.rules', rule)]
}

function rule(r: PolicyRulesWithSubjects, at: string): Errors {
  const out: Errors = []
  if (!r.subjects?.length) out.push(required(`${at}.subjects`, 'subjects must contain at least one value'))
  out.push(...each(r.subjects, `${at}.subjects`, (s, p) => subject(s as Subject, p)))
  if (!r.resourceRules?.length && !r.nonResourceRules?.length) return [...out, required(at, 'at least one of resourceRules and nonResourceRules has to be non-empty')]
  out.push(...each(r.resourceRules, `${at}.resourceRules`, (x, p) => resourceRule(x as unknown as ResourceRule, p)))
  return [...out, ...each(r.nonResourceRules, `${at}.nonResourceRules`, (x, p) => nonResourceRule(x, p))]
}

interface Named { name?: string, namespace?: string }
interface Subject { kind: string, user?: Named, group?: Named, serviceAccount?: Named }

function subject(s: Subject, at: string): Errors {
  const only = (field: 'user' | 'group' | 'serviceAccount'): Errors => (['user', 'group', 'serviceAccount'] as const).filter((f) => f !== field && s[f]).map((f) => fieldForbidden(`${at}.${f}`, `${f} is forbidden when subject kind is not '${f[0]!.toUpperCase()}${f.slice(1)}'`))
  switch (s.kind) {
    case 'ServiceAccount':
      if (!s.serviceAccount) return [...only('serviceAccount'), required(`${at}.serviceAccount`, "serviceAccount is required when subject kind is 'ServiceAccount'")]
      return [
        ...only('serviceAccount'),
        ...(!s.serviceAccount.name ? [required(`${at}.serviceAccount.name`)] : s.serviceAccount.name === '*' ? [] : subdomain(`${at}.serviceAccount.name`, s.serviceAccount.name)),
        ...(s.serviceAccount.namespace ? byRule(`${at}.serviceAccount.namespace`, s.serviceAccount.namespace, dns1123Label) : [required(`${at}.serviceAccount.namespace`, 'must specify namespace for service account')]),
      ]
    case 'User':
      if (!s.user) return [...only('user'), required(`${at}.user`, "user is required when subject kind is 'User'")]
      return [...only('user'), ...(s.user.name ? [] : [required(`${at}.user.name`)])]
    case 'Group':
      if (!s.group) return [...only('group'), required(`${at}.group`, "group is required when subject kind is 'Group'")]
      return [...only('group'), ...(s.group.name ? [] : [required(`${at}.group.name`)])]
    default: return [notSupported(`${at}.kind`, s.kind ?? '', ['Group', 'ServiceAccount', 'User'])]
  }
}

function verbErrors(path: string, list: string[] | undefined): Errors {
  if (!list?.length) return [required(path, 'verbs must contain at least one value')]
  if (list.includes('*')) return list.length > 1 ? [invalid(path, list, "if '*' is present, must not specify other verbs")] : []
  return list.every((v) => verbs.includes(v)) ? [] : [notSupported(path, list, verbs)]
}

interface ResourceRule { verbs?: string[], apiGroups?: string[], resources?: string[], namespaces?: string[], clusterScope?: boolean }

function resourceRule(r: ResourceRule, at: string): Errors {
  const out = verbErrors(`${at}.verbs`, r.verbs)
  const star = (list: string[] | undefined, field: string, missing: string, what: string) => {
    if (!list?.length) out.push(required(`${at}.${field}`, missing))
    else if (list.length > 1 && list.includes('*')) out.push(invalid(`${at}.${field}`, list, `if '*' is present, must not specify other ${what}`))
  }
  star(r.apiGroups, 'apiGroups', 'resource rules must supply at least one api group', 'api groups')
  star(r.resources, 'resources', 'resource rules must supply at least one resource', 'resources')
  const namespaces = r.namespaces ?? []
  if (namespaces.length === 0 && !r.clusterScope) out.push(required(`${at}.namespaces`, 'resource rules that are not cluster scoped must supply at least one namespace'))
  else if (namespaces.includes('*')) {
    if (namespaces.length > 1) out.push(invalid(`${at}.namespaces`, namespaces, "if '*' is present, must not specify other namespaces"))
  } else out.push(...each(namespaces, `${at}.namespaces`, (n, p) => dns1123Label(n).map((m) => invalid(p, n, `each member of this list must be '*' or a DNS-1123 label; ${m}`))))
  return out
}

function nonResourceRule(r: { verbs: string[], nonResourceURLs: string[] }, at: string): Errors {
  const out = verbErrors(`${at}.verbs`, r.verbs)
  const urls = r.nonResourceURLs ?? []
  if (urls.length === 0) out.push(required(`${at}.nonResourceURLs`, 'nonResourceURLs must contain at least one value'))
  else if (urls.includes('*')) {
    if (urls.length > 1) out.push(invalid(`${at}.nonResourceURLs`, urls, "if '*' is present, must not specify other non-resource URLs"))
  } else out.push(...each(urls, `${at}.nonResourceURLs`, url))
  return out
}

function url(u: string, at: string): Errors {
  if (u === '') return [invalid(at, u, 'must start with slash')]
  if (u === '/') return []
  if (!u.startsWith('/')) return [invalid(at, u, 'must start with slash')]
  if (u.includes(' ')) return [invalid(at, u, 'must not contain white-space')]
  if (u.includes('//')) return [invalid(at, u, 'must not contain double slash')]
  return u.slice(0, -1).includes('*') || (u.endsWith('*') && !u.endsWith('/*')) ? [invalid(at, u, 'wildcard can only do suffix matching')] : []
}

export function validatePriorityLevel(spec: PriorityLevelConfigurationSpec): Errors {
  const out: Errors = []
  const { limited, exempt, type } = spec
  if (type === 'Exempt') {
    if (limited) out.push(fieldForbidden('spec.limited', 'must be nil if the type is not Limited'))
    if (!exempt) return out
    return out
  }
  if (type !== 'Limited') return [notSupported('spec.type', type ?? '', ['Exempt', 'Limited'])]
  if (exempt) out.push(fieldForbidden('spec.exempt', 'must be nil if the type is Limited'))
  if (!limited) return [...out, required('spec.limited', 'must not be empty when type is Limited')]
  const at = 'spec.limited'
  if ((limited.nominalConcurrencyShares ?? 0) < 0) out.push(invalid(`${at}.nominalConcurrencyShares`, limited.nominalConcurrencyShares, 'must be a non-negative integer'))
  if (limited.lendablePercent !== undefined) out.push(...within(`${at}.lendablePercent`, limited.lendablePercent, 0, 100))
  if ((limited.borrowingLimitPercent ?? 0) < 0) out.push(invalid(`${at}.borrowingLimitPercent`, limited.borrowingLimitPercent, 'if specified, must be a non-negative integer'))
  return [...out, ...limitResponse(`${at}.limitResponse`, limited.limitResponse)]
}

function limitResponse(at: string, r: { type?: string, queuing?: { queues?: number | undefined, handSize?: number | undefined, queueLengthLimit?: number | undefined } | undefined } | undefined): Errors {
  if (r?.type === 'Reject') return r.queuing ? [fieldForbidden(`${at}.queuing`, 'must be nil if limited.limitResponse.type is not Limited')] : []
  if (r?.type !== 'Queue') return [notSupported(`${at}.type`, r?.type ?? '', ['Queue', 'Reject'])]
  const q = r.queuing
  if (!q) return [required(`${at}.queuing`, 'must not be empty if limited.limitResponse.type is Limited')]
  const out: Errors = []
  const [length, queues, hand] = [q.queueLengthLimit ?? 0, q.queues ?? 0, q.handSize ?? 0]
  if (length <= 0) out.push(invalid(`${at}.queuing.queueLengthLimit`, length, 'must be positive'))
  if (queues <= 0) out.push(invalid(`${at}.queuing.queues`, queues, 'must be positive'))
  else if (queues > 10_000_000) out.push(invalid(`${at}.queuing.queues`, queues, 'must not be greater than 10000000'))
  if (hand <= 0) out.push(invalid(`${at}.queuing.handSize`, hand, 'must be positive'))
  else if (hand > queues) out.push(invalid(`${at}.queuing.handSize`, hand, `should not be greater than queues (${queues})`))
  return out
}

