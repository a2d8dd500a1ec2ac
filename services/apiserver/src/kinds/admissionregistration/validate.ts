import { dns1035Label, dns1123Subdomain, duplicate, fieldForbidden, invalid, isQualifiedName, nameIsPathSegment, notSupported, required } from '@drydock/api'
import type { ApiObject } from '../../admission/types.ts'
import { admissionScope, type CelType, compile, type Scope } from '../lib/cel/index.ts'
import { byRule, each, labelSelector, subdomain, type Errors } from '../lib/validate.ts'
import { webhookService, webhookURL } from '../lib/webhook.ts'

/** pkg/apis/admissionregistration/validation. Of expressions (CEL) the grammar and the names are checked, not their types. */

const closed = (path: string, v: string | undefined, values: readonly string[]): Errors => (v === undefined || values.includes(v) ? [] : [notSupported(path, v, values)])
const operations = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE']

export function validateWebhooks(hooks: readonly ApiObject[] | undefined, mutating: boolean): Errors {
  const names = new Set<string>()
  return each(hooks, 'webhooks', (w, at) => {
    const out = webhook(at, w, mutating)
    if (w.name && names.has(w.name)) out.push(duplicate(`${at}.name`, w.name))
    names.add(w.name)
    return out
  })
}

function webhook(at: string, w: ApiObject, mutating: boolean): Errors {
  const out = fullyQualified(`${at}.name`, w.name ?? '')
  out.push(...labelSelector(`${at}.namespaceSelector`, w.namespaceSelector), ...labelSelector(`${at}.objectSelector`, w.objectSelector))
  out.push(...each(w.rules as ApiObject[] | undefined, `${at}.rules`, ruleWithOperations))
  out.push(...closed(`${at}.failurePolicy`, w.failurePolicy, ['Fail', 'Ignore']), ...closed(`${at}.matchPolicy`, w.matchPolicy, ['Equivalent', 'Exact']))
  if (w.sideEffects === undefined) out.push(required(`${at}.sideEffects`, 'must specify one of None, NoneOnDryRun'))
  else out.push(...closed(`${at}.sideEffects`, w.sideEffects, ['None', 'NoneOnDryRun']))
  if (w.timeoutSeconds !== undefined && (w.timeoutSeconds > 30 || w.timeoutSeconds < 1)) out.push(invalid(`${at}.timeoutSeconds`, w.timeoutSeconds, 'the timeout value must be between 1 and 30 seconds'))
  if (mutating) out.push(...closed(`${at}.reinvocationPolicy`, w.reinvocationPolicy, ['IfNeeded', 'Never']))
  out.push(...clientConfig(`${at}.clientConfig`, w.clientConfig ?? {}), ...reviewVersions(`${at}.admissionReviewVersions`, w.admissionReviewVersions))
  return [...out, ...matchConditions(`${at}.matchConditions`, w.matchConditions)]
}

/** IsFullyQualifiedName: a domain of three parts at least. */
function fullyQualified(path: string, name: string): Errors {
  if (!name) return [required(path)]
  const bad = subdomain(path, name)
  if (bad.length) return bad
  return name.split('.').length < 3 ? [invalid(path, name, 'should be a domain with at least three segments separated by dots')] : []
}

export function ruleWithOperations(r: ApiObject, at: string): Errors {
  const out: Errors = []
  const many = (list: string[] | undefined, star: string, field: string, what: string) => {
    if (!list?.length) out.push(required(`${at}.${field}`))
    else if (list.length > 1 && list.includes(star)) out.push(invalid(`${at}.${field}`, list, `if '${star}' is present, must not specify other ${what}`))
  }
  many(r.operations, '*', 'operations', 'operations')
  out.push(...each(r.operations as string[] | undefined, `${at}.operations`, (o, p) => closed(p, o, operations)))
  many(r.apiGroups, '*', 'apiGroups', 'API groups')
  many(r.apiVersions, '*', 'apiVersions', 'API versions')
  out.push(...each(r.apiVersions as string[] | undefined, `${at}.apiVersions`, (v, p) => (v === '' ? [required(p)] : [])))
  out.push(...closed(`${at}.scope`, r.scope, ['*', 'Cluster', 'Namespaced']))
  return [...out, ...ruleResources(`${at}.resources`, r.resources)]
}

/** Resources of a rule: a star covers what it covers, once. */
function ruleResources(path: string, list: string[] | undefined): Errors {
  if (!list?.length) return [required(path)]
  const out: Errors = []
  const resources = new Set<string>(), subresources = new Set<string>()
  for (const [i, r] of list.entries()) {
    const at = `${path}[${i}]`
    const [res, sub] = splitOnce(r)
    if (r === '') out.push(required(at))
    if (sub === undefined) continue
    if (resources.has(res)) out.push(invalid(at, r, `if '${res}/*' is present, must not specify ${r}`))
    if (subresources.has(sub)) out.push(invalid(at, r, `if '*/${sub}' is present, must not specify ${r}`))
    if (sub === '*') resources.add(res)
    if (res === '*') subresources.add(sub)
  }
  if (list.length > 1 && list.includes('*/*')) out.push(invalid(path, list, "if '*/*' is present, must not specify other resources"))
  const last = list.findLast((r) => r !== '' && !r.includes('/'))
  if (list.includes('*') && last !== undefined && last !== '*') out.push(invalid(path, list, "if '*' is present, must not specify other resources without subresources"))
  return out
}

