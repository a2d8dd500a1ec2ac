/**
 * All pods of the node: starts a worker for each that is bound here, wakes it, ends what the API no longer knows, and sweeps
 * up what earlier kubelets left in the runtime and on disk.
 */
import type { Node, Pod, PodStatus } from '@drydock/api'
import type { Logger } from '@drydock/base'
import { formatTime } from '@drydock/base'
import { rm } from 'node:fs/promises'
import { podLogDir } from '../runtime/names.ts'
import { labels, type PodRuntime } from '../runtime/types.ts'
import { admit, type NodeAbilities } from './admission.ts'
import { isTerminalPhase } from './phase.ts'
import { qosClass } from './resources.ts'
import { createPodWorker, type PodWorker, type WorkerDeps } from './worker.ts'

export interface PodManager {
  /** The API shows this pod on this node. */
  observed(pod: Pod): void
  deleted(pod: Pod): void
  wake(uid: string): void
  evict(uid: string, message: string): void
  /** A container or sandbox has ended. */
  exited(id: string): void
  /** Looks at everything in the runtime: wakes workers whose pods differ from the last look, and ends pods without one. */
  relist(): Promise<void>
  /** Removes directories and cgroups of pods that are neither in the API nor in the runtime. */
  sweep(): Promise<void>
  pods(): Pod[]
  /** Of a pod as shown last. */
  status(uid: string): PodStatus | undefined
  find(namespace: string, name: string): PodWorker | undefined
  idle(): Promise<void>
}

export interface PodManagerOptions { deps: Omit<WorkerDeps, 'owns'>, log: Logger, node: () => Node, can: NodeAbilities, signal: AbortSignal, podLogsDir: string, /** Uids known to the runtime at start. */ existing: ReadonlySet<string> }

const states = ['created', 'running', 'exited', 'unknown']
const signature = (list: readonly (readonly [string, number])[]) => list.map(([id, state]) => `${id}:${state}`).sort().join(' ')

