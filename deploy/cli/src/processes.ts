/**
 * Which processes a cluster consists of and how each is started: a pure function of its configuration. The launcher runs
 * this list; nothing else knows a command line.
 */
import { join } from 'node:path'
import { natsPermissions } from '@drydock/bus'
import type { ClusterConfig, ComponentName } from './config.ts'
import type { Layout, NodeLayout } from './layout.ts'

export interface ProcessSpec {
  /** Unique in the cluster: `apiserver`, `apiserver-2`, `kubelet@drydock-node-1`. */
  name: string
  component: ComponentName
  command: string
  args: string[]
  /** Network namespace to run in; the host's where there is none. */
  netns?: string
  /** Where it answers health checks over TLS, as host:port; undefined: running is all that is known. */
  health?: { address: string, path: string, netns?: string }
  /** Ports it listens on in the host's namespace, for checks before the start and for `status`. */
  ports: number[]
  node?: string
}

export interface Programs {
  /** Node executable and its flags before the script. */ node: string[]
  /** Entry of one of our services. */ service(name: string): string
  etcd: string
  nats: string
  containerd: string
}

type Flags = Record<string, string | number | boolean>
const flagList = (flags: Flags) => Object.entries(flags).map(([k, v]) => `--${k}=${v}`)

export const hasNodes = (c: ClusterConfig): boolean => c.nodes.length > 0
/** Where the control plane listens for nodes: the bridge, or loopback where there are none. */
export const controlAddress = (c: ClusterConfig, l: Layout): string => (hasNodes(c) ? l.gateway : '127.0.0.1')
const numbered = (name: string, i: number) => (i === 0 ? name : `${name}-${i + 1}`)

/**
 * Young objects are collected in a small space: V8 lets it grow to 32 MiB and keeps that; beyond these sizes the collections
 * of an apiserver under load cost no less. Most other flags of V8 would cost a start 40 ms: it drops the compiled code that
 * Node brings of its builtin modules, because that was compiled with other flags.
 */
const nodeFlags = (component: ComponentName): string[] => [`--max-semi-space-size=${component === 'apiserver' ? 4 : 1}`]

