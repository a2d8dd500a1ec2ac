import { invalid } from '@drydock/api'
import type { PodSpec } from '@drydock/api'
import type { Errors } from '../../../lib/validate.ts'

const APPARMOR = 'container.apparmor.security.beta.kubernetes.io/'
const SECCOMP_POD = 'seccomp.security.alpha.kubernetes.io/pod'
const SECCOMP_CONTAINER = 'container.seccomp.security.alpha.kubernetes.io/'

/** ValidatePodSpecificAnnotations: what old annotations still promise. */
export function podAnnotations(path: string, map: Record<string, string> | undefined, spec: PodSpec): Errors {
  const out: Errors = []
  const containers = new Set([...(spec.containers ?? []), ...(spec.initContainers ?? [])].map((c) => c.name))
  for (const [k, v] of Object.entries(map ?? {})) {
    if (k === SECCOMP_POD || k.startsWith(SECCOMP_CONTAINER)) {
      if (!seccompProfile(v)) out.push(invalid(`${path}.${k}`, v, 'must be a valid seccomp profile'))
    } else if (k.startsWith(APPARMOR)) {
      const name = k.slice(APPARMOR.length)
      if (!containers.has(name)) out.push(invalid(`${path}[${k}]`, name, 'container not found'))
      if (!appArmorProfile(v)) out.push(invalid(`${path}[${k}]`, v, `invalid AppArmor profile name: ${JSON.stringify(v)}`))
    }
  }
  return out
}

const seccompProfile = (v: string): boolean => ['runtime/default', 'docker/default', 'unconfined'].includes(v) || (v.startsWith('localhost/') && !v.slice('localhost/'.length).split('/').includes('..') && !v.slice('localhost/'.length).startsWith('/'))
const appArmorProfile = (v: string): boolean => v === '' || v === 'runtime/default' || v === 'unconfined' || v.startsWith('localhost/')
