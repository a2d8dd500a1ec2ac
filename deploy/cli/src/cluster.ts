/** A cluster on disk: its folder, configuration and layout; and its start and stop as the launcher carries them out. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '@drydock/base'
import { checkName, homeFolder, layout, portsPerSlot, preferredSlot, slots, type Layout } from './layout.ts'
import { UsageError, resolveConfig, type ClusterConfig, type ComponentName } from './config.ts'
import { containerdConfig } from './containerd.ts'
import { certificates } from './certificates.ts'
import { hasNodes, natsConfig, processes, type Programs } from './processes.ts'
import { ensureBridge, ensureNodes, ensureWayOut, listening, removeBridge, removeNode } from './network.ts'
import { killLeftovers, removeCgroups, removeCniResults, removeNamespaces, sandboxNamespaces, unmountBelow } from './cleanup.ts'
import { seedImages } from './image-store.ts'
import type { Supervisor } from './supervisor.ts'

const configFile = (folder: string) => join(folder, 'cluster.json')

/** The cluster of that name, if there is one; throws where what describes it is damaged. */
export function readCluster(name: string): ClusterConfig | undefined {
  const wrong = checkName(name)
  if (wrong) throw new UsageError(`--name: ${wrong}`)
  const file = configFile(join(homeFolder(), name))
  if (!existsSync(file)) return undefined
  const c = tryCluster(name)
  if (!c) throw new UsageError(`${file} is damaged: put it back, or remove the cluster with \`drydock down --name ${name}\``)
  return c
}

function tryCluster(name: string): ClusterConfig | undefined {
  try {
    const c = JSON.parse(readFileSync(configFile(join(homeFolder(), name)), 'utf8')) as ClusterConfig
    return c.name === name && Number.isInteger(c.slot) && Array.isArray(c.nodes) && Array.isArray(c.components) && typeof c.set === 'object' ? c : undefined
  } catch { return undefined }
}

/** As much of a cluster as its name and folder alone tell: enough to remove it. Nothing for a folder that holds something else. */
export function remnant(name: string): ClusterConfig | undefined {
  const folder = join(homeFolder(), name), own = ['cluster.json', 'cluster.json.new', 'kubeconfig', 'config', 'data', 'logs', 'nodes', 'pki', 'run']
  if (checkName(name) || !existsSync(folder) || !readdirSync(folder).every((f) => own.includes(f))) return undefined
  const c = resolveConfig({ name }, preferredSlot(name))
  return { ...c, nodes: nodeFolders(layoutOf(c)) }
}

export function writeCluster(c: ClusterConfig): void {
  const l = layout(c.name, c.slot), file = configFile(l.folder)
  mkdirSync(l.folder, { recursive: true })
  writeFileSync(`${file}.new`, JSON.stringify(c, null, 2) + '\n'); renameSync(`${file}.new`, file)
}

export const clusterNames = (): string[] => (existsSync(homeFolder()) ? readdirSync(homeFolder()).filter((n) => existsSync(configFile(join(homeFolder(), n)))) : [])

/** The slot of a new cluster: the one its name prefers, or the next that no cluster has, here or (by its network and ports) in another folder. */
export function freeSlot(name: string): number {
  const taken = new Set(clusterNames().filter((n) => n !== name).map((n) => tryCluster(n)?.slot))
  const ports = listening(), used = (l: Layout) => Array.from({ length: portsPerSlot }, (_, i) => l.port.apiserver(0) + i).some((p) => ports.has(p))
  const addresses = new Set(Object.values(networkInterfaces()).flatMap((l) => (l ?? []).map((a) => a.address)))
  for (let i = 0, s = preferredSlot(name); i < slots; i++, s = (s + 1) % slots) if (!taken.has(s) && !addresses.has(layout(name, s).gateway) && !used(layout(name, s))) return s
  throw new UsageError(`there are ${slots} clusters on this machine already; remove one with \`drydock down --name …\``)
}

export const layoutOf = (c: ClusterConfig): Layout => layout(c.name, c.slot)

/** Where the launcher answers; the lock that it holds; and what tells one that returns that the cluster is being stopped. */
export const launcherSocket = (c: ClusterConfig): string => join(layoutOf(c).folder, 'run', 'launcher.sock')
export const launcherLock = (c: ClusterConfig): string => `the launcher of ${layoutOf(c).folder}`
export const stopMark = (c: ClusterConfig): string => join(layoutOf(c).folder, 'run', 'stopping')

function prepareNode(l: Layout, i: number): void {
  const n = l.node(i)
  for (const d of ['cni', 'kubelet', 'netd']) mkdirSync(join(n.folder, d), { recursive: true })
  writeFileSync(join(n.folder, 'containerd.toml'), containerdConfig(n))
}

export interface StartOptions {
  clock: Clock
  /** Leave what somebody stopped on purpose as it is. */ resume?: boolean
  /** Called when the configuration is there, and the certificates of what was started. */ prepared?: () => void
  /** Resolves when the API answers. A cold start is all processor time: what can do nothing without the API starts then, or after three seconds. */ api?: Promise<void>
  /** Resolves when nothing is to be waited for any more. */ hurry?: Promise<void>
}

