/**
 * One pod's life on the node: a loop that looks at the runtime, shows the status, and does what the plan says, one thing at a
 * time, until the pod's containers are gone. Level-triggered: `wake` says only that something may have changed.
 *
 *   sync ──deleted, done, evicted──▶ terminating ──nothing runs──▶ terminated ──cleaned up──▶ finished
 */
import type { Pod, PodStatus } from '@drydock/api'
import { backoffMs, type Clock, type Logger } from '@drydock/base'
import type * as cri from '@drydock/proto/cri'
import type { Cri } from '../cri/client.ts'
import type { Cgroups } from '../cgroups/cgroups.ts'
import type { Images } from '../images/manager.ts'
import type { Probes } from '../probes/manager.ts'
import { inspectContainer, inspectPod } from '../runtime/inspect.ts'
import { StartError, type PodEvent, type RuntimeManager, type StartContext } from '../runtime/manager.ts'
import { containerHash } from '../runtime/names.ts'
import { plan, type Plan } from '../runtime/plan.ts'
import { allContainers, emptyRuntime, type AnyContainer, type PodRuntime, type RuntimeContainer, type RuntimeSandbox } from '../runtime/types.ts'
import type { StatusManager } from '../status/manager.ts'
import type { Objects } from '../volumes/objects.ts'
import { createMissingVolumes } from '../volumes/missing.ts'
import { VolumeError, type MountedVolume, type Volumes } from '../volumes/volumes.ts'
import { news } from './news.ts'
import { isTerminalPhase } from './phase.ts'
import type { Resizer } from './resizer.ts'
import { holdBack, podStatus } from './status.ts'

export interface WorkerDeps {
  cri: Cri
  clock: Clock
  log: Logger
  runtime: RuntimeManager
  status: StatusManager
  probes: Probes
  volumes: Volumes
  cgroups: Cgroups
  images: Images
  objects: Objects
  event: PodEvent
  runtimeName: string
  hostIPs: () => readonly string[]
  /** Tells which containers belong to the pod, so that their ends wake it; `whole`: these are all, as the worker has seen them. */
  owns(uid: string, runtime: PodRuntime, whole?: boolean): void
  resizer: Resizer
}
export type WorkerState = 'sync' | 'terminating' | 'terminated' | 'finished'
export interface PodWorker {
  readonly uid: string
  readonly state: WorkerState
  readonly pod: Pod
  update(pod: Pod): void
  /** The API has it no more (or will not): end it. */
  remove(pod: Pod): void
  /** Ends the pod as failed, with a second of grace. */
  evict(message: string): void
  /** Something of the pod may have changed; `exited` names a container that did end, whatever the runtime still says. */
  wake(exited?: string): void
  /** Resolves when the worker has finished. */
  readonly done: Promise<void>
}

const resyncMs = 60_000, syncRetry = { initialMs: 1_000, maxMs: 10_000 }

