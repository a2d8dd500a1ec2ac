/** `drydock up`: makes a cluster, or brings an existing one to what is asked; loads images, deploys the sample. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { realClock } from '@drydock/base'
import { applyAddons } from '../addons.ts'
import { Api } from '../api.ts'
import { certificates, type Stage } from '../certificates.ts'
import { freeSlot, launcherSocket, layoutOf, readCluster, writeCluster } from '../cluster.ts'
import { UsageError, resolveConfig, type ClusterConfig, type UpOptions } from '../config.ts'
import { imagesMark, importImage, socketOf } from '../containerd.ts'
import { beginLauncher, call, launcherStatus, type Starting } from '../control.ts'
import { hasStore, makeStore } from '../image-store.ts'
import { buildImages } from '../images.ts'
import { contextName, mergeKubeconfig, writeKubeconfig } from '../kubeconfig.ts'
import { preferredSlot } from '../layout.ts'
import { locked } from '../lock.ts'
import { listening } from '../network.ts'
import { processes } from '../processes.ts'
import { bundle, bundleOwn } from '../bundle.ts'
import { programs, services } from '../programs.ts'
import { deploySample, readyReplicas, sampleNodePort } from '../sample.ts'
import { checkDisk, trouble } from '../trouble.ts'
import { checkSet } from '../set-flags.ts'
import { leftRunning } from '../supervisor.ts'
import { step } from '../ui.ts'

export interface UpFlags { sample: boolean, kubeconfig: boolean, wait: number }

export async function up(o: UpOptions, f: UpFlags): Promise<void> {
  const before = readCluster(o.name), first = resolveConfig(o, before?.slot ?? preferredSlot(o.name), before)
  if (first.nodes.length && process.getuid?.() !== 0) throw new UsageError('nodes need root (network namespaces, mounts, cgroups): run this as root, or start the control plane alone with --components etcd,nats,apiserver,scheduler,controller-manager')
  await bundleOwn()
  const launcher = existsSync(launcherSocket(first)) ? undefined : beginLauncher(first)
  try {
    await start(o, f, first, before === undefined, launcher)
  } catch (e) {
    await launcher?.cancel()
    throw e
  }
}

async function start(o: UpOptions, f: UpFlags, first: ClusterConfig, isNew: boolean, launcher: Starting | undefined): Promise<void> {
  await step('programs', () => bundle(services.filter((s) => first.components.includes(s) || (s === 'kube-proxy' && first.components.includes('host-proxy')))))
  if (o.set && Object.keys(o.set).length) await checkSet({ ...first, set: o.set }, processes(first, layoutOf(first), programs()))
  const running = await launcherStatus(first)
  const c = !isNew ? settle(first, !running) : await locked('the list of clusters', realClock, () => settle({ ...first, slot: freeSlot(o.name) }, true))
  const images = c.nodes.length ? buildImages() : undefined
  if (images && !hasStore(images)) await step('images, unpacked once for all nodes', () => makeStore(images))
  const make = running ? undefined : await keys(c)
  await step(`${running ? 'changes to' : 'processes of'} cluster ${c.name}`, async () => { if (running) await call(c, 'apply', { config: c }); else { const gone = (launcher ?? beginLauncher(c)).go(); gone.catch(() => undefined); await make?.('rest'); await gone } })
  const loading = images ? loadIntoNodes(c, images) : Promise.resolve()
  loading.catch(() => undefined)
  if (c.components.includes('apiserver')) await bringToLife(c, f, loading)
  else await loading
}

/**
 * The keys that a start waits for, made here while the launcher loads; it finds them good. What else is to be made the
 * answer makes. Under a lock: two authorities of one cluster would not know each other.
 */
function keys(c: ClusterConfig): Promise<(stage: Stage) => Promise<void>> {
  const l = layoutOf(c)
  return locked(`the keys of ${l.folder}`, realClock, async () => {
    const make = await certificates(c, l, realClock.now())
    await make('etcd'); await make('api')
    return make
  })
}

