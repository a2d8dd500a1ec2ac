import { fieldForbidden, invalid, notSupported, required } from '@drydock/api'
import type { DaemonSetSpec, DeploymentSpec, LabelSelector, PodTemplateSpec, ReplicaSetSpec, StatefulSetSpec } from '@drydock/api'
import { podAnnotations } from '../core/pod-spec/validate/annotations.ts'
import { validatePodTemplate } from '../core/pod-spec/validate/index.ts'
import { validateClaimSpec } from '../core/pod-spec/validate/claim-template.ts'
import { semanticEqual } from '../lib/equal.ts'
import { goSelector, isUsable, templateMatches, workloadSelector } from '../lib/selector.ts'
import { annotations, each, intOrPercent, isPercent, label, labels, nonNegative, notMoreThan100Percent, type Errors } from '../lib/validate.ts'

/** pkg/apis/apps/validation. */

/** A template whose pods are to run for ever, matched by its selector. */
export function validateTemplate(path: string, template: PodTemplateSpec | undefined, selector: LabelSelector | undefined, owner: string): Errors {
  return [...templateMatches(path, selector, template?.metadata), ...validatePodTemplate(path, template), ...runsForEver(path, template, owner)]
}

export function runsForEver(path: string, template: PodTemplateSpec | undefined, owner: string): Errors {
  const out: Errors = []
  if (template?.spec?.restartPolicy !== 'Always') out.push(notSupported(`${path}.spec.restartPolicy`, template?.spec?.restartPolicy ?? '', ['Always']))
  if (template?.spec?.activeDeadlineSeconds !== undefined) out.push(fieldForbidden(`${path}.spec.activeDeadlineSeconds`, `activeDeadlineSeconds in ${owner} is not Supported`))
  return out
}

export function validateDeployment(spec: DeploymentSpec): Errors {
  const out: Errors = [...nonNegative('spec.replicas', spec.replicas), ...workloadSelector('spec.selector', spec.selector, 'deployment')]
  if (isUsable(spec.selector)) out.push(...validateTemplate('spec.template', spec.template, spec.selector, 'ReplicaSet'))
  else out.push(invalid('spec.selector', goSelector(spec.selector), 'invalid label selector'))
  out.push(...deploymentStrategy('spec.strategy', spec.strategy ?? {}), ...nonNegative('spec.minReadySeconds', spec.minReadySeconds))
  if (spec.revisionHistoryLimit !== undefined) out.push(...nonNegative('spec.revisionHistoryLimit', spec.revisionHistoryLimit))
  if (spec.progressDeadlineSeconds !== undefined) {
    out.push(...nonNegative('spec.progressDeadlineSeconds', spec.progressDeadlineSeconds))
    if (spec.progressDeadlineSeconds <= (spec.minReadySeconds ?? 0)) out.push(invalid('spec.progressDeadlineSeconds', spec.progressDeadlineSeconds, 'must be greater than minReadySeconds'))
  }
  return out
}

const amount = (v: number | string | undefined): number => (isPercent(v) ? Number.parseInt(v, 10) : typeof v === 'number' ? v : 0)

function deploymentStrategy(path: string, s: NonNullable<DeploymentSpec['strategy']>): Errors {
  if (s.type === 'Recreate') return s.rollingUpdate ? [fieldForbidden(`${path}.rollingUpdate`, "may not be specified when strategy `type` is 'Recreate'")] : []
  if (s.type !== 'RollingUpdate') {
    const shown = { Type: s.type ?? '', RollingUpdate: s.rollingUpdate ? { MaxUnavailable: s.rollingUpdate.maxUnavailable ?? 0, MaxSurge: s.rollingUpdate.maxSurge ?? 0 } : null }
    return [notSupported(path, shown, ['Recreate', 'RollingUpdate'])]
  }
  if (!s.rollingUpdate) return [required(`${path}.rollingUpdate`, 'this should be defaulted and never be nil')]
  const { maxUnavailable, maxSurge } = s.rollingUpdate
  const at = `${path}.rollingUpdate`
  const out: Errors = [...intOrPercent(`${at}.maxUnavailable`, maxUnavailable), ...intOrPercent(`${at}.maxSurge`, maxSurge)]
  if (amount(maxUnavailable) === 0 && amount(maxSurge) === 0) out.push(invalid(`${at}.maxUnavailable`, maxUnavailable, 'may not be 0 when `maxSurge` is 0'))
  return [...out, ...notMoreThan100Percent(`${at}.maxUnavailable`, maxUnavailable)]
}