export function processes(c: ClusterConfig, l: Layout, programs: Programs): ProcessSpec[] {
  const on = (n: ComponentName) => c.components.includes(n), pki = (f: string) => join(l.folder, 'pki', f), at = controlAddress(c, l)
  const tls = (name: string) => ({ 'ca-file': pki('ca.crt'), 'cert-file': pki(`${name}.crt`), 'key-file': pki(`${name}.key`) })
  const many = <T>(n: number, f: (i: number) => T) => Array.from({ length: n }, (_, i) => f(i))
  const servers = many(c.apiservers, (i) => `${at}:${l.port.grpc(i)}`).join(','), nats = `tls://${at}:${l.port.nats}`
  const connection = (name: string): Flags => ({ server: servers, 'nats-servers': nats, ...tls(name) })
  const set = (p: { name: string, component: string }, flags: Flags): string[] => flagList({ ...flags, ...c.set[p.component], ...c.set[p.name] })
  const ours = (name: string, component: ComponentName, flags: Flags, rest: Omit<ProcessSpec, 'name' | 'component' | 'command' | 'args'>): ProcessSpec =>
    ({ name, component, command: programs.node[0]!, args: [...programs.node.slice(1), ...nodeFlags(component), programs.service(component === 'host-proxy' ? 'kube-proxy' : component), ...set({ name, component }, flags)], ...rest })

  const out: ProcessSpec[] = []
  if (on('etcd')) {
    const peers = many(c.etcd, (i) => `${numbered('etcd', i)}=https://127.0.0.1:${l.port.etcdPeer(i)}`).join(',')
    for (let i = 0; i < c.etcd; i++) {
      const name = numbered('etcd', i), client = `https://127.0.0.1:${l.port.etcd(i)}`, peer = `https://127.0.0.1:${l.port.etcdPeer(i)}`
      out.push({
        name, component: 'etcd', command: programs.etcd, ports: [l.port.etcd(i), l.port.etcdPeer(i)],
        args: set({ name, component: 'etcd' }, {
          name, 'data-dir': join(l.folder, 'data', name), 'listen-client-urls': client, 'advertise-client-urls': client, 'listen-peer-urls': peer, 'initial-advertise-peer-urls': peer,
          'initial-cluster': peers, 'initial-cluster-token': l.name, 'client-cert-auth': true, 'trusted-ca-file': pki('ca.crt'), 'cert-file': pki('etcd.crt'), 'key-file': pki('etcd.key'),
          'peer-client-cert-auth': true, 'peer-trusted-ca-file': pki('ca.crt'), 'peer-cert-file': pki('etcd.crt'), 'peer-key-file': pki('etcd.key'),
          // A local cluster elects fast: the default second of patience is most of a cold start.
          'heartbeat-interval': 50, 'election-timeout': c.etcd === 1 ? 250 : 500, 'quota-backend-bytes': 8 * 2 ** 30, logger: 'zap', 'log-outputs': 'stderr',
        }),
      })
    }
  }
  if (on('nats')) out.push({ name: 'nats', component: 'nats', command: programs.nats, args: ['-c', join(l.folder, 'config', 'nats.conf'), ...set({ name: 'nats', component: 'nats' }, {})], ports: [l.port.nats] })
  if (on('apiserver')) {
    for (let i = 0; i < c.apiservers; i++) {
      out.push(ours(numbered('apiserver', i), 'apiserver', {
        'etcd-servers': many(c.etcd, (k) => `https://127.0.0.1:${l.port.etcd(k)}`).join(','), 'etcd-cafile': pki('ca.crt'), 'etcd-certfile': pki('apiserver-etcd-client.crt'), 'etcd-keyfile': pki('apiserver-etcd-client.key'),
        'bind-address': hasNodes(c) ? `127.0.0.1,${l.gateway}` : '127.0.0.1', 'secure-port': l.port.apiserver(i), 'grpc-port': l.port.grpc(i), 'advertise-address': at, 'advertise-port': l.port.apiserver(i),
        'tls-cert-file': pki('apiserver.crt'), 'tls-private-key-file': pki('apiserver.key'), 'client-ca-file': pki('ca.crt'),
        'service-account-issuer': 'https://kubernetes.default.svc.cluster.local', 'service-account-key-file': pki('sa.pub'), 'service-account-signing-key-file': pki('sa.key'),
        'service-cluster-ip-range': c.serviceCidr, 'kubelet-certificate-authority': pki('ca.crt'), 'kubelet-client-certificate': pki('apiserver-kubelet-client.crt'), 'kubelet-client-key': pki('apiserver-kubelet-client.key'),
        ...(on('nats') && { 'nats-servers': nats, 'nats-cafile': pki('ca.crt'), 'nats-certfile': pki('apiserver-nats-client.crt'), 'nats-keyfile': pki('apiserver-nats-client.key') }),
      }, { ports: [l.port.apiserver(i), l.port.grpc(i)], health: { address: `127.0.0.1:${l.port.apiserver(i)}`, path: '/readyz' } }))
    }
  }
  const serving = (port: number): Flags => ({ 'bind-address': '127.0.0.1', 'secure-port': port })
  // On one machine a leader's silence is its end: others take over in seconds rather than after upstream's fifteen.
  const election = (n: number): Flags => ({ 'leader-elect': n > 1, ...(n > 1 && { 'leader-elect-lease-duration': '4s', 'leader-elect-renew-deadline': '3s', 'leader-elect-retry-period': '1s' }) })
  if (on('scheduler')) for (let i = 0; i < c.schedulers; i++) out.push(ours(numbered('scheduler', i), 'scheduler', { ...connection('scheduler'), ...election(c.schedulers), ...serving(l.port.scheduler(i)) }, { ports: [l.port.scheduler(i)], health: { address: `127.0.0.1:${l.port.scheduler(i)}`, path: '/healthz' } }))
  if (on('controller-manager')) {
    for (let i = 0; i < c.controllerManagers; i++) {
      out.push(ours(numbered('controller-manager', i), 'controller-manager', { ...connection('controller-manager'), ...election(c.controllerManagers), 'cluster-cidr': c.clusterCidr, 'root-ca-file': pki('ca.crt'), ...serving(l.port.controllerManager(i)) },
        { ports: [l.port.controllerManager(i)], health: { address: `127.0.0.1:${l.port.controllerManager(i)}`, path: '/healthz' } }))
    }
  }
  for (const i of c.nodes) out.push(...nodeProcesses(c, l, l.node(i), { on, ours, connection, pki, programs, set }))
  if (on('host-proxy') && hasNodes(c)) {
    out.push(ours('host-proxy', 'host-proxy', { ...connection('host-proxy'), 'nodeport-loopback': true, 'nft-table': l.table, 'nodes-interface': l.bridge, ...serving(l.port.hostProxy) },
      { ports: [l.port.hostProxy], health: { address: `127.0.0.1:${l.port.hostProxy}`, path: '/healthz' } }))
  }
  return out
}

interface Help {
  on(n: ComponentName): boolean
  ours(name: string, component: ComponentName, flags: Flags, rest: Omit<ProcessSpec, 'name' | 'component' | 'command' | 'args'>): ProcessSpec
  connection(name: string): Flags
  pki(f: string): string
  programs: Programs
  set(p: { name: string, component: string }, flags: Flags): string[]
}

