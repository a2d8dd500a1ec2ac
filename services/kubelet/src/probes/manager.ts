/**
 * Probes of running containers (pkg/kubelet/prober): one loop per container and probe, results by container id, and a call
 * when a result changes. A container without a probe has no result; a new container starts from the probe's initial one.
 */
import type { Container, Pod, Probe } from '@drydock/api'
import type { Clock, Random } from '@drydock/base'
import type { Cri } from '../cri/client.ts'
import type { ProbeResult } from '../runtime/plan.ts'
import { latest, isSidecar, type PodRuntime } from '../runtime/types.ts'
import { runHandler, type Verdict } from './run.ts'

export type ProbeKind = 'liveness' | 'readiness' | 'startup'
export interface Probes {
  result(kind: ProbeKind, containerId: string): ProbeResult | undefined
  /** Starts loops for the pod's containers that have none, and ends those of containers that are gone. */
  sync(pod: Pod, rt: PodRuntime): void
  /** The pod is to end: only readiness goes on. `killed` (deleted, evicted): commands are run in its containers no more. */
  terminating(podUID: string, killed: boolean): void
  remove(podUID: string): void
}
export interface ProbesOptions {
  cri: Cri
  clock: Clock
  random: Random
  event(pod: Pod, container: Container, reason: string, message: string): void
  changed(podUID: string): void
}
interface Worker { kind: typeof kinds[number], container: Container, probe: Probe, containerId: string, startedAt: number, stop: AbortController, /** When it asks next; Infinity: no more. */ dueAt: number }
interface ProbedPod { pod: Pod, ip: string, workers: Map<string, Worker>, terminating: boolean, killed: boolean }

const kinds: { kind: ProbeKind, field: 'livenessProbe' | 'readinessProbe' | 'startupProbe', word: string, initial: ProbeResult }[] = [
  { kind: 'liveness', field: 'livenessProbe', word: 'Liveness', initial: 'success' },
  { kind: 'readiness', field: 'readinessProbe', word: 'Readiness', initial: 'failure' },
  { kind: 'startup', field: 'startupProbe', word: 'Startup', initial: 'unknown' },
]

/**
 * Upstream cancels what a pod's workers run as soon as the pod is to end, and stops the workers when the next relist has been
 * seen: a command that is due in between cannot be run, and says so.
 */
const cancelled = 'rpc error: code = Canceled desc = context canceled', relistMs = 1_000

