/** Sandbox and container configurations for CRI, from a pod and what was prepared for it. Pure. */
import type { Pod, VolumeMount } from '@drydock/api'
import * as cri from '@drydock/proto/cri'
import { expand } from '../env/expand.ts'
import { linuxResources } from '../pods/resources.ts'
import type { MountedVolume } from '../volumes/volumes.ts'
import { containerHash, containerLabels, containerLogPath, podLabels } from './names.ts'
import { containerSecurity, sandboxSecurity, type ImageUser } from './security.ts'
import { annotations, type AnyContainer } from './types.ts'

export interface SandboxInput { pod: Pod, attempt: number, hostname: string, dns: cri.DNSConfig, logDir: string, cgroupParent: string, seccompRoot: string }

export function sandboxConfig(i: SandboxInput): cri.PodSandboxConfig {
  const { pod } = i, m = pod.metadata!
  const sysctls = Object.fromEntries((pod.spec?.securityContext?.sysctls ?? []).map((s) => [s.name, s.value]))
  return cri.PodSandboxConfig.fromPartial({
    metadata: { name: m.name!, namespace: m.namespace!, uid: m.uid!, attempt: i.attempt },
    hostname: pod.spec?.hostNetwork ? '' : i.hostname,
    logDirectory: i.logDir, dnsConfig: i.dns, portMappings: portMappings(pod), labels: podLabels(pod),
    annotations: { ...m.annotations, 'kubernetes.io/config.source': 'api', 'kubernetes.io/config.seen': m.creationTimestamp ?? '' },
    linux: { cgroupParent: i.cgroupParent, securityContext: sandboxSecurity(pod, i.seccompRoot), sysctls },
  })
}

const protocols: Record<string, cri.Protocol> = { TCP: cri.Protocol.Protocol_TCP, UDP: cri.Protocol.Protocol_UDP, SCTP: cri.Protocol.Protocol_SCTP }
function portMappings(pod: Pod): cri.PortMapping[] {
  if (pod.spec?.hostNetwork) return []
  const sidecars = (pod.spec?.initContainers ?? []).filter((c) => c.restartPolicy === 'Always')
  return [...sidecars, ...(pod.spec?.containers ?? [])].flatMap((c) => (c.ports ?? []).filter((p) => p.hostPort).map((p) => ({
    protocol: protocols[p.protocol ?? 'TCP'] ?? cri.Protocol.Protocol_TCP, containerPort: p.containerPort, hostPort: p.hostPort!, hostIp: p.hostIP ?? '',
  })))
}

export interface ContainerInput {
  pod: Pod
  container: AnyContainer
  restartCount: number
  image: string
  imageUser: ImageUser
  env: ReadonlyMap<string, string>
  mounts: cri.Mount[]
  memoryCapacity: number
  seccompRoot: string
  /** Container whose processes an ephemeral container shares. */ targetId?: string
}

export function containerConfig(i: ContainerInput): cri.ContainerConfig {
  const { pod, container: c } = i
  const lookup = (n: string) => i.env.get(n)
  return cri.ContainerConfig.fromPartial({
    metadata: { name: c.name, attempt: i.restartCount },
    image: { image: i.image, userSpecifiedImage: c.image ?? '' },
    command: (c.command ?? []).map((x) => expand(x, lookup)), args: (c.args ?? []).map((x) => expand(x, lookup)),
    workingDir: c.workingDir ?? '', envs: [...i.env].map(([key, value]) => ({ key, value: Buffer.from(value) })), mounts: i.mounts,
    labels: containerLabels(pod, c),
    annotations: {
      [annotations.hash]: containerHash(c), [annotations.restartCount]: String(i.restartCount),
      [annotations.terminationMessagePath]: c.terminationMessagePath ?? '/dev/termination-log', [annotations.terminationMessagePolicy]: c.terminationMessagePolicy ?? 'File',
      ...(pod.spec?.terminationGracePeriodSeconds !== undefined && { [annotations.podTerminationGracePeriod]: String(pod.spec.terminationGracePeriodSeconds) }),
    },
    logPath: containerLogPath(c.name, i.restartCount), stdin: c.stdin ?? false, stdinOnce: c.stdinOnce ?? false, tty: c.tty ?? false,
    linux: { resources: linuxResources(pod, c as never, i.memoryCapacity), securityContext: containerSecurity(pod, c, i.imageUser, i.seccompRoot, i.targetId) },
  })
}

const propagations: Record<string, cri.MountPropagation> = { HostToContainer: cri.MountPropagation.PROPAGATION_HOST_TO_CONTAINER, Bidirectional: cri.MountPropagation.PROPAGATION_BIDIRECTIONAL, None: cri.MountPropagation.PROPAGATION_PRIVATE }

/** One mount; `hostPath` has the sub path already in it. */
export function volumeMount(m: VolumeMount, v: MountedVolume, hostPath: string): cri.Mount {
  return cri.Mount.fromPartial({
    containerPath: m.mountPath.startsWith('/') ? m.mountPath : `/${m.mountPath}`, hostPath, readonly: (m.readOnly ?? false) || v.readOnly || v.atomic,
    propagation: propagations[m.mountPropagation ?? 'None'] ?? cri.MountPropagation.PROPAGATION_PRIVATE, recursiveReadOnly: m.recursiveReadOnly === 'Enabled',
  })
}
