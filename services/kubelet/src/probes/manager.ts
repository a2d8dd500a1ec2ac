/**
 * Probes of running containers (pkg/kubelet/prober): one loop per container and probe, results by container id, and a call
 * when a result changes. A container without a probe has no result; a new container starts from the probe's initial one.
 */
import type { Container, Pod, Probe } from '@drydock/api'
import type { Clock, Random } from '@drydock/base'
import type { Cri } from '../cri/client.ts'
import type { ProbeResult } from '../runtime/plan.ts'
import { latest, isSidecar, type PodRuntime } from '../runtime/types.ts'
import { runHandler } from './run.ts'

export type ProbeKind = 'liveness' | 'readiness' | 'startup'
export interface Probes {
  result(kind: ProbeKind, containerId: string): ProbeResult | undefined
  /** Starts loops for the pod's containers that have none, and ends those of containers that are gone. */
  sync(pod: Pod, rt: PodRuntime): void
  /** While a pod terminates only readiness goes on. */
  stopLivenessAndStartup(podUID: string): void
  remove(podUID: string): void
  has(kind: ProbeKind, podUID: string, container: string): boolean
}
export interface ProbesOptions {
  cri: Cri
  clock: Clock
  random: Random
  event(pod: Pod, container: Container, reason: string, message: string): void
  changed(podUID: string): void
}
interface Worker { containerId: string, startedAt: number, stop: AbortController }

const kinds: { kind: ProbeKind, field: 'livenessProbe' | 'readinessProbe' | 'startupProbe', word: string, initial: ProbeResult }[] = [
  { kind: 'liveness', field: 'livenessProbe', word: 'Liveness', initial: 'success' },
  { kind: 'readiness', field: 'readinessProbe', word: 'Readiness', initial: 'failure' },
  { kind: 'startup', field: 'startupProbe', word: 'Startup', initial: 'unknown' },
]

export function createProbes(o: ProbesOptions): Probes {
  const pods = new Map<string, { pod: Pod, ip: string, workers: Map<string, Worker>, noLiveness: boolean }>()
  const results = new Map<string, ProbeResult>() // kind/containerId
  const set = (uid: string, kind: ProbeKind, id: string, r: ProbeResult) => {
    if (results.get(`${kind}/${id}`) === r) return
    results.set(`${kind}/${id}`, r)
    o.changed(uid)
  }

  async function loop(uid: string, c: Container, probe: Probe, k: typeof kinds[number], w: Worker): Promise<void> {
    const id = w.containerId, signal = w.stop.signal, periodMs = (probe.periodSeconds ?? 10) * 1000
    let last: ProbeResult | undefined, run = 0
    // A container that has just begun is not asked at once whether it still lives.
    const initial = Math.max((probe.initialDelaySeconds ?? 0) * 1000, k.kind === 'liveness' ? Math.min(periodMs, 1_000) : 0)
    const wait = w.startedAt + initial - o.clock.now()
    if (wait > 0) await o.clock.sleep(wait, signal)
    for (;;) {
      const p = pods.get(uid)
      if (!p || signal.aborted) return
      const started = k.kind === 'startup' || !c.startupProbe || results.get(`startup/${id}`) === 'success'
      if (started) {
        if (k.kind === 'startup' && results.get(`startup/${id}`) === 'success') return
        const result = await once(p, c, probe, k, id, signal)
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
      await o.clock.sleep(started ? periodMs : Math.min(periodMs, 1_000), signal)
    }
  }

  /** Undefined when nothing can be said; tells failures by an event. */
  async function once(p: { pod: Pod, ip: string }, c: Container, probe: Probe, k: typeof kinds[number], id: string, signal: AbortSignal): Promise<ProbeResult | undefined> {
    const target = { cri: o.cri, container: c, containerId: id, ip: p.ip, timeoutMs: (probe.timeoutSeconds ?? 1) * 1000, now: () => o.clock.now(), signal }
    let v = await runHandler(probe, target)
    for (let i = 1; i < 3 && v.result === 'unknown' && !signal.aborted; i++) v = await runHandler(probe, target) // upstream tries thrice
    if (signal.aborted) return undefined
    if (v.result === 'unknown') { o.event(p.pod, c, 'Unhealthy', `${k.word} probe errored and resulted in unknown state: ${v.output}`); return undefined }
    if (v.result === 'failure') o.event(p.pod, c, 'Unhealthy', `${k.word} probe failed: ${v.output}`)
    return v.result
  }

  return {
    result: (kind, id) => results.get(`${kind}/${id}`),
    has: (kind, uid, name) => pods.get(uid)?.workers.has(`${kind}/${name}`) ?? false,
    sync(pod, rt) {
      const uid = pod.metadata!.uid!
      const probed = [...(pod.spec?.initContainers ?? []).filter(isSidecar), ...(pod.spec?.containers ?? [])]
      if (!probed.some((c) => c.livenessProbe || c.readinessProbe || c.startupProbe)) return
      const known = pods.get(uid), p = known ?? { pod, ip: '', workers: new Map<string, Worker>(), noLiveness: false }
      if (!known) pods.set(uid, p)
      p.pod = pod
      p.ip = rt.sandboxes[0]?.hostNetwork ? pod.status?.hostIP ?? '127.0.0.1' : rt.sandboxes[0]?.ips[0] ?? ''
      for (const c of probed) {
        const rc = latest(rt, c.name)
        for (const k of kinds) {
          const probe = c[k.field], key = `${k.kind}/${c.name}`, old = p.workers.get(key)
          if (!probe) continue
          if (old && (rc?.state !== 'running' || old.containerId !== rc.id)) { old.stop.abort(new Error('the container is gone')); p.workers.delete(key); results.delete(`${k.kind}/${old.containerId}`) }
          if (rc?.state !== 'running' || p.workers.has(key) || (p.noLiveness && k.kind !== 'readiness')) continue
          const w: Worker = { containerId: rc.id, startedAt: rc.startedAt, stop: new AbortController() }
          p.workers.set(key, w)
          if (k.kind !== 'startup') results.set(`${k.kind}/${rc.id}`, k.initial)
          loop(uid, c, probe, k, w).catch(() => {}) // ends by its signal alone
        }
      }
    },
    stopLivenessAndStartup(uid) {
      const p = pods.get(uid)
      if (!p) return
      p.noLiveness = true
      for (const [key, w] of p.workers) if (!key.startsWith('readiness/')) { w.stop.abort(new Error('the pod terminates')); p.workers.delete(key) }
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