/** Starts what the configuration says and is not running; ends what it no longer says. Each process waits by itself for what it needs. */
export async function startAll(c: ClusterConfig, s: Supervisor, programs: Programs, o: StartOptions): Promise<void> {
  const l = layoutOf(c), bridge = hasNodes(c) ? ensureBridge(l) : Promise.resolve()
  bridge.catch(() => undefined)
  for (const d of ['config', 'data', 'logs', 'run', 'pki']) mkdirSync(join(l.folder, d), { recursive: true, mode: 0o700 })
  const all = processes(c, l, programs), names = new Set(all.map((p) => p.name)), wanted = all.filter((p) => !(o.resume && s.isHeld(p.name)))
  const start = (...components: ComponentName[]) => { for (const p of wanted) if (components.includes(p.component)) s.start(p) }
  for (const p of s.list()) if (!names.has(p.spec.name)) { await s.stop(p.spec.name); s.forget(p.spec.name) }
  // etcd first: everybody's start ends with what it answers. Of the rest, what listens on the bridge needs its address.
  const make = await certificates(c, l, o.clock.now())
  await make('etcd')
  start('etcd')
  await make('api')
  if (c.components.includes('nats')) writeFileSync(join(l.folder, 'config', 'nats.conf'), natsConfig(c, l))
  await bridge
  const cold = wanted.some((p) => p.component === 'apiserver' && !s.isAlive(p.name))
  start('apiserver', 'nats')
  for (const i of c.nodes) prepareNode(l, i)
  o.prepared?.()
  const nodes = c.nodes.map((i) => l.node(i))
  if (nodes.length) await Promise.all([ensureWayOut(l), ensureNodes(l, nodes), ...nodes.map(seedImages)])
  const pause = (ms: number, until?: Promise<void>) => Promise.race([o.clock.sleep(ms), ...(until ? [until] : []), ...(o.hurry ? [o.hurry] : [])])
  if (cold && o.api) await pause(3_000, o.api)
  await make('rest')
  start('containerd', 'kubelet', 'netd', 'scheduler', 'controller-manager')
  // No Service has an endpoint before a pod runs: what leads there comes last.
  if (cold) await pause(1_000)
  start('kube-proxy', 'host-proxy')
}

/** Names of a node's processes. */
const ofNode = (l: Layout, i: number, s: Supervisor) => s.list().map((p) => p.spec.name).filter((n) => n.endsWith(`@${l.node(i).name}`))

/** Ends one node: its processes, its containers, its mounts, its namespace. Its folder stays. */
export async function stopNode(c: ClusterConfig, i: number, s: Supervisor): Promise<void> {
  const l = layoutOf(c)
  await Promise.all(ofNode(l, i, s).map((n) => s.stop(n)))
  await clearNode(l, i)
}

/** A node that was stopped on purpose is wanted again. */
export function releaseNode(c: ClusterConfig, i: number, s: Supervisor): void { for (const n of ofNode(layoutOf(c), i, s)) if (s.isHeld(n)) s.forget(n) }

async function clearNode(l: Layout, i: number): Promise<void> {
  const n = l.node(i), namespaces = sandboxNamespaces(n.folder)
  await killLeftovers(l, n.folder, n.name)
  await unmountBelow(n.folder)
  await removeNamespaces(namespaces)
  removeCniResults(n.name)
  removeCgroups(l, n.name)
  await removeNode(n)
}

/** Ends everything; the objects, images and certificates stay. */
export async function stopAll(c: ClusterConfig, s: Supervisor): Promise<void> {
  // Nodes first, so that nothing is started or evicted while the control plane goes.
  await Promise.all(c.nodes.map((i) => stopNode(c, i, s)))
  await Promise.all(s.list().filter((p) => p.spec.component !== 'etcd').map((p) => s.stop(p.spec.name)))
  await Promise.all(s.list().map((p) => s.stop(p.spec.name)))
  await removeTraces(c)
}

/** What remains to be taken away when the processes have ended, however they did. */
export async function removeTraces(c: ClusterConfig): Promise<void> {
  const l = layoutOf(c)
  for (const i of nodeFolders(l)) await clearNode(l, i)
  await unmountBelow(l.folder)
  if (hasNodes(c) || existsSync(`/sys/class/net/${l.bridge}`)) await removeBridge(l)
  removeCgroups(l)
}

const nodeFolders = (l: Layout): number[] => { try { return readdirSync(join(l.folder, 'nodes')).map(Number).filter(Number.isInteger) } catch { return [] } }

export function removeNodeFolder(c: ClusterConfig, i: number): void { rmSync(layoutOf(c).node(i).folder, { recursive: true, force: true }) }

/** Removes the folder; the clock is for the kernel, which frees mounts a moment after the last process has gone. */
export async function removeFolder(c: ClusterConfig, clock: Clock): Promise<void> {
  const l = layoutOf(c)
  for (let attempt = 0; ; attempt++) {
    try { rmSync(l.folder, { recursive: true, force: true }); return } catch (e) {
      if (attempt === 20) throw e
      await unmountBelow(l.folder); await clock.sleep(100)
    }
  }
}

