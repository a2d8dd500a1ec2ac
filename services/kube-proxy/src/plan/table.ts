/**
 * A wanted table that is kept up to date piece by piece: what one owner (a Service) adds can be replaced without a look at
 * the others'. It remembers what it held before wherever it was touched, so that a small change costs a small difference.
 *
 * Where two owners claim one element (an address and port), the one of lower rank has it; when that goes, the other.
 */
import type { Chain, Changes, NftSet, Ruleset } from '../nft/ruleset.ts'

/** What one owner adds; elements by name of their set. Names of chains and affinity sets are the owner's own. */
export interface Fragment {
  chains: ReadonlyMap<string, Chain>
  affinitySets: ReadonlyMap<string, NftSet>
  elements: ReadonlyArray<readonly [set: string, element: string, value: string]>
}

interface Claim { readonly owner: string, readonly rank: string, readonly value: string }
type FilledSet = NftSet & { elements: Map<string, string> }

export class WantedTable implements Ruleset {
  readonly chains = new Map<string, Chain>()
  readonly sets = new Map<string, FilledSet>()
  readonly #claims = new Map<string, Map<string, Claim[]>>()
  // As it was before it was touched, by name; undefined: it was not there.
  #oldChains = new Map<string, Chain | undefined>()
  #oldSets = new Map<string, NftSet | undefined>()
  #oldElements = new Map<string, Map<string, string | undefined>>()

  constructor(chains: Iterable<readonly [string, Chain]>, sets: Iterable<readonly [string, NftSet]>) {
    for (const [name, c] of chains) this.chains.set(name, c)
    for (const [name, s] of sets) this.sets.set(name, { ...s, elements: new Map(s.elements) })
  }

  /** Puts what an owner adds now in the place of what it added before. */
  replace(owner: string, rank: string, before: Fragment | undefined, after: Fragment | undefined): void {
    for (const name of before?.chains.keys() ?? []) if (!after?.chains.has(name)) this.#setChain(name, undefined)
    for (const [name, c] of after?.chains ?? []) this.#setChain(name, c)
    for (const name of before?.affinitySets.keys() ?? []) if (!after?.affinitySets.has(name)) this.#setSet(name, undefined)
    for (const [name, s] of after?.affinitySets ?? []) if (!this.sets.has(name)) this.#setSet(name, s)
    for (const [set, key] of before?.elements ?? []) this.#release(set, key, owner)
    for (const [set, key, value] of after?.elements ?? []) this.#claim(set, key, { owner, rank, value })
  }

  /** What was touched since this was last asked, as it was and as it is. */
  takeChanges(): Changes {
    const from = { chains: present(this.#oldChains), sets: present(this.#oldSets) }
    const to = { chains: now(this.#oldChains, this.chains), sets: now<NftSet>(this.#oldSets, this.sets) }
    for (const [name, old] of this.#oldElements) {
      const set = this.sets.get(name)!
      from.sets.set(name, { ...set, elements: present(old) })
      to.sets.set(name, { ...set, elements: now(old, set.elements) })
    }
    this.#oldChains = new Map()
    this.#oldSets = new Map()
    this.#oldElements = new Map()
    return { from, to }
  }

  #setChain(name: string, c: Chain | undefined): void {
    remember(this.#oldChains, name, this.chains.get(name))
    if (c) this.chains.set(name, c)
    else this.chains.delete(name)
  }

  #setSet(name: string, s: NftSet | undefined): void {
    remember(this.#oldSets, name, this.sets.get(name))
    if (s) this.sets.set(name, { ...s, elements: new Map(s.elements) })
    else this.sets.delete(name)
  }

  #claim(set: string, key: string, claim: Claim): void {
    let bySet = this.#claims.get(set)
    if (!bySet) this.#claims.set(set, (bySet = new Map()))
    const claims = bySet.get(key)
    if (!claims) bySet.set(key, [claim])
    else if (!claims.some((c) => c.owner === claim.owner)) claims.push(claim)
    this.#decide(set, key)
  }

  #release(set: string, key: string, owner: string): void {
    const bySet = this.#claims.get(set)
    const left = bySet?.get(key)?.filter((c) => c.owner !== owner) ?? []
    if (left.length > 0) bySet!.set(key, left)
    else bySet?.delete(key)
    this.#decide(set, key)
  }

  #decide(set: string, key: string): void {
    const { elements } = this.sets.get(set)!
    let old = this.#oldElements.get(set)
    if (!old) this.#oldElements.set(set, (old = new Map()))
    remember(old, key, elements.get(key))
    const first = this.#claims.get(set)?.get(key)?.reduce((a, b) => (b.rank < a.rank ? b : a))
    if (first) elements.set(key, first.value)
    else elements.delete(key)
  }
}

function remember<V>(old: Map<string, V | undefined>, name: string, value: V | undefined): void { if (!old.has(name)) old.set(name, value) }
const present = <V>(old: ReadonlyMap<string, V | undefined>): Map<string, V> => new Map([...old].filter((e): e is [string, V] => e[1] !== undefined))
const now = <V>(old: ReadonlyMap<string, unknown>, current: ReadonlyMap<string, V>): Map<string, V> => new Map([...old.keys()].flatMap((k) => { const v = current.get(k); return v === undefined ? [] : [[k, v] as const] }))
