/**
 * Brings one nftables table to a wanted ruleset. Every change is one transaction: packets see the old rules or the new.
 *
 * The first time, and after any failure, the whole table is replaced (what the kernel holds is not known then); after that
 * only differences are sent. Clients' session affinity, which the kernel learns, survives a replacement.
 */
import { diff } from './diff.ts'
import type { Exec } from '@drydock/base'
import { type Changes, emptyRuleset, type Ruleset } from './ruleset.ts'

export interface ApplierOptions { table: string, exec: Exec }
export interface Applied { full: boolean, commands: number }

export class Applier {
  readonly #table: string
  readonly #exec: Exec
  /** What the kernel holds; undefined when that is not known. */
  #current: Ruleset | undefined

  constructor(o: ApplierOptions) { this.#table = `ip ${o.table}`; this.#exec = o.exec }

  /**
   * Throws with nft's words; the next call then replaces the table. `changes` are those of `wanted` since the last call:
   * given them, nothing else is compared, and `wanted` may be the same object, changed.
   */
  async apply(wanted: Ruleset, signal?: AbortSignal, changes?: Changes): Promise<Applied> {
    const from = this.#current
    this.#current = undefined
    const script = !from ? await this.#replacement(wanted, signal) : changes ? diff(this.#table, changes.from, changes.to) : diff(this.#table, from, wanted)
    if (script) await this.#exec('nft', ['-f', '-'], { input: script, ...(signal && { signal }) })
    this.#current = wanted
    return { full: !from, commands: script ? script.split('\n').length - 1 : 0 }
  }

  /** Makes the next apply a full one. */
  forget(): void { this.#current = undefined }

  async #replacement(wanted: Ruleset, signal?: AbortSignal): Promise<string> {
    const learnt = [...wanted.sets.values()].some((s) => s.dynamic) ? await this.#learnt(wanted, signal) : ''
    return `add table ${this.#table}\ndelete table ${this.#table}\nadd table ${this.#table}\n${diff(this.#table, emptyRuleset, wanted)}${learnt}`
  }

  /** Commands that put back what the kernel has learnt into sets that stay. */
  async #learnt(wanted: Ruleset, signal?: AbortSignal): Promise<string> {
    let listing: unknown
    try {
      listing = JSON.parse(await this.#exec('nft', ['-j', 'list', 'table', ...this.#table.split(' ')], { ...(signal && { signal }) }))
    } catch {
      return '' // There is no table yet.
    }
    const lines: string[] = []
    for (const { set } of (listing as { nftables: Array<{ set?: ListedSet }> }).nftables) {
      if (!set || !wanted.sets.get(set.name)?.dynamic) continue
      const elements = (set.elem ?? []).flatMap((e) => (typeof e === 'object' && e.elem.expires ? [`${e.elem.val} timeout ${e.elem.timeout ?? set.timeout}s expires ${e.elem.expires}s`] : []))
      if (elements.length) lines.push(`add element ${this.#table} ${set.name} { ${elements.join(', ')} }`)
    }
    return lines.length ? lines.join('\n') + '\n' : ''
  }
}

interface ListedSet { name: string, timeout?: number, elem?: Array<string | { elem: { val: string, timeout?: number, expires?: number } }> }

/** Removes the table, if it is there. */
export async function removeTable(table: string, exec: Exec): Promise<void> {
  await exec('nft', ['-f', '-'], { input: `add table ip ${table}\ndelete table ip ${table}\n` })
}
