/** `start`, `stop`, `down`, and what changes a running cluster: `node`, `image`, `process`. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { realClock } from '@drydock/base'
import { layoutOf, readCluster, remnant, removeFolder, removeTraces, stopAll, stopMark } from '../cluster.ts'
import { UsageError, type ClusterConfig } from '../config.ts'
import { importImage } from '../containerd.ts'
import { call, launcherStatus, noLauncher } from '../control.ts'
import { unmergeKubeconfig } from '../kubeconfig.ts'
import { need } from '../need.ts'
import { Supervisor } from '../supervisor.ts'
import { processes } from '../processes.ts'
import { programs } from '../programs.ts'
import { step } from '../ui.ts'

/** One whose description is damaged or missing is known by what its name tells. */
function described(name: string): ClusterConfig | undefined {
  try { return readCluster(name) ?? remnant(name) } catch (e) {
    const left = remnant(name)
    if (!left) throw e
    return left
  }
}

/** Ends all processes, through the launcher or, where it is gone, by what it wrote down. */
async function stopProcesses(c: ClusterConfig): Promise<void> {
  mkdirSync(join(layoutOf(c).folder, 'run'), { recursive: true })
  writeFileSync(stopMark(c), '')
  try {
    await call(c, 'stop')
    for (const end = realClock.monotonic() + 5_000; await launcherStatus(c).catch(() => undefined) && realClock.monotonic() < end;) await realClock.sleep(20)
  } catch (e) {
    if (!noLauncher(e)) throw e
    await stopByHand(c)
  }
}

async function stopByHand(c: ClusterConfig): Promise<void> {
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
  const c = described(name)
  if (!c) { console.error(`There is no cluster "${name}"; nothing to do.`); return }
  await step(`remove cluster ${name}`, async () => {
    await stopProcesses(c)
    await removeTraces(c)
    await unmergeKubeconfig(name)
    await removeFolder(c, realClock)
  })
}

/** Has the launcher do something. */
async function ask<T>(name: string, command: string, body: object): Promise<T> {
  const c = need(name)
  if (!await launcherStatus(c)) throw new UsageError(`cluster ${name} does not run: start it with \`drydock start${name === 'drydock' ? '' : ` --name ${name}`}\``)
  return call<T>(c, command, body)
}

export async function tell(name: string, command: string, body: object): Promise<void> { await ask(name, command, body) }
export const addNodes = async (name: string, count: number): Promise<string[]> => (await ask<{ added: string[] }>(name, 'node-add', { count })).added
export const removeNode = (name: string, node: string): Promise<unknown> => ask(name, 'node-remove', { node })

export async function loadImage(name: string, tar: string): Promise<string[]> {
  const c = need(name), l = layoutOf(c)
  if (!existsSync(tar)) throw new UsageError(`image load ${tar}: there is no such file; write one with \`docker save -o ${tar} IMAGE\``)
  return Promise.all(c.nodes.map(async (i) => `${l.node(i).name}: ${await importImage(l.node(i), tar)}`))
}
