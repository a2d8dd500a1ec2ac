import type { OwnerReference, Resource } from '@drydock/api'
import type { AnyObject } from '../shared/all-resources.ts'

export const ORPHAN = 'orphan'
export const FOREGROUND = 'foregroundDeletion'

/** An object as the collector knows it. */
export interface GraphNode {
  readonly uid: string
  readonly resource: Resource<AnyObject>
  readonly namespace: string
  readonly name: string
  owners: readonly OwnerReference[]
  deleting: boolean
  /** Waits for its dependents to be gone first. */
  foreground: boolean
  /** Waits for its dependents to be let go. */
  orphaning: boolean
}

/** What an event makes worth looking at. */
export interface Work { readonly remove: readonly string[], readonly orphan: readonly string[] }

/**
 * Who owns whom, from every kind's events in any order. Dependents are kept by the owner's uid whether or not the owner
 * is known, so an owner that is seen late, or never was, changes nothing but the answer. Pure.
 */
export class OwnerGraph {
  readonly #nodes = new Map<string, GraphNode>()
  readonly #dependents = new Map<string, Set<string>>()

  get(uid: string): GraphNode | undefined { return this.#nodes.get(uid) }
  dependentsOf(uid: string): GraphNode[] { return [...(this.#dependents.get(uid) ?? [])].flatMap((d) => this.#nodes.get(d) ?? []) }
  get size(): number { return this.#nodes.size }

  /** An object is there, or has changed. */
  set(resource: Resource<AnyObject>, o: AnyObject): Work {
    const uid = o.metadata?.uid ?? ''
    const before = this.#nodes.get(uid)
    const finalizers = o.metadata?.finalizers ?? []
    const deleting = o.metadata?.deletionTimestamp !== undefined
    const node: GraphNode = {
      uid, resource, namespace: o.metadata?.namespace ?? '', name: o.metadata?.name ?? '', owners: o.metadata?.ownerReferences ?? [],
      deleting, foreground: deleting && finalizers.includes(FOREGROUND), orphaning: deleting && finalizers.includes(ORPHAN),
    }
    this.#nodes.set(uid, node)
    const remove = new Set<string>()
    this.#relink(before?.owners ?? [], node, remove)
    const orphan = this.#letGo(before?.owners ?? [])
    if (node.orphaning && !before?.orphaning) orphan.push(uid)
    if (node.foreground && !before?.foreground) for (const d of [uid, ...(this.#dependents.get(uid) ?? [])]) remove.add(d)
    // A dependent of one that waits for it.
    if (!before && node.owners.some((r) => this.#nodes.get(r.uid)?.foreground)) remove.add(uid)
    if (node.owners.some((r) => !this.#nodes.has(r.uid)) && (!before || before.owners !== node.owners)) remove.add(uid)
    return { remove: [...remove], orphan }
  }

  /** An object is gone: its dependents lost an owner, and an owner that waited for it may go. */
  delete(uid: string): Work {
    const node = this.#nodes.get(uid)
    this.#nodes.delete(uid)
    const remove = new Set(this.#dependents.get(uid) ?? [])
    for (const r of node?.owners ?? []) {
      this.#unlink(r.uid, uid)
      if (this.#nodes.get(r.uid)?.foreground) remove.add(r.uid)
    }
    return { remove: [...remove], orphan: this.#letGo(node?.owners ?? []) }
  }

  /** Of these owners, those that wait for their dependents to let go, and have none left. */
  #letGo(owners: readonly OwnerReference[]): string[] {
    return owners.map((r) => r.uid).filter((o) => this.#nodes.get(o)?.orphaning && !this.#dependents.has(o))
  }

  #relink(before: readonly OwnerReference[], node: GraphNode, remove: Set<string>): void {
    for (const r of before) {
      const now = node.owners.find((x) => x.uid === r.uid)
      if (!now) this.#unlink(r.uid, node.uid)
      // It lets go of, or blocks no longer, an owner that waits.
      if ((!now || (r.blockOwnerDeletion && !now.blockOwnerDeletion)) && this.#nodes.get(r.uid)?.foreground) remove.add(r.uid)
    }
    for (const r of node.owners) {
      let d = this.#dependents.get(r.uid)
      if (!d) this.#dependents.set(r.uid, (d = new Set()))
      d.add(node.uid)
    }
  }

  #unlink(owner: string, dependent: string): void {
    const d = this.#dependents.get(owner)
    d?.delete(dependent)
    if (d?.size === 0) this.#dependents.delete(owner)
  }
}

export type OwnerState = 'solid' | 'dangling' | 'waiting'
export type Verdict =
  | { readonly do: 'nothing' }
  | { readonly do: 'drop-references', readonly uids: readonly string[] }
  | { readonly do: 'delete', readonly policy: 'Orphan' | 'Foreground' | 'Background', readonly unblock: boolean }

/** What becomes of an object whose owners are in these states. One solid owner keeps it. */
export function judge(o: AnyObject, states: ReadonlyMap<string, OwnerState>, dependents: { any: boolean, waiting: boolean }): Verdict {
  const of = (s: OwnerState) => [...states].filter(([, x]) => x === s).map(([uid]) => uid)
  if (states.size === 0) return { do: 'nothing' }
  if (of('solid').length > 0) {
    const drop = [...of('dangling'), ...of('waiting')]
    return drop.length > 0 ? { do: 'drop-references', uids: drop } : { do: 'nothing' }
  }
  if (of('waiting').length > 0 && dependents.any) return { do: 'delete', policy: 'Foreground', unblock: dependents.waiting }
  const finalizers = o.metadata?.finalizers ?? []
  return { do: 'delete', policy: finalizers.includes(ORPHAN) ? 'Orphan' : finalizers.includes(FOREGROUND) ? 'Foreground' : 'Background', unblock: false }
}
