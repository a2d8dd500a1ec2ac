import { deepEqual, isStatus, labelMatcher, mapMatcher, resources, splitKey, type LabelMatcher, type Pod, type PodTemplateSpec, type ReplicaSet, type ReplicaSetStatus, type ReplicationController, type Resource } from '@drydock/api'
import type { Informer } from '@drydock/client'
import type { Result } from '@drydock/controller'
import type { ControllerContext, ControllerDefinition, Running } from '../shared/context.ts'
import { Expectations } from '../shared/expectations.ts'
import { candidates, followOwned, followOwners, podInformer, replicaSetInformer } from '../shared/informers.ts'
import { claim, controllerOf, controllerRef, planClaims } from '../shared/owner.ts'
import { isNamespaceTerminating, podFromTemplate, PodControl, slowStart } from '../shared/pod-control.ts'
import { nextAvailabilityMs } from '../shared/pods.ts'
import { planReplicas, replicaStatus } from './plan.ts'

type Owner = ReplicaSet | ReplicationController

/** What differs between ReplicaSets and ReplicationControllers. */
interface Kind<O extends Owner> {
  name: string
  component: string
  resource: Resource<O>
  owners(c: ControllerContext): Informer<O>
  matcher(o: O): LabelMatcher
  template(o: O): PodTemplateSpec
  countTerminating: boolean
}

const replicaSets: Kind<ReplicaSet> = {
  name: 'replicaset-controller', component: 'replicaset-controller', resource: resources.replicasets,
  owners: (c) => replicaSetInformer(c.informers), matcher: (o) => labelMatcher(o.spec?.selector), template: (o) => o.spec?.template ?? {}, countTerminating: true,
}
const replicationControllers: Kind<ReplicationController> = {
  name: 'replicationcontroller-controller', component: 'replication-controller', resource: resources.replicationcontrollers,
  owners: (c) => c.informers.informer(resources.replicationcontrollers), matcher: (o) => mapMatcher(o.spec?.selector), template: (o) => o.spec?.template ?? {}, countTerminating: false,
}

/** Keeps as many pods of a template as asked for. */
export const replicaSet: ControllerDefinition = { name: replicaSets.name, create: (c) => new ReplicaController(c, replicaSets) }
export const replicationController: ControllerDefinition = { name: replicationControllers.name, create: (c) => new ReplicaController(c, replicationControllers) }

class ReplicaController<O extends Owner> implements Running {
  readonly #c: ControllerContext
  readonly #kind: Kind<O>
  readonly #owners: Informer<O>
  readonly #pods: Informer<Pod>
  readonly #control: PodControl
  readonly #expectations: Expectations
  readonly run: Running['run']