export function validateReplicaSet(spec: ReplicaSetSpec): Errors {
  const out: Errors = [...nonNegative('spec.replicas', spec.replicas), ...nonNegative('spec.minReadySeconds', spec.minReadySeconds), ...workloadSelector('spec.selector', spec.selector, 'deployment')]
  if (isUsable(spec.selector)) out.push(...validateTemplate('spec.template', spec.template, spec.selector, 'ReplicaSet'))
  else out.push(invalid('spec.selector', goSelector(spec.selector), 'invalid label selector'))
  return out
}

export function validateDaemonSet(spec: DaemonSetSpec): Errors {
  const out: Errors = spec.selector ? workloadSelector('spec.selector', spec.selector, 'daemonset') : []
  // An unusable selector matches what it can here: only its own errors are told.
  if (isUsable(spec.selector)) out.push(...templateMatches('spec.template', spec.selector, spec.template?.metadata))
  out.push(...validatePodTemplate('spec.template', spec.template), ...runsForEver('spec.template', spec.template, 'DaemonSet'), ...nonNegative('spec.minReadySeconds', spec.minReadySeconds))
  out.push(...daemonStrategy('spec.updateStrategy', spec.updateStrategy ?? {}))
  if (spec.revisionHistoryLimit !== undefined) out.push(...nonNegative('spec.revisionHistoryLimit', spec.revisionHistoryLimit))
  return out
}

function daemonStrategy(path: string, s: NonNullable<DaemonSetSpec['updateStrategy']>): Errors {
  if (s.type === 'OnDelete') return []
  if (s.type !== 'RollingUpdate') return [notSupported(path, { Type: s.type ?? '', RollingUpdate: s.rollingUpdate ? { MaxUnavailable: s.rollingUpdate.maxUnavailable ?? 0, MaxSurge: s.rollingUpdate.maxSurge ?? 0 } : null }, ['RollingUpdate', 'OnDelete'])]
  if (!s.rollingUpdate) return [required(`${path}.rollingUpdate`)]
  const { maxUnavailable, maxSurge } = s.rollingUpdate
  const at = `${path}.rollingUpdate`
  const out: Errors = [
    ...intOrPercent(`${at}.maxUnavailable`, maxUnavailable), ...notMoreThan100Percent(`${at}.maxUnavailable`, maxUnavailable),
    ...intOrPercent(`${at}.maxSurge`, maxSurge), ...notMoreThan100Percent(`${at}.maxSurge`, maxSurge),
  ]
  const unavailable = amount(maxUnavailable) !== 0
  const surge = amount(maxSurge) !== 0
  if (unavailable && surge) out.push(invalid(`${at}.maxSurge`, maxSurge, 'may not be set when maxUnavailable is non-zero'))
  if (!unavailable && !surge) out.push(required(`${at}.maxUnavailable`, 'cannot be 0 when maxSurge is 0'))
  return out
}

