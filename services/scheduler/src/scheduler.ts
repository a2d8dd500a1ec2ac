import { isStatus, resources, type Pod } from '@drydock/api'
import type { Clock, Logger, Random } from '@drydock/base'
import type { Client, EventRecorder, InformerFactory, Store } from '@drydock/client'
import { bind, evict, sayWaiting } from './bind.ts'
import type { Profile } from './framework/profile.ts'
import { filterPlugins, scorePlugins } from './plugins/index.ts'
import type { Preemption } from './preempt.ts'
import { SchedulingQueue, type QueuedPod } from './queue/scheduling-queue.ts'
import { Decider } from './schedule.ts'
import type { Cluster } from './snapshot/cluster.ts'
import { PodInfo } from './snapshot/pod-info.ts'
import { createView, feed } from './watch.ts'

export interface SchedulerOptions {
  client: Client
  informers: InformerFactory
  events: EventRecorder
  clock: Clock
  random: Random
  log: Logger
  /** Default `default-scheduler`. */ schedulerName?: string
  percentageOfNodesToScore?: number
  /** Bindings under way at one time; default 64. */ maxBinding?: number
  onAttempt?(result: 'scheduled' | 'unschedulable' | 'error', seconds: number): void
}

// How long decisions may follow one another before informers and answers get their turn.
const SLICE_MS = 8

/**
 * The loop around the decision: takes the next pod, decides, assumes, binds in the background. Guarantees: a pod is
 * decided on at most once at a time; what is assumed counts at once for the next decision and is taken back if the
 * binding fails. That no pod is bound twice, the apiserver guarantees (a bound pod refuses another binding).
 */
export class Scheduler {
  readonly queue: SchedulingQueue
  readonly cluster: Cluster
  readonly #o: SchedulerOptions
  readonly #name: string
  readonly #pods: Store<Pod>
  readonly #decider: Decider
  readonly #underWay = new Set<Promise<void>>()

  constructor(o: SchedulerOptions) {
    this.#o = o
    this.#name = o.schedulerName ?? 'default-scheduler'
    const profile: Profile = { filters: filterPlugins, scores: scorePlugins }
    this.queue = new SchedulingQueue({ clock: o.clock, plugins: profile.filters })
    const view = createView(o.informers)
    this.cluster = view.cluster
    this.#pods = view.pods
    this.#decider = new Decider({ profile, random: o.random, ...(o.percentageOfNodesToScore !== undefined && { percentageOfNodesToScore: o.percentageOfNodesToScore }) })
    feed({ informers: o.informers, cluster: this.cluster, queue: this.queue, schedulerName: this.#name })
  }

  /** Schedules until the signal aborts; the informers must run. Ends when all bindings under way have ended. */
  async run(signal: AbortSignal): Promise<void> {
    await this.#o.informers.synced(signal)
    try {
      while (!signal.aborted) {
        await this.queue.ready(signal)
        const until = this.#o.clock.monotonic() + SLICE_MS
        while (this.#underWay.size < (this.#o.maxBinding ?? 64) && this.#o.clock.monotonic() < until) {
          const q = this.queue.pop()
          if (!q) break
          this.#scheduleOne(q, signal)
        }
        if (this.#underWay.size >= (this.#o.maxBinding ?? 64)) await Promise.race(this.#underWay)
        else await new Promise<void>((resolve) => setImmediate(resolve))
      }
    } catch (e) {
      if (!signal.aborted) throw e
    } finally {
      await Promise.allSettled(this.#underWay)
    }
  }

  #scheduleOne(q: QueuedPod, signal: AbortSignal): void {
    const start = this.#o.clock.monotonic()
    const pod = q.pod
    if (pod.terminating) return
    const decision = this.#decider.decide(pod, this.cluster)
    const seconds = (this.#o.clock.monotonic() - start) / 1000
    if (decision.node !== undefined) {
      this.cluster.setPod(pod, decision.node, { assumed: true })
      this.cluster.unnominate(pod.key)
      this.#track(this.#bind(q, decision.node, signal))
      this.#o.onAttempt?.('scheduled', seconds)
      return
    }
    this.#o.onAttempt?.('unschedulable', seconds)
    this.#o.events.event(reference(pod), 'Warning', 'FailedScheduling', decision.message)
    if (decision.preemption) this.cluster.nominate(pod, decision.preemption.node)
    this.queue.putBack(q, { rejectedBy: decision.rejectedBy })
    this.#track(this.#wait(pod, decision.message, decision.preemption, signal))
  }

  /** Errors end here: a pod that could not be bound waits and is tried again. */
  async #bind(q: QueuedPod, node: string, signal: AbortSignal): Promise<void> {
    const pod = q.pod
    try {
      await bind(this.#o.client, pod, node, signal)
      this.#o.events.event(reference(pod), 'Normal', 'Scheduled', `Successfully assigned ${pod.key} to ${node}`)
    } catch (e) {
      if (signal.aborted) return
      this.#o.log.warn({ pod: pod.key, node, err: e }, 'binding failed')
      if (this.cluster.isAssumed(pod.key) && this.cluster.pod(pod.key)?.uid === pod.uid) this.cluster.removePod(pod.key)
      this.queue.happened({ kind: 'AssignedPodDelete', pod })
      const now = this.#pods.get(pod.key)
      if (!now || now.metadata?.uid !== pod.uid || now.spec?.nodeName || isStatus(e, 'NotFound')) return
      this.#o.onAttempt?.('error', 0)
      q.pod = new PodInfo(now)
      this.queue.putBack(q, { rejectedBy: new Set(), error: true })
    }
  }

  async #wait(pod: PodInfo, message: string, preemption: Preemption | undefined, signal: AbortSignal): Promise<void> {
    try {
      const said = sayWaiting(this.#o.client, this.#o.clock, pod.pod, { reason: 'Unschedulable', message, ...(preemption && { nominatedNode: preemption.node }) }, signal)
      await Promise.all([said, ...(preemption?.victims ?? []).map((v) => this.#evict(v, pod, preemption!.node, signal))])
    } catch (e) {
      if (!signal.aborted && !isStatus(e, 'NotFound')) this.#o.log.warn({ pod: pod.key, err: e }, 'could not say why the pod waits')
    }
  }

  async #evict(victim: PodInfo, by: PodInfo, node: string, signal: AbortSignal): Promise<void> {
    if (victim.terminating) return
    await evict(this.#o.client, this.#o.clock, victim, this.#name, signal)
    this.#o.events.event(reference(victim), 'Normal', 'Preempted', `Preempted by pod ${by.uid} on node ${node}`)
  }

  #track(task: Promise<void>): void {
    this.#underWay.add(task)
    void task.finally(() => this.#underWay.delete(task))
  }
}

const reference = (pod: PodInfo) => ({ apiVersion: 'v1', kind: resources.pods.kind, metadata: pod.pod.metadata })