  constructor(c: ControllerContext, kind: Kind<O>) {
    this.#c = c
    this.#kind = kind
    this.#owners = kind.owners(c)
    this.#pods = podInformer(c.informers)
    this.#control = new PodControl(c.client, c.recorder(kind.component))
    this.#expectations = new Expectations(c.clock)
    const controller = c.controller({ name: kind.name, workers: 5, reconcile: (key, signal) => this.#reconcile(key, signal) })
    followOwners(this.#owners, controller)
    followOwned({ owned: this.#pods, ownerResource: kind.resource as Resource<O>, owners: this.#owners, matcher: kind.matcher, controller, expectations: this.#expectations })
    this.run = (signal) => controller.run(signal)
  }

  async #reconcile(key: string, signal: AbortSignal): Promise<Result> {
    const owner = this.#owners.store.get(key)
    if (!owner) return this.#expectations.forget(key)
    const current = this.#expectations.satisfied(key)
    const plan = planClaims(owner, this.#kind.matcher(owner), candidates(this.#pods.store, owner), (p) => p.status?.phase !== 'Succeeded' && p.status?.phase !== 'Failed')
    const pods = await claim(plan, { client: this.#c.client, ownerResource: this.#kind.resource, owner, resource: resources.pods, signal })
    const desired = owner.spec?.replicas ?? 1
    let failure: { message: string, diff: number, error: unknown } | undefined
    if (current && owner.metadata?.deletionTimestamp === undefined) failure = await this.#manage(key, owner, pods, desired, signal)
    const fresh = await this.#saveStatus(owner, replicaStatus({
      before: owner.status, desired, minReadySeconds: owner.spec?.minReadySeconds ?? 0, templateLabels: this.#kind.template(owner).metadata?.labels ?? {},
      pods, generation: owner.metadata?.generation ?? 0, failure, countTerminating: this.#kind.countTerminating, nowMs: this.#c.clock.now(),
    }), signal)
    if (failure) throw failure.error
    const minReady = owner.spec?.minReadySeconds ?? 0
    if (minReady > 0 && fresh.readyReplicas === desired && fresh.availableReplicas !== desired) {
      return { requeueAfterMs: nextAvailabilityMs(pods, minReady, this.#c.clock.now()) ?? minReady * 1000 }
    }
  }

  async #manage(key: string, owner: O, pods: readonly Pod[], desired: number, signal: AbortSignal) {
    const plan = planReplicas(desired, pods, this.#related(owner), this.#c.clock.now())
    const ref = controllerRef(this.#kind.resource, owner)
    if (plan.create > 0) {
      const { error } = await slowStart(plan.create, async () => {
        const pod = podFromTemplate(this.#kind.template(owner), owner, ref, { generateName: generateName(owner.metadata?.name ?? '') })
        const made = await this.#control.create(owner, ref, pod, signal)
        this.#expectations.created(key, made, this.#pods)
      })
      if (error === undefined || isNamespaceTerminating(error)) return undefined
      return { message: (error as Error).message, diff: -plan.create, error }
    }
    const results = await Promise.allSettled(plan.remove.map(async (p) => {
      const uid = p.metadata?.uid ?? ''
      this.#expectations.deleting(key, uid)
      try {
        if (!(await this.#control.delete(owner, ref, p, signal))) this.#expectations.settle(uid)
      } catch (e) {
        this.#expectations.settle(uid)
        throw e
      }
    }))
    const failed = results.find((r) => r.status === 'rejected')
    return failed && { message: (failed.reason as Error).message, diff: plan.remove.length, error: failed.reason as unknown }
  }

  /** Pods of all the ReplicaSets with the same controller. */
  #related(owner: O): Pod[] {
    const ref = controllerOf(owner)
    const siblings = ref ? this.#owners.store.list(owner.metadata?.namespace).filter((o) => controllerOf(o)?.uid === ref.uid) : [owner]
    return siblings.flatMap((o) => this.#pods.store.byIndex('controller', o.metadata?.uid ?? ''))
  }

  /** Writes what changed; against a newer version once more, since the count is right whatever else was changed there. */
  async #saveStatus(owner: O, status: ReplicaSetStatus, signal: AbortSignal): Promise<ReplicaSetStatus> {
    if (deepEqual(status, owner.status)) return status
    const o = { namespace: owner.metadata?.namespace ?? '', subresource: 'status', signal }
    try {
      await this.#c.client.update<O>(this.#kind.resource, { ...owner, status }, o)
    } catch (e) {
      if (isStatus(e, 'NotFound')) return status
      if (!isStatus(e, 'Conflict')) throw e
      const fresh = await this.#c.client.get<O>(this.#kind.resource, splitKey(`${o.namespace}/${owner.metadata?.name}`).name, { namespace: o.namespace, signal })
      if (fresh.metadata?.uid !== owner.metadata?.uid) return status
      await this.#c.client.update<O>(this.#kind.resource, { ...fresh, status }, o)
    }
    return status
  }
}

/** Leaves room for the suffix within a name's length, as upstream's prefix. */
const generateName = (name: string): string => `${name.slice(0, 247)}-`
