/**
 * The wanted content of one nftables table as data: chains with rules, sets and maps with elements. Rules and elements
 * are nft's own text; two rulesets are equal when their texts are.
 */
export interface Chain {
  /** `type nat hook prerouting priority -100 ;` of a base chain. */
  hook?: string
  rules: readonly string[]
}
export interface NftSet {
  kind: 'set' | 'map'
  /** What stands between the braces: `type ipv4_addr ;`. A changed spec needs a changed name. */
  spec: string
  /** Element → verdict or value; the value of a plain set's element is empty. The kernel fills dynamic sets: none here. */
  elements: ReadonlyMap<string, string>
  /** Filled by rules, not by us; kept over a resync. */
  dynamic?: boolean
}
export interface Ruleset { chains: ReadonlyMap<string, Chain>, sets: ReadonlyMap<string, NftSet> }

export const emptyRuleset: Ruleset = { chains: new Map(), sets: new Map() }

/** Two rulesets that leave out, alike, what is the same in both. */
export interface Changes { readonly from: Ruleset, readonly to: Ruleset }
