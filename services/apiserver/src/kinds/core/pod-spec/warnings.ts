import { dns1123Label, mustParseQuantity } from '@drydock/api'
import type { Affinity, Container, LabelSelector, ObjectMeta, PodSpec, PodTemplateSpec, Volume } from '@drydock/api'
import { portWarnings } from './port-warnings.ts'
import { volumeWarnings } from './volume-warnings.ts'

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
  for (const [i, t] of (spec.topologySpreadConstraints ?? []).entries()) {
    if (deprecatedLabels[t.topologyKey]) out.push(`${path}.topologySpreadConstraints[${i}].topologyKey: ${t.topologyKey} is ${deprecatedLabels[t.topologyKey]}`)
    if (!t.labelSelector) out.push(nullSelector(`${path}.topologySpreadConstraints[${i}]`))
  }
  out.push(...affinityWarnings(`${path}.affinity`, spec.affinity))
  out.push(...annotationWarnings(metaPath, meta, spec))
  out.push(...duplicates(spec.hostAliases, (a) => a.ip, (i, ip) => `${path}.hostAliases[${i}].ip: duplicate ip ${JSON.stringify(ip)}`))
  for (const [i, s] of (spec.imagePullSecrets ?? []).entries()) if (!s.name) out.push(`${path}.imagePullSecrets[${i}].name: invalid empty name ""`)
  out.push(...duplicates(spec.imagePullSecrets?.map((s) => ({ name: s.name })), (s) => s.name || undefined, (i, n) => `${path}.imagePullSecrets[${i}].name: duplicate name ${JSON.stringify(n)}`))
  for (const [i, v] of (spec.volumes ?? []).entries()) out.push(...volumeWarnings(`${path}.volumes[${i}]`, v as Volume))
  for (const [k, q] of Object.entries(spec.overhead ?? {})) out.push(...fractional(`${path}.overhead[${k}]`, k, q))
  if ((spec.terminationGracePeriodSeconds ?? 0) < 0) out.push(`${path}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`)
  for (const list of ['initContainers', 'containers'] as const) {
    for (const [i, c] of (spec[list] ?? []).entries()) out.push(...containerWarnings(`${path}.${list}[${i}]`, c))
  }
  out.push(...portWarnings(path, spec))
  return out
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

const APPARMOR = 'container.apparmor.security.beta.kubernetes.io/'
const SECCOMP_POD = 'seccomp.security.alpha.kubernetes.io/pod'
const SECCOMP_CONTAINER = 'container.seccomp.security.alpha.kubernetes.io/'

/** Annotations that fields have replaced: told of while the field is not set. */
function annotationWarnings(metaPath: string, meta: ObjectMeta | undefined, spec: PodSpec): string[] {
  const out: string[] = []
  const annotations = meta?.annotations ?? {}
  for (const c of [...(spec.initContainers ?? []), ...(spec.containers ?? [])]) {
    if (annotations[SECCOMP_CONTAINER + c.name] !== undefined && !c.securityContext?.seccompProfile) out.push(`${metaPath}metadata.annotations[${SECCOMP_CONTAINER + c.name}]: non-functional in v1.27+; use the "seccompProfile" field instead`)
  }
  const profiled = new Map([...(spec.initContainers ?? []), ...(spec.containers ?? [])].map((c) => [c.name, c.securityContext?.appArmorProfile]))
  for (const k of Object.keys(annotations)) {
    if (k.startsWith(APPARMOR) && !profiled.get(k.slice(APPARMOR.length))) out.push(`${metaPath}metadata.annotations[${k}]: deprecated since v1.30; use the "appArmorProfile" field instead`)
  }
  if (annotations[SECCOMP_POD] !== undefined && !spec.securityContext?.seccompProfile) out.push(`${metaPath}metadata.annotations[${SECCOMP_POD}]: non-functional in v1.27+; use the "seccompProfile" field instead`)
  return out
}

function containerWarnings(path: string, c: Container): string[] {
  const out: string[] = []
  for (const list of ['limits', 'requests'] as const) for (const [k, q] of Object.entries(c.resources?.[list] ?? {})) out.push(...fractional(`${path}.resources.${list}[${k}]`, k, q))
  const seen = new Set<string>()
  for (const [i, e] of (c.env ?? []).entries()) {
    if (seen.has(e.name)) out.push(`${path}.env[${i}]: hides previous definition of ${JSON.stringify(e.name)}, which may be dropped when using apply`)
    seen.add(e.name)
  }
  return out
}

const wholeUnits = new Set(['memory', 'ephemeral-storage'])

/** Part of a byte: millis of memory are a common slip for mebibytes. */
function fractional(path: string, name: string, q: string): string[] {
  if (!wholeUnits.has(name)) return []
  return mustParseQuantity(q).nanos % 1_000_000_000n === 0n ? [] : [`${path}: fractional byte value ${JSON.stringify(q)} is invalid, must be an integer`]
}
