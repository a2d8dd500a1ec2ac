import { deepEqual, labelMatcher, resources, type ControllerRevision, type DaemonSet, type Node, type Pod } from '@drydock/api'
import type { EventRecorder, Informer } from '@drydock/client'
import type { Controller, Result } from '@drydock/controller'
import type { ControllerContext, ControllerDefinition, Running } from '../shared/context.ts'
import { Expectations } from '../shared/expectations.ts'
import { candidates, followOwned, followOwners, podInformer } from '../shared/informers.ts'
import { claim, controllerRef, isControlledBy, planClaims } from '../shared/owner.ts'
import { isNamespaceTerminating, podFromTemplate, PodControl, slowStart } from '../shared/pod-control.ts'
import { nextAvailabilityMs } from '../shared/pods.ts'
import { currentRevision, newRevision, truncateHistory } from '../shared/revisions.ts'
import { daemonStatus, daemonTolerations, HASH, planDaemons, planRollout } from './plan.ts'

/** One pod of a template on every node that it suits. */
export const daemonSet: ControllerDefinition = { name: 'daemonset-controller', create: (c) => new DaemonSetController(c) }

class DaemonSetController implements Running {
  readonly #c: ControllerContext
  readonly #events: EventRecorder
  readonly #sets: Informer<DaemonSet>
  readonly #pods: Informer<Pod>
  readonly #nodes: Informer<Node>
  readonly #revisions: Informer<ControllerRevision>
  readonly #control: PodControl
  readonly #expectations: Expectations
  readonly #controller: Controller
  /** When a node's failed pod may be replaced: back-off from 1 s to 15 min, by set and node. */
  readonly #failures = new Map<string, { delayMs: number, untilMs: number }>()

