import { deepEqual, isStatus, resources, type Namespace, type Pod, type Resource } from '@drydock/api'
import type { Informer } from '@drydock/client'
import type { Result } from '@drydock/controller'
import { customResources, customResourceStore, namespacedContent, type AnyObject } from '../shared/all-resources.ts'
import type { ControllerContext, ControllerDefinition, Running } from '../shared/context.ts'
import { podInformer } from '../shared/informers.ts'
import { isFinished } from '../shared/pods.ts'
import { deletionStatus, type Outcome, type Remaining } from './plan.ts'

const FINALIZER = 'kubernetes'
type Emptied = Outcome & { graceMs: number }
const isPods = (r: Resource<AnyObject>): boolean => r.group === '' && r.resource === 'pods'

/**
 * Empties namespaces that are to go, then lets them go: deletes all there is, waits until finalizers are done with, and
 * only then takes its own finalizer away. Doing it twice, or half, is harmless: it starts from what is left.
 */
export const namespace: ControllerDefinition = { name: 'namespace-controller', create: (c) => new NamespaceController(c) }

class NamespaceController implements Running {
  readonly #c: ControllerContext
  readonly #namespaces: Informer<Namespace>
  readonly #crds: ReturnType<typeof customResourceStore>
  readonly run: Running['run']

  constructor(c: ControllerContext) {
    this.#c = c
    this.#namespaces = c.informers.informer(resources.namespaces)
    this.#crds = customResourceStore(c.informers)
    const controller = c.controller({ name: 'namespace-controller', workers: 10, reconcile: (key, signal) => this.#reconcile(key, signal) })
    const enqueue = (n: Namespace) => { if (n.metadata?.deletionTimestamp !== undefined) controller.enqueue(n.metadata.name ?? '') }
    this.#namespaces.on({ add: enqueue, update: enqueue })
    podInformer(c.informers).on({ delete: (p) => { const n = this.#namespaces.store.get(p.metadata?.namespace ?? ''); if (n) enqueue(n) } })
    this.run = (signal) => controller.run(signal)
  }

  async #reconcile(name: string, signal: AbortSignal): Promise<Result> {
    const seen = this.#namespaces.store.get(name)
    if (!seen || seen.metadata?.deletionTimestamp === undefined) return
    let ns: Namespace
    try {
      ns = await this.#c.client.get(resources.namespaces, name, { signal })
    } catch (e) {
      if (isStatus(e, 'NotFound')) return
      throw e
    }
    if (ns.metadata?.deletionTimestamp === undefined || ns.metadata.uid !== seen.metadata.uid) return
    const finalizers = ns.spec?.finalizers ?? []
    if (!finalizers.includes(FINALIZER)) return
    const outcome = await this.#empty(name, signal)
    ns = await this.#saveStatus(ns, deletionStatus(ns, outcome, this.#c.clock.now()), signal)
    if (outcome.errors.length > 0) throw new Error(outcome.errors.join('; '))
    const left = outcome.remaining.filter((r) => r.count > 0)
    if (left.length > 0) return { requeueAfterMs: outcome.graceMs > 0 ? Math.min(outcome.graceMs / 2 + 100, 15_000) : 500 }
    const next: Namespace = { ...ns, spec: { ...ns.spec, finalizers: finalizers.filter((f) => f !== FINALIZER) } }
    try {
      await this.#c.client.update(resources.namespaces, next, { subresource: 'finalize', signal })
    } catch (e) {
      if (!isStatus(e, 'NotFound')) throw e
    }
  }

  /** Pods first: nothing that they use (their network policies, their secrets) goes while they run. */
  async #empty(namespace: string, signal: AbortSignal): Promise<Emptied> {
    const pods = await this.#emptyAll(namespacedContent.filter(isPods), namespace, signal)
    if (pods.remaining.length > 0 || pods.errors.length > 0) return pods
    return this.#emptyAll([...namespacedContent, ...customResources(this.#crds).filter((r) => r.namespaced)].filter((r) => !isPods(r)), namespace, signal)
  }

  async #emptyAll(kinds: readonly Resource<AnyObject>[], namespace: string, signal: AbortSignal): Promise<Emptied> {
    const remaining: Remaining[] = []
    const errors: string[] = []
    let graceMs = 0
    // A few at a time: the apiserver has others to serve.
    for (let i = 0; i < kinds.length; i += 6) {
      await Promise.all(kinds.slice(i, i + 6).map(async (r) => {
        try {
          const { left, grace } = await this.#emptyOf(r, namespace, signal)
          graceMs = Math.max(graceMs, grace)
          if (left.count > 0) remaining.push(left)
        } catch (e) {
          signal.throwIfAborted()
          if (!isStatus(e, 'NotFound') && !isStatus(e, 'MethodNotAllowed')) errors.push((e as Error).message)
        }
      }))
    }
    return { remaining, errors, graceMs }
  }

  async #emptyOf(r: Resource<AnyObject>, namespace: string, signal: AbortSignal): Promise<{ left: Remaining, grace: number }> {
    const before = await this.#c.client.list(r, { namespace, signal })
    if (before.items.length === 0) return { left: { resource: r, count: 0, finalizers: new Map() }, grace: 0 }
    if (before.items.some((o) => o.metadata?.deletionTimestamp === undefined)) await this.#c.client.deleteCollection(r, { namespace, propagationPolicy: 'Background', signal })
    const { items } = await this.#c.client.list(r, { namespace, signal })
    const finalizers = new Map<string, number>()
    let grace = 0
    for (const o of items) {
      for (const f of o.metadata?.finalizers ?? []) finalizers.set(f, (finalizers.get(f) ?? 0) + 1)
      if (isPods(r) && !isFinished(o as Pod)) grace = Math.max(grace, ((o as Pod).spec?.terminationGracePeriodSeconds ?? 0) * 1000)
    }
    return { left: { resource: r, count: items.length, finalizers }, grace }
  }

  async #saveStatus(ns: Namespace, status: NonNullable<Namespace['status']>, signal: AbortSignal): Promise<Namespace> {
    if (deepEqual(status, ns.status)) return ns
    return this.#c.client.update(resources.namespaces, { ...ns, status }, { subresource: 'status', signal })
  }
}
