import { deepEqual, isStatus, labelMatcher, resources, type Job, type JobCondition, type JobStatus, type Pod } from '@drydock/api'
import type { EventRecorder, Informer } from '@drydock/client'
import type { Controller, Result } from '@drydock/controller'
import type { ControllerContext, ControllerDefinition, Running } from '../shared/context.ts'
import { Expectations } from '../shared/expectations.ts'
import { candidates, followOwned, podInformer } from '../shared/informers.ts'
import { claim, controllerOf, controllerRef, planClaims } from '../shared/owner.ts'
import { isNamespaceTerminating, podFromTemplate, PodControl, slowStart } from '../shared/pod-control.ts'
import { INDEX, INDEX_FAILURES } from './indexes.ts'
import { countedStatus, isIndexed, isJobFinished, planJob, TRACKING, type NewPod } from './plan.ts'

const MANAGED_BY = 'kubernetes.io/job-controller'
/** Upstream's batch period: what becomes of pods, and of the status itself, is gathered for so long before it is looked at. */
const BATCH_MS = 1000

/**
 * Runs pods to completion. Every pod carries a finalizer until it is counted: its uid is written into the status first,
 * then the finalizer goes, then the count is raised, so that a pod is counted exactly once wherever a process is killed.
 */
export const job: ControllerDefinition = { name: 'job-controller', create: (c) => new JobController(c) }

class JobController implements Running {
  readonly #c: ControllerContext
  readonly #events: EventRecorder
  readonly #jobs: Informer<Job>
  readonly #pods: Informer<Pod>
  readonly #control: PodControl
  readonly #expectations: Expectations
  readonly #controller: Controller
  readonly #orphans: Controller
  /** Pods whose finalizer is gone while the view still shows it: they are counted already. */
  readonly #released = new Set<string>()

