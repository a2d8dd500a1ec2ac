import { deepEqual, isStatus, labelMatcher, resources, type Deployment, type DeploymentStatus, type Pod, type ReplicaSet } from '@drydock/api'
import type { EventRecorder, Informer } from '@drydock/client'
import type { Result } from '@drydock/controller'
import { setCondition } from '../shared/conditions.ts'
import type { ControllerContext, ControllerDefinition, Running } from '../shared/context.ts'
import { candidates, followOwned, followOwners, podInformer, replicaSetInformer } from '../shared/informers.ts'
import { claim, controllerOf, planClaims } from '../shared/owner.ts'
import { isNamespaceTerminating } from '../shared/pod-control.ts'
import { isFinished } from '../shared/pods.ts'
import { isScaling, newSetSize, planCleanup, planNewSet, planOldSets, planScale, replicas, sizeOf, type Resize } from './plan.ts'
import { buildNew, findNew, newSetAnnotations, REVISION, revisionOf, sameTemplate, sizeAnnotations, sizesSaid } from './revisions.ts'
import { countedStatus, deadlineCheckMs, deploymentCondition, hasDeadline, isComplete, pauseCondition, rolloutStatus } from './status.ts'

interface Sets { newSet: ReplicaSet | undefined, old: ReplicaSet[] }
const allOf = (s: Sets): ReplicaSet[] => (s.newSet ? [...s.old, s.newSet] : s.old)

/**
 * Rolls a Deployment's ReplicaSets. Every write names the version that it was decided on, and new sets have names made
 * of their content: deciding twice, or on an old view, ends in a conflict and another look, never in a second set.
 */
export const deployment: ControllerDefinition = { name: 'deployment-controller', create: (c) => new DeploymentController(c) }

class DeploymentController implements Running {
  readonly #c: ControllerContext
  readonly #events: EventRecorder
  readonly #deployments: Informer<Deployment>
  readonly #sets: Informer<ReplicaSet>
  readonly #pods: Informer<Pod>
  readonly run: Running['run']