export function validateStatefulSet(spec: StatefulSetSpec): Errors {
  const out: Errors = []
  if (!spec.podManagementPolicy) out.push(required('spec.podManagementPolicy'))
  else if (!['OrderedReady', 'Parallel'].includes(spec.podManagementPolicy)) out.push(invalid('spec.podManagementPolicy', spec.podManagementPolicy, "must be 'OrderedReady' or 'Parallel'"))
  out.push(...statefulStrategy('spec.updateStrategy', spec.updateStrategy ?? {}), ...retention('spec.persistentVolumeClaimRetentionPolicy', spec.persistentVolumeClaimRetentionPolicy))
  out.push(...nonNegative('spec.replicas', spec.replicas), ...nonNegative('spec.minReadySeconds', spec.minReadySeconds))
  if (spec.ordinals) out.push(...nonNegative('spec.ordinals.start', spec.ordinals.start))
  if (spec.serviceName) out.push(...label('spec.serviceName', spec.serviceName))
  out.push(...workloadSelector('spec.selector', spec.selector, 'statefulset'))
  if (isUsable(spec.selector)) out.push(...templateMatches('spec.template', spec.selector, spec.template?.metadata), ...statefulTemplate('spec.template', spec))
  else out.push(invalid('spec.selector', goSelector(spec.selector), ''))
  out.push(...runsForEver('spec.template', spec.template, 'StatefulSet'))
  return out
}

/** Metadata is checked twice, as upstream does; pods' hostnames and subdomains are the set's to give. */
function statefulTemplate(path: string, spec: StatefulSetSpec): Errors {
  const { metadata: meta, spec: pod } = spec.template ?? {}
  const { hostname: _h, subdomain: _s, ...rest } = pod ?? { containers: [] }
  return [
    ...labels(`${path}.labels`, meta?.labels), ...annotations(`${path}.annotations`, meta?.annotations), ...podAnnotations(`${path}.annotations`, meta?.annotations, rest),
    ...validatePodTemplate(path, { ...spec.template, spec: rest }, (spec.volumeClaimTemplates ?? []).map((c) => c.metadata?.name ?? '')),
  ]
}

function statefulStrategy(path: string, s: NonNullable<StatefulSetSpec['updateStrategy']>): Errors {
  if (!s.type) return [required(path)]
  if (s.type === 'OnDelete') return s.rollingUpdate ? [invalid(`${path}.rollingUpdate`, shownRolling(s), "only allowed for updateStrategy 'RollingUpdate'")] : []
  if (s.type !== 'RollingUpdate') return [invalid(path, { Type: s.type, RollingUpdate: s.rollingUpdate ? shownRolling(s) : null }, "must be 'RollingUpdate' or 'OnDelete'")]
  return s.rollingUpdate ? nonNegative(`${path}.rollingUpdate.partition`, s.rollingUpdate.partition) : []
}

const shownRolling = (s: NonNullable<StatefulSetSpec['updateStrategy']>) => ({ Partition: s.rollingUpdate?.partition ?? 0, MaxUnavailable: s.rollingUpdate?.maxUnavailable ?? null })

function retention(path: string, p: StatefulSetSpec['persistentVolumeClaimRetentionPolicy']): Errors {
  const one = (field: 'whenDeleted' | 'whenScaled'): Errors => (['Retain', 'Delete'].includes(p?.[field] ?? '') ? [] : [notSupported(`${path}.${field}`, p?.[field] ?? '', ['Retain', 'Delete'])])
  return [...one('whenDeleted'), ...one('whenScaled')]
}

/** Claims of templates, checked as claims of their own at creation. */
export const validateClaimTemplates = (spec: StatefulSetSpec): Errors =>
  each(spec.volumeClaimTemplates, 'spec.volumeClaimTemplates', (c, at) => validateClaimSpec(`${at}.spec`, c.spec ?? {}))

const mutable = ['replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy', 'minReadySeconds'] as const

export function statefulSetFrozen(now: StatefulSetSpec, was: StatefulSetSpec): Errors {
  const rest = (s: StatefulSetSpec) => Object.fromEntries(Object.entries(s).filter(([k]) => !(mutable as readonly string[]).includes(k)))
  return semanticEqual(rest(now), rest(was)) ? [] : [fieldForbidden('spec', "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden")]
}
