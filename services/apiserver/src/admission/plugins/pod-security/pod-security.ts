import { invalidStatus, resources } from '@drydock/api'
import type { ObjectMeta, Pod, PodSpec } from '@drydock/api'
import { refuse } from '../../errors.ts'
import type { AdmissionPlugin, AdmissionRequest, ApiObject } from '../../types.ts'
import type { PluginParts } from '../../parts.ts'
import { checks } from './checks.ts'
import type { Check, PodLike, Violation } from './checks.ts'
import { policyOf, printLevel } from './policy.ts'
import type { LevelVersion, Policy } from './policy.ts'

/**
 * The Pod Security Standards by namespace labels: pods that break the enforced level are refused, those that break the
 * warned one are warned about; so are the templates of workloads, which are never refused. (There is no audit log yet:
 * the audit label is read and has no effect.)
 */
export function podSecurity(parts: PluginParts): AdmissionPlugin {
  return {
    name: 'PodSecurity',
    handles: (r) => (r.operation === 'CREATE' || r.operation === 'UPDATE') && (isNamespaces(r) ? r.subresource === '' : isPods(r) ? !ignored.has(r.subresource) : templateOf(r) !== undefined && r.subresource === ''),
    validate(r) {
      if (isNamespaces(r)) return checkNamespace(parts, r)
      const { policy } = policyOf(parts.reader.get(resources.namespaces, '', r.namespace)?.metadata?.labels)
      if (policy.enforce.level === 'privileged' && policy.warn.level === 'privileged') return
      if (isPods(r)) checkPod(r, policy)
      else warn(r, policy.warn, podLike(templateOf(r)!))
    },
  }
}

const isNamespaces = (r: AdmissionRequest): boolean => r.resource.resource === 'namespaces' && !r.resource.group
const isPods = (r: AdmissionRequest): boolean => r.resource.resource === 'pods' && !r.resource.group
const ignored = new Set(['exec', 'attach', 'binding', 'eviction', 'log', 'portforward', 'proxy', 'status'])

type Template = { metadata?: ObjectMeta | undefined, spec?: PodSpec | undefined }
const podLike = (t: Template): PodLike => ({ annotations: t.metadata?.annotations ?? {}, spec: t.spec ?? { containers: [] } })

/** Where a workload keeps its pod template. */
function templateOf(r: AdmissionRequest): Template | undefined {
  const o = r.object as ApiObject, named = r.resource.group ? `${r.resource.resource}.${r.resource.group}` : r.resource.resource
  switch (named) {
    case 'deployments.apps': case 'replicasets.apps': case 'daemonsets.apps': case 'statefulsets.apps': case 'jobs.batch': case 'replicationcontrollers': return o['spec']?.template
    case 'cronjobs.batch': return o['spec']?.jobTemplate?.spec?.template
    case 'podtemplates': return o['template']
    default: return undefined
  }
}

function checkPod(r: AdmissionRequest, policy: Policy): void {
  const pod = r.object as unknown as Pod
  if (r.operation === 'UPDATE' && !isSignificant(pod, r.oldObject as unknown as Pod)) return
  const violations = evaluate(policy.enforce, podLike(pod))
  if (violations.length) throw refuse(r, `violates PodSecurity ${JSON.stringify(printLevel(policy.enforce))}: ${details(violations)}`)
  warn(r, policy.warn, podLike(pod))
}

function warn(r: AdmissionRequest, level: LevelVersion, pod: PodLike): void {
  const violations = evaluate(level, pod)
  if (violations.length) r.warn(`would violate PodSecurity ${JSON.stringify(printLevel(level))}: ${details(violations)}`)
}

/** Only new containers and new images can make a pod worse: the rest cannot be changed. */
function isSignificant(now: Pod, old: Pod): boolean {
  return (['containers', 'initContainers', 'ephemeralContainers'] as const).some((list) => {
    const a = now.spec?.[list] ?? [], b = old.spec?.[list] ?? []
    return a.length !== b.length || a.some((c, i) => c.image !== b[i]!.image)
  })
}

const perLevel = new Map<string, readonly Check[]>()

/** Checks of a level and version, without those that a stricter one says better. */
function checksOf(l: LevelVersion): readonly Check[] {
  const key = printLevel(l)
  let found = perLevel.get(key)
  if (!found) {
    const all = checks.filter((c) => c.since <= l.version && (c.level === 'baseline' || l.level === 'restricted'))
    const overridden = new Set(all.flatMap((c) => c.overrides ?? []))
    found = l.level === 'privileged' ? [] : all.filter((c) => !overridden.has(c.id))
    // Labels are validated, but old ones may say anything: what is kept has a bound.
    if (perLevel.size < 256) perLevel.set(key, found)
  }
  return found
}

export function evaluate(level: LevelVersion, pod: PodLike): Violation[] {
  return checksOf(level).flatMap((c) => c.test(pod, level.version) ?? [])
}

const details = (violations: readonly Violation[]): string => violations.map((v) => (v.detail ? `${v.reason} (${v.detail})` : v.reason)).join(', ')

const severity = { privileged: 0, baseline: 1, restricted: 2 }
const maxPods = 3000

/** New labels must make sense; a stricter level is told which pods break it already. */
function checkNamespace(parts: PluginParts, r: AdmissionRequest): void {
  const now = policyOf(r.object!.metadata['labels'])
  const old = r.operation === 'UPDATE' ? policyOf(r.oldObject!.metadata['labels']) : undefined
  if (now.errors.length && String(now.errors) !== String(old?.errors ?? [])) throw invalidStatus({ group: '', kind: 'Namespace' }, r.name || r.object!.metadata['name'], now.errors)
  if (!old) return
  const next = now.policy.enforce, before = old.policy.enforce
  if (next.level === 'privileged' || printLevel(next) === printLevel(before)) return
  if (next.version === before.version && severity[next.level] <= severity[before.level]) return
  for (const text of existingViolations(parts, r.object!.metadata['name'], next)) r.warn(text)
}

function existingViolations(parts: PluginParts, namespace: string, level: LevelVersion): string[] {
  const pods = parts.reader.list(resources.pods, namespace)
  const byReason = new Map<string, string[]>()
  for (const pod of pods.slice(0, maxPods)) {
    const reason = evaluate(level, podLike(pod)).map((v) => v.reason).join(', ')
    if (reason) byReason.set(reason, [...byReason.get(reason) ?? [], pod.metadata?.name ?? ''])
  }
  const lines = [...byReason].map(([reason, names]) => {
    const [first] = names.sort(), others = names.length - 1
    return `${first}${others ? ` (and ${others} other ${others === 1 ? 'pod' : 'pods'})` : ''}: ${reason}`
  }).sort()
  const cut = pods.length > maxPods ? [`new PodSecurity enforce level only checked against the first ${maxPods} of ${pods.length} existing pods`] : []
  return lines.length ? [...cut, `existing pods in namespace ${JSON.stringify(namespace)} violate the new PodSecurity enforce level ${JSON.stringify(printLevel(level))}`, ...lines] : cut
}