  constructor(c: ControllerContext) {
    this.#c = c
    this.#events = c.recorder('daemonset-controller')
    this.#sets = c.informers.informer(resources.daemonsets)
    this.#pods = podInformer(c.informers)
    this.#nodes = c.informers.informer(resources.nodes)
    this.#revisions = c.informers.informer(resources.controllerrevisions)
    this.#control = new PodControl(c.client, this.#events)
    this.#expectations = new Expectations(c.clock)
    this.#controller = c.controller({ name: 'daemonset-controller', workers: 2, reconcile: (key, signal) => this.#reconcile(key, signal) })
    followOwners(this.#sets, this.#controller)
    followOwned({ owned: this.#pods, ownerResource: resources.daemonsets, owners: this.#sets, matcher: (d) => labelMatcher(d.spec?.selector), controller: this.#controller, expectations: this.#expectations })
    const all = () => { for (const d of this.#sets.store.list()) this.#controller.enqueue(`${d.metadata?.namespace}/${d.metadata?.name}`) }
    this.#nodes.on({ add: all, delete: all, update: (n, old) => { if (!deepEqual(n.metadata?.labels, old.metadata?.labels) || !deepEqual(n.spec?.taints, old.spec?.taints)) all() } })
  }

  run(signal: AbortSignal): Promise<void> { return this.#controller.run(signal) }

  async #reconcile(key: string, signal: AbortSignal): Promise<Result> {
    const set = this.#sets.store.get(key)
    if (!set) return this.#expectations.forget(key)
    if (set.metadata?.deletionTimestamp !== undefined) return
    const history = this.#revisions.store.list(set.metadata?.namespace).filter((r) => isControlledBy(r, set))
    const wanted = newRevision(resources.daemonsets, set, Math.max(0, ...history.map((h) => h.revision)) + 1, set.status?.collisionCount, HASH)
    const revision = await currentRevision(this.#c.client, wanted, history, signal)
    if (revision === 'collided') {
      await this.#c.client.update(resources.daemonsets, { ...set, status: { ...set.status!, collisionCount: (set.status?.collisionCount ?? 0) + 1 } }, { namespace: set.metadata?.namespace ?? '', subresource: 'status', signal })
      return
    }
    const hash = revision.metadata?.labels?.[HASH] ?? ''
    const claims = planClaims(set, labelMatcher(set.spec?.selector), candidates(this.#pods.store, set))
    const pods = await claim(claims, { client: this.#c.client, ownerResource: resources.daemonsets, owner: set, resource: resources.pods, signal })
    const input = { set, nodes: this.#nodes.store.list(), pods, hash, nowMs: this.#c.clock.now(), mayReplaceFailed: (node: string) => this.#mayReplace(key, node) }
    let failure: unknown
    if (this.#expectations.satisfied(key)) {
      const plan = planDaemons(input)
      for (const p of plan.failed) this.#sayEnded(set, p)
      failure = await this.#carryOut(key, set, hash, plan.create, [...plan.remove, ...plan.failed], signal)
      if (!failure && this.#expectations.satisfied(key)) {
        const rollout = planRollout(input)
        failure = await this.#carryOut(key, set, hash, rollout.create, rollout.remove, signal)
      }
    }
    const live = new Set([...pods.map((p) => p.metadata?.labels?.[HASH]), hash])
    await truncateHistory(this.#c.client, history, new Set(history.filter((h) => live.has(h.metadata?.labels?.[HASH])).map((h) => h.metadata?.name ?? '')), set.spec?.revisionHistoryLimit ?? 10, signal)
    const status = daemonStatus(input)
    if (!deepEqual(status, set.status)) await this.#c.client.update(resources.daemonsets, { ...set, status }, { namespace: set.metadata?.namespace ?? '', subresource: 'status', signal })
    if (failure) throw failure
    const after = nextAvailabilityMs(pods, set.spec?.minReadySeconds ?? 0, this.#c.clock.now())
    return after === undefined ? undefined : { requeueAfterMs: after }
  }

  #sayEnded(set: DaemonSet, p: Pod): void {
    const what = `daemon pod ${p.metadata?.namespace}/${p.metadata?.name} on node ${p.spec?.nodeName}, will try to`
    if (p.status?.phase === 'Failed') this.#events.event(reference(set), 'Warning', 'FailedDaemonPod', `Found failed ${what} kill it`)
    else this.#events.event(reference(set), 'Normal', 'SucceededDaemonPod', `Found succeeded ${what} delete it`)
  }

  #mayReplace(key: string, node: string): boolean {
    const now = this.#c.clock.monotonic()
    const k = `${key} ${node}`
    const f = this.#failures.get(k)
    if (f && now < f.untilMs) { this.#controller.enqueueAfter(key, f.untilMs - now); return false }
    const delayMs = f && now < f.untilMs + f.delayMs * 2 ? Math.min(f.delayMs * 2, 900_000) : 1000
    this.#failures.set(k, { delayMs, untilMs: now + delayMs })
    return true
  }

  async #carryOut(key: string, set: DaemonSet, hash: string, create: readonly string[], remove: readonly Pod[], signal: AbortSignal): Promise<unknown> {
    const ref = controllerRef(resources.daemonsets, set)
    const { error } = await slowStart(create.length, async (i) => {
      const made = await this.#control.create(set, ref, podFor(set, hash, create[i]!), signal)
      this.#expectations.created(key, made, this.#pods)
    })
    const removed = await Promise.allSettled(remove.map(async (p) => {
      const uid = p.metadata?.uid ?? ''
      this.#expectations.deleting(key, uid)
      try {
        if (!(await this.#control.delete(set, ref, p, signal))) this.#expectations.settle(uid)
      } catch (e) {
        this.#expectations.settle(uid)
        throw e
      }
    }))
    const failed = removed.find((r) => r.status === 'rejected')
    return error !== undefined && !isNamespaceTerminating(error) ? error : failed?.reason
  }
}

const reference = (d: DaemonSet) => ({ apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: d.metadata })

/** The pod for one node: the scheduler binds it, held to that node by affinity. */
function podFor(set: DaemonSet, hash: string, node: string): Pod {
  const pod = podFromTemplate(set.spec?.template ?? {}, set, controllerRef(resources.daemonsets, set), { generateName: `${set.metadata?.name}-` })
  pod.metadata!.labels = { ...pod.metadata!.labels, [HASH]: hash, ...(set.metadata?.annotations?.['deprecated.daemonset.template.generation'] && { 'pod-template-generation': set.metadata.annotations['deprecated.daemonset.template.generation'] }) }
  const spec = pod.spec!
  const field = { matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }] }
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  const terms = required?.nodeSelectorTerms.length ? required.nodeSelectorTerms.map((t) => ({ ...t, ...field })) : [field]
  spec.affinity = { ...spec.affinity, nodeAffinity: { ...spec.affinity?.nodeAffinity, requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } } }
  const have = spec.tolerations ?? []
  spec.tolerations = [...have, ...daemonTolerations(!!spec.hostNetwork).filter((t) => !have.some((h) => h.key === t.key && h.effect === t.effect && h.operator === t.operator))]
  return pod
}