export function createPodManager(o: PodManagerOptions): PodManager {
  const workers = new Map<string, PodWorker>(), owners = new Map<string, string>(), seen = new Map<string, string>()
  const early = new Set<string>() // ends of containers that are not known yet: those that end as they start
  const rejected = new Map<string, Pod>()
  const deps: WorkerDeps = {
    ...o.deps,
    owns(uid, rt: PodRuntime, whole) {
      if (whole) seen.set(uid, signature([...rt.sandboxes.map((x) => [x.id, x.ready ? 0 : 1] as const), ...rt.containers.map((x) => [x.id, states.indexOf(x.state)] as const)]))
      for (const { id } of [...rt.sandboxes, ...rt.containers]) {
        if (owners.get(id) !== uid) owners.set(id, uid)
        if (early.delete(id)) workers.get(uid)?.wake(id)
      }
    },
  }

  function begin(pod: Pod, fresh: boolean): PodWorker {
    const uid = pod.metadata!.uid!
    const w = createPodWorker(pod, deps, { fresh, signal: o.signal, now: () => deps.clock.now() })
    workers.set(uid, w)
    void w.done.then(() => {
      // A finished pod that the API still shows keeps its worker, so that it is not begun again.
      if (workers.get(uid) !== w || w.state !== 'finished' || known.has(uid)) return
      forget(uid)
      void removeRemains(w.pod)
    })
    return w
  }
  const known = new Set<string>() // uids that the API shows
  const forget = (uid: string) => {
    workers.delete(uid); seen.delete(uid); rejected.delete(uid)
    for (const [id, u] of owners) if (u === uid) owners.delete(id)
    deps.status.forget(uid)
  }

  /** What is kept for logs while the pod is in the API: its containers and their logs. */
  async function removeRemains(pod: Pod): Promise<void> {
    const uid = pod.metadata!.uid!
    try {
      for (const s of await deps.cri.listPodSandbox({ labelSelector: { [labels.podUID]: uid } }, { signal: o.signal })) await deps.cri.removePodSandbox(s.id, { signal: o.signal })
      await rm(podLogDir(o.podLogsDir, { namespace: pod.metadata!.namespace!, name: pod.metadata!.name!, uid }), { recursive: true, force: true })
      await deps.volumes.tearDown(uid)
      await deps.cgroups.remove(uid)
    } catch (e) {
      if (!o.signal.aborted) o.log.warn({ error: String(e), pod: pod.metadata?.name }, 'remains of a pod cannot be removed yet') // the next relist or start tries again
    }
  }

  function reject(pod: Pod, why: { reason: string, message: string }): void {
    rejected.set(pod.metadata!.uid!, pod)
    deps.event(pod, 'Warning', why.reason, why.message)
    const status: PodStatus = { phase: 'Failed', reason: why.reason, message: `Pod was rejected: ${why.message}`, startTime: formatTime(deps.clock.now()), qosClass: qosClass(pod), observedGeneration: pod.metadata?.generation ?? 0 }
    deps.status.set(pod, status)
  }

  return {
    observed(pod) {
      const uid = pod.metadata!.uid!
      known.add(uid)
      deps.status.observed(pod)
      const w = workers.get(uid)
      if (w?.state === 'finished') { if (pod.metadata?.deletionTimestamp) deps.status.terminated(pod); return }
      if (w) return w.update(pod)
      if (rejected.has(uid)) { if (pod.metadata?.deletionTimestamp) deps.status.terminated(pod); return }
      const runs = o.existing.has(uid)
      if (!runs && isTerminalPhase(pod.status?.phase)) { // ended under an earlier kubelet
        rejected.set(uid, pod)
        if (pod.metadata?.deletionTimestamp) deps.status.terminated(pod)
        return
      }
      if (!runs && !pod.metadata?.deletionTimestamp && !pod.status?.startTime) {
        const others = [...workers.values()].filter((x) => x.state === 'sync' || x.state === 'terminating').map((x) => deps.resizer.inForce(x.pod))
        const why = admit(pod, others, o.node(), o.can)
        if (why) return reject(pod, why)
      }
      if (runs) deps.cgroups.adopt(pod)
      begin(pod, !runs && !pod.status?.startTime)
    },
    deleted(pod) {
      const uid = pod.metadata!.uid!, w = workers.get(uid)
      known.delete(uid)
      if (!w || w.state === 'finished') { forget(uid); void removeRemains(pod); return }
      w.remove(pod)
    },
    wake(uid) { workers.get(uid)?.wake() },
    evict(uid, message) { workers.get(uid)?.evict(message) },
    exited(id) {
      const uid = owners.get(id)
      if (uid) return workers.get(uid)?.wake(id)
      early.add(id)
      if (early.size > 256) for (const oldest of early) { early.delete(oldest); break } // the relist finds it
    },
    async relist() {
      const [sandboxes, containers] = await Promise.all([deps.cri.listPodSandbox({}, { signal: o.signal }), deps.cri.listContainers({}, { signal: o.signal })])
      const now = new Map<string, { pod: Pod, state: [string, number][] }>()
      const add = (l: Record<string, string>, id: string, state: number) => {
        const uid = l[labels.podUID]
        if (!uid) return
        owners.set(id, uid)
        const e = now.get(uid) ?? { pod: { metadata: { uid, name: l[labels.podName] ?? '', namespace: l[labels.podNamespace] ?? '' }, spec: { containers: [] } }, state: [] }
        e.state.push([id, state])
        now.set(uid, e)
      }
      for (const s of sandboxes) add(s.labels, s.id, s.state)
      for (const c of containers) add(c.labels, c.id, c.state)
      for (const [uid, e] of now) {
        const before = seen.get(uid)
        const state = signature(e.state), w = workers.get(uid)
        seen.set(uid, state)
        if (w) { if (before !== undefined && before !== state) w.wake() } else if (!known.has(uid)) {
          o.log.info({ pod: e.pod.metadata?.name, namespace: e.pod.metadata?.namespace, uid }, 'the API does not know this pod: ending it')
          begin(e.pod, false).remove(e.pod)
        }
      }
      for (const uid of seen.keys()) if (!now.has(uid)) { seen.delete(uid); workers.get(uid)?.wake() }
    },
    async sweep() {
      const live = new Set([...known, ...o.existing])
      for (const uid of new Set([...await deps.volumes.present(), ...await deps.cgroups.present()])) {
        if (live.has(uid)) continue
        await deps.volumes.tearDown(uid).catch((e: unknown) => o.log.warn({ error: String(e), uid }, 'an orphaned pod directory cannot be removed'))
        await deps.cgroups.remove(uid)
      }
    },
    status: (uid) => deps.status.shown(uid),
    pods: () => [...workers.values()].map((w) => w.pod),
    find: (namespace, name) => [...workers.values()].find((w) => w.pod.metadata?.namespace === namespace && w.pod.metadata.name === name && (w.state !== 'finished' || known.has(w.uid))),
    async idle() { await Promise.allSettled([...workers.values()].map((w) => w.done)) },
  }
}
