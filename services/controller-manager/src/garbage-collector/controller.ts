import { apiVersionOf, isStatus, resources, type OwnerReference, type Resource } from '@drydock/api'
import type { Informer } from '@drydock/client'
import type { Controller, Result } from '@drydock/controller'
import { collectable, customResource, customResourceStore, type AnyObject } from '../shared/all-resources.ts'
import type { ControllerContext, ControllerDefinition, Running } from '../shared/context.ts'
import { podInformer, replicaSetInformer } from '../shared/informers.ts'
import { sliceInformer } from '../endpointslice/controller.ts'
import { FOREGROUND, judge, ORPHAN, OwnerGraph, type GraphNode, type OwnerState, type Work } from './graph.ts'

/** When to look again whether dependents have let go, should no event tell. */
const ORPHAN_AGAIN_MS = 1000

/**
 * Deletes what has lost its owners, lets go of what is to be orphaned, and lets an owner that waits go when its last
 * dependent has. Whatever it would delete it reads from the API first, and names that version: a view that is old or
 * incomplete makes it look twice, never delete wrongly.
 */
export const garbageCollector: ControllerDefinition = { name: 'garbage-collector-controller', create: (c) => new GarbageCollector(c) }

class GarbageCollector implements Running {
  readonly #c: ControllerContext
  readonly #graph = new OwnerGraph()
  readonly #informers: Informer<AnyObject>[] = []
  readonly #byKind = new Map<string, Resource<AnyObject>>()
  readonly #queue: Controller
  readonly #orphans: Controller

  constructor(c: ControllerContext) {
    this.#c = c
    this.#queue = c.controller({ name: 'garbage-collector-controller', workers: 20, reconcile: (uid, signal) => this.#attemptToDelete(uid, signal) })
    this.#orphans = c.controller({ name: 'garbage-collector-orphans', workers: 5, reconcile: (uid, signal) => this.#attemptToOrphan(uid, signal) })
    for (const r of collectable) this.#watch(r)
    customResourceStore(c.informers)
    const seen = (crd: Parameters<typeof customResource>[0]) => { const r = customResource(crd); if (r) this.#watch(r) }
    c.informers.informer(resources.customresourcedefinitions).on({ add: seen, update: seen })
  }

  async run(signal: AbortSignal): Promise<void> {
    // Before the lists are there, nearly every owner would be asked for one by one. Custom resources are not waited for:
    // one that cannot be listed must not hold up the rest, and an owner that is not known is read from the API anyway.
    await Promise.all(this.#informers.slice(0, collectable.length).map((i) => i.synced(signal)))
    await Promise.all([this.#queue.run(signal), this.#orphans.run(signal)])
  }

  #watch(r: Resource<AnyObject>): void {
    const key = `${apiVersionOf(r)} ${r.kind}`
    if (this.#byKind.has(key)) return
    this.#byKind.set(key, r)
    const informer = this.#informerOf(r)
    this.#informers.push(informer)
    informer.on({
      add: (o) => this.#enqueue(this.#graph.set(r, o)),
      update: (o) => this.#enqueue(this.#graph.set(r, o)),
      delete: (o) => this.#enqueue(this.#graph.delete(o.metadata?.uid ?? '')),
    })
  }

  // The informers that others have already, with their indexes.
  #informerOf(r: Resource<AnyObject>): Informer<AnyObject> {
    const shared = r.group === '' && r.resource === 'pods' ? podInformer(this.#c.informers)
      : r.group === 'apps' && r.resource === 'replicasets' ? replicaSetInformer(this.#c.informers)
      : r.resource === 'endpointslices' ? sliceInformer(this.#c) : this.#c.informers.informer(r)
    return shared as Informer<AnyObject>
  }

  #enqueue(w: Work): void {
    for (const uid of w.remove) this.#queue.enqueue(uid)
    for (const uid of w.orphan) this.#orphans.enqueue(uid)
  }

  async #attemptToDelete(uid: string, signal: AbortSignal): Promise<void> {
    const node = this.#graph.get(uid)
    if (!node || (node.deleting && !node.foreground)) return
    const live = await this.#read(node.resource, node.namespace, node.name, signal)
    if (!live || live.metadata?.uid !== uid) return
    if (node.foreground) return this.#finishForeground(node, live, signal)
    const states = new Map<string, OwnerState>()
    for (const ref of live.metadata.ownerReferences ?? []) states.set(ref.uid, await this.#stateOf(ref, node, signal))
    const dependents = this.#graph.dependentsOf(uid)
    const verdict = judge(live, states, { any: dependents.length > 0, waiting: dependents.some((d) => d.foreground) })
    if (verdict.do === 'drop-references') await this.#dropReferences(node, live, verdict.uids, signal)
    else if (verdict.do === 'delete') {
      if (verdict.unblock) await this.#unblock(node, live, signal)
      await this.#delete(node, live, verdict.policy, verdict.unblock, signal)
    }
  }

  async #stateOf(ref: OwnerReference, of: GraphNode, signal: AbortSignal): Promise<OwnerState> {
    const known = this.#graph.get(ref.uid)
    if (known) return known.foreground ? 'waiting' : 'solid'
    const r = this.#byKind.get(`${ref.apiVersion} ${ref.kind}`)
    // A kind that is not served (yet) proves nothing.
    if (!r || (r.namespaced && !of.namespace)) return 'solid'
    const live = await this.#read(r, r.namespaced ? of.namespace : '', ref.name, signal)
    return live?.metadata?.uid === ref.uid ? 'solid' : 'dangling'
  }

  /** All that blocks it is deleted first; then its finalizer goes. */
  async #finishForeground(node: GraphNode, live: AnyObject, signal: AbortSignal): Promise<void> {
    const blocking = this.#graph.dependentsOf(node.uid).filter((d) => d.owners.some((r) => r.uid === node.uid && r.blockOwnerDeletion))
    if (blocking.length === 0) return this.#removeFinalizer(node, live, FOREGROUND, signal)
    for (const d of blocking) if (!d.foreground) this.#queue.enqueue(d.uid)
  }

  /** First all that depend on it let go; when they are seen to have done so, it may go itself. */
  async #attemptToOrphan(uid: string, signal: AbortSignal): Promise<Result> {
    const node = this.#graph.get(uid)
    if (!node?.orphaning) return
    const dependents = this.#graph.dependentsOf(uid)
    for (const d of dependents) {
      const body = { metadata: { uid: d.uid, ownerReferences: [{ $patch: 'delete', uid }] } }
      await this.#patchOwners(d, body, uid, signal)
    }
    if (dependents.length > 0) return { requeueAfterMs: ORPHAN_AGAIN_MS }
    const live = await this.#read(node.resource, node.namespace, node.name, signal)
    if (live?.metadata?.uid === uid) await this.#removeFinalizer(node, live, ORPHAN, signal)
  }

  async #patchOwners(d: GraphNode, body: object, owner: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#c.client.patch(d.resource, d.name, { type: 'strategic', body }, { namespace: d.namespace, signal })
    } catch (e) {
      if (isStatus(e, 'NotFound')) return
      if (!isStatus(e, 'UnsupportedMediaType')) throw e
      // Custom resources know no strategic merge: the list as it shall be, guarded by the version.
      const live = await this.#read(d.resource, d.namespace, d.name, signal)
      if (live) await this.#writeOwners(d, live, (live.metadata?.ownerReferences ?? []).filter((r) => r.uid !== owner), signal)
    }
  }