export function createPodWorker(first: Pod, d: WorkerDeps, o: { fresh: boolean, signal: AbortSignal, now: () => number }): PodWorker {
  const uid = first.metadata!.uid!, ref = { uid, name: first.metadata!.name!, namespace: first.metadata!.namespace! }
  let pod = first, state: WorkerState = 'sync', gone = false, woken = false, notify = () => {}
  let evicted: { reason: 'DeadlineExceeded' | 'Evicted', message: string } | undefined
  let known = o.fresh ? emptyRuntime(uid, ref.name, ref.namespace) : undefined // a pod never seen before has nothing in the runtime
  const told = new Set<string>() // containers whose end has been announced
  const exits = new Set<string>() // containers that have ended, whatever the runtime still says
  let remains: PodRuntime | undefined // as terminate left it
  let killing: AbortController | undefined, killGrace: number | undefined
  let version = 0, mounted: { at: number, generation: number, volumes: Map<string, MountedVolume> } | undefined
  let failures = 0
  const startFailures = new Map<string, StartError>()
  const missing = createMissingVolumes(d.clock, d.event)
  const log = d.log.child({ pod: ref.name, namespace: ref.namespace })

  const wake = (exited?: string) => { if (exited) exits.add(exited); else woken = true; notify() }
  const rest = (ms: number) => new Promise<void>((resolve) => {
    if (woken || exits.size > 0 || o.signal.aborted) return resolve()
    const cancel = d.clock.timer(ms, () => end())
    const end = () => { cancel(); notify = () => {}; o.signal.removeEventListener('abort', end); resolve() }
    notify = end
    o.signal.addEventListener('abort', end, { once: true })
  })

  /** The runtime's state; after an exit that it does not show yet, a little later. */
  async function look(): Promise<PodRuntime> {
    if (known && exits.size === 0) { const k = known; known = undefined; return k }
    known = undefined
    for (let wait = 5; ; wait = Math.min(wait * 2, 200)) {
      const rt = await inspectPod(d.cri, ref, o.signal)
      d.owns(uid, rt, true)
      // Ends that this look has seen, or that the runtime does not own up to in time, are no reason for another.
      const alive = new Set([...rt.containers.filter((c) => c.state === 'running'), ...rt.sandboxes.filter((s) => s.ready)].map((x) => x.id))
      for (const id of exits) if (!alive.has(id) || wait >= 200) exits.delete(id)
      if (exits.size === 0) return rt
      await d.clock.sleep(wait, o.signal)
    }
  }

  function show(rt: PodRuntime, terminal: boolean, mayRun: boolean): PodStatus {
    const before = d.status.shown(uid) ?? pod.status ?? {}
    if (evicted?.reason === 'DeadlineExceeded') d.event(pod, 'Normal', evicted.reason, evicted.message) // with every status that says so, as upstream
    const { pod: p, conditions } = d.resizer.allocate(pod)
    const status = podStatus({
      pod: p, runtime: rt, old: before, terminal, evicted, runtimeName: d.runtimeName, hostIPs: d.hostIPs(), now: d.clock.now(), resize: conditions,
      failures: (c) => startFailures.get(c),
      probes: {
        ready: (id, name) => (specOf(name)?.readinessProbe ? d.probes.result('readiness', id) === 'success' : undefined),
        started: (id, name) => (specOf(name)?.startupProbe ? d.probes.result('startup', id) === 'success' : undefined),
      },
    })
    d.status.set(pod, holdBack(status, before, mayRun))
    return status
  }
  const specOf = (name: string) => allContainers(pod).find((c) => c.name === name)

  function pastDeadline(now: number): number {
    const seconds = pod.spec?.activeDeadlineSeconds, start = d.status.shown(uid)?.startTime ?? pod.status?.startTime
    return seconds !== undefined && start ? Date.parse(start) + seconds * 1000 - now : Infinity
  }

  /** Milliseconds until it wants to look again, 0 for at once. */
  async function sync(): Promise<number> {
    const rt = await look()
    d.probes.sync(pod, rt)
    const left = pastDeadline(d.clock.now())
    if (left <= 0 && !evicted) {
      evicted = { reason: 'DeadlineExceeded', message: 'Pod was active on the node longer than the specified deadline' }
    }
    const status = show(rt, false, true)
    await prune(rt)
    if (gone || evicted || pod.metadata?.deletionTimestamp || isTerminalPhase(status.phase)) { state = 'terminating'; return 0 }
    const { pod: p } = d.resizer.allocate(pod)
    if (await d.resizer.apply(p, rt)) return 0
    const actions = plan(p, rt, {
      liveness: (id) => d.probes.result('liveness', id), startup: (id) => d.probes.result('startup', id), hash: containerHash,
      resizeRestarts: (c, rc) => d.resizer.restarts(p, c, rc.id),
    })
    const again = await act(p, rt, actions)
    return Math.max(0, Math.min(again, left, resyncMs))
  }

  async function act(p: Pod, rt: PodRuntime, a: Plan): Promise<number> {
    let ended = a.toKill.length > 0 // then `rt` is behind
    if (a.killPod && (rt.sandboxes.some((s) => s.ready) || rt.containers.some((c) => c.state === 'running'))) {
      await d.runtime.killPod(p, rt, undefined, o.signal)
      ended = true
      if (!a.createSandbox) return 0
    } else if (a.killPod && !a.createSandbox) return resyncMs
    // What is killed to run again does so in the same round: its end is no failure of its own, and starts no back-off.
    for (const k of a.toKill) {
      await d.runtime.kill(p, k.spec, k.container, { message: k.message, signal: o.signal })
      startFailures.delete(k.spec.name)
    }
    const todo: { c: AnyContainer, stop: boolean }[] = [
      ...a.ephemeralToStart.map((i) => ({ c: p.spec!.ephemeralContainers![i] as AnyContainer, stop: false })),
      ...a.initToStart.map((i) => ({ c: p.spec!.initContainers![i]! as AnyContainer, stop: p.spec!.initContainers![i]!.restartPolicy !== 'Always' })),
      ...a.toStart.map((i) => ({ c: p.spec!.containers[i]! as AnyContainer, stop: false })),
    ]
    const volumes = await volumesOf(p)
    if (!a.createSandbox && todo.length === 0) { await volumes.ready; return a.toKill.length ? 0 : resyncMs }
    const { sandbox, config } = await sandboxFor(p, rt, a, volumes)
    const x: StartContext = { pod: p, sandbox, config, volumes: await volumes.ready, runtime: rt, signal: o.signal }
    return startAll(todo, x, ended)
  }

  async function startAll(todo: { c: AnyContainer, stop: boolean }[], x: StartContext, ended: boolean): Promise<number> {
    let again = resyncMs, failed = false
    const made: string[] = []
    for (const { c, stop } of todo) {
      if (pod.metadata?.deletionTimestamp || gone) return 0
      try {
        const id = await d.runtime.start(c, x)
        d.owns(uid, { ...x.runtime, containers: [{ id } as never] })
        made.push(id)
        startFailures.delete(c.name)
        again = 0
      } catch (e) {
        if (!(e instanceof StartError)) throw e
        startFailures.set(c.name, e)
        failed ||= e.reason !== 'CrashLoopBackOff'
        again = Math.min(again, e.retryAfterMs === 0 ? 0 : Math.max(e.retryAfterMs, 50))
        if (stop) break
      }
    }
    // What failed is shown before the wait for the next try. A back-off shows at its end or with the next change, as upstream's:
    // until then the exit that it follows is what there is to see.
    if (again > 0 && failed) show(await inspectPod(d.cri, ref, o.signal), false, true)
    else if (!ended && made.length === todo.length && exits.size === 0) known = await withStarted(x.runtime, made)
    return again
  }

  /** What was known before with what has been started since: all that a look at the whole pod would show, unless something ended. */
  async function withStarted(rt: PodRuntime, ids: readonly string[]): Promise<PodRuntime | undefined> {
    const started = await Promise.all(ids.map((id) => inspectContainer(d.cri, id, rt.sandboxes[0]!.id, o.signal)))
    if (started.some((c) => c?.state !== 'running')) return undefined
    const now = { ...rt, containers: [...(started as RuntimeContainer[]).reverse(), ...rt.containers] }
    d.owns(uid, now, true)
    return now
  }

  /** Volumes' sources are read first: without them no sandbox is made. They are written while the sandbox starts. */
  async function volumesOf(p: Pod): Promise<{ ready: Promise<Map<string, MountedVolume>> }> {
    const now = d.clock.monotonic(), generation = version
    if (mounted && mounted.generation === generation && now - mounted.at < resyncMs - 1_000) return { ready: Promise.resolve(mounted.volumes) }
    const prepared = await d.volumes.prepare(p)
    const ready = d.volumes.setUp(p, prepared).then((volumes) => { mounted = { at: now, generation, volumes }; missing.found(); return volumes })
    ready.catch(() => {}) // awaited by the caller, but perhaps late
    return { ready }
  }

  async function sandboxFor(p: Pod, rt: PodRuntime, a: Plan, volumes: { ready: Promise<unknown> }): Promise<{ sandbox: RuntimeSandbox, config: cri.PodSandboxConfig }> {
    const limited = d.cgroups.ensure(p), parent = d.cgroups.parentOf(p) ?? await limited
    const config = await d.runtime.config(p, a.attempt, parent)
    if (!a.createSandbox) { await limited; return { sandbox: rt.sandboxes[0]!, config } }
    // A dead sandbox keeps its address until it is stopped in order (a node that was switched off leaves such ones).
    await Promise.all(rt.sandboxes.filter((x) => !x.ready).map((x) => d.cri.stopPodSandbox(x.id, { signal: o.signal }).catch(() => {})))
    for (const c of p.spec!.containers) d.images.lookUp(c)
    const [sandbox] = await Promise.all([d.runtime.createSandbox(p, config, o.signal), volumes.ready.catch(() => {}), limited])
    d.owns(uid, { ...rt, sandboxes: [sandbox] })
    rt.sandboxes.unshift(sandbox)
    return { sandbox, config }
  }

  /** Of a container's dead instances only the newest is kept (MaxPerPodContainerCount): it has the logs that `--previous` shows. */
  async function prune(rt: PodRuntime): Promise<void> {
    const kept = new Set<string>(), old = rt.containers.filter((c) => { if (c.state !== 'exited') return false; const more = kept.has(c.name); kept.add(c.name); return more })
    if (old.length === 0) return
    for (const c of old) await d.cri.removeContainer(c.id, { signal: o.signal })
    rt.containers = rt.containers.filter((c) => !old.includes(c))
    d.owns(uid, rt, true)
  }

  function graceFor(): number | undefined {
    const own = pod.metadata?.deletionGracePeriodSeconds
    if (gone) return Math.max(1, own ?? pod.spec?.terminationGracePeriodSeconds ?? 1)
    return evicted?.reason === 'Evicted' ? 1 : own ?? undefined
  }

  async function terminate(): Promise<number> {
    const rt = await look()
    show(rt, false, true)
    await prune(rt)
    d.probes.terminating(uid, gone || pod.metadata?.deletionTimestamp !== undefined || evicted?.reason === 'Evicted')
    const own = killing = new AbortController()
    killGrace = graceFor()
    try {
      await d.runtime.killPod(pod, rt, killGrace, AbortSignal.any([own.signal, o.signal]), told)
    } catch (e) {
      if (own.signal.aborted && !o.signal.aborted) return 0 // a shorter grace period has come
      throw e
    } finally {
      killing = undefined
    }
    const after = await look()
    if (after.containers.some((c) => c.state === 'running')) return 100
    d.probes.remove(uid)
    show(after, true, false)
    remains = after
    state = 'terminated'
    return 0
  }

  async function cleanUp(): Promise<number> {
    if (!gone) d.status.terminated(pod) // the API may let it go while this node tidies up
    await d.volumes.tearDown(uid)
    const rt = remains ?? await inspectPod(d.cri, ref, o.signal)
    if (gone || pod.metadata?.deletionTimestamp) await Promise.all(rt.sandboxes.map((s) => d.cri.removePodSandbox(s.id, { signal: o.signal })))
    await d.cgroups.remove(uid)
    d.runtime.forget({ uid })
    d.images.forget(uid)
    d.objects.forget(uid)
    d.resizer.forget(uid)
    if (!gone) d.status.terminated(pod)
    state = 'finished'
    return 0
  }

  async function step(): Promise<number> {
    try {
      const wait = await (state === 'sync' ? sync() : state === 'terminating' ? terminate() : cleanUp())
      failures = 0
      return wait
    } catch (e) {
      if (o.signal.aborted) return 0
      if (e instanceof VolumeError) {
        await Promise.race([d.status.settled(uid), d.clock.sleep(1_000, o.signal).catch(() => {})]) // first what the pod is, then what it lacks
        return missing.tell(pod, e)
      }
      log.warn({ error: String(e), state }, 'a step of the pod failed; trying again')
      return backoffMs(failures++, syncRetry)
    }
  }

  async function run(): Promise<void> {
    while (!o.signal.aborted && state !== 'finished') {
      woken = false
      const wait = await step()
      if (wait > 0 && (state as WorkerState) !== 'finished') await rest(wait)
    }
  }

  const worker = {
    uid, get state() { return state }, get pod() { return pod }, wake,
    update(next: Pod) {
      if (next.metadata?.uid !== uid) return
      const before = pod, grace = next.metadata?.deletionGracePeriodSeconds
      pod = next
      if (killing && grace !== undefined && (killGrace === undefined || grace < killGrace)) killing.abort(new Error('a shorter grace period has come'))
      if (!news(before, next)) return // our own status coming back
      version++
      wake()
    },
    remove(last: Pod) {
      gone = true
      pod = last.metadata?.uid === uid ? last : pod
      const grace = Math.max(1, pod.metadata?.deletionGracePeriodSeconds ?? Infinity)
      if (killing && (killGrace === undefined || grace < killGrace)) killing.abort(new Error('the pod was deleted'))
      wake()
    },
    evict(message: string) {
      if (evicted || state !== 'sync') return
      evicted = { reason: 'Evicted', message }
      d.event(pod, 'Warning', 'Evicted', message)
      wake()
    },
    done: Promise.resolve(),
  }
  worker.done = run()
  return worker
}
