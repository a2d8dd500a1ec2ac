import { dns1123Subdomain, duplicate as duplicateName, fieldForbidden, invalid, notSupported, required, tooLong } from '@drydock/api'
import type { AppArmorProfile, PodSpec, SeccompProfile, SecurityContext, WindowsSecurityContextOptions } from '@drydock/api'
import { goSecurityContext } from '../../../lib/go-struct.ts'
import { each, type Errors } from '../../../lib/validate.ts'
import { localDescendingPath } from './paths.ts'

const ID_MAX = 2147483647
const id = (path: string, v: number | undefined): Errors => (v !== undefined && (v < 0 || v > ID_MAX) ? [invalid(path, v, `must be between 0 and ${ID_MAX}, inclusive`)] : [])

/** ValidateSecurityContext. */
export function containerSecurity(path: string, sc: SecurityContext | undefined, spec: PodSpec): Errors {
  if (!sc) return []
  const out: Errors = []
  out.push(...id(`${path}.runAsUser`, sc.runAsUser), ...id(`${path}.runAsGroup`, sc.runAsGroup))
  if (sc.procMount !== undefined) {
    if (!['Default', 'Unmasked'].includes(sc.procMount)) out.push(notSupported(`${path}.procMount`, sc.procMount, ['Default', 'Unmasked']))
    if (sc.procMount === 'Unmasked' && spec.hostUsers !== false) out.push(invalid(`${path}.procMount`, sc.procMount, '`hostUsers` must be false to use `Unmasked`'))
  }
  out.push(...seccomp(`${path}.seccompProfile`, sc.seccompProfile), ...appArmor(`${path}.appArmorProfile`, sc.appArmorProfile))
  if (sc.allowPrivilegeEscalation === false) {
    if (sc.privileged) out.push(invalid(path, goSecurityContext(sc), 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true'))
    if (sc.capabilities?.add?.some((c) => c === 'CAP_SYS_ADMIN')) out.push(invalid(path, goSecurityContext(sc), 'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN'))
  }
  return [...out, ...windows(`${path}.windowsOptions`, sc.windowsOptions)]
}

const sysctlForm = /^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$/

/** ValidatePodSecurityContext. */
export function podSecurity(path: string, spec: PodSpec, specPath: string, old?: PodSpec): Errors {
  const out: Errors = hostFields(specPath, spec)
  const sc = spec.securityContext
  if (!sc) return out
  out.push(...id(`${path}.fsGroup`, sc.fsGroup), ...id(`${path}.runAsUser`, sc.runAsUser), ...id(`${path}.runAsGroup`, sc.runAsGroup))
  for (const [i, g] of (sc.supplementalGroups ?? []).entries()) out.push(...id(`${path}.supplementalGroups[${i}]`, g))
  if (sc.sysctls?.length) out.push(...sysctls(`${path}.sysctls`, sc.sysctls, spec))
  const closed = (field: 'fsGroupChangePolicy' | 'supplementalGroupsPolicy' | 'seLinuxChangePolicy', values: string[]) => {
    const v = sc[field]
    if (v !== undefined && !values.includes(v)) out.push(notSupported(`${path}.${field}`, v, values))
  }
  closed('fsGroupChangePolicy', ['Always', 'OnRootMismatch'])
  closed('supplementalGroupsPolicy', ['Merge', 'Strict'])
  // MountOption is behind a gate that is off; what has a policy may be given any.
  closed('seLinuxChangePolicy', old?.securityContext?.seLinuxChangePolicy === undefined ? ['Recursive'] : ['MountOption', 'Recursive'])
  out.push(...seccomp(`${path}.seccompProfile`, sc.seccompProfile), ...windows(`${path}.windowsOptions`, sc.windowsOptions), ...appArmor(`${path}.appArmorProfile`, sc.appArmorProfile))
  return out
}

/** Namespaces of the host and what goes with them. */
function hostFields(path: string, spec: PodSpec): Errors {
  const out: Errors = []
  if (spec.hostNetwork) {
    for (const list of ['containers', 'initContainers'] as const) for (const [i, c] of (spec[list] ?? []).entries()) {
      for (const [j, p] of (c.ports ?? []).entries()) {
        if (p.hostPort && p.hostPort !== p.containerPort) out.push(invalid(`${path}.${list}[${i}].ports[${j}].hostPort`, p.hostPort, 'must match `containerPort` when `hostNetwork` is true'))
      }
    }
  }
  if (spec.hostPID && spec.shareProcessNamespace) out.push(invalid(`${path}.securityContext.shareProcessNamespace`, spec.shareProcessNamespace, 'ShareProcessNamespace and HostPID cannot both be enabled'))
  return out
}

function sysctls(path: string, list: ReadonlyArray<{ name: string, value: string }>, spec: PodSpec): Errors {
  const names = new Set<string>()
  return each(list, path, (s, at) => {
    const out: Errors = []
    if (!s.name) out.push(required(`${at}.name`))
    else if (s.name.length > 253 || !sysctlForm.test(s.name)) out.push(invalid(`${at}.name`, s.name, 'must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$'))
    else if (names.has(s.name)) out.push(duplicateName(`${at}.name`, s.name))
    const dotted = s.name.replaceAll('/', '.')
    if (spec.hostNetwork && dotted.startsWith('net.')) out.push(invalid(`${at}.name`, s.name, 'may not be specified when \'hostNetwork\' is true'))
    if (spec.hostIPC && (dotted.startsWith('kernel.shm') || dotted.startsWith('kernel.msg') || dotted === 'kernel.sem' || dotted.startsWith('fs.mqueue.'))) out.push(invalid(`${at}.name`, s.name, 'may not be specified when \'hostIPC\' is true'))
    names.add(s.name)
    return out
  })
}

const seccompTypes = ['Localhost', 'RuntimeDefault', 'Unconfined']
export function seccomp(path: string, p: SeccompProfile | undefined): Errors {
  if (!p) return []
  const out: Errors = []
  if (!p.type) out.push(required(`${path}.type`, 'type is required when seccompProfile is set'))
  if (p.type === 'Localhost') {
    if (p.localhostProfile === undefined) out.push(required(`${path}.localhostProfile`, 'must be set when seccomp type is Localhost'))
    else out.push(...localDescendingPath(`${path}.localhostProfile`, p.localhostProfile))
  } else {
    if (p.localhostProfile !== undefined) out.push(invalid(`${path}.localhostProfile`, { Type: p.type ?? '', LocalhostProfile: p.localhostProfile }, 'can only be set when seccomp type is Localhost'))
    if (!seccompTypes.includes(p.type) && p.type) out.push(notSupported(`${path}.type`, p.type, seccompTypes))
  }
  return out
}

function appArmor(path: string, p: AppArmorProfile | undefined): Errors {
  if (!p) return []
  const out: Errors = []
  if (!p.type) out.push(required(`${path}.type`, 'type is required when appArmorProfile is set'))
  else if (!seccompTypes.includes(p.type)) out.push(notSupported(`${path}.type`, p.type, seccompTypes))
  if (p.type === 'Localhost') {
    const name = p.localhostProfile?.trim()
    if (p.localhostProfile === undefined) out.push(required(`${path}.localhostProfile`, 'must be set when AppArmor type is Localhost'))
    else if (name !== p.localhostProfile) out.push(invalid(`${path}.localhostProfile`, p.localhostProfile, 'must not be padded with whitespace'))
    else if (!name) out.push(required(`${path}.localhostProfile`, 'must be set when AppArmor type is Localhost'))
    if (p.localhostProfile && p.localhostProfile.length > 4095) out.push(tooLongProfile(`${path}.localhostProfile`))
  } else if (p.localhostProfile !== undefined && seccompTypes.includes(p.type)) out.push(invalid(`${path}.localhostProfile`, p.localhostProfile, 'can only be set when AppArmor type is Localhost'))
  return out
}
const tooLongProfile = (path: string) => tooLong(path, 4095)

/** validateWindowsSecurityContextOptions. */
function windows(path: string, w: WindowsSecurityContextOptions | undefined): Errors {
  if (!w) return []
  const out: Errors = []
  if (w.gmsaCredentialSpecName !== undefined) out.push(...gmsaName(`${path}.gmsaCredentialSpecName`, w.gmsaCredentialSpecName))
  if (w.gmsaCredentialSpec !== undefined) {
    if (w.gmsaCredentialSpec.length === 0) out.push(invalid(`${path}.gmsaCredentialSpec`, w.gmsaCredentialSpec, 'gmsaCredentialSpec cannot be an empty string'))
    else if (w.gmsaCredentialSpec.length > 65536) out.push(invalid(`${path}.gmsaCredentialSpec`, w.gmsaCredentialSpec, 'gmsaCredentialSpec size must be under 65536 bytes'))
  }
  if (w.runAsUserName !== undefined) out.push(...userName(`${path}.runAsUserName`, w.runAsUserName))
  return out
}
const gmsaName = (path: string, name: string): Errors => dns1123Subdomain(name).map((m) => invalid(path, name, m))

const netBios = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/
const domain = /^[-A-Za-z0-9]+(\.[-A-Za-z0-9]+)*\.?$/
const user = /^[^"/\\[\]:;|=,+*?<>@]{1,104}$/

function userName(path: string, name: string): Errors {
  const bad = (why: string): Errors => [invalid(path, name, why)]
  if (name.length === 0) return bad('runAsUserName cannot be an empty string')
  // eslint-disable-next-line no-control-regex
  if (/[\x00-\x1f\x7f]/.test(name)) return bad('runAsUserName cannot contain control characters')
  const parts = name.split('\\')
  if (parts.length > 2) return bad('runAsUserName cannot contain more than one backslash')
  const own = parts.at(-1)!
  if (parts.length === 2) {
    const d = parts[0]!
    if (d.length === 0 || d.length >= 256) return bad(d.length === 0 ? "runAsUserName's Domain doesn't match the NetBIOS nor the DNS format" : "runAsUserName's Domain length must be under 256 characters")
    if (!netBios.test(d) && !domain.test(d)) return bad("runAsUserName's Domain doesn't match the NetBIOS nor the DNS format")
  }
  if (own.length === 0) return bad("runAsUserName's User cannot be empty")
  if (own.length > 104) return bad("runAsUserName's User length must not be longer than 104 characters")
  if (/^[ .]+$/.test(own)) return bad("runAsUserName's User cannot contain only periods or spaces")
  return user.test(own) ? [] : bad('runAsUserName\'s User cannot contain the following characters: "/\\:;|=,+*?<>@[]')
}

/** A user namespace of its own does not go with the host's namespaces. */
export function hostUsers(path: string, spec: PodSpec): Errors {
  if (spec.hostUsers !== false) return []
  const out: Errors = []
  if (spec.hostNetwork) out.push(fieldForbidden(`${path}.hostNetwork`, 'when `hostUsers` is false'))
  if (spec.hostPID) out.push(fieldForbidden(`${path}.HostPID`, 'when `hostUsers` is false'))
  if (spec.hostIPC) out.push(fieldForbidden(`${path}.HostIPC`, 'when `hostUsers` is false'))
  for (const [i, c] of (spec.containers ?? []).entries()) if (c.volumeDevices?.length) out.push(fieldForbidden(`${path}.containers[${i}].volumeDevices`, 'when `hostUsers` is false'))
  return out
}