export function createProbes(o: ProbesOptions): Probes {
  const pods = new Map<string, ProbedPod>()
  const results = new Map<string, ProbeResult>() // kind/containerId
  const set = (uid: string, kind: ProbeKind, id: string, r: ProbeResult) => {
    if (results.get(`${kind}/${id}`) === r) return
    results.set(`${kind}/${id}`, r)
    o.changed(uid)
  }

  async function loop(uid: string, w: Worker): Promise<void> {
    const { kind: k, probe, containerId: id } = w, signal = w.stop.signal, periodMs = (probe.periodSeconds ?? 10) * 1000
    const rest = (ms: number) => { w.dueAt = o.clock.now() + ms; return ms > 0 ? o.clock.sleep(ms, signal) : undefined }
    let last: ProbeResult | undefined, run = 0
    // A container that has just begun is not asked at once whether it still lives.
    await rest(w.startedAt + Math.max((probe.initialDelaySeconds ?? 0) * 1000, k.kind === 'liveness' ? Math.min(periodMs, 1_000) : 0) - o.clock.now())
    for (;;) {
      const p = pods.get(uid)
      if (!p || signal.aborted) return
      if (k.kind === 'startup' && results.get(`startup/${id}`) === 'success') return
      const started = isDue(w)
      if (started) {
        const result = await once(p, w)
        if (signal.aborted) return
        if (result !== undefined) {
          run = result === last ? run + 1 : 1
          last = result
          const threshold = result === 'failure' ? probe.failureThreshold ?? 3 : probe.successThreshold ?? 1
          if (run >= threshold) {
            set(uid, k.kind, id, result)
            // The container will be killed: the next one begins anew.
            if (result === 'failure' && k.kind !== 'readiness') return
          }
        }
      }
      await rest(started ? periodMs : Math.min(periodMs, 1_000))
    }
  }
  /** Other probes wait for the startup probe. */
  const isDue = (w: Worker) => w.kind.kind === 'startup' || !w.container.startupProbe || results.get(`startup/${w.containerId}`) === 'success'

  /** Undefined when nothing can be said; tells failures by an event. */
  async function once(p: ProbedPod, w: Worker): Promise<ProbeResult | undefined> {
    const signal = w.stop.signal, target = { cri: o.cri, container: w.container, containerId: w.containerId, ip: p.ip, timeoutMs: (w.probe.timeoutSeconds ?? 1) * 1000, clock: o.clock, signal }
    const ask = async (): Promise<Verdict> => (p.killed && w.probe.exec ? { result: 'unknown', output: cancelled } : runHandler(w.probe, target))
    let v = await ask()
    for (let i = 1; i < 3 && v.result === 'unknown' && !signal.aborted; i++) v = await ask() // upstream tries thrice
    if (signal.aborted) return undefined
    if (v.result === 'unknown') { errored(p, w, v.output); return undefined }
    if (v.warning) o.event(p.pod, w.container, 'ProbeWarning', `${w.kind.word} probe warning: ${v.warning}`)
    if (v.result === 'failure') o.event(p.pod, w.container, 'Unhealthy', `${w.kind.word} probe failed: ${v.output}`)
    return v.result
  }
  const errored = (p: ProbedPod, w: Worker, why: string) => o.event(p.pod, w.container, 'Unhealthy', `${w.kind.word} probe errored and resulted in unknown state: ${why}`)

  return {
    result: (kind, id) => results.get(`${kind}/${id}`),
    sync(pod, rt) {
      const uid = pod.metadata!.uid!
      const probed = [...(pod.spec?.initContainers ?? []).filter(isSidecar), ...(pod.spec?.containers ?? [])]
      if (!probed.some((c) => c.livenessProbe || c.readinessProbe || c.startupProbe)) return
      const known = pods.get(uid), p = known ?? { pod, ip: '', workers: new Map<string, Worker>(), terminating: false, killed: false }
      if (!known) pods.set(uid, p)
      p.pod = pod
      p.ip = rt.sandboxes[0]?.hostNetwork ? pod.status?.hostIP ?? '127.0.0.1' : rt.sandboxes[0]?.ips[0] ?? ''
      for (const c of probed) {
        const rc = latest(rt, c.name)
        for (const k of kinds) {
          const probe = c[k.field], key = `${k.kind}/${c.name}`, old = p.workers.get(key)
          if (!probe) continue
          if (old && (rc?.state !== 'running' || old.containerId !== rc.id)) { old.stop.abort(new Error('the container is gone')); p.workers.delete(key); results.delete(`${k.kind}/${old.containerId}`) }
          if (rc?.state !== 'running' || p.workers.has(key) || (p.terminating && k.kind !== 'readiness')) continue
          const w: Worker = { kind: k, container: c, probe, containerId: rc.id, startedAt: rc.startedAt, stop: new AbortController(), dueAt: 0 }
          p.workers.set(key, w)
          if (k.kind !== 'startup') results.set(`${k.kind}/${rc.id}`, k.initial)
          void loop(uid, w).catch(() => {}).finally(() => { w.dueAt = Infinity }) // ends by its verdict or its signal
        }
      }
    },
    terminating(uid, killed) {
      const p = pods.get(uid)
      if (!p || p.terminating) return
      p.terminating = true
      p.killed = killed
      for (const [key, w] of p.workers) {
        if (w.kind.kind === 'readiness') continue
        if (killed && w.probe.exec && isDue(w) && w.dueAt - o.clock.now() < relistMs) errored(p, w, cancelled)
        w.stop.abort(new Error('the pod terminates'))
        p.workers.delete(key)
      }
    },
    remove(uid) {
      const p = pods.get(uid)
      if (!p) return
      pods.delete(uid)
      for (const w of p.workers.values()) {
        w.stop.abort(new Error('the pod is gone'))
        for (const k of kinds) results.delete(`${k.kind}/${w.containerId}`)
      }
    },
  }
}
