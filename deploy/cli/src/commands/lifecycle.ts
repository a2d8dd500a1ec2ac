/** `start`, `stop`, `down`, and what changes a running cluster: `node`, `image`, `process`. */
import { existsSync, mkdirSync } from 'node:fs'
import { realClock } from '@drydock/base'
import { layoutOf, readCluster, removeFolder, removeTraces, stopAll } from '../cluster.ts'
import { UsageError, type ClusterConfig } from '../config.ts'
import { importImage } from '../containerd.ts'
import { call, launcherStatus, startLauncher } from '../control.ts'
import { unmergeKubeconfig } from '../kubeconfig.ts'
import { homeFolder } from '../layout.ts'
import { clusterNames } from '../cluster.ts'
import { Supervisor } from '../supervisor.ts'
import { processes } from '../processes.ts'
import { programs } from '../programs.ts'
import { step } from '../ui.ts'

/** The cluster of that name; throws with what there is instead. */
export function need(name: string): ClusterConfig {
  const c = readCluster(name)
  if (c) return c
  const names = clusterNames()
  throw new UsageError(`there is no cluster "${name}" (${names.length ? `there is ${names.join(', ')}: use --name` : `none in ${homeFolder()}: make one with \`npm run up\` or \`npx drydock up\``})`)
}

/** Ends all processes, through the launcher or, where it is gone, by what it wrote down. */
async function stopProcesses(c: ClusterConfig): Promise<void> {
  if (await launcherStatus(c)) {
    await call(c, 'stop')
    for (const end = realClock.monotonic() + 5_000; await launcherStatus(c).catch(() => undefined) && realClock.monotonic() < end;) await realClock.sleep(20)
    return
  }
  mkdirSync(layoutOf(c).folder, { recursive: true })
  const s = new Supervisor({ folder: layoutOf(c).folder, clock: realClock, restart: false })
  s.adopt()
  const specs = new Map(processes(c, layoutOf(c), programs()).map((p) => [p.name, p]))
  for (const p of s.list()) p.spec = specs.get(p.spec.name) ?? { ...p.spec, component: 'apiserver' }
  await stopAll(c, s)
}

export async function stop(name: string): Promise<void> {
  const c = need(name)
  await step(`stop cluster ${name}`, () => stopProcesses(c))
}

export async function down(name: string): Promise<void> {
  const c = readCluster(name)
  if (!c) { console.error(`There is no cluster "${name}"; nothing to do.`); return }
  await step(`remove cluster ${name}`, async () => {
    await stopProcesses(c)
    await removeTraces(c)
    unmergeKubeconfig(name)
    await removeFolder(c, realClock)
  })
}

export async function addNodes(name: string, count: number): Promise<string[]> {
  const c = need(name)
  if (!await launcherStatus(c)) await startLauncher(c)
  return (await call<{ added: string[] }>(c, 'node-add', { count })).added
}

export async function removeNode(name: string, node: string): Promise<void> { await call(need(name), 'node-remove', { node }) }

export async function loadImage(name: string, tar: string): Promise<string[]> {
  const c = need(name), l = layoutOf(c)
  if (!existsSync(tar)) throw new UsageError(`image load ${tar}: there is no such file; write one with \`docker save -o ${tar} IMAGE\``)
  return Promise.all(c.nodes.map(async (i) => `${l.node(i).name}: ${await importImage(l.node(i), tar)}`))
}
