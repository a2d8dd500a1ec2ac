import { deepEqual, isStatus, resources, type ControllerRevision, type PersistentVolumeClaim, type Pod, type PodTemplateSpec, type StatefulSet, type StatefulSetStatus } from '@drydock/api'
import type { EventRecorder, Informer } from '@drydock/client'
import type { Result } from '@drydock/controller'
import type { ControllerContext, ControllerDefinition, Running } from '../shared/context.ts'
import { candidates, followOwned, followOwners, podInformer } from '../shared/informers.ts'
import { claim, controllerRef, isControlledBy, planClaims } from '../shared/owner.ts'
import { podFromTemplate } from '../shared/pod-control.ts'
import { nextAvailabilityMs } from '../shared/pods.ts'
import { currentRevision, newRevision, truncateHistory } from '../shared/revisions.ts'
import { claimOwners, claimsFor, isStale, ordinalOf, planSteps, POD_INDEX, POD_NAME, REVISION, selects, statefulSetStatus, type PlanInput, type Step } from './plan.ts'

const HASH = 'controller.kubernetes.io/hash'

/** Pods with names that stay, made and replaced in order. The names are fixed, so nothing can be made twice; a pod is deleted by its uid. */
export const statefulSet: ControllerDefinition = { name: 'statefulset-controller', create: (c) => new StatefulSetController(c) }

class StatefulSetController implements Running {
  readonly #c: ControllerContext
  readonly #events: EventRecorder
  readonly #sets: Informer<StatefulSet>
  readonly #pods: Informer<Pod>
  readonly #claims: Informer<PersistentVolumeClaim>
  readonly #revisions: Informer<ControllerRevision>
  readonly run: Running['run']