/** The four processes of a node, all inside its network namespace. */
function nodeProcesses(c: ClusterConfig, l: Layout, n: NodeLayout, h: Help): ProcessSpec[] {
  const at = (component: string) => `${component}@${n.name}`, place = { netns: n.netns, node: n.name, ports: [] }
  const socket = join(n.folder, 'containerd.sock'), serving = (port: number): Flags => ({ 'bind-address': '127.0.0.1', 'secure-port': port })
  const out: ProcessSpec[] = []
  if (h.on('containerd')) out.push({ name: at('containerd'), component: 'containerd', command: h.programs.containerd, args: ['--config', join(n.folder, 'containerd.toml'), ...h.set({ name: at('containerd'), component: 'containerd' }, {})], ...place })
  if (h.on('kubelet')) {
    out.push(h.ours(at('kubelet'), 'kubelet', {
      ...h.connection(`kubelet-${n.name}`), 'hostname-override': n.name, 'node-ip': n.address, 'container-runtime-endpoint': `unix://${socket}`, 'root-dir': join(n.folder, 'kubelet'), 'cgroup-root': `${l.cgroup}/${n.name}`,
      port: 10250, address: n.address, 'tls-cert-file': h.pki(`kubelet-${n.name}.crt`), 'tls-private-key-file': h.pki(`kubelet-${n.name}.key`), 'client-ca-file': h.pki('ca.crt'), 'cluster-dns': clusterDns(c.serviceCidr), 'cluster-domain': 'cluster.local', ...serving(10248),
    }, { ...place, health: { address: '127.0.0.1:10248', path: '/healthz', netns: n.netns } }))
  }
  if (h.on('kube-proxy')) out.push(h.ours(at('kube-proxy'), 'kube-proxy', { ...h.connection('kube-proxy'), 'hostname-override': n.name, 'cluster-cidr': c.clusterCidr, ...serving(10256) }, { ...place, health: { address: '127.0.0.1:10256', path: '/healthz', netns: n.netns } }))
  if (h.on('netd')) {
    out.push(h.ours(at('netd'), 'netd', { ...h.connection('netd'), 'hostname-override': n.name, 'node-ip': n.address, 'cni-conf-dir': join(n.folder, 'cni'), 'cni-bin-dir': '/usr/lib/cni', 'state-dir': join(n.folder, 'netd'), 'cluster-cidr': c.clusterCidr, vni: 1 + l.slot, ...serving(10257) },
      { ...place, health: { address: '127.0.0.1:10257', path: '/healthz', netns: n.netns } }))
  }
  return out
}

/** The tenth address of the service range, as kubeadm gives the cluster's DNS. */
export const clusterDns = (cidr: string): string => { const [a, b, c] = cidr.split('/')[0]!.split('.'); return `${a}.${b}.${c}.10` }
/** The first address of the service range: the `kubernetes` Service. */
export const kubernetesService = (cidr: string): string => { const [a, b, c] = cidr.split('/')[0]!.split('.'); return `${a}.${b}.${c}.1` }

/** Configuration of nats-server: mutual TLS, and per certificate what it may publish and subscribe to. */
export function natsConfig(c: ClusterConfig, l: Layout): string {
  const pki = (f: string) => join(l.folder, 'pki', f), q = JSON.stringify
  const users = [
    ['apiserver', 'CN=kube-apiserver-nats-client', ''], ['scheduler', 'CN=system:kube-scheduler', ''], ['controller-manager', 'CN=system:kube-controller-manager', ''], ['kube-proxy', 'CN=system:kube-proxy', ''], ['netd', 'CN=system:netd', ''],
    ...c.nodes.map((i) => ['kubelet', `CN=system:node:${l.node(i).name},O=system:nodes`, l.node(i).name]),
  ] as const
  const lines = users.map(([component, subject, node]) => {
    const p = natsPermissions(component, node)
    return `    { user: ${q(subject)}, permissions: { publish: { allow: ${q(p.publish)} }, subscribe: { allow: ${q(p.subscribe)} } } }`
  })
  return `listen: ${q(`${controlAddress(c, l)}:${l.port.nats}`)}
server_name: ${q(`${l.name}-nats`)}
max_payload: 8388608
max_pending: 67108864
tls { cert_file: ${q(pki('nats.crt'))}, key_file: ${q(pki('nats.key'))}, ca_file: ${q(pki('ca.crt'))}, verify_and_map: true, timeout: 5 }
authorization {
  users = [
${lines.join('\n')}
  ]
}
`
}
