import type { PolicyRule } from '@drydock/api'
import type { Attributes } from '../types.ts'

/** Rule semantics of rbac.authorization.k8s.io (pkg/apis/rbac/v1/evaluation_helpers.go, validation/policy_comparator.go). */
export const allows = (rule: PolicyRule, a: Attributes): boolean => (a.resource ? allowsResource(rule, a.verb, a.resource) : allowsPath(rule, a.verb, a.path ?? ''))

const has = (list: readonly string[] | undefined, value: string): boolean => list !== undefined && (list.includes(value) || list.includes('*'))

function allowsResource(rule: PolicyRule, verb: string, r: NonNullable<Attributes['resource']>): boolean {
  return has(rule.verbs, verb) && has(rule.apiGroups, r.group) && matchesResource(rule.resources, r.resource, r.subresource)
    && (!rule.resourceNames?.length || rule.resourceNames.includes(r.name))
}

function matchesResource(resources: readonly string[] | undefined, resource: string, subresource: string): boolean {
  if (!resources) return false
  if (!subresource) return resources.includes('*') || resources.includes(resource)
  return resources.includes('*') || resources.includes(`${resource}/${subresource}`) || resources.includes(`*/${subresource}`)
}

function allowsPath(rule: PolicyRule, verb: string, path: string): boolean {
  return has(rule.verbs, verb) && (rule.nonResourceURLs ?? []).some((u) => u === '*' || u === path || (u.endsWith('*') && path.startsWith(u.replace(/\*+$/, ''))))
}

/** The rules among `wanted`, broken down to one verb, group, resource and name each, that `held` do not cover. */
export function uncovered(held: readonly PolicyRule[], wanted: readonly PolicyRule[]): PolicyRule[] {
  return wanted.flatMap(breakdown).filter((sub) => !held.some((rule) => covers(rule, sub)))
}

function breakdown(rule: PolicyRule): PolicyRule[] {
  const out: PolicyRule[] = []
  for (const group of rule.apiGroups ?? []) for (const resource of rule.resources ?? []) for (const verb of rule.verbs) {
    const one = { apiGroups: [group], resources: [resource], verbs: [verb] }
    if (rule.resourceNames?.length) for (const name of rule.resourceNames) out.push({ ...one, resourceNames: [name] })
    else out.push(one)
  }
  for (const url of rule.nonResourceURLs ?? []) for (const verb of rule.verbs) out.push({ nonResourceURLs: [url], verbs: [verb] })
  return out
}

/** Whether `owner` grants the broken-down `sub` (one verb, one group and resource, at most one name). */
function covers(owner: PolicyRule, sub: PolicyRule): boolean {
  if (!hasAll(owner.verbs, sub.verbs)) return false
  if (sub.nonResourceURLs) return sub.nonResourceURLs.every((p) => (owner.nonResourceURLs ?? []).some((u) => u === p || (u.endsWith('*') && p.startsWith(u.slice(0, -1)))))
  return hasAll(owner.apiGroups, sub.apiGroups ?? []) && (sub.resources ?? []).every((r) => coversResource(owner.resources ?? [], r))
    && (!owner.resourceNames?.length || (sub.resourceNames !== undefined && sub.resourceNames.every((n) => owner.resourceNames!.includes(n))))
}

const hasAll = (set: readonly string[] | undefined, wanted: readonly string[]): boolean => (set ?? []).includes('*') || wanted.every((w) => (set ?? []).includes(w))

function coversResource(held: readonly string[], wanted: string): boolean {
  const slash = wanted.indexOf('/')
  return held.includes('*') || held.includes(wanted) || (slash >= 0 && held.includes(`*/${wanted.slice(slash + 1)}`))
}

/** Merges broken-down rules that differ only in their verbs, as upstream does before it prints them. */
export function compact(rules: readonly PolicyRule[]): PolicyRule[] {
  const merged = new Map<string, PolicyRule>()
  const out: PolicyRule[] = []
  for (const rule of rules) {
    const simple = rule.apiGroups?.length === 1 && rule.resources?.length === 1 && !rule.nonResourceURLs?.length && (rule.resourceNames?.length ?? 0) <= 1
    if (!simple) { out.push(rule); continue }
    const key = JSON.stringify([rule.apiGroups, rule.resources, rule.resourceNames])
    const known = merged.get(key)
    if (known) known.verbs.push(...rule.verbs.filter((v) => !known.verbs.includes(v)))
    else { const copy = { ...rule, verbs: [...rule.verbs] }; merged.set(key, copy); out.push(copy) }
  }
  return out
}

/** `{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}`. */
export function describe(rule: PolicyRule): string {
  const part = (name: string, list: readonly string[] | undefined) => (list?.length ? [`${name}:${goList(list)}`] : [])
  return `{${[...part('APIGroups', rule.apiGroups), ...part('Resources', rule.resources), ...part('NonResourceURLs', rule.nonResourceURLs),
    ...part('ResourceNames', rule.resourceNames), ...part('Verbs', rule.verbs)].join(', ')}}`
}

/** A string slice as Go's %q prints it. */
export const goList = (list: readonly string[]): string => `[${list.map((s) => JSON.stringify(s)).join(' ')}]`