  constructor(c: ControllerContext) {
    this.#c = c
    this.#events = c.recorder('statefulset-controller')
    this.#sets = c.informers.informer(resources.statefulsets)
    this.#pods = podInformer(c.informers)
    this.#claims = c.informers.informer(resources.persistentvolumeclaims)
    this.#revisions = c.informers.informer(resources.controllerrevisions)
    const controller = c.controller({ name: 'statefulset-controller', workers: 5, reconcile: (key, signal) => this.#reconcile(key, signal) })
    followOwners(this.#sets, controller)
    followOwned({ owned: this.#pods, ownerResource: resources.statefulsets, owners: this.#sets, matcher: selects, controller })
    // A claim of an earlier pod is waited for until it is gone.
    this.#claims.on({ delete: ({ metadata: { name = '', namespace = '' } = {} }) => {
      for (const s of this.#sets.store.list(namespace)) if (s.spec?.volumeClaimTemplates?.some((t) => name.startsWith(`${t.metadata?.name}-${s.metadata?.name}-`))) controller.enqueue(`${namespace}/${s.metadata?.name}`)
    } })
    this.run = (signal) => controller.run(signal)
  }

  async #reconcile(key: string, signal: AbortSignal): Promise<Result> {
    const set = this.#sets.store.get(key)
    if (!set) return
    const claims = planClaims(set, selects(set), candidates(this.#pods.store, set), (p) => ordinalOf(set, p) >= 0)
    const pods = await claim(claims, { client: this.#c.client, ownerResource: resources.statefulsets, owner: set, resource: resources.pods, signal })
    const history = this.#revisions.store.list(set.metadata?.namespace).filter((r) => isControlledBy(r, set))
    const wanted = newRevision(resources.statefulsets, set, Math.max(0, ...history.map((h) => h.revision)) + 1, set.status?.collisionCount, HASH)
    const update = await currentRevision(this.#c.client, wanted, history, signal)
    if (update === 'collided') return this.#saveStatus(set, { ...set.status!, replicas: set.status?.replicas ?? 0, collisionCount: (set.status?.collisionCount ?? 0) + 1 }, signal)
    const updateName = update.metadata?.name ?? ''
    const currentName = history.some((h) => h.metadata?.name === set.status?.currentRevision) ? set.status!.currentRevision! : updateName
    const input: PlanInput = {
      set, pods, revisions: { current: currentName, update: updateName }, nowMs: this.#c.clock.now(),
      missingClaims: (ordinal) => claimsFor(set, ordinal).length > this.#claimsOf(set, ordinal).length,
      staleClaims: (ordinal) => this.#claimsOf(set, ordinal).some((c) => isStale(set, ordinal, c, undefined)),
      wrongOwners: (pod) => this.#claimsOf(set, ordinalOf(set, pod)).some((c) => claimOwners(set, pod, c)),
    }
    const steps = planSteps(input)
    const after: Pod[] = [...pods]
    try {
      for (const step of steps) await this.#carryOut(set, step, [...history, update], after, signal)
    } finally {
      await this.#saveStatus(set, statefulSetStatus({ ...input, pods: after }), signal)
    }
    const live = new Set([currentName, updateName, ...pods.map((p) => p.metadata?.labels?.[REVISION] ?? '')])
    await truncateHistory(this.#c.client, history, live, set.spec?.revisionHistoryLimit ?? 10, signal)
    const wait = nextAvailabilityMs(pods, set.spec?.minReadySeconds ?? 0, this.#c.clock.now())
    return wait === undefined ? undefined : { requeueAfterMs: wait }
  }

  async #carryOut(set: StatefulSet, step: Step, history: readonly ControllerRevision[], after: Pod[], signal: AbortSignal): Promise<void> {
    if (step.do === 'retain') return this.#setOwners(set, step.pod, this.#claimsOf(set, ordinalOf(set, step.pod)), signal)
    if (step.do === 'claims') { await this.#makeClaims(set, step.ordinal, signal); return }
    if (step.do === 'delete') return this.#delete(set, step, after, signal)
    const made = await this.#makeClaims(set, step.ordinal, signal)
    const pod = podFor(set, step.ordinal, step.revision, history)
    const name = pod.metadata?.name ?? ''
    try {
      const created = await this.#c.client.create(resources.pods, pod, { namespace: set.metadata?.namespace ?? '', signal })
      after.push(created)
      await this.#setOwners(set, created, [...made, ...this.#claimsOf(set, step.ordinal).filter((c) => !made.some((m) => m.metadata?.name === c.metadata?.name))], signal)
      this.#say(set, 'Normal', 'SuccessfulCreate', `Create Pod ${name} in StatefulSet ${set.metadata?.name} successful`)
    } catch (e) {
      if (isStatus(e, 'AlreadyExists')) return
      this.#say(set, 'Warning', 'FailedCreate', `Create Pod ${name} in StatefulSet ${set.metadata?.name} failed error: ${(e as Error).message}`)
      throw e
    }
  }

  async #delete(set: StatefulSet, step: Extract<Step, { do: 'delete' }>, after: Pod[], signal: AbortSignal): Promise<void> {
    const { name = '', namespace = '', uid = '' } = step.pod.metadata ?? {}
    try {
      await this.#c.client.delete(resources.pods, name, { namespace, preconditions: { uid }, signal })
      this.#say(set, 'Normal', 'SuccessfulDelete', `Delete Pod ${name} in StatefulSet ${set.metadata?.name} successful`)
    } catch (e) {
      if (!isStatus(e, 'NotFound') && !isStatus(e, 'Conflict')) throw e
    }
    const i = after.indexOf(step.pod)
    if (i >= 0) after[i] = { ...step.pod, metadata: { ...step.pod.metadata, deletionTimestamp: step.pod.metadata?.deletionTimestamp ?? new Date(this.#c.clock.now()).toISOString() } }
  }

  #claimsOf(set: StatefulSet, ordinal: number): PersistentVolumeClaim[] {
    return claimsFor(set, ordinal).flatMap((c) => this.#claims.store.get(`${c.metadata?.namespace}/${c.metadata?.name}`) ?? [])
  }

  /** Makes what is missing; answers what it made. */
  async #makeClaims(set: StatefulSet, ordinal: number, signal: AbortSignal): Promise<PersistentVolumeClaim[]> {
    const made: PersistentVolumeClaim[] = []
    const pod = `${set.metadata?.name}-${ordinal}`
    for (const c of claimsFor(set, ordinal)) {
      if (this.#claims.store.get(`${c.metadata?.namespace}/${c.metadata?.name}`)) continue
      try {
        made.push(await this.#c.client.create(resources.persistentvolumeclaims, c, { namespace: c.metadata?.namespace ?? '', signal }))
        this.#say(set, 'Normal', 'SuccessfulCreate', `Create Claim ${c.metadata?.name} Pod ${pod} in StatefulSet ${set.metadata?.name} success`)
      } catch (e) {
        if (isStatus(e, 'AlreadyExists')) continue
        this.#say(set, 'Warning', 'FailedCreate', `Create Claim ${c.metadata?.name} for Pod ${pod} in StatefulSet ${set.metadata?.name} failed error: ${(e as Error).message}`)
        const failure = new Error(`failed to create PVC ${c.metadata?.name}: ${(e as Error).message}`, { cause: e })
        this.#say(set, 'Warning', 'FailedCreate', `Create Pod ${pod} in StatefulSet ${set.metadata?.name} failed error: ${failure.message}`)
        throw failure
      }
    }
    return made
  }

  /** Claims that another controller owns are not the set's to dispose of; that is said, and they are let go of. */
  async #setOwners(set: StatefulSet, pod: Pod, claims: readonly PersistentVolumeClaim[], signal: AbortSignal): Promise<void> {
    for (const c of claims) {
      const ownerReferences = claimOwners(set, pod, c)
      if (!ownerReferences) continue
      const foreign = ownerReferences.find((r) => r.controller && r.kind !== 'StatefulSet' && r.kind !== 'Pod')
      if (foreign) this.#say(set, 'Warning', 'ConflictingController', `PersistentVolumeClaim ${c.metadata?.name} has a conflicting OwnerReference that acts as a managing controller, the retention policy is ignored for this claim`)
      await this.#c.client.update(resources.persistentvolumeclaims, { ...c, metadata: { ...c.metadata, ownerReferences } }, { namespace: c.metadata?.namespace ?? '', signal })
    }
  }

  #say(set: StatefulSet, type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#events.event({ apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: set.metadata }, type, reason, message)
  }

  async #saveStatus(set: StatefulSet, status: StatefulSetStatus, signal: AbortSignal): Promise<void> {
    if (deepEqual(status, set.status)) return
    await this.#c.client.update(resources.statefulsets, { ...set, status }, { namespace: set.metadata?.namespace ?? '', subresource: 'status', signal })
  }
}

/** The pod of an ordinal, from the revision's own template. */
function podFor(set: StatefulSet, ordinal: number, revision: string, history: readonly ControllerRevision[]): Pod {
  const kept = history.find((h) => h.metadata?.name === revision)?.data as { spec?: { template?: PodTemplateSpec & { $patch?: string } } } | undefined
  const { $patch: _, ...template }: PodTemplateSpec & { $patch?: string } = kept?.spec?.template ?? set.spec?.template ?? {}
  const name = `${set.metadata?.name}-${ordinal}`
  const pod = podFromTemplate(template, set, controllerRef(resources.statefulsets, set), { name, generateName: `${set.metadata?.name}-` })
  pod.metadata!.labels = { ...pod.metadata!.labels, [REVISION]: revision, [POD_NAME]: name, [POD_INDEX]: String(ordinal) }
  const spec = pod.spec!
  spec.hostname = name
  if (set.spec?.serviceName) spec.subdomain = set.spec.serviceName
  const claims = claimsFor(set, ordinal)
  const volumes = (set.spec?.volumeClaimTemplates ?? []).map((t, i) => ({ name: t.metadata?.name ?? '', persistentVolumeClaim: { claimName: claims[i]?.metadata?.name ?? '' } }))
  if (volumes.length > 0) spec.volumes = [...volumes, ...(spec.volumes ?? []).filter((v) => !volumes.some((x) => x.name === v.name))]
  return pod
}
