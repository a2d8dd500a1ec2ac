/** Security contexts of pods and containers as CRI takes them (kuberuntime/security_context). Pure. */
import type { Container, Pod, SeccompProfile, SecurityContext } from '@drydock/api'
import * as cri from '@drydock/proto/cri'
import type { AnyContainer } from './types.ts'

const N = cri.NamespaceMode
const maskedPaths = ['/proc/asound', '/proc/acpi', '/proc/interrupts', '/proc/kcore', '/proc/keys', '/proc/latency_stats', '/proc/timer_list', '/proc/timer_stats', '/proc/sched_debug', '/proc/scsi', '/sys/firmware', '/sys/devices/virtual/powercap']
const readonlyPaths = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger']

/** The container's own context over the pod's. */
export function effective(pod: Pod, c: AnyContainer): SecurityContext {
  const p = pod.spec?.securityContext ?? {}, own = c.securityContext ?? {}
  const inherited: SecurityContext = {
    ...(p.runAsUser !== undefined && { runAsUser: p.runAsUser }), ...(p.runAsGroup !== undefined && { runAsGroup: p.runAsGroup }),
    ...(p.runAsNonRoot !== undefined && { runAsNonRoot: p.runAsNonRoot }), ...(p.seccompProfile && { seccompProfile: p.seccompProfile }),
    ...(p.appArmorProfile && { appArmorProfile: p.appArmorProfile }), ...(p.seLinuxOptions && { seLinuxOptions: p.seLinuxOptions }),
  }
  return { ...inherited, ...own }
}

function seccomp(profile: SeccompProfile | undefined, privileged: boolean, seccompRoot: string): cri.SecurityProfile {
  const T = cri.SecurityProfileProfileType
  if (privileged) return { profileType: T.SecurityProfileProfileType_Unconfined, localhostRef: '' }
  if (profile?.type === 'RuntimeDefault') return { profileType: T.SecurityProfileProfileType_RuntimeDefault, localhostRef: '' }
  if (profile?.type === 'Localhost') return { profileType: T.SecurityProfileProfileType_Localhost, localhostRef: `${seccompRoot}/${profile.localhostProfile ?? ''}` }
  return { profileType: T.SecurityProfileProfileType_Unconfined, localhostRef: '' }
}

export function namespaces(pod: Pod, targetId?: string): cri.NamespaceOption {
  const s = pod.spec!
  const pid = s.hostPID ? N.NamespaceMode_NODE : s.shareProcessNamespace ? N.NamespaceMode_POD : N.NamespaceMode_CONTAINER
  return cri.NamespaceOption.fromPartial({
    network: s.hostNetwork ? N.NamespaceMode_NODE : N.NamespaceMode_POD, ipc: s.hostIPC ? N.NamespaceMode_NODE : N.NamespaceMode_POD,
    pid: targetId ? N.NamespaceMode_TARGET : pid, targetId: targetId ?? '',
  })
}

const groups = (pod: Pod) => [...(pod.spec?.securityContext?.supplementalGroups ?? []), ...(pod.spec?.securityContext?.fsGroup !== undefined ? [pod.spec.securityContext.fsGroup] : [])]
const int = (value: number | undefined) => (value === undefined ? undefined : { value })

export function sandboxSecurity(pod: Pod, seccompRoot: string): cri.LinuxSandboxSecurityContext {
  const p = pod.spec?.securityContext ?? {}
  const privileged = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])].some((c) => c.securityContext?.privileged)
  return cri.LinuxSandboxSecurityContext.fromPartial({
    namespaceOptions: namespaces(pod), privileged, supplementalGroups: groups(pod),
    runAsUser: int(p.runAsUser), runAsGroup: p.runAsUser === undefined ? undefined : int(p.runAsGroup),
    seccomp: { profileType: cri.SecurityProfileProfileType.SecurityProfileProfileType_RuntimeDefault, localhostRef: '' },
    ...(p.seccompProfile?.type === 'Localhost' && { seccomp: seccomp(p.seccompProfile, false, seccompRoot) }),
  })
}

export interface ImageUser { uid: number | undefined, username: string }

export function containerSecurity(pod: Pod, c: AnyContainer, image: ImageUser, seccompRoot: string, targetId?: string): cri.LinuxContainerSecurityContext {
  const e = effective(pod, c), privileged = e.privileged ?? false
  const user = e.runAsUser ?? image.uid
  const unmasked = e.procMount === 'Unmasked'
  return cri.LinuxContainerSecurityContext.fromPartial({
    namespaceOptions: namespaces(pod, targetId), privileged, readonlyRootfs: e.readOnlyRootFilesystem ?? false,
    capabilities: { addCapabilities: e.capabilities?.add ?? [], dropCapabilities: e.capabilities?.drop ?? [], addAmbientCapabilities: [] },
    runAsUser: int(user), runAsUsername: user === undefined ? image.username : '', runAsGroup: int(e.runAsGroup), supplementalGroups: groups(pod),
    noNewPrivs: e.allowPrivilegeEscalation === false,
    maskedPaths: privileged || unmasked ? [] : maskedPaths, readonlyPaths: privileged || unmasked ? [] : readonlyPaths,
    seccomp: seccomp(e.seccompProfile, privileged, seccompRoot),
    apparmor: e.appArmorProfile?.type === 'Localhost' ? { profileType: cri.SecurityProfileProfileType.SecurityProfileProfileType_Localhost, localhostRef: e.appArmorProfile.localhostProfile ?? '' } : undefined,
    ...(e.seLinuxOptions && { selinuxOptions: { user: e.seLinuxOptions.user ?? '', role: e.seLinuxOptions.role ?? '', type: e.seLinuxOptions.type ?? '', level: e.seLinuxOptions.level ?? '' } }),
  })
}

/** Upstream's verifyRunAsNonRoot: throws its words. */
export function verifyRunAsNonRoot(pod: Pod, c: Container | AnyContainer, image: ImageUser): void {
  const e = effective(pod, c), who = `(pod: "${podName(pod)}", container: ${c.name})`
  if (!e.runAsNonRoot) return
  if (e.runAsUser !== undefined) {
    if (e.runAsUser === 0) throw new Error(`container's runAsUser breaks non-root policy ${who}`)
    return
  }
  if (image.uid === 0) throw new Error(`container has runAsNonRoot and image will run as root ${who}`)
  if (image.uid === undefined && image.username) throw new Error(`container has runAsNonRoot and image has non-numeric user (${image.username}), cannot verify user is non-root ${who}`)
}
const podName = (pod: Pod) => `${pod.metadata?.name}_${pod.metadata?.namespace}(${pod.metadata?.uid})`
