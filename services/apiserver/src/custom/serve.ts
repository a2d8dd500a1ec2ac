/**
 * Serves the objects of established definitions: opens their caches, adds their types, and takes both away again. What a
 * definition left behind goes with it.
 */
import { type CustomResourceDefinition, resources } from '@drydock/api'
import type { Clock, Logger } from '@drydock/base'
import { collectionPrefix, type Store } from '@drydock/storage'
import type { Changes, Reader } from '../admission/types.ts'
import type { WatchCache } from '../cache/watch-cache.ts'
import type { ResourceTypes } from '../registry/resource-type.ts'
import { Reconciler } from '../status/reconciler.ts'
import { typesOf } from './types.ts'

export interface CustomResourcesOptions { reader: Reader, changes: Changes, cache: WatchCache, types: ResourceTypes, store: Store, clock: Clock, log: Logger }

export class CustomResources {
  readonly #o: CustomResourcesOptions
  readonly #reconciler: Reconciler
  /** By the definition's name: what is served, and the definition's spec that it comes from. */
  readonly #served = new Map<string, { group: string, resource: string, made: string }>()

  constructor(o: CustomResourcesOptions) {
    this.#o = o
    this.#reconciler = new Reconciler({ clock: o.clock, log: o.log, reconcile: (name, signal) => this.#reconcile(name, signal) })
  }

  /** Serves what is established already. */
  async start(signal: AbortSignal): Promise<void> {
    for (const d of this.#o.reader.list(resources.customresourcedefinitions)) await this.#reconcile(d.metadata!.name!, signal)
  }

  /** Follows definitions until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const stop = this.#o.changes.on(resources.customresourcedefinitions, (now, old) => this.#reconciler.add((now ?? old)!.metadata!.name!))
    try { await this.#reconciler.run(signal) } finally { stop() }
  }

  async #reconcile(name: string, signal: AbortSignal): Promise<void> {
    const d = this.#o.reader.get(resources.customresourcedefinitions, '', name)
    const established = d?.status?.conditions?.some((c) => c.type === 'Established' && c.status === 'True')
    if (d && established) await this.#serve(name, d, signal)
    else if (!d) await this.#withdraw(name, signal)
  }

  async #serve(name: string, d: CustomResourceDefinition, signal: AbortSignal): Promise<void> {
    const { types, cache, log } = this.#o
    const made = JSON.stringify([d.metadata?.uid, d.spec, d.status?.acceptedNames])
    const before = this.#served.get(name)
    if (before?.made === made) return
    const found = typesOf(d)
    if (!found) return
    const { group, resource } = found.storage
    await cache.open(found.storage, signal)
    types.replace(group, resource, found.storage, found.served)
    this.#served.set(name, { group, resource, made })
    if (!before) log.info({ group, resource, versions: found.served.map((t) => t.version) }, 'custom resources are served')
    if (made.includes('"x-kubernetes-validations"')) log.warn({ group, resource }, 'rules of the schema are not evaluated')
    if (d.spec?.conversion?.strategy === 'Webhook') log.error({ group, resource }, 'conversion webhooks are not called: only the stored version is served')
  }

  async #withdraw(name: string, signal: AbortSignal): Promise<void> {
    const { types, cache } = this.#o
    const was = this.#served.get(name)
    if (!was) return
    const gone = cache.revision
    types.replace(was.group, was.resource, undefined, [])
    await this.#purge(collectionPrefix(was.group, was.resource), gone, signal)
    // Watchers hear of it before nobody feeds them any more.
    await cache.consistent(signal)
    cache.close(was.group, was.resource)
    this.#served.delete(name)
  }

  /** Deletes what was written up to a revision: what is newer belongs to a definition of the same name that came after. */
  async #purge(prefix: string, revision: number, signal: AbortSignal): Promise<void> {
    const { store } = this.#o
    let from: string | undefined
    for (let more = true; more;) {
      const page = await store.range({ prefix, from, limit: 500, signal })
      await Promise.all(page.items.filter((s) => s.revision <= revision).map((s) => store.delete(s.key, s.revision, { signal })))
      more = page.more
      from = `${page.items.at(-1)?.key ?? ''}\0`
    }
  }
}
