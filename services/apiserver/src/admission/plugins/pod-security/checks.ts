import type { Container, EphemeralContainer, PodSpec, Volume } from '@drydock/api'
import type { Level } from './policy.ts'

/** What a check sees of a pod or of a pod template. */
export interface PodLike { annotations: Readonly<Record<string, string>>, spec: PodSpec }
export interface Violation { reason: string, detail: string }

/** One control of the Pod Security Standards, in upstream's words (pod-security-admission/policy). */
export interface Check {
  id: string
  level: Exclude<Level, 'privileged'>
  /** First minor version of the policy that has it. */
  since: number
  /** Checks of the level below that this one says better. */
  overrides?: readonly string[]
  test(pod: PodLike, version: number): Violation | undefined
}

type AnyContainer = Container | EphemeralContainer
type SecurityContext = NonNullable<Container['securityContext']>

const containersOf = (s: PodSpec): AnyContainer[] => [...s.initContainers ?? [], ...s.containers, ...s.ephemeralContainers ?? []]
const quote = (list: readonly string[]): string => list.map((s) => JSON.stringify(s)).join(', ')
const sorted = (list: Iterable<string>): string[] => [...new Set(list)].sort()
const plural = (word: string, n: number, many = `${word}s`): string => (n === 1 ? word : many)
const named = (containers: readonly AnyContainer[]): string => `${plural('container', containers.length)} ${quote(containers.map((c) => c.name))}`
const isWindows = (p: PodLike, version: number): boolean => version >= 25 && p.spec.os?.name === 'windows'
/** Users of a pod with a user namespace of its own are nobody on the node. */
const inUserNamespace = (p: PodLike, version: number): boolean => version >= 35 && p.spec.hostUsers === false

/** The containers that fail a test of their security context, as one violation. */
function containersThat(reason: string, fails: (c: SecurityContext) => boolean, detail: string) {
  return (p: PodLike): Violation | undefined => {
    const bad = containersOf(p.spec).filter((c) => fails(c.securityContext ?? {}))
    return bad.length ? { reason, detail: `${named(bad)} ${detail}` } : undefined
  }
}

/** Who sets a bad value: the pod itself, containers; and which values. */
function setters(p: PodLike, value: (c: SecurityContext) => string | undefined): { who: string[], values: string[] } {
  const own = value((p.spec.securityContext ?? {}) as SecurityContext)
  const bad = containersOf(p.spec).filter((c) => value(c.securityContext ?? {}) !== undefined)
  return {
    who: [...(own === undefined ? [] : ['pod']), ...(bad.length ? [named(bad)] : [])],
    values: sorted([...(own === undefined ? [] : [own]), ...bad.map((c) => value(c.securityContext!)!)]),
  }
}

const profiles = ['RuntimeDefault', 'Localhost']
const badProfile = (type: string | undefined): string | undefined => (type !== undefined && !profiles.includes(type) ? type : undefined)

function appArmor(p: PodLike): Violation | undefined {
  const { who, values } = setters(p, (c) => badProfile(c.appArmorProfile?.type))
  const annotations = Object.entries(p.annotations).filter(([k, v]) => k.startsWith('container.apparmor.security.beta.kubernetes.io/') && v !== '' && v !== 'runtime/default' && !v.startsWith('localhost/'))
  const parts = [
    ...(who.length ? [`${who.join(' and ')} must not set AppArmor profile type to ${quote(values)}`] : []),
    ...(annotations.length ? [`${plural('annotation', annotations.length)} ${annotations.map(([k, v]) => `${JSON.stringify(k)}=${JSON.stringify(v)}`).sort().join(', ')}`] : []),
  ]
  return parts.length ? { reason: plural('forbidden AppArmor profile', values.length + annotations.length), detail: parts.join('; ') } : undefined
}

