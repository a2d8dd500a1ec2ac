import { dns1123Label, isValidLabelValue, mustParseQuantity } from '@drydock/api'
import type { Affinity, Container, LabelSelector, NodeAffinity, NodeSelectorTerm, ObjectMeta, PodSpec, PodTemplateSpec, Volume } from '@drydock/api'
import { portWarnings } from './port-warnings.ts'
import { APPARMOR, SECCOMP_CONTAINER, SECCOMP_POD } from './validate/annotations.ts'
import { overlaps, sourceWarnings } from './volume-warnings.ts'

/** Warnings of a pod at its creation (pkg/api/pod/warnings.go). Updates of pods are silent, as upstream's. */
export const podWarnings = (spec: PodSpec | undefined, meta: ObjectMeta | undefined): string[] =>
  (spec ? [...nameWarnings(meta?.name, "the Pod's hostname"), ...specWarnings('spec', spec, '', meta)] : [])

/** A name that pods' names and hostnames are made of should be a DNS label, though it need not be. */
export function nameWarnings(name: string | undefined, what = 'Pod names and hostnames'): string[] {
  const bad = dns1123Label(name ?? '')
  return bad.length ? [`metadata.name: this is used in ${what}, which can result in surprising behavior; a DNS label is recommended: [${bad.join(' ')}]`] : []
}

/** Warnings of a template at `path`. */
export const templateWarnings = (template: PodTemplateSpec | undefined, path: string): string[] =>
  template?.spec ? specWarnings(`${path}.spec`, template.spec, `${path}.`, template.metadata) : []

/** The same for an update of a workload: only when what is wanted has changed. */
export function templateUpdateWarnings(o: { metadata: { generation?: number } }, old: { metadata: { generation?: number } } | undefined, template: PodTemplateSpec | undefined, path: string): string[] {
  return old && old.metadata.generation === o.metadata.generation ? [] : templateWarnings(template, path)
}

const deprecatedLabels: Readonly<Record<string, string>> = {
  'beta.kubernetes.io/arch': 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/os': 'deprecated since v1.14; use "kubernetes.io/os" instead',
  'failure-domain.beta.kubernetes.io/region': 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  'failure-domain.beta.kubernetes.io/zone': 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  'beta.kubernetes.io/instance-type': 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
}

function specWarnings(path: string, spec: PodSpec, metaPath: string, meta: ObjectMeta | undefined): string[] {
  const out: string[] = []
  for (const k of Object.keys(spec.nodeSelector ?? {})) if (deprecatedLabels[k]) out.push(`${path}.nodeSelector[${k}]: ${deprecatedLabels[k]}`)
  out.push(...nodeAffinityWarnings(`${path}.affinity.nodeAffinity`, spec.affinity?.nodeAffinity))
  for (const [i, t] of (spec.topologySpreadConstraints ?? []).entries()) {
    if (deprecatedLabels[t.topologyKey]) out.push(`${path}.topologySpreadConstraints[${i}].topologyKey: ${t.topologyKey} is ${deprecatedLabels[t.topologyKey]}`)
    if (!t.labelSelector) out.push(nullSelector(`${path}.topologySpreadConstraints[${i}]`))
  }
  for (const [k, text] of Object.entries(deprecatedAnnotations)) if (meta?.annotations?.[k] !== undefined) out.push(`${metaPath}metadata.annotations[${k}]: ${text}`)
  for (const [i, v] of (spec.volumes ?? []).entries()) out.push(...sourceWarnings(`${path}.volumes[${i}]`, v as Volume))
  for (const v of spec.volumes ?? []) out.push(...overlaps(v as Volume))
  out.push(...duplicates(spec.hostAliases, (a) => a.ip, (i, ip) => `${path}.hostAliases[${i}].ip: duplicate ip ${JSON.stringify(ip)}`))
  out.push(...duplicates(spec.imagePullSecrets, (s) => s.name ?? '', (i, n) => `${path}.imagePullSecrets[${i}].name: duplicate name ${JSON.stringify(n)}`))
  for (const [i, s] of (spec.imagePullSecrets ?? []).entries()) if (!s.name) out.push(`${path}.imagePullSecrets[${i}].name: invalid empty name ""`)
  for (const k of wholeUnits) out.push(...fractional(`${path}.overhead[${k}]`, spec.overhead?.[k]))
  const annotations = meta?.annotations ?? {}
  if (annotations[SECCOMP_POD] !== undefined && !spec.securityContext?.seccompProfile) out.push(`${metaPath}metadata.annotations[${SECCOMP_POD}]: non-functional in v1.27+; use the "seccompProfile" field instead`)
  for (const list of ['initContainers', 'containers', 'ephemeralContainers'] as const) {
    for (const [i, c] of ((spec[list] ?? []) as Container[]).entries()) out.push(...annotationWarnings(metaPath, annotations, c, spec), ...containerWarnings(`${path}.${list}[${i}]`, c))
  }
  out.push(...portWarnings(path, spec))
  if ((spec.terminationGracePeriodSeconds ?? 0) < 0) out.push(`${path}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`)
  return [...out, ...affinityWarnings(`${path}.affinity`, spec.affinity)]
}

