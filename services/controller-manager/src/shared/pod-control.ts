import { isStatus, resources, StatusError, type OwnerReference, type Pod, type PodTemplateSpec } from '@drydock/api'
import type { Client, EventRecorder } from '@drydock/client'
import type { Owned } from './owner.ts'

/** Makes and deletes pods for an owner, with upstream's events on it. */
export class PodControl {
  readonly #client: Client
  readonly #events: EventRecorder

  constructor(client: Client, events: EventRecorder) {
    this.#client = client
    this.#events = events
  }

  /** From a template; `name` or `generateName` comes in `metadata`. Throws what the API refuses, after saying so on the owner. */
  async create(owner: Owned & { kind?: string | undefined }, ref: OwnerReference, pod: Pod, signal: AbortSignal): Promise<Pod> {
    const subject = { apiVersion: ref.apiVersion, kind: ref.kind, metadata: owner.metadata }
    try {
      const made = await this.#client.create(resources.pods, pod, { namespace: owner.metadata?.namespace ?? '', signal })
      this.#events.event(subject, 'Normal', 'SuccessfulCreate', `Created pod: ${made.metadata?.name}`)
      return made
    } catch (e) {
      // A namespace that is going refuses everything: not worth an event each time.
      if (!isNamespaceTerminating(e) && !signal.aborted) this.#events.event(subject, 'Warning', 'FailedCreate', `Error creating: ${(e as Error).message}`)
      throw e
    }
  }

  /** A pod that is gone already counts as deleted; answers whether it was there. */
  async delete(owner: Owned, ref: Pick<OwnerReference, 'apiVersion' | 'kind'>, pod: Pod, signal: AbortSignal): Promise<boolean> {
    const subject = { apiVersion: ref.apiVersion, kind: ref.kind, metadata: owner.metadata }
    const name = pod.metadata?.name ?? ''
    try {
      await this.#client.delete(resources.pods, name, { namespace: pod.metadata?.namespace ?? '', preconditions: { uid: pod.metadata?.uid ?? '' }, signal })
    } catch (e) {
      if (isStatus(e, 'NotFound') || isStatus(e, 'Conflict')) return false
      if (!signal.aborted) this.#events.event(subject, 'Warning', 'FailedDelete', `Error deleting: ${(e as Error).message}`)
      throw e
    }
    this.#events.event(subject, 'Normal', 'SuccessfulDelete', `Deleted pod: ${name}`)
    return true
  }
}

export const isNamespaceTerminating = (e: unknown): boolean =>
  e instanceof StatusError && e.reason === 'Forbidden' && !!e.details?.causes?.some((c) => c.reason === 'NamespaceTerminating')

/** The pod that a template describes. */
export function podFromTemplate(template: PodTemplateSpec, owner: Owned, ref: OwnerReference, name: { name?: string, generateName?: string }): Pod {
  const { labels, annotations, finalizers } = template.metadata ?? {}
  return {
    apiVersion: 'v1', kind: 'Pod',
    metadata: {
      ...name, namespace: owner.metadata?.namespace ?? '', ownerReferences: [ref],
      ...(labels && { labels }), ...(annotations && { annotations }), ...(finalizers && { finalizers }),
    },
    spec: structuredClone(template.spec),
  }
}

/**
 * Runs `count` tasks in batches that double from one: where everything fails (a quota, a missing account), few requests
 * are wasted. Stops after the first batch with an error; answers how many succeeded and the first error.
 */
export async function slowStart(count: number, task: (i: number) => Promise<void>): Promise<{ done: number, error?: unknown }> {
  let done = 0
  for (let size = 1; done < count; size *= 2) {
    const batch = Math.min(size, count - done)
    const results = await Promise.allSettled(Array.from({ length: batch }, (_, i) => task(done + i)))
    const failed = results.find((r) => r.status === 'rejected')
    done += results.filter((r) => r.status === 'fulfilled').length
    if (failed) return { done, error: failed.reason }
  }
  return { done }
}
