import { fieldForbidden, invalid, notSupported, required } from '@drydock/api'
import type { Container, PodSpec } from '@drydock/api'
import type { Errors } from '../../../lib/validate.ts'

const windowsPod = ['appArmorProfile', 'seLinuxOptions', 'seccompProfile', 'fsGroup', 'fsGroupChangePolicy', 'sysctls', 'runAsUser', 'runAsGroup', 'supplementalGroups', 'supplementalGroupsPolicy'] as const
const windowsContainer = ['appArmorProfile', 'seLinuxOptions', 'seccompProfile', 'capabilities', 'readOnlyRootFilesystem', 'privileged', 'allowPrivilegeEscalation', 'procMount', 'runAsUser', 'runAsGroup'] as const

/** What a pod may not say once it names its operating system. */
export function validateOS(path: string, spec: PodSpec): Errors {
  const out: Errors = hostProcess(path, spec)
  const os = spec.os
  if (!os) return out
  if (!os.name) return [...out, required(`${path}.os.name`)]
  if (os.name !== 'linux' && os.name !== 'windows') return [...out, notSupported(`${path}.os`, os.name, ['linux', 'windows'])]
  const forbid = (field: string) => out.push(fieldForbidden(`${path}.${field}`, `cannot be set for a ${os.name} pod`))
  if (os.name === 'linux') {
    if (spec.securityContext?.windowsOptions) forbid('securityContext.windowsOptions')
    containers(spec, (c, at) => { if (c.securityContext?.windowsOptions) forbid(`${at}.securityContext.windowsOptions`) })
    return out
  }
  for (const f of ['hostPID', 'hostIPC', 'hostUsers', 'shareProcessNamespace'] as const) if (f === 'hostUsers' ? spec[f] !== undefined : spec[f] === true) forbid(f)
  for (const f of windowsPod) if (spec.securityContext?.[f] !== undefined) forbid(`securityContext.${f}`)
  containers(spec, (c, at) => { for (const f of windowsContainer) if (c.securityContext?.[f] !== undefined) forbid(`${at}.securityContext.${f}`) })
  return out
}

function containers(spec: PodSpec, visit: (c: Container, at: string) => void): void {
  for (const list of ['initContainers', 'containers'] as const) for (const [i, c] of (spec[list] ?? []).entries()) visit(c, `${list}[${i}]`)
}

/** validateWindowsHostProcessPod: all containers or none, and only on the host's network. */
function hostProcess(path: string, spec: PodSpec): Errors {
  const whole = spec.securityContext?.windowsOptions?.hostProcess
  const out: Errors = []
  let with_ = 0
  let without = 0
  containers(spec, (c, at) => {
    const own = c.securityContext?.windowsOptions?.hostProcess
    if (whole !== undefined && own !== undefined && whole !== own) out.push(mismatch(`${path}.${at}.securityContext.windowsOptions.hostProcess`, own, whole))
    if (own ?? whole) with_++
    else without++
  })
  if (with_ === 0) return out
  if (without > 0) out.push(invalidHP(path))
  if (!spec.hostNetwork) out.push(invalidNetwork(`${path}.hostNetwork`))
  return out
}
const mismatch = (path: string, own: boolean, whole: boolean) => invalid(path, own, `pod hostProcess value must be identical if both are specified, was ${whole}`)
const invalidHP = (path: string) => invalid(path, '', 'If pod contains any hostProcess containers then all containers must be HostProcess containers')
const invalidNetwork = (path: string) => invalid(path, false, 'hostNetwork must be true if pod contains any hostProcess containers')