  constructor(c: ControllerContext) {
    this.#c = c
    this.#events = c.recorder('job-controller')
    this.#jobs = c.informers.informer(resources.jobs)
    this.#pods = podInformer(c.informers)
    this.#control = new PodControl(c.client, this.#events)
    this.#expectations = new Expectations(c.clock)
    this.#controller = c.controller({ name: 'job-controller', workers: 5, reconcile: (key, signal) => this.#reconcile(key, signal) })
    this.#orphans = c.controller({ name: 'job-orphaned-pods', workers: 2, reconcile: (key, signal) => this.#releaseOrphan(key, signal) })
    const batched: Pick<Controller, 'enqueue'> = { enqueue: (key) => this.#controller.enqueueAfter(key, BATCH_MS) }
    const changed = (j: Job, by: Pick<Controller, 'enqueue'>) => by.enqueue(`${j.metadata?.namespace}/${j.metadata?.name}`)
    this.#jobs.on({ add: (j) => changed(j, this.#controller), update: (j, old) => changed(j, j.metadata?.generation === old.metadata?.generation ? batched : this.#controller), delete: (j) => changed(j, this.#controller) })
    followOwned({ owned: this.#pods, ownerResource: resources.jobs, owners: this.#jobs, matcher: (j) => labelMatcher(j.spec?.selector), controller: batched, expectations: this.#expectations })
    // A pod that is told to go is counted at once, while it is still there.
    this.#pods.on({ update: (p, old) => { if (p.metadata?.deletionTimestamp !== undefined && old.metadata?.deletionTimestamp === undefined && controllerOf(p)?.kind === 'Job') this.#controller.enqueue(`${p.metadata.namespace}/${controllerOf(p)?.name}`) } })
    const orphan = (p: Pod) => { if (p.metadata?.finalizers?.includes(TRACKING)) this.#orphans.enqueue(`${p.metadata.namespace}/${p.metadata.name}`) }
    this.#pods.on({ update: (p) => { if (!p.metadata?.finalizers?.includes(TRACKING)) this.#released.delete(p.metadata?.uid ?? '') }, delete: (p) => this.#released.delete(p.metadata?.uid ?? '') })
    this.#pods.on({ add: orphan, update: (p) => { if (p.metadata?.deletionTimestamp !== undefined || !controllerOf(p)) orphan(p) } })
    this.#jobs.on({ delete: (j) => { for (const p of this.#pods.store.byIndex('controller', j.metadata?.uid ?? '')) orphan(p) } })
  }

  async run(signal: AbortSignal): Promise<void> { await Promise.all([this.#controller.run(signal), this.#orphans.run(signal)]) }

  async #reconcile(key: string, signal: AbortSignal): Promise<Result> {
    const job = this.#jobs.store.get(key)
    if (!job) return this.#expectations.forget(key)
    if ((job.spec?.managedBy ?? MANAGED_BY) !== MANAGED_BY) return
    const all = this.#pods.store.byIndex('controller', job.metadata?.uid ?? '')
    if (isJobFinished(job)) return this.#release(all, signal)
    const claims = planClaims(job, labelMatcher(job.spec?.selector), candidates(this.#pods.store, job), (p) => p.metadata?.finalizers?.includes(TRACKING) ?? false)
    const pods = await claim(claims, { client: this.#c.client, ownerResource: resources.jobs, owner: job, resource: resources.pods, signal })
    const plan = planJob(job, pods.map((p) => this.#asReleased(p)), { nowMs: this.#c.clock.now(), current: this.#expectations.satisfied(key) })
    if (plan.uncounted) await this.#release(plan.remove, signal)
    const failure = await this.#carryOut(key, job, plan.create, plan.remove, signal)
    const made = failure?.created ?? plan.create.length
    const status: JobStatus = made === plan.create.length ? plan.status : { ...plan.status, active: Math.max(0, (plan.status.active ?? 0) - plan.create.length + made) }
    let current = await this.#saveStatus(job, status, signal)
    for (const e of plan.events) this.#events.event(reference(job), e.type, e.reason, e.message)
    await this.#release(plan.release, signal)
    const { status: counted, finished } = countedStatus(job, status, this.#c.clock.now())
    current = await this.#saveStatus(current, counted, signal)
    if (finished) this.#sayFinished(job, counted, finished)
    if (failure) throw failure.error
    return plan.requeueAfterMs === undefined ? undefined : { requeueAfterMs: plan.requeueAfterMs }
  }

  #sayFinished(job: Job, status: JobStatus, finished: JobCondition): void {
    if (finished.type !== 'Complete') return this.#events.event(reference(job), 'Warning', finished.reason ?? '', finished.message ?? '')
    if (job.spec?.completions !== undefined && (status.succeeded ?? 0) > job.spec.completions) this.#events.event(reference(job), 'Warning', 'TooManySucceededPods', 'Too many succeeded pods running after completion count reached')
    this.#events.event(reference(job), 'Normal', 'Completed', 'Job completed')
  }

  #asReleased(p: Pod): Pod {
    if (!this.#released.has(p.metadata?.uid ?? '')) return p
    return { ...p, metadata: { ...p.metadata, finalizers: (p.metadata?.finalizers ?? []).filter((f) => f !== TRACKING) } }
  }

  async #carryOut(key: string, job: Job, create: readonly NewPod[], remove: readonly Pod[], signal: AbortSignal): Promise<{ created: number, error: unknown } | undefined> {
    const ref = controllerRef(resources.jobs, job)
    await Promise.all(remove.map(async (p) => {
      const uid = p.metadata?.uid ?? ''
      this.#expectations.deleting(key, uid)
      try {
        if (!(await this.#control.delete(job, ref, p, signal))) this.#expectations.settle(uid)
      } catch (e) {
        this.#expectations.settle(uid)
        throw e
      }
    }))
    const { done, error } = await slowStart(create.length, async (i) => {
      const made = await this.#control.create(job, ref, podFor(job, create[i]!), signal)
      this.#expectations.created(key, made, this.#pods)
    })
    return error === undefined || isNamespaceTerminating(error) ? undefined : { created: done, error }
  }

  async #release(pods: readonly Pod[], signal: AbortSignal): Promise<void> {
    await Promise.all(pods.map(async (p) => {
      if (!p.metadata?.finalizers?.includes(TRACKING)) return
      try {
        await this.#c.client.patch(resources.pods, p.metadata.name ?? '', { type: 'strategic', body: { metadata: { uid: p.metadata.uid, '$deleteFromPrimitiveList/finalizers': [TRACKING] } } }, { namespace: p.metadata.namespace ?? '', signal })
        if (this.#pods.store.get(`${p.metadata.namespace}/${p.metadata.name}`)?.metadata?.finalizers?.includes(TRACKING)) this.#released.add(p.metadata.uid ?? '')
      } catch (e) {
        if (!isStatus(e, 'NotFound') && !isStatus(e, 'Conflict')) throw e
      }
    }))
  }

  /** A pod whose Job is gone: nobody will count it. */
  async #releaseOrphan(key: string, signal: AbortSignal): Promise<void> {
    const pod = this.#pods.store.get(key)
    if (!pod) return
    const ref = controllerOf(pod)
    if (ref?.kind === 'Job') {
      const owner = this.#jobs.store.get(`${pod.metadata?.namespace}/${ref.name}`)
      if (owner?.metadata?.uid === ref.uid) return
      try {
        const live = await this.#c.client.get(resources.jobs, ref.name, { namespace: pod.metadata?.namespace ?? '', signal })
        if (live.metadata?.uid === ref.uid) return
      } catch (e) {
        if (!isStatus(e, 'NotFound')) throw e
      }
    }
    await this.#release([pod], signal)
  }

  async #saveStatus(job: Job, status: JobStatus, signal: AbortSignal): Promise<Job> {
    if (deepEqual(status, job.status)) return job
    return this.#c.client.update(resources.jobs, { ...job, status }, { namespace: job.metadata?.namespace ?? '', subresource: 'status', signal })
  }
}

const reference = (job: Job) => ({ apiVersion: 'batch/v1', kind: 'Job', metadata: job.metadata })

function podFor(job: Job, n: NewPod): Pod {
  const name = job.metadata?.name ?? ''
  const pod = podFromTemplate(job.spec?.template ?? {}, job, controllerRef(resources.jobs, job), { generateName: n.index === undefined ? `${name}-` : `${name}-${n.index}-` })
  pod.metadata!.finalizers = [...(pod.metadata!.finalizers ?? []), TRACKING]
  if (n.index === undefined || !isIndexed(job)) return pod
  pod.metadata!.annotations = { ...pod.metadata!.annotations, [INDEX]: String(n.index), ...(n.failures !== undefined && { [INDEX_FAILURES]: String(n.failures) }) }
  pod.metadata!.labels = { ...pod.metadata!.labels, [INDEX]: String(n.index) }
  pod.spec!.hostname = `${name}-${n.index}`
  const env = { name: 'JOB_COMPLETION_INDEX', valueFrom: { fieldRef: { fieldPath: `metadata.labels['${INDEX}']` } } }
  for (const c of [...pod.spec!.containers, ...(pod.spec!.initContainers ?? [])]) if (!c.env?.some((e) => e.name === env.name)) c.env = [...(c.env ?? []), env]
  return pod
}
