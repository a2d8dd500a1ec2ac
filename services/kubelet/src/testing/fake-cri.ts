/**
 * A container runtime in memory: sandboxes and containers that run until they are stopped, or as a script says. What it has
 * outlives the kubelet that made it. Calls are written down in order.
 */
import type { Clock } from '@drydock/base'
import * as cri from '@drydock/proto/cri'
import { CriError, type Cri } from '../cri/client.ts'
import { labels } from '../runtime/types.ts'

/** How a container fares, by its name and attempt; what is not said: it runs until SIGTERM, and then exits with 0. */
export interface Script { exitCode?: number, /** Ends by itself. */ afterMs?: number, /** Ends this long after SIGTERM; Infinity: only by SIGKILL. */ termMs?: number }
export interface FakeCri {
  cri: Cri
  calls: string[]
  /** Names of the containers that run, sorted. */ running(): string[]
  /** Makes a container end now, as if its process had. */ kill(name: string, exitCode?: number): void
}

interface Box { id: string, config: cri.PodSandboxConfig, ready: boolean, createdAt: number }
interface Case { id: string, box: Box, config: cri.ContainerConfig, state: cri.ContainerState, createdAt: number, startedAt: number, finishedAt: number, exitCode: number, script: Script, ended: (() => void)[] }

