/** A cluster on disk: its folder, configuration and layout; and its start and stop as the launcher carries them out. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '@drydock/base'
import { homeFolder, layout, preferredSlot, slots, type Layout } from './layout.ts'
import { UsageError, type ClusterConfig } from './config.ts'
import { containerdConfig } from './containerd.ts'
import { ensureCertificates } from './certificates.ts'
import { hasNodes, natsConfig, processes, type Programs } from './processes.ts'
import { ensureBridge, ensureNode, listener, removeBridge, removeNode } from './network.ts'
import { killLeftovers, removeCgroups, removeCniResults, removeNamespaces, sandboxNamespaces, unmountBelow } from './cleanup.ts'
import type { Supervisor } from './supervisor.ts'

const configFile = (folder: string) => join(folder, 'cluster.json')

export function readCluster(name: string): ClusterConfig | undefined {
  try { return JSON.parse(readFileSync(configFile(join(homeFolder(), name)), 'utf8')) as ClusterConfig } catch { return undefined }
}

export function writeCluster(c: ClusterConfig): void {
  const l = layout(c.name, c.slot), file = configFile(l.folder)
  mkdirSync(l.folder, { recursive: true })
  writeFileSync(`${file}.new`, JSON.stringify(c, null, 2) + '\n'); renameSync(`${file}.new`, file)
}

export const clusterNames = (): string[] => (existsSync(homeFolder()) ? readdirSync(homeFolder()).filter((n) => existsSync(configFile(join(homeFolder(), n)))) : [])

/** The slot of a new cluster: the one its name prefers, or the next that no cluster here has. */
export function freeSlot(name: string): number {
  const taken = new Set(clusterNames().filter((n) => n !== name).map((n) => readCluster(n)?.slot))
  for (let i = 0, s = preferredSlot(name); i < slots; i++, s = (s + 1) % slots) if (!taken.has(s)) return s
  throw new UsageError(`there are ${slots} clusters on this machine already; remove one with \`drydock down --name …\``)
}

export const layoutOf = (c: ClusterConfig): Layout => layout(c.name, c.slot)

/** Writes certificates and configuration files. */
export async function prepare(c: ClusterConfig, now: number): Promise<void> {
  const l = layoutOf(c)
  for (const d of ['config', 'data', 'logs', 'run', 'pki']) mkdirSync(join(l.folder, d), { recursive: true, mode: 0o700 })
  ensureCertificates(c, l, now)
  if (c.components.includes('nats')) writeFileSync(join(l.folder, 'config', 'nats.conf'), natsConfig(c, l))
  for (const i of c.nodes) prepareNode(l, i)
}

function prepareNode(l: Layout, i: number): void {
  const n = l.node(i)
  for (const d of ['cni', 'kubelet', 'netd']) mkdirSync(join(n.folder, d), { recursive: true })
  writeFileSync(join(n.folder, 'containerd.toml'), containerdConfig(n))
}

/** Starts what the configuration says and is not running; ends what it no longer says. Each process waits by itself for what it needs. */
export async function startAll(c: ClusterConfig, s: Supervisor, programs: Programs, clock: Clock): Promise<void> {
  const l = layoutOf(c), wanted = processes(c, l, programs), names = new Set(wanted.map((p) => p.name))
  for (const p of s.list()) if (!names.has(p.spec.name)) { await s.stop(p.spec.name); s.forget(p.spec.name) }
  // etcd first: everybody's start ends with what it answers. Of the rest, what listens on the bridge needs its address.
  for (const p of wanted) if (p.component === 'etcd') s.start(p)
  if (hasNodes(c)) await ensureBridge(l)
  const first = wanted.filter((p) => ['apiserver', 'nats'].includes(p.component))
  const cold = first.some((p) => !s.isAlive(p.name))
  for (const p of first) s.start(p)
  await Promise.all(c.nodes.map((i) => ensureNode(l, l.node(i))))
  // A cold start is all processor time, and the rest can do nothing without the API: it starts when that listens, or does not within reason.
  const ports = first.flatMap((p) => p.ports)
  if (cold) for (const end = clock.monotonic() + 3_000; clock.monotonic() < end && !ports.every((port) => listener(port) !== undefined);) await clock.sleep(10)
  for (const p of wanted) if (p.component !== 'etcd' && !first.includes(p)) s.start(p)
}

/** Ends one node: its processes, its containers, its mounts, its namespace. Its folder stays. */
export async function stopNode(c: ClusterConfig, i: number, s: Supervisor): Promise<void> {
  const l = layoutOf(c), n = l.node(i)
  const mine = s.list().filter((p) => p.spec.name.endsWith(`@${n.name}`))
  await Promise.all(mine.map(async (p) => { await s.stop(p.spec.name); s.forget(p.spec.name) }))
  await clearNode(l, i)
}

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

