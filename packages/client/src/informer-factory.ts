import type { Resource } from '@drydock/api'
import { realClock, systemRandom } from '@drydock/base'
import { type InformerParts, ResourceInformer } from './informer.ts'
import type { Bus } from './bus.ts'
import type { Informer, InformerFactory, InformerOptions } from './types.ts'

export type InformerFactoryOptions = Pick<InformerParts, 'client' | 'log'> & Partial<Pick<InformerParts, 'clock' | 'random'>> & {
  /** From createBus; its connection lives while the factory runs. Without it everything is watched over gRPC. */
  bus?: Bus | undefined
}

/** Informers of one component, shared: one per resource and selection. */
export function createInformerFactory(o: InformerFactoryOptions): InformerFactory { return new SharedInformers({ clock: realClock, random: systemRandom, ...o }, o.bus) }

class SharedInformers implements InformerFactory {
  readonly #parts: InformerParts
  // Held as of any type; the key says which.
  readonly #informers = new Map<string, ResourceInformer<never>>()
  readonly #running = new Set<Promise<void>>()
  #signal: AbortSignal | undefined

  readonly #bus: Bus | undefined

  constructor(parts: InformerParts, bus: Bus | undefined) { this.#parts = parts; this.#bus = bus }

  informer<T>(r: Resource<T>, o: InformerOptions<T> = {}): Informer<T> {
    const { indexers, ...selection } = o
    const key = JSON.stringify([r.group, r.version, r.resource, selection.shard, selection.namespace, selection.labelSelector, selection.fieldSelector])
    const there = this.#informers.get(key) as ResourceInformer<T> | undefined
    if (there) {
      there.addIndexers(indexers)
      return there
    }
    const made = new ResourceInformer<T>(r, o, this.#parts)
    this.#informers.set(key, made as unknown as ResourceInformer<never>)
    if (this.#signal) this.#start(made as unknown as ResourceInformer<never>, this.#signal)
    return made
  }

  async run(signal: AbortSignal): Promise<void> {
    this.#signal = signal
    for (const i of this.#informers.values()) this.#start(i, signal)
    const bus = this.#bus?.run(signal)
    await new Promise<void>((resolve) => { if (signal.aborted) resolve(); else signal.addEventListener('abort', () => resolve(), { once: true }) })
    await Promise.all([...this.#running, bus])
  }

  async synced(signal?: AbortSignal): Promise<void> {
    await Promise.all([...this.#informers.values()].map((i) => i.synced(signal)))
  }

  feeds(): { bus: number, direct: number } {
    const bus = [...this.#informers.values()].filter((i) => i.onBus).length
    return { bus, direct: this.#informers.size - bus }
  }

  #start(i: ResourceInformer<never>, signal: AbortSignal): void {
    const run = i.run(signal).finally(() => this.#running.delete(run))
    this.#running.add(run)
  }
}