export function createFakeCri(clock: Clock, script: (name: string, attempt: number) => Script = () => ({}), images: readonly string[] = ['busybox:1']): FakeCri {
  const boxes = new Map<string, Box>(), cases = new Map<string, Case>(), calls: string[] = [], listeners = new Set<(id: string) => void>()
  const nanos = (ms: number) => (ms ? `${BigInt(ms) * 1_000_000n}` : '0'), S = cri.ContainerState
  let seq = 0
  const of = <T>(m: Map<string, T>, id: string): T => { const x = m.get(id); if (!x) throw new CriError(5, `${id} not found`); return x }
  const nameOf = (c: Case) => c.config.metadata!.name
  const note = (call: string) => { calls.push(call) }
  const fits = (l: Record<string, string>, selector: Record<string, string> | undefined) => Object.entries(selector ?? {}).every(([k, v]) => l[k] === v)
  function end(c: Case, exitCode: number): void {
    if (c.state !== S.CONTAINER_RUNNING) return
    Object.assign(c, { state: S.CONTAINER_EXITED, exitCode, finishedAt: clock.now() })
    for (const f of c.ended.splice(0)) f()
    for (const l of listeners) l(c.id)
  }
  const imageOf = (image: string) => (images.includes(image) ? cri.Image.fromPartial({ id: `sha256:${image}`, repoTags: [image], size: 1 }) : undefined)

  const runtime: Partial<Cri> = {
    async version() { return { version: '0.1.0', runtimeName: 'fake', runtimeVersion: '1.0.0', runtimeApiVersion: 'v1' } },
    async status() { return cri.StatusResponse.fromPartial({ status: { conditions: [{ type: 'RuntimeReady', status: true }, { type: 'NetworkReady', status: true }] } }) },
    async runPodSandbox(config) {
      const box = { id: `box-${++seq}`, config, ready: true, createdAt: clock.now() }
      note(`sandbox ${config.metadata!.name}`)
      boxes.set(box.id, box)
      return box.id
    },
    async stopPodSandbox(id) { const b = of(boxes, id); if (b.ready) note(`stop sandbox ${b.config.metadata!.name}`); b.ready = false; for (const c of cases.values()) if (c.box === b) end(c, 137) },
    async removePodSandbox(id) { for (const [k, c] of cases) if (c.box.id === id) cases.delete(k); boxes.delete(id) },
    async podSandboxStatus(id) { const b = of(boxes, id); return cri.PodSandboxStatusResponse.fromPartial({ status: { id, metadata: b.config.metadata!, state: b.ready ? 0 : 1, createdAt: nanos(b.createdAt), network: { ip: '10.0.0.7' }, labels: b.config.labels } }) },
    async listPodSandbox(filter) { return [...boxes.values()].filter((b) => fits(b.config.labels, filter.labelSelector)).map((b) => cri.PodSandbox.fromPartial({ id: b.id, metadata: b.config.metadata!, state: b.ready ? 0 : 1, labels: b.config.labels })) },
    async createContainer(boxId, config) {
      const c: Case = { id: `c-${++seq}`, box: of(boxes, boxId), config, state: S.CONTAINER_CREATED, createdAt: clock.now(), startedAt: 0, finishedAt: 0, exitCode: 0, script: script(config.metadata!.name, config.metadata!.attempt), ended: [] }
      cases.set(c.id, c)
      return c.id
    },
    async startContainer(id) {
      const c = of(cases, id)
      note(`start ${nameOf(c)}`)
      Object.assign(c, { state: S.CONTAINER_RUNNING, startedAt: clock.now() })
      if (c.script.afterMs !== undefined) clock.timer(c.script.afterMs, () => end(c, c.script.exitCode ?? 0))
    },
    async stopContainer(id, seconds, o) {
      const c = of(cases, id)
      if (c.state !== S.CONTAINER_RUNNING) return
      note(`stop ${nameOf(c)} ${seconds}`)
      const term = c.script.termMs ?? 0, kill = seconds * 1000
      clock.timer(Math.min(term, kill), () => end(c, term <= kill ? c.script.exitCode ?? 0 : 137))
      await new Promise<void>((resolve, reject) => { c.ended.push(resolve); o?.signal?.addEventListener('abort', () => reject(o.signal!.reason as Error), { once: true }) })
    },
    async removeContainer(id) { cases.delete(id) },
    async listContainers(filter) { return [...cases.values()].filter((c) => fits(c.config.labels, filter.labelSelector)).map((c) => cri.Container.fromPartial({ id: c.id, podSandboxId: c.box.id, metadata: c.config.metadata!, state: c.state, labels: c.config.labels, imageRef: c.config.image!.image })) },
    async containerStatus(id) {
      const c = of(cases, id), reason = c.state === S.CONTAINER_EXITED ? (c.exitCode ? 'Error' : 'Completed') : ''
      return cri.ContainerStatusResponse.fromPartial({ status: { id, metadata: c.config.metadata!, state: c.state, createdAt: nanos(c.createdAt), startedAt: nanos(c.startedAt), finishedAt: nanos(c.finishedAt), exitCode: c.exitCode, reason, image: { image: 'busybox:1' }, imageRef: c.config.image!.image, labels: c.config.labels, annotations: c.config.annotations, mounts: c.config.mounts } })
    },
    async execSync() { return { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0), exitCode: 0 } },
    async listContainerStats() { return [] },
    async listImages() { return images.map((i) => imageOf(i)!) },
    async imageStatus(image) { return imageOf(image) },
    async pullImage(image) { throw new CriError(5, `failed to pull and unpack image "${image}": not found`) },
    async *events(signal) {
      const queue: string[] = []
      let wake = () => {}
      const listener = (id: string) => { queue.push(id); wake() }
      listeners.add(listener)
      try {
        while (!signal.aborted) {
          for (let id = queue.shift(); id; id = queue.shift()) yield cri.ContainerEventResponse.fromPartial({ containerId: id, containerEventType: cri.ContainerEventType.CONTAINER_STOPPED_EVENT })
          await new Promise<void>((resolve) => { wake = resolve; signal.addEventListener('abort', () => resolve(), { once: true }) })
        }
      } finally { listeners.delete(listener) }
    },
    close() {},
  }
  const refuses = (name: string) => async () => { throw new Error(`the fake runtime has no ${name}`) }
  return {
    cri: new Proxy(runtime, { get: (t, k) => t[k as keyof Cri] ?? refuses(String(k)) }) as Cri, calls,
    running: () => [...cases.values()].filter((c) => c.state === S.CONTAINER_RUNNING).map((c) => c.config.labels[labels.containerName]!).sort(),
    kill(name, exitCode = 137) { for (const c of cases.values()) if (nameOf(c) === name) end(c, exitCode) },
  }
}
