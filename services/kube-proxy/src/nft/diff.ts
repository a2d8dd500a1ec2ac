/**
 * The nft script that turns one ruleset into another in a single transaction. Order matters to the kernel: what is named
 * must exist when it is named, and nothing may be deleted while it is named.
 *
 * 1. make new sets and chains  2. rewrite changed chains  3. take out and put in elements  4. empty, then delete, the rest.
 */
import type { Chain, NftSet, Ruleset } from './ruleset.ts'

/** Elements per command: a bound on the length of a line, not on their number. */
const elementsPerCommand = 200

/** The script, one command a line; empty when nothing differs. */
export function diff(table: string, from: Ruleset, to: Ruleset): string {
  const out: string[] = []
  for (const [name, s] of to.sets) if (!from.sets.has(name)) out.push(`add ${s.kind} ${table} ${name} { ${s.spec} }`)
  for (const [name, c] of to.chains) if (!from.chains.has(name)) out.push(`add chain ${table} ${name}${c.hook ? ` { ${c.hook} }` : ''}`)
  for (const [name, c] of to.chains) rewrite(out, table, name, from.chains.get(name), c)
  for (const [name, s] of to.sets) elements(out, table, name, from.sets.get(name), s)
  const goneSets = [...from.sets].filter(([name]) => !to.sets.has(name))
  for (const [name, s] of goneSets) elements(out, table, name, s, { ...s, elements: new Map() })
  const gone = [...from.chains.keys()].filter((name) => !to.chains.has(name))
  for (const name of gone) out.push(`flush chain ${table} ${name}`)
  for (const name of gone) out.push(`delete chain ${table} ${name}`)
  for (const [name, s] of goneSets) out.push(`delete ${s.kind} ${table} ${name}`)
  return out.length ? out.join('\n') + '\n' : ''
}

function rewrite(out: string[], table: string, name: string, old: Chain | undefined, chain: Chain): void {
  if (old === chain || (old && sameRules(old.rules, chain.rules))) return
  if (old) out.push(`flush chain ${table} ${name}`)
  for (const r of chain.rules) out.push(`add rule ${table} ${name} ${r}`)
}

const sameRules = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((r, i) => r === b[i])

function elements(out: string[], table: string, name: string, old: NftSet | undefined, set: NftSet): void {
  if (set.dynamic) return
  const removed: string[] = []
  const added: string[] = []
  for (const [k, v] of old?.elements ?? []) if (set.elements.get(k) !== v) removed.push(k)
  for (const [k, v] of set.elements) if (old?.elements.get(k) !== v) added.push(v ? `${k} : ${v}` : k)
  for (const [verb, all] of [['delete', removed], ['add', added]] as const) {
    for (let i = 0; i < all.length; i += elementsPerCommand) {
      out.push(`${verb} element ${table} ${name} { ${all.slice(i, i + elementsPerCommand).join(', ')} }`)
    }
  }
}