  constructor(c: ControllerContext) {
    this.#c = c
    this.#events = c.recorder('deployment-controller')
    this.#deployments = c.informers.informer(resources.deployments)
    this.#sets = replicaSetInformer(c.informers)
    this.#pods = podInformer(c.informers)
    const controller = c.controller({ name: 'deployment-controller', workers: 5, reconcile: (key, signal) => this.#reconcile(key, signal) })
    followOwners(this.#deployments, controller)
    followOwned({ owned: this.#sets, ownerResource: resources.deployments, owners: this.#deployments, matcher: (d) => labelMatcher(d.spec?.selector), controller })
    // A Deployment that recreates waits for the last old pod to be gone.
    this.#pods.on({ delete: (pod) => {
      const set = this.#sets.store.get(`${pod.metadata?.namespace}/${controllerOf(pod)?.name}`)
      const owner = set && controllerOf(set)
      if (owner?.kind === 'Deployment') controller.enqueue(`${pod.metadata?.namespace}/${owner.name}`)
    } })
    this.run = (signal) => controller.run(signal)
  }

  async #reconcile(key: string, signal: AbortSignal): Promise<Result> {
    const found = this.#deployments.store.get(key)
    if (!found) return
    if (!found.spec?.selector || (Object.keys(found.spec.selector.matchLabels ?? {}).length === 0 && !found.spec.selector.matchExpressions?.length)) {
      this.#events.event(found, 'Warning', 'SelectingAll', 'This deployment is selecting all pods. A non-empty selector is required.')
      return
    }
    let d = found
    const plan = planClaims(d, labelMatcher(d.spec?.selector), candidates(this.#sets.store, d))
    const owned = await claim(plan, { client: this.#c.client, ownerResource: resources.deployments, owner: d, resource: resources.replicasets, signal })
    if (d.metadata?.deletionTimestamp !== undefined) return this.#finish(d, countedStatus(d, owned, findNew(d, owned), this.#now()), signal)
    const pause = pauseCondition(d, this.#now())
    if (pause) d = await this.#saveStatus(d, { ...d.status, conditions: setCondition(d.status?.conditions, pause) }, signal)
    if (d.spec?.paused || isScaling(d, owned)) return this.#scaleOnly(d, owned, signal)
    return d.spec?.strategy?.type === 'Recreate' ? this.#recreate(d, owned, signal) : this.#roll(d, owned, signal)
  }

  #now(): number { return this.#c.clock.now() }

  async #scaleOnly(d: Deployment, owned: ReplicaSet[], signal: AbortSignal): Promise<Result> {
    const { sets, d: fresh } = await this.#revisions(d, owned, false, signal)
    const scaledSets = await this.#resizeAll(fresh, sets, planScale(fresh, sets.newSet, sets.old), signal)
    if (fresh.spec?.paused) await this.#cleanUp(fresh, scaledSets.old, signal)
    return this.#finish(fresh, countedStatus(fresh, allOf(scaledSets), scaledSets.newSet, this.#now()), signal)
  }

  async #roll(before: Deployment, owned: ReplicaSet[], signal: AbortSignal): Promise<Result> {
    let { sets, d } = await this.#revisions(before, owned, true, signal)
    if (!sets.newSet) return
    const grow = planNewSet(d, allOf(sets), sets.newSet)
    const resizes = grow ? [grow] : planOldSets(d, allOf(sets), sets.newSet, sets.old)
    if (resizes.length > 0) sets = await this.#resizeAll(d, sets, resizes, signal)
    return this.#finishRollout(d, sets, resizes.length === 0, signal)
  }

  async #recreate(before: Deployment, owned: ReplicaSet[], signal: AbortSignal): Promise<Result> {
    let { sets, d } = await this.#revisions(before, owned, false, signal)
    const shrink = sets.old.filter((rs) => sizeOf(rs) > 0).map((set) => ({ set, to: 0 }))
    if (shrink.length > 0) return this.#finishRollout(d, await this.#resizeAll(d, sets, shrink, signal), false, signal)
    const oldPods = owned.filter((rs) => rs.metadata?.uid !== sets.newSet?.metadata?.uid).flatMap((rs) => this.#pods.store.byIndex('controller', rs.metadata?.uid ?? ''))
    if (oldPods.some((p) => !isFinished(p))) return this.#finishRollout(d, sets, false, signal)
    if (!sets.newSet) ({ sets, d } = await this.#revisions(d, owned, true, signal))
    if (sets.newSet && sizeOf(sets.newSet) !== replicas(d)) sets = await this.#resizeAll(d, sets, [{ set: sets.newSet, to: replicas(d) }], signal)
    return this.#finishRollout(d, sets, true, signal)
  }

  async #finishRollout(d: Deployment, sets: Sets, settled: boolean, signal: AbortSignal): Promise<Result> {
    if (settled && isComplete(d, d.status ?? {})) await this.#cleanUp(d, sets.old, signal)
    return this.#finish(d, rolloutStatus(d, allOf(sets), sets.newSet, this.#now()), signal)
  }

  async #finish(d: Deployment, status: DeploymentStatus, signal: AbortSignal): Promise<Result> {
    if (!deepEqual(status, d.status)) await this.#saveStatus(d, status, signal)
    const after = deadlineCheckMs(d, status, this.#now())
    return after === undefined ? undefined : { requeueAfterMs: after }
  }

  /** Tells the new set from the old ones, brings its annotations up to date, and makes it where it is to be made. */
  async #revisions(d: Deployment, owned: ReplicaSet[], create: boolean, signal: AbortSignal): Promise<{ sets: Sets, d: Deployment }> {
    const existing = findNew(d, owned)
    const old = owned.filter((rs) => rs !== existing)
    const revision = Math.max(0, ...old.map(revisionOf)) + 1
    if (existing) return this.#keepNew(d, existing, old, revision, signal)
    if (!create) return { sets: { newSet: undefined, old }, d }
    return this.#makeNew(d, old, revision, signal)
  }

  async #keepNew(d: Deployment, existing: ReplicaSet, old: ReplicaSet[], revision: number, signal: AbortSignal): Promise<{ sets: Sets, d: Deployment }> {
    const annotations = newSetAnnotations(d, existing, revision, true)
    const minReadySeconds = d.spec?.minReadySeconds ?? 0
    let newSet = existing
    if (annotations !== (existing.metadata?.annotations ?? annotations) || (existing.spec?.minReadySeconds ?? 0) !== minReadySeconds) {
      newSet = await this.#updateSet({ ...existing, metadata: { ...existing.metadata, annotations }, spec: { ...existing.spec!, minReadySeconds } }, signal)
    }
    const said = newSet.metadata?.annotations?.[REVISION] ?? ''
    const found = hasDeadline(d) && !d.status?.conditions?.some((c) => c.type === 'Progressing')
    if (found || d.metadata?.annotations?.[REVISION] !== said) {
      const conditions = found ? setCondition(d.status?.conditions, deploymentCondition('Progressing', 'True', 'FoundNewReplicaSet', `Found new replica set "${newSet.metadata?.name}"`, this.#now())) : d.status?.conditions
      d = await this.#saveStatus(withRevision(d, said), { ...d.status, ...(conditions && { conditions }) }, signal)
    }
    return { sets: { newSet, old }, d }
  }

  async #makeNew(d: Deployment, old: ReplicaSet[], revision: number, signal: AbortSignal): Promise<{ sets: Sets, d: Deployment }> {
    const wanted = buildNew(d, revision, (rs) => newSetSize(d, [...old, rs], rs))
    const name = wanted.metadata!.name!
    let newSet: ReplicaSet
    let fresh = true
    try {
      newSet = await this.#c.client.create(resources.replicasets, wanted, { namespace: d.metadata?.namespace ?? '', signal })
    } catch (e) {
      if (isNamespaceTerminating(e)) return { sets: { newSet: undefined, old }, d }
      if (!isStatus(e, 'AlreadyExists')) throw await this.#sayCreateFailed(d, name, e as Error, signal)
      newSet = await this.#c.client.get(resources.replicasets, name, { namespace: d.metadata?.namespace ?? '', signal })
      fresh = false
      if (controllerOf(newSet)?.uid !== d.metadata?.uid || !sameTemplate(newSet.spec?.template, d.spec?.template)) {
        await this.#saveStatus(d, { ...d.status, collisionCount: (d.status?.collisionCount ?? 0) + 1 }, signal)
        throw e
      }
    }
    if (fresh && sizeOf(newSet) > 0) this.#events.event(d, 'Normal', 'ScalingReplicaSet', `Scaled up replica set ${name} from 0 to ${sizeOf(newSet)}`)
    const conditions = fresh && hasDeadline(d) ? setCondition(d.status?.conditions, deploymentCondition('Progressing', 'True', 'NewReplicaSetCreated', `Created new replica set "${name}"`, this.#now())) : d.status?.conditions
    const said = newSet.metadata?.annotations?.[REVISION] ?? String(revision)
    if (conditions !== d.status?.conditions || d.metadata?.annotations?.[REVISION] !== said) d = await this.#saveStatus(withRevision(d, said), { ...d.status, ...(conditions && { conditions }) }, signal)
    return { sets: { newSet, old }, d }
  }

  async #sayCreateFailed(d: Deployment, name: string, e: Error, signal: AbortSignal): Promise<Error> {
    const message = `Failed to create new replica set "${name}": ${e.message}`
    if (hasDeadline(d)) await this.#saveStatus(d, { ...d.status, conditions: setCondition(d.status?.conditions, deploymentCondition('Progressing', 'False', 'ReplicaSetCreateError', message, this.#now())) }, signal)
    this.#events.event(d, 'Warning', 'ReplicaSetCreateError', message)
    return e
  }

  async #resizeAll(d: Deployment, sets: Sets, resizes: readonly Resize[], signal: AbortSignal): Promise<Sets> {
    const resized = new Map<ReplicaSet, ReplicaSet>()
    for (const r of resizes) resized.set(r.set, await this.#resize(d, r, signal))
    const now = (rs: ReplicaSet) => resized.get(rs) ?? rs
    return { newSet: sets.newSet && now(sets.newSet), old: sets.old.map(now) }
  }

  async #resize(d: Deployment, { set, to }: Resize, signal: AbortSignal): Promise<ReplicaSet> {
    const from = sizeOf(set)
    if (from === to && sizesSaid(set, d)) return set
    const next = await this.#updateSet({ ...set, metadata: { ...set.metadata, annotations: { ...set.metadata?.annotations, ...sizeAnnotations(d) } }, spec: { ...set.spec!, replicas: to } }, signal)
    if (from !== to) this.#events.event(d, 'Normal', 'ScalingReplicaSet', `Scaled ${to > from ? 'up' : 'down'} replica set ${set.metadata?.name} from ${from} to ${to}`)
    return next
  }

  #updateSet(set: ReplicaSet, signal: AbortSignal): Promise<ReplicaSet> {
    return this.#c.client.update(resources.replicasets, set, { namespace: set.metadata?.namespace ?? '', signal })
  }

  async #cleanUp(d: Deployment, old: readonly ReplicaSet[], signal: AbortSignal): Promise<void> {
    for (const rs of planCleanup(d, old, revisionOf)) {
      try {
        await this.#c.client.delete(resources.replicasets, rs.metadata?.name ?? '', { namespace: rs.metadata?.namespace ?? '', preconditions: { uid: rs.metadata?.uid ?? '' }, signal })
      } catch (e) {
        if (!isStatus(e, 'NotFound')) throw e
      }
    }
  }

  /** The status' door also takes the revision annotation, as upstream's. */
  #saveStatus(d: Deployment, status: DeploymentStatus, signal: AbortSignal): Promise<Deployment> {
    return this.#c.client.update(resources.deployments, { ...d, status }, { namespace: d.metadata?.namespace ?? '', subresource: 'status', signal })
  }
}

const withRevision = (d: Deployment, revision: string): Deployment => ({ ...d, metadata: { ...d.metadata, annotations: { ...d.metadata?.annotations, [REVISION]: revision } } })
