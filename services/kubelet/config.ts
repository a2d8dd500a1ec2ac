import { connectionFlags, flag, type FlagTable, type ServiceFlags, UsageError } from '@drydock/service'
import type { Taint } from '@drydock/api'
import os from 'node:os'
import { isIP } from 'node:net'
import { join } from 'node:path'
import type { KubeletConfig } from './src/kubelet.ts'

export const flags = {
  ...connectionFlags,
  'hostname-override': flag.string('', "the Node's name (default: the host's)"),
  'node-ip': flag.list([], "the Node's addresses (default: the first that is not loopback)"),
  address: flag.string('0.0.0.0', 'address on which the apiserver reaches this kubelet'),
  port: flag.number(10250, 'port of the same'),
  'container-runtime-endpoint': flag.string('unix:///run/containerd/containerd.sock', 'CRI socket'),
  'runtime-request-timeout': flag.durationMs('2m', 'longest CRI call other than pulls and logs'),
  'root-dir': flag.string('/var/lib/kubelet', 'where pods have their volumes'),
  'pod-logs-dir': flag.string('', "where pods' logs are (default: pod-logs in the root directory)"),
  'cgroup-root': flag.string('/', "cgroup below which pods' cgroups are made"),
  'cgroup-driver': flag.string('cgroupfs', 'cgroupfs, or none', { choices: ['cgroupfs', 'none'] }),
  'cluster-dns': flag.list([], "addresses of the cluster's DNS"),
  'cluster-domain': flag.string('cluster.local', "the cluster's domain"),
  'resolv-conf': flag.string('/etc/resolv.conf', "the host's resolver configuration"),
  'node-labels': flag.map({}, 'labels to register the Node with'),
  'register-node': flag.boolean(true, 'register the Node with the apiserver'),
  'register-schedulable': flag.boolean(true, 'register it as schedulable'),
  'register-with-taints': flag.list([], 'taints to register it with: key=value:Effect'),
  'allowed-unsafe-sysctls': flag.list([], 'kernel parameters that pods may set beside the safe ones; `*` at the end stands for any rest'),
  'max-pods': flag.number(110, 'most pods on this node'),
  'kube-reserved': flag.map({}, 'resources held back from pods: cpu=100m,memory=200Mi'),
  'node-status-update-frequency': flag.durationMs('10s', 'how often the node is looked at'),
  'node-lease-duration-seconds': flag.number(40, 'length of the Lease; it is renewed every quarter'),
  'image-gc-high-threshold': flag.number(85, 'percent of disk use at which unused images are removed; 100: never'),
  'image-gc-low-threshold': flag.number(80, 'percent of disk use down to which'),
  'image-minimum-gc-age': flag.durationMs('2m', 'least time that an image is unused before it is removed'),
  'container-log-max-size': flag.string('10Mi', 'size at which a container log is rotated'),
  'container-log-max-files': flag.number(5, 'log files kept per container: at least 2'),
} satisfies FlagTable

export type Flags = ServiceFlags<typeof flags>

const parseTaint = (text: string): Taint => {
  const m = /^([^=:]+)(?:=([^:]*))?:(NoSchedule|PreferNoSchedule|NoExecute)$/.exec(text)
  if (!m) throw new UsageError(`--register-with-taints: ${JSON.stringify(text)} is no taint: want key=value:Effect`)
  return { key: m[1]!, ...(m[2] && { value: m[2] }), effect: m[3]! }
}

function ownAddress(): string[] {
  for (const list of Object.values(os.networkInterfaces())) for (const a of list ?? []) if (!a.internal && a.family === 'IPv4') return [a.address]
  return ['127.0.0.1']
}

/** Checks the flags; throws UsageError for what cannot be. */
export function check(f: Flags): KubeletConfig {
  for (const ip of [...f.nodeIp, ...f.clusterDns]) if (!isIP(ip)) throw new UsageError(`${JSON.stringify(ip)} is no IP address`)
  if (!f.containerRuntimeEndpoint.startsWith('unix://')) throw new UsageError('--container-runtime-endpoint: only unix:// sockets')
  if (f.containerLogMaxFiles < 2) throw new UsageError('--container-log-max-files must be at least 2')
  if (f.nodeLeaseDurationSeconds < 1) throw new UsageError('--node-lease-duration-seconds must be at least 1')
  return {
    nodeName: (f.hostnameOverride || os.hostname()).toLowerCase(), nodeIPs: f.nodeIp.length ? f.nodeIp : ownAddress(), port: f.port,
    rootDir: f.rootDir, podLogsDir: f.podLogsDir || join(f.rootDir, 'pod-logs'), cgroupRoot: f.cgroupRoot, cgroupDriver: f.cgroupDriver,
    clusterDNS: f.clusterDns, clusterDomain: f.clusterDomain, resolvConf: f.resolvConf, nodeLabels: f.nodeLabels, taints: f.registerWithTaints.map(parseTaint),
    registerNode: f.registerNode, registerSchedulable: f.registerSchedulable, maxPods: f.maxPods, reserved: f.kubeReserved,
    statusFrequencyMs: f.nodeStatusUpdateFrequency, leaseSeconds: f.nodeLeaseDurationSeconds, allowedSysctls: f.allowedUnsafeSysctls, endpoint: f.containerRuntimeEndpoint,
  }
}
