import { fieldForbidden, invalid } from '@drydock/api'
import type { AppArmorProfile, Container, ObjectMeta, PodSpec, SeccompProfile } from '@drydock/api'
import type { Errors } from '../../../lib/validate.ts'
import { localDescendingPath } from './paths.ts'
import { validateTolerations } from './scheduling.ts'

export const APPARMOR = 'container.apparmor.security.beta.kubernetes.io/'
export const SECCOMP_POD = 'seccomp.security.alpha.kubernetes.io/pod'
export const SECCOMP_CONTAINER = 'container.seccomp.security.alpha.kubernetes.io/'
const MIRROR = 'kubernetes.io/config.mirror'
const TOLERATIONS = 'scheduler.alpha.kubernetes.io/tolerations'
const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost'
const LOCALHOST = 'localhost/'

/** ValidatePodSpecificAnnotations: what old annotations still promise. */
export function podAnnotations(path: string, map: Record<string, string> | undefined, spec: PodSpec): Errors {
  const out: Errors = []
  const a = map ?? {}
  if (a[MIRROR] !== undefined && !spec.nodeName) out.push(invalid(`${path}[${MIRROR}]`, a[MIRROR], 'must set spec.nodeName if mirror pod annotation is set'))
  if (a[TOLERATIONS]) out.push(...tolerations(path, a[TOLERATIONS]))
  const cost = a[DELETION_COST]
  if (cost !== undefined && !(/^(0|-?[1-9]\d*)$/.test(cost) && Math.abs(Number(cost) + 0.5) < 2 ** 31)) out.push(invalid(`${path}[${DELETION_COST}]`, cost, 'must be a 32bit integer'))
  const keys = Object.keys(a)
  for (const k of keys) if (k === SECCOMP_POD || k.startsWith(SECCOMP_CONTAINER)) out.push(...seccompProfile(`${path}.${k}`, a[k]!))
  const containers = new Set(allContainers(spec).map((c) => c.name))
  for (const k of keys) {
    if (!k.startsWith(APPARMOR)) continue
    const name = k.slice(APPARMOR.length)
    if (!containers.has(name)) out.push(invalid(`${path}[${k}]`, name, 'container not found'))
    if (!appArmorProfile(a[k]!)) out.push(invalid(`${path}[${k}]`, a[k], `invalid AppArmor profile name: ${JSON.stringify(a[k])}`))
  }
  return out
}

const lists = ['initContainers', 'containers', 'ephemeralContainers'] as const
const allContainers = (spec: PodSpec): Container[] => lists.flatMap((l) => (spec[l] ?? []) as Container[])

function tolerations(path: string, text: string): Errors {
  try {
    return validateTolerations(`${path}.${TOLERATIONS}`, JSON.parse(text))
  } catch (e) {
    return [invalid(path, TOLERATIONS, String((e as Error).message))]
  }
}

function seccompProfile(path: string, v: string): Errors {
  if (['runtime/default', 'docker/default', 'unconfined'].includes(v)) return []
  if (v.startsWith(LOCALHOST)) return localDescendingPath(path, v.slice(LOCALHOST.length))
  return [invalid(path, v, 'must be a valid seccomp profile')]
}
const appArmorProfile = (v: string): boolean => v === '' || v === 'runtime/default' || v === 'unconfined' || v.startsWith(LOCALHOST)

/** At a pod's creation annotations and the fields that have replaced them must say the same. */
export function annotationsMatchFields(path: string, meta: ObjectMeta | undefined, spec: PodSpec): Errors {
  const a = meta?.annotations ?? {}
  const out = matches(`${path}.securityContext.seccompProfile`, 'seccomp', a[SECCOMP_POD], spec.securityContext?.seccompProfile)
  for (const l of lists) for (const [i, c] of ((spec[l] ?? []) as Container[]).entries()) out.push(...matches(`${path}.${l}[${i}].securityContext.seccompProfile`, 'seccomp', a[SECCOMP_CONTAINER + c.name], c.securityContext?.seccompProfile))
  if (spec.os?.name === 'windows') return out
  for (const l of lists) for (const [i, c] of ((spec[l] ?? []) as Container[]).entries()) {
    out.push(...matches(`${path}.${l}[${i}].securityContext.appArmorProfile`, 'apparmor', a[APPARMOR + c.name], c.securityContext?.appArmorProfile ?? spec.securityContext?.appArmorProfile))
  }
  return out
}

function matches(path: string, what: 'seccomp' | 'apparmor', annotation: string | undefined, profile: SeccompProfile | AppArmorProfile | undefined): Errors {
  if (annotation === undefined || !profile) return []
  const other = (good: boolean): Errors => (good ? [] : [fieldForbidden(`${path}.type`, `${what} type in annotation and field must match`)])
  switch (profile.type) {
    case 'Unconfined': return other(annotation === 'unconfined')
    case 'RuntimeDefault': return other(annotation === 'runtime/default' || (what === 'seccomp' && annotation === 'docker/default'))
    case 'Localhost':
      if (!annotation.startsWith(LOCALHOST)) return other(false)
      return annotation.slice(LOCALHOST.length) === profile.localhostProfile ? [] : [fieldForbidden(`${path}.localhostProfile`, `${what} profile in annotation and field must match`)]
    default: return []
  }
}
