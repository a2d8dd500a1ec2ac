/**
 * Everything that a cluster's name decides: its folder, ports, subnet, and the names of what it puts on the machine. Pure,
 * so that two clusters side by side never meet, and `down` knows what is its own by name alone.
 */
import { createHash } from 'node:crypto'
import { homedir } from 'node:os'
import { join } from 'node:path'

export const slots = 250
export const portsPerSlot = 40
const firstPort = 10_000

/** Folder that holds all clusters: $DRYDOCK_HOME, else ~/.drydock. */
export const homeFolder = (env: NodeJS.ProcessEnv = process.env): string => env['DRYDOCK_HOME'] ?? join(homedir(), '.drydock')

export const hashOf = (name: string): string => createHash('sha256').update(name).digest('hex')

/** The slot that a name would like; `up` takes the next free one if another cluster has it. */
export const preferredSlot = (name: string): number => (name === 'drydock' ? 0 : 1 + parseInt(hashOf(name).slice(0, 8), 16) % (slots - 1))

/** Names of clusters are DNS labels, short enough for network devices and sockets. */
export function checkName(name: string): string | undefined {
  if (!/^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(name) || name.length > 24) return `a cluster's name is lower-case letters, digits and "-", starts with a letter and has at most 24 characters; "${name}" is not`
  return undefined
}

export interface Layout {
  name: string
  slot: number
  folder: string
  /** Address of the control plane: the bridge's where there are nodes, else loopback. */
  gateway: string
  /** The nodes' network, in CIDR form. */
  subnet: string
  bridge: string
  /** nft table in the host's namespace. */
  table: string
  /** Path of the cluster's cgroups below each controller's root. */
  cgroup: string
  port: { apiserver(i: number): number, grpc(i: number): number, etcd(i: number): number, etcdPeer(i: number): number, nats: number, natsMonitor: number, scheduler(i: number): number, controllerManager(i: number): number, hostProxy: number }
  node(i: number): NodeLayout
}

export interface NodeLayout { index: number, name: string, netns: string, address: string, vethHost: string, folder: string }

export function layout(name: string, slot: number, home = homeFolder()): Layout {
  const base = firstPort + slot * portsPerSlot, id = hashOf(name).slice(0, 6), folder = join(home, name)
  const subnet = `172.30.${slot}`
  return {
    name, slot, folder, gateway: `${subnet}.1`, subnet: `${subnet}.0/24`, bridge: `dd-${id}`, table: `drydock-${name}`, cgroup: `/drydock-${name}`,
    port: {
      apiserver: (i) => base + i, grpc: (i) => base + 5 + i, etcd: (i) => base + 10 + i, etcdPeer: (i) => base + 15 + i,
      nats: base + 20, natsMonitor: base + 21, scheduler: (i) => base + 22 + i, controllerManager: (i) => base + 27 + i, hostProxy: base + 32,
    },
    node: (i) => ({ index: i, name: `${name}-node-${i}`, netns: `${name}-node-${i}`, address: `${subnet}.${10 + i}`, vethHost: `dd-${id}-${i}`, folder: join(folder, 'nodes', String(i)) }),
  }
}
