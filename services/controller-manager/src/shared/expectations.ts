import type { Clock } from '@drydock/base'
import type { Informer } from '@drydock/client'

/** Longest wait for a change that was made to be seen; past it, one was missed and state is looked at again. */
const TIMEOUT_MS = 5 * 60_000

interface Object_ { metadata?: { uid?: string | undefined, resourceVersion?: string | undefined, deletionTimestamp?: string | undefined } | undefined }

/**
 * What a controller has made or deleted and its informer has not shown yet, by key of the owner. While anything is open,
 * the owner's view is older than the controller's own doing, and it must not count on it: so nothing is made twice.
 * Exact, by uid: an answer that comes after its event, and an event that never comes because a later one covered it,
 * are both told apart by what the informer holds.
 */
export class Expectations {
  readonly #clock: Clock
  readonly #open = new Map<string, Map<string, { deleted: boolean, sinceMs: number }>>()
  readonly #owners = new Map<string, string>()

  constructor(clock: Clock) { this.#clock = clock }

  /** An object was created for the owner. Nothing to wait for when the informer is that far already. */
  created(ownerKey: string, object: Object_, informer: Informer<never> | { readonly revision: number }): void {
    if (informer.revision >= Number(object.metadata?.resourceVersion ?? 0)) return
    this.#expect(ownerKey, object.metadata?.uid ?? '', false)
  }

  /** An object is about to be deleted for the owner. */
  deleting(ownerKey: string, uid: string): void { this.#expect(ownerKey, uid, true) }

  /** The deletion failed, or the object was seen: no longer waited for. Tells whose it was. */
  settle(uid: string): string | undefined {
    const owner = this.#owners.get(uid)
    if (owner === undefined) return undefined
    this.#owners.delete(uid)
    const open = this.#open.get(owner)
    open?.delete(uid)
    if (open?.size === 0) this.#open.delete(owner)
    return owner
  }

  /** For the informer's handlers: any event of the object shows its creation; a deletion shows by its mark or its absence. */
  observe(object: Object_, gone = false): void {
    const uid = object.metadata?.uid ?? ''
    const owner = this.#owners.get(uid)
    if (owner === undefined) return
    const e = this.#open.get(owner)?.get(uid)
    if (e && e.deleted && !gone && object.metadata?.deletionTimestamp === undefined) return
    this.settle(uid)
  }

  satisfied(ownerKey: string): boolean {
    const open = this.#open.get(ownerKey)
    if (!open) return true
    const now = this.#clock.now()
    for (const [uid, e] of [...open]) if (now - e.sinceMs > TIMEOUT_MS) this.settle(uid)
    return !this.#open.has(ownerKey)
  }

  forget(ownerKey: string): void {
    for (const uid of this.#open.get(ownerKey)?.keys() ?? []) this.#owners.delete(uid)
    this.#open.delete(ownerKey)
  }

  #expect(ownerKey: string, uid: string, deleted: boolean): void {
    let open = this.#open.get(ownerKey)
    if (!open) this.#open.set(ownerKey, (open = new Map()))
    open.set(uid, { deleted, sinceMs: this.#clock.now() })
    this.#owners.set(uid, ownerKey)
  }
}