const deprecatedAnnotations: Readonly<Record<string, string>> = {
  'scheduler.alpha.kubernetes.io/critical-pod': 'non-functional in v1.16+; use the "priorityClassName" field instead',
  'security.alpha.kubernetes.io/sysctls': 'non-functional in v1.11+; use the "sysctls" field instead',
  'security.alpha.kubernetes.io/unsafe-sysctls': 'non-functional in v1.11+; use the "sysctls" field instead',
}

/** Old labels in terms; values that are no label values only where they are preferred: elsewhere they are refused. */
function nodeAffinityWarnings(path: string, a: NodeAffinity | undefined): string[] {
  return [
    ...(a?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []).flatMap((t, i) => nodeTermWarnings(`${path}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[${i}]`, t, false)),
    ...(a?.preferredDuringSchedulingIgnoredDuringExecution ?? []).flatMap((t, i) => nodeTermWarnings(`${path}.preferredDuringSchedulingIgnoredDuringExecution[${i}].preference`, t.preference, true)),
  ]
}

/** GetWarningsForNodeSelectorTerm. */
export function nodeTermWarnings(path: string, term: NodeSelectorTerm | undefined, values: boolean): string[] {
  return (term?.matchExpressions ?? []).flatMap((e, i) => {
    const at = `${path}.matchExpressions[${i}]`
    const old = deprecatedLabels[e.key] ? [`${at}.key: ${e.key} is ${deprecatedLabels[e.key]}`] : []
    return [...old, ...(values ? (e.values ?? []).flatMap((v, j) => isValidLabelValue(v).map((m) => `${at}.values[${j}]: ${v} is invalid, ${m}`)) : [])]
  })
}

const nullSelector = (at: string): string => `${at}.labelSelector: a null labelSelector results in matching no pod`

function duplicates<T>(list: readonly T[] | undefined, key: (x: T) => string | undefined, text: (i: number, key: string) => string): string[] {
  const seen = new Set<string>()
  const out: string[] = []
  for (const [i, x] of (list ?? []).entries()) {
    const k = key(x)
    if (k === undefined) continue
    if (seen.has(k)) out.push(text(i, k))
    seen.add(k)
  }
  return out
}

function affinityWarnings(path: string, a: Affinity | undefined): string[] {
  const out: string[] = []
  const check = (at: string, term: { labelSelector?: LabelSelector | undefined }) => { if (!term.labelSelector) out.push(nullSelector(at)) }
  for (const side of ['podAffinity', 'podAntiAffinity'] as const) {
    for (const [i, t] of (a?.[side]?.requiredDuringSchedulingIgnoredDuringExecution ?? []).entries()) check(`${path}.${side}.requiredDuringSchedulingIgnoredDuringExecution[${i}]`, t)
    for (const [i, t] of (a?.[side]?.preferredDuringSchedulingIgnoredDuringExecution ?? []).entries()) check(`${path}.${side}.preferredDuringSchedulingIgnoredDuringExecution[${i}].podAffinityTerm`, t.podAffinityTerm)
  }
  return out
}

/** Annotations that fields have replaced: told of while the field is not set. Of pods' own, AppArmor's are told of when they are merged. */
function annotationWarnings(metaPath: string, annotations: Record<string, string>, c: Container, spec: PodSpec): string[] {
  const out: string[] = []
  const seccomp = SECCOMP_CONTAINER + c.name
  if (annotations[seccomp] !== undefined && !c.securityContext?.seccompProfile) out.push(`${metaPath}metadata.annotations[${seccomp}]: non-functional in v1.27+; use the "seccompProfile" field instead`)
  const armor = APPARMOR + c.name
  if (metaPath && annotations[armor] !== undefined && !c.securityContext?.appArmorProfile && !spec.securityContext?.appArmorProfile) out.push(`${metaPath}metadata.annotations[${armor}]: deprecated since v1.30; use the "appArmorProfile" field instead`)
  return out
}

function containerWarnings(path: string, c: Container): string[] {
  const out: string[] = []
  for (const k of wholeUnits) for (const list of ['limits', 'requests'] as const) out.push(...fractional(`${path}.resources.${list}[${k}]`, c.resources?.[list]?.[k]))
  const seen = new Set<string>()
  for (const [i, e] of (c.env ?? []).entries()) {
    const own = `$(${e.name})`
    const extends_ = !e.valueFrom && e.value !== own && (e.value ?? '').includes(own)
    if (seen.has(e.name) && !extends_) out.push(`${path}.env[${i}]: hides previous definition of ${JSON.stringify(e.name)}, which may be dropped when using apply`)
    seen.add(e.name)
  }
  return out
}

const wholeUnits = ['memory', 'ephemeral-storage']

/** Part of a byte: millis of memory are a common slip for mebibytes. */
function fractional(path: string, q: string | undefined): string[] {
  return q === undefined || mustParseQuantity(q).nanos % 1_000_000_000n === 0n ? [] : [`${path}: fractional byte value ${JSON.stringify(q)} is invalid, must be an integer`]
}