const splitOnce = (s: string): [string, string | undefined] => (s.includes('/') ? [s.slice(0, s.indexOf('/')), s.slice(s.indexOf('/') + 1)] : [s, undefined])

function clientConfig(at: string, c: ApiObject | Record<string, any>): Errors {
  if ((c.url === undefined) === (c.service === undefined)) return [required(at, 'exactly one of url or service is required')]
  return c.url === undefined ? webhookService(`${at}.service`, c.service as never) : webhookURL(`${at}.url`, c.url)
}

const accepted = ['v1', 'v1beta1']

function reviewVersions(path: string, list: string[] | undefined): Errors {
  if (!list?.length) return [required(path, `must specify one of ${accepted.join(', ')}`)]
  const seen = new Set<string>()
  const out = each(list, path, (v, at) => {
    if (seen.has(v)) return [invalid(at, v, 'duplicate version')]
    seen.add(v)
    return byRule(at, v, dns1035Label)
  })
  if (!list.some((v) => accepted.includes(v))) out.push(invalid(path, list, `must include at least one of ${accepted.join(', ')}`))
  return out
}

/** What is wrong with an expression that is there. */
function expression(path: string, text: string, scope: Scope): Errors {
  const { error } = compile(text, scope)
  return error ? [invalid(path, text, `compilation failed: ${error}`)] : []
}

const with_ = (scope: Scope, name: string, type?: CelType): Scope => new Map([...scope, [name, type]])

export function matchConditions(path: string, list: Array<{ name?: string, expression?: string }> | undefined, scope: Scope = admissionScope): Errors {
  const names = new Set<string>()
  return each(list, path, (c, at) => {
    const out: Errors = []
    if (c.expression?.trim()) out.push(...expression(`${at}.expression`, c.expression, scope))
    else out.push(required(`${at}.expression`))
    if (!c.name) return [...out, required(`${at}.name`)]
    out.push(...byRule(`${at}.name`, c.name, isQualifiedName))
    if (names.has(c.name)) out.push(duplicate(`${at}.name`, c.name))
    names.add(c.name)
    return out
  })
}

function matchResources(path: string, m: Record<string, any> | undefined, needsRules: boolean): Errors {
  if (!m) return []
  const out = [...labelSelector(`${path}.objectSelector`, m.objectSelector), ...labelSelector(`${path}.namespaceSelector`, m.namespaceSelector)]
  if (needsRules && !m.resourceRules?.length) out.push(required(`${path}.resourceRules`))
  for (const list of ['resourceRules', 'excludeResourceRules']) out.push(...each(m[list] as ApiObject[] | undefined, `${path}.${list}`, ruleWithOperations))
  return [...out, ...closed(`${path}.matchPolicy`, m.matchPolicy, ['Equivalent', 'Exact'])]
}

const reasons = ['Forbidden', 'Invalid', 'RequestEntityTooLarge', 'Unauthorized']

export function validatePolicy(o: ApiObject): Errors {
  const spec = o.spec ?? {}
  const out: Errors = closed('spec.failurePolicy', spec.failurePolicy, ['Fail', 'Ignore'])
  if (spec.paramKind) out.push(...paramKind('spec.paramKind', spec.paramKind))
  if (!spec.matchConstraints) out.push(required('spec.matchConstraints'))
  else out.push(...matchResources('spec.matchConstraints', spec.matchConstraints, true))
  const scope = spec.paramKind ? with_(admissionScope, 'params') : admissionScope
  out.push(...matchConditions('spec.matchConditions', spec.matchConditions, scope))
  if (!spec.validations?.length && !spec.auditAnnotations?.length) {
    const why = 'validations or auditAnnotations must contain at least one item'
    out.push(required('spec.validations', why), required('spec.auditAnnotations', why))
  }
  const variables = validateVariables(spec.variables, scope)
  out.push(...variables.errors, ...each(spec.validations as Validation[] | undefined, 'spec.validations', (v, at) => validation(at, v, variables.scope)))
  return [...out, ...auditAnnotations(o, spec.auditAnnotations, variables.scope)]
}

/** Each variable may use those before it. */
function validateVariables(list: ReadonlyArray<{ name?: string, expression?: string }> | undefined, base: Scope): { errors: Errors, scope: Scope } {
  const fields = new Map<string, CelType>()
  const scope = list?.length ? with_(base, 'variables', { fields }) : base
  const errors = each(list, 'spec.variables', (v, at) => {
    const out: Errors = []
    if (!v.name?.trim()) out.push(required(`${at}.name`, 'name is not specified'))
    else if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(v.name)) out.push(invalid(`${at}.name`, v.name, 'must be a valid CEL identifier'))
    if (!v.expression?.trim()) return [...out, required(`${at}.expression`, 'expression is not specified')]
    out.push(...expression(`${at}.expression`, v.expression, scope))
    fields.set(v.name ?? '', undefined)
    return out
  })
  return { errors, scope }
}