/** Writes the configuration down, which makes the cluster one; before that, what keeps it from starting is found out. */
function settle(c: ClusterConfig, starts: boolean): ClusterConfig {
  if (starts) { checkPorts(c); checkDisk(c) }
  writeCluster(c)
  return c
}

async function bringToLife(c: ClusterConfig, f: UpFlags, loading: Promise<void>): Promise<void> {
  const l = layoutOf(c), complete = ['scheduler', 'controller-manager', 'kubelet', 'containerd', 'netd', 'kube-proxy'].every((x) => (c.components as string[]).includes(x)) && c.nodes.length > 0
  const api = new Api(c, () => trouble(c))
  try {
    await step('API', () => api.ready(f.wait * 1000))
    await call(c, 'api-answers')
    writeKubeconfig(c)
    await applyAddons(api)
    const sample = f.sample && complete
    if (sample) await deploySample(api, c.nodes.length)
    if (c.nodes.length) await step('images', () => loading)
    if (sample) {
      await step('sample: three replicas ready', () => api.until('the sample', async () => await readyReplicas(api) >= 3, f.wait * 1000, 100))
    } else if (complete) await step(`nodes ready: ${c.nodes.length}`, () => api.until('nodes', async () => readyNodes(await api.call('GET', '/api/v1/nodes').then((a) => a.json())) >= c.nodes.length, f.wait * 1000, 100))
    if (f.kubeconfig) await mergeKubeconfig(c)
    console.log(farewell(c, f, l.folder, sample ? await sampleNodePort(api) : undefined))
  } finally { api.close() }
}

const readyNodes = (list: { items: { status?: { conditions?: { type: string, status: string }[] } }[] }) => list.items.filter((n) => n.status?.conditions?.some((x) => x.type === 'Ready' && x.status === 'True')).length

/** Imports the images into nodes that do not have them yet: those that did not begin with the machine's store. */
async function loadIntoNodes(c: ClusterConfig, tar: string): Promise<void> {
  const l = layoutOf(c)
  await Promise.all(c.nodes.map(async (i) => {
    const n = l.node(i), mark = join(n.folder, 'containerd', imagesMark), end = realClock.monotonic() + 30_000
    for (let last = `no socket ${socketOf(n)}`; ; await realClock.sleep(20)) {
      // What a node begins with is there before its containerd starts.
      if (existsSync(mark) && readFileSync(mark, 'utf8').includes(tar)) return
      try { if (existsSync(socketOf(n))) { await importImage(n, tar); appendFileSync(mark, `${tar}\n`); return } } catch (e) { last = (e as Error).message }
      if (realClock.monotonic() > end) throw new Error(`images cannot be loaded into ${n.name}: ${last}`)
    }
  }))
}

/** A taken port is found before anything starts: one line instead of a process that never comes up. */
function checkPorts(c: ClusterConfig): void {
  // What a killed launcher left running holds its own ports, and is taken over.
  const l = layoutOf(c), left = new Set(leftRunning(l.folder).map((p) => p.name)), taken = listening()
  for (const p of processes(c, l, programs())) {
    const port = left.has(p.name) ? undefined : p.ports.find((x) => taken.has(x))
    if (port !== undefined) throw new UsageError(`port ${port}, which ${p.name} of cluster ${c.name} needs, is in use by another process (\`ss -ltnp sport = :${port}\` names it). End that process, or choose another cluster name with --name`)
  }
}

function farewell(c: ClusterConfig, f: UpFlags, folder: string, nodePort: number | undefined): string {
  const option = c.name === 'drydock' ? '' : ` --name ${c.name}`
  return `
Cluster ${c.name} is up${f.kubeconfig ? `; kubectl's context is now ${contextName(c.name)}` : ''}.
${nodePort === undefined ? '' : `
  curl http://127.0.0.1:${nodePort}/                         the sample; each answer names its pod`}
  npx drydock kubectl${option} get pods -A -o wide   what runs where
  npx drydock status${option}                        the processes behind it
  npx drydock logs${option} apiserver                one process's log
  npx drydock stop${option} / start / down           pause it, resume it, remove it

Everything of it is in ${folder}.`
}