  #dropReferences(node: GraphNode, live: AnyObject, uids: readonly string[], signal: AbortSignal): Promise<void> {
    return this.#writeOwners(node, live, (live.metadata?.ownerReferences ?? []).filter((r) => !uids.includes(r.uid)), signal)
  }

  /** A circle of waiting: what it blocks must not wait for it. */
  #unblock(node: GraphNode, live: AnyObject, signal: AbortSignal): Promise<void> {
    return this.#writeOwners(node, live, (live.metadata?.ownerReferences ?? []).map((r) => ({ ...r, blockOwnerDeletion: false })), signal)
  }

  async #writeOwners(node: GraphNode, live: AnyObject, ownerReferences: readonly OwnerReference[], signal: AbortSignal): Promise<void> {
    const body = { metadata: { uid: live.metadata?.uid, resourceVersion: live.metadata?.resourceVersion, ownerReferences: ownerReferences.length > 0 ? ownerReferences : null } }
    try {
      await this.#c.client.patch(node.resource, node.name, { type: 'merge', body }, { namespace: node.namespace, signal })
    } catch (e) {
      if (!isStatus(e, 'NotFound')) throw e
    }
  }

  async #delete(node: GraphNode, live: AnyObject, policy: 'Orphan' | 'Foreground' | 'Background', anyVersion: boolean, signal: AbortSignal): Promise<void> {
    const preconditions = { uid: node.uid, ...(!anyVersion && live.metadata?.resourceVersion && { resourceVersion: live.metadata.resourceVersion }) }
    try {
      await this.#c.client.delete(node.resource, node.name, { namespace: node.namespace, propagationPolicy: policy, preconditions, signal })
    } catch (e) {
      if (!isStatus(e, 'NotFound')) throw e
    }
  }

  async #removeFinalizer(node: GraphNode, live: AnyObject, finalizer: string, signal: AbortSignal): Promise<void> {
    const finalizers = live.metadata?.finalizers ?? []
    if (!finalizers.includes(finalizer)) return
    const body = { metadata: { uid: node.uid, resourceVersion: live.metadata?.resourceVersion, finalizers: finalizers.filter((f) => f !== finalizer) } }
    try {
      await this.#c.client.patch(node.resource, node.name, { type: 'merge', body }, { namespace: node.namespace, signal })
    } catch (e) {
      if (!isStatus(e, 'NotFound')) throw e
    }
  }

  async #read(r: Resource<AnyObject>, namespace: string, name: string, signal: AbortSignal): Promise<AnyObject | undefined> {
    try {
      return await this.#c.client.get(r, name, { namespace, signal })
    } catch (e) {
      if (isStatus(e, 'NotFound')) return undefined
      throw e
    }
  }
}