interface Validation { expression?: string, message?: string, messageExpression?: string, reason?: string }
const broken = (s: string): boolean => /[\n\r]/.test(s)

function validation(at: string, v: Validation, scope: Scope): Errors {
  const out: Errors = []
  const text = v.expression?.trim() ?? '', message = v.message?.trim() ?? ''
  if (!text) out.push(required(`${at}.expression`, 'expression is not specified'))
  else out.push(...expression(`${at}.expression`, v.expression!, scope))
  if (v.messageExpression && !v.messageExpression.trim()) out.push(invalid(`${at}.messageExpression`, v.messageExpression, 'must be non-empty if specified'))
  else if (v.messageExpression) out.push(...expression(`${at}.messageExpression`, v.messageExpression, without(scope, 'authorizer')))
  if (v.message && !message) out.push(invalid(`${at}.message`, v.message, 'message must be non-empty if specified'))
  else if (broken(message)) out.push(invalid(`${at}.message`, v.message, 'message must not contain line breaks'))
  else if (broken(text) && !message) out.push(required(`${at}.message`, 'message must be specified if expression contains line breaks'))
  return [...out, ...closed(`${at}.reason`, v.reason, reasons.slice(0, 3))]
}

const without = (scope: Scope, name: string): Scope => new Map([...scope].filter(([n]) => n !== name))

function auditAnnotations(o: ApiObject, list: ReadonlyArray<{ key?: string, valueExpression?: string }> | undefined, scope: Scope): Errors {
  const keys = new Set<string>()
  return each(list, 'spec.auditAnnotations', (a, at) => {
    const out: Errors = o.metadata.name ? byRule(`${at}.key`, `${o.metadata.name}/${a.key ?? ''}`, isQualifiedName) : [invalid(`${at}.key`, a.key ?? '', 'requires metadata.name be non-empty')]
    if (keys.has(a.key ?? '')) out.push(duplicate(`${at}.key`, a.key))
    keys.add(a.key ?? '')
    if (!a.valueExpression?.trim()) out.push(required(`${at}.valueExpression`, 'valueExpression is not specified'))
    else out.push(...expression(`${at}.valueExpression`, a.valueExpression, scope))
    return out
  })
}

function paramKind(path: string, k: { apiVersion?: string, kind?: string }): Errors {
  const out: Errors = []
  if (!k.apiVersion) out.push(required(`${path}.apiVersion`))
  else {
    const [group, version] = k.apiVersion.includes('/') ? k.apiVersion.split('/') as [string, string] : ['', k.apiVersion]
    if (group) out.push(...dns1123Subdomain(group).map((m) => invalid(`${path}.apiVersion`, group, m)))
    out.push(...dns1035Label(version).map((m) => invalid(`${path}.apiVersion`, version, m)))
  }
  if (!k.kind) out.push(required(`${path}.kind`))
  else out.push(...dns1035Label(k.kind.toLowerCase()).map((m) => invalid(`${path}.kind`, k.kind, `may have mixed case, but should otherwise match: ${m}`)))
  return out
}

export function validatePolicyBinding(o: ApiObject): Errors {
  const spec = o.spec ?? {}
  const out: Errors = spec.policyName ? byRule('spec.policyName', spec.policyName, dns1123Subdomain) : [required('spec.policyName')]
  const ref = spec.paramRef
  if (ref) {
    if (ref.name) out.push(...byRule('spec.paramRef.name', ref.name, (s) => nameIsPathSegment(s, false)))
    if (ref.name && ref.selector) out.push(fieldForbidden('spec.paramRef.name', 'name and selector are mutually exclusive'))
    if (ref.selector) out.push(...labelSelector('spec.paramRef.selector', ref.selector))
    else if (!ref.name) out.push(required('spec.paramRef', 'one of name or selector must be specified'))
    if (ref.parameterNotFoundAction === undefined) out.push(required('spec.paramRef.parameterNotFoundAction'))
    else out.push(...closed('spec.paramRef.parameterNotFoundAction', ref.parameterNotFoundAction, ['Deny', 'Allow']))
  }
  out.push(...matchResources('spec.matchResources', spec.matchResources, false))
  const actions = spec.validationActions as string[] | undefined
  if (!actions?.length) return [...out, required('spec.validationActions', 'at least one validation action is required')]
  const seen = new Set<string>()
  return [...out, ...each(actions, 'spec.validationActions', (a, at) => {
    const errs = closed(at, a, ['Audit', 'Deny', 'Warn'])
    if (seen.has(a)) errs.push(duplicate(at, a))
    seen.add(a)
    return errs
  })]
}
