import { resources, type LabelMatcher, type Pod, type ReplicaSet, type Resource } from '@drydock/api'
import type { Informer, InformerFactory, Store } from '@drydock/client'
import type { Controller } from '@drydock/controller'
import type { Expectations } from './expectations.ts'
import { controllerOf, type Owned } from './owner.ts'

// One object per resource: all controllers share one informer, and its indexes.
const owners = {
  /** By the uid of the controller. */ controller: (o: Owned) => { const ref = controllerOf(o); return ref ? [ref.uid] : [] },
  /** Those that nobody controls, by namespace. */ orphan: (o: Owned) => (controllerOf(o) ? [] : [o.metadata?.namespace ?? '']),
}
const podOptions = { indexers: { ...owners, node: (p: Pod) => (p.spec?.nodeName ? [p.spec.nodeName] : []) } }
const replicaSetOptions = { indexers: owners }

export const podInformer = (f: InformerFactory): Informer<Pod> => f.informer(resources.pods, podOptions)
export const replicaSetInformer = (f: InformerFactory): Informer<ReplicaSet> => f.informer(resources.replicasets, replicaSetOptions)

/** An owner's own objects and the orphans beside them: what claims are planned on. */
export function candidates<T extends Owned>(store: Store<T>, owner: Owned): T[] {
  return [...store.byIndex('controller', owner.metadata?.uid ?? ''), ...store.byIndex('orphan', owner.metadata?.namespace ?? '')]
}

export interface FollowOptions<O extends Owned, T extends Owned> {
  owned: Informer<T>
  ownerResource: Resource<O>
  owners: Informer<O>
  matcher(owner: O): LabelMatcher
  controller: Pick<Controller, 'enqueue'>
  expectations?: Expectations
}

const key = (o: Owned): string => `${o.metadata?.namespace}/${o.metadata?.name}`

/** Enqueues the owner of whatever changes; of an orphan that changes, every owner that would adopt it. */
export function followOwned<O extends Owned, T extends Owned>(o: FollowOptions<O, T>): void {
  const ownerOf = (x: T): string | undefined => {
    const ref = controllerOf(x)
    if (!ref || ref.kind !== o.ownerResource.kind) return undefined
    const k = `${x.metadata?.namespace}/${ref.name}`
    return o.owners.store.get(k)?.metadata?.uid === ref.uid ? k : undefined
  }
  const enqueue = (x: T) => {
    if (controllerOf(x)) { const k = ownerOf(x); if (k) o.controller.enqueue(k); return }
    for (const owner of o.owners.store.list(x.metadata?.namespace)) if (o.matcher(owner)(x.metadata?.labels)) o.controller.enqueue(key(owner))
  }
  o.owned.on({
    add(x) { o.expectations?.observe(x); enqueue(x) },
    update(x, old) {
      o.expectations?.observe(x)
      if (controllerOf(old)?.uid !== controllerOf(x)?.uid) { const k = ownerOf(old); if (k) o.controller.enqueue(k) }
      enqueue(x)
    },
    delete(x) { o.expectations?.observe(x, true); enqueue(x) },
  })
}

/** Enqueues every object of the informer whenever it changes. */
export function followOwners<O extends Owned>(owners: Informer<O>, controller: Controller): void {
  owners.on({ add: (o) => controller.enqueue(key(o)), update: (o) => controller.enqueue(key(o)), delete: (o) => controller.enqueue(key(o)) })
}