const defaultCapabilities = new Set(['AUDIT_WRITE', 'CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'MKNOD', 'NET_BIND_SERVICE', 'SETFCAP', 'SETGID', 'SETPCAP', 'SETUID', 'SYS_CHROOT'])

function added(p: PodLike, allowed: (capability: string) => boolean): string | undefined {
  const of = (c: AnyContainer) => (c.securityContext?.capabilities?.add ?? []).filter((x) => !allowed(x))
  const bad = containersOf(p.spec).filter((c) => of(c).length)
  return bad.length ? `${named(bad)} must not include ${quote(sorted(bad.flatMap(of)))} in securityContext.capabilities.add` : undefined
}

function capabilitiesBaseline(p: PodLike): Violation | undefined {
  const detail = added(p, (c) => defaultCapabilities.has(c))
  return detail ? { reason: 'non-default capabilities', detail } : undefined
}

function hostNamespaces(p: PodLike): Violation | undefined {
  const set = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((k) => p.spec[k]).map((k) => `${k}=true`)
  return set.length ? { reason: 'host namespaces', detail: set.join(', ') } : undefined
}

function hostPathVolumes(p: PodLike): Violation | undefined {
  const bad = (p.spec.volumes ?? []).filter((v) => v.hostPath).map((v) => v.name)
  return bad.length ? { reason: 'hostPath volumes', detail: `${plural('volume', bad.length)} ${quote(bad)}` } : undefined
}

function hostPorts(p: PodLike): Violation | undefined {
  const of = (c: AnyContainer) => (c.ports ?? []).filter((x) => x.hostPort).map((x) => String(x.hostPort))
  const bad = containersOf(p.spec).filter((c) => of(c).length), ports = sorted(bad.flatMap(of))
  return bad.length ? { reason: 'hostPort', detail: `${named(bad)} ${plural('uses', bad.length, 'use')} ${plural('hostPort', ports.length)} ${ports.join(', ')}` } : undefined
}

function hostProbes(p: PodLike): Violation | undefined {
  const hostsOf = (c: AnyContainer) => [c.livenessProbe, c.readinessProbe, c.startupProbe, c.lifecycle?.postStart, c.lifecycle?.preStop]
    .flatMap((x) => [x?.httpGet?.host, x?.tcpSocket?.host]).filter((h): h is string => !!h && h !== '127.0.0.1' && h !== '::1')
  const bad = containersOf(p.spec).filter((c) => hostsOf(c).length), hosts = sorted(bad.flatMap(hostsOf))
  return bad.length ? { reason: 'probe or lifecycle host', detail: `${named(bad)} ${plural('uses', bad.length, 'use')} probe or lifecycle ${plural('host', hosts.length)} ${quote(hosts)}` } : undefined
}

function procMount(p: PodLike, version: number): Violation | undefined {
  if (inUserNamespace(p, version)) return undefined
  const of = (c: AnyContainer) => (c.securityContext?.procMount !== undefined && c.securityContext.procMount !== 'Default' ? [c.securityContext.procMount] : [])
  const bad = containersOf(p.spec).filter((c) => of(c).length)
  return bad.length ? { reason: 'procMount', detail: `${named(bad)} must not set securityContext.procMount to ${quote(sorted(bad.flatMap(of)))}` } : undefined
}

function seLinux(p: PodLike, version: number): Violation | undefined {
  const allowed = ['', 'container_t', 'container_init_t', 'container_kvm_t', ...(version >= 31 ? ['container_engine_t'] : [])]
  const types: string[] = []
  let user = false, role = false
  const bad = (c: SecurityContext): string | undefined => {
    const o = c.seLinuxOptions
    if (!o) return undefined
    const badType = !allowed.includes(o.type ?? '')
    if (badType) types.push(o.type!)
    user ||= !!o.user
    role ||= !!o.role
    return badType || o.user || o.role ? 'x' : undefined
  }
  const { who } = setters(p, bad)
  if (!who.length) return undefined
  const kinds = sorted(types)
  const data = [...(kinds.length ? [`${plural('type', kinds.length)} ${quote(kinds)}`] : []), ...(user ? ['user may not be set'] : []), ...(role ? ['role may not be set'] : [])]
  return { reason: 'seLinuxOptions', detail: `${who.join(' and ')} set forbidden securityContext.seLinuxOptions: ${data.join('; ')}` }
}

function seccompSetters(p: PodLike): Violation | undefined {
  const { who, values } = setters(p, (c) => badProfile(c.seccompProfile?.type))
  return who.length ? { reason: 'seccompProfile', detail: `${who.join(' and ')} must not set securityContext.seccompProfile.type to ${quote(values)}` } : undefined
}

const safeSysctls: ReadonlyArray<readonly [since: number, names: readonly string[]]> = [
  [0, ['kernel.shm_rmid_forced', 'net.ipv4.ip_local_port_range', 'net.ipv4.tcp_syncookies', 'net.ipv4.ping_group_range', 'net.ipv4.ip_unprivileged_port_start']],
  [27, ['net.ipv4.ip_local_reserved_ports']],
  [29, ['net.ipv4.tcp_keepalive_time', 'net.ipv4.tcp_fin_timeout', 'net.ipv4.tcp_keepalive_intvl', 'net.ipv4.tcp_keepalive_probes']],
  [32, ['net.ipv4.tcp_rmem', 'net.ipv4.tcp_wmem']],
]

function sysctls(p: PodLike, version: number): Violation | undefined {
  const safe = new Set(safeSysctls.flatMap(([since, names]) => (version >= since ? names : [])))
  const bad = (p.spec.securityContext?.sysctls ?? []).map((s) => s.name).filter((n) => !safe.has(n))
  return bad.length ? { reason: 'forbidden sysctls', detail: bad.join(', ') } : undefined
}

function hostProcess(p: PodLike): Violation | undefined {
  const { who } = setters(p, (c) => (c.windowsOptions?.hostProcess ? 'x' : undefined))
  return who.length ? { reason: 'hostProcess', detail: `${who.join(' and ')} must not set securityContext.windowsOptions.hostProcess=true` } : undefined
}

function capabilitiesRestricted(p: PodLike, version: number): Violation | undefined {
  if (isWindows(p, version)) return undefined
  const keeping = containersOf(p.spec).filter((c) => !c.securityContext?.capabilities?.drop?.includes('ALL'))
  const more = added(p, (c) => c === 'NET_BIND_SERVICE')
  const parts = [...(keeping.length ? [`${named(keeping)} must set securityContext.capabilities.drop=["ALL"]`] : []), ...(more ? [more] : [])]
  return parts.length ? { reason: 'unrestricted capabilities', detail: parts.join('; ') } : undefined
}

const allowedVolumes = new Set(['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'persistentVolumeClaim', 'projected', 'secret'])
const typeOf = (v: Volume): string => Object.entries(v).find(([k, x]) => k !== 'name' && x !== undefined)?.[0] ?? 'emptyDir'

function restrictedVolumes(p: PodLike): Violation | undefined {
  const bad = (p.spec.volumes ?? []).filter((v) => !allowedVolumes.has(typeOf(v)))
  const types = sorted(bad.map(typeOf))
  return bad.length ? {
    reason: 'restricted volume types',
    detail: `${plural('volume', bad.length)} ${quote(bad.map((v) => v.name))} ${plural('uses', bad.length, 'use')} restricted volume ${plural('type', types.length)} ${quote(types)}`,
  } : undefined
}

function runAsNonRoot(p: PodLike, version: number): Violation | undefined {
  if (inUserNamespace(p, version)) return undefined
  const reason = 'runAsNonRoot != true'
  const { who } = setters(p, (c) => (c.runAsNonRoot === false ? 'x' : undefined))
  if (who.length) return { reason, detail: `${who.join(' and ')} must not set securityContext.runAsNonRoot=false` }
  if (p.spec.securityContext?.runAsNonRoot) return undefined
  const silent = containersOf(p.spec).filter((c) => c.securityContext?.runAsNonRoot === undefined)
  return silent.length ? { reason, detail: `pod or ${named(silent)} must set securityContext.runAsNonRoot=true` } : undefined
}

function runAsUser(p: PodLike, version: number): Violation | undefined {
  if (inUserNamespace(p, version)) return undefined
  const { who } = setters(p, (c) => (c.runAsUser === 0 ? 'x' : undefined))
  return who.length ? { reason: 'runAsUser=0', detail: `${who.join(' and ')} must not set runAsUser=0` } : undefined
}

function seccompRestricted(p: PodLike, version: number): Violation | undefined {
  if (isWindows(p, version)) return undefined
  const bad = seccompSetters(p)
  if (bad) return bad
  if (p.spec.securityContext?.seccompProfile) return undefined
  const silent = containersOf(p.spec).filter((c) => !c.securityContext?.seccompProfile)
  return silent.length ? { reason: 'seccompProfile', detail: `pod or ${named(silent)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"` } : undefined
}

const allowPrivilegeEscalation = containersThat('allowPrivilegeEscalation != false', (c) => c.allowPrivilegeEscalation !== false, 'must set securityContext.allowPrivilegeEscalation=false')

/** In the order in which violations are told: each level by name. */
export const checks: readonly Check[] = [
  { id: 'appArmorProfile', level: 'baseline', since: 0, test: appArmor },
  { id: 'capabilities_baseline', level: 'baseline', since: 0, test: capabilitiesBaseline },
  { id: 'hostNamespaces', level: 'baseline', since: 0, test: hostNamespaces },
  { id: 'hostPathVolumes', level: 'baseline', since: 0, test: hostPathVolumes },
  { id: 'hostPorts', level: 'baseline', since: 0, test: hostPorts },
  { id: 'hostProbesAndHostLifecycle', level: 'baseline', since: 34, test: hostProbes },
  { id: 'privileged', level: 'baseline', since: 0, test: containersThat('privileged', (c) => c.privileged === true, 'must not set securityContext.privileged=true') },
  { id: 'procMount', level: 'baseline', since: 0, test: procMount },
  { id: 'seLinuxOptions', level: 'baseline', since: 0, test: seLinux },
  { id: 'seccompProfile_baseline', level: 'baseline', since: 19, test: seccompSetters },
  { id: 'sysctls', level: 'baseline', since: 0, test: sysctls },
  { id: 'windowsHostProcess', level: 'baseline', since: 0, test: hostProcess },
  { id: 'allowPrivilegeEscalation', level: 'restricted', since: 8, test: (p, v) => (isWindows(p, v) ? undefined : allowPrivilegeEscalation(p)) },
  { id: 'capabilities_restricted', level: 'restricted', since: 22, overrides: ['capabilities_baseline'], test: capabilitiesRestricted },
  { id: 'restrictedVolumes', level: 'restricted', since: 0, overrides: ['hostPathVolumes'], test: restrictedVolumes },
  { id: 'runAsNonRoot', level: 'restricted', since: 0, test: runAsNonRoot },
  { id: 'runAsUser', level: 'restricted', since: 23, test: runAsUser },
  { id: 'seccompProfile_restricted', level: 'restricted', since: 19, overrides: ['seccompProfile_baseline'], test: seccompRestricted },
]
