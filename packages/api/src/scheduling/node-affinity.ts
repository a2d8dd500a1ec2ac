import { mapMatcher, requirement, type Labels } from '../label-selector.ts'
import type { NodeSelectorTerm, PodSpec } from '../types.gen.ts'

/** What of a node its selectors look at. */
export interface NodeFacts { readonly name: string, readonly labels: Labels }
export type NodeMatcher = (node: NodeFacts) => boolean

/** A term that asks for nothing selects nothing, as upstream's. */
export function nodeTermMatcher(term: NodeSelectorTerm): NodeMatcher {
  const labels = (term.matchExpressions ?? []).map((e) => requirement(e.key, e.operator, e.values ?? []))
  const fields = (term.matchFields ?? []).map((e) => requirement(e.key, e.operator, e.values ?? []))
  if (labels.length === 0 && fields.length === 0) return () => false
  return (node) => labels.every((r) => r(node.labels)) && fields.every((r) => r({ 'metadata.name': node.name }))
}

export function nodeSelectorMatcher(terms: readonly NodeSelectorTerm[]): NodeMatcher {
  const any = terms.map(nodeTermMatcher)
  return (node) => any.some((t) => t(node))
}

/** The pod's nodeSelector and required node affinity; undefined where it asks for neither. */
export function requiredNodeMatcher(spec: Pick<PodSpec, 'nodeSelector' | 'affinity'>): NodeMatcher | undefined {
  const plain = spec.nodeSelector && Object.keys(spec.nodeSelector).length > 0 ? mapMatcher(spec.nodeSelector) : undefined
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  const terms = required && nodeSelectorMatcher(required.nodeSelectorTerms)
  if (!plain && !terms) return undefined
  return (node) => (!plain || plain(node.labels)) && (!terms || terms(node))
}

/** Names of the only nodes that the required affinity can select, where every term names some by metadata.name; else undefined. */
export function requiredNodeNames(spec: Pick<PodSpec, 'affinity'>): Set<string> | undefined {
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms
  if (!terms?.length) return undefined
  const names = new Set<string>()
  for (const term of terms) {
    let ofTerm: Set<string> | undefined
    for (const f of term.matchFields ?? []) {
      if (f.key !== 'metadata.name' || f.operator !== 'In') continue
      const values = new Set(f.values ?? [])
      ofTerm = ofTerm ? new Set([...ofTerm].filter((n) => values.has(n))) : values
    }
    if (!ofTerm) return undefined
    for (const n of ofTerm) names.add(n)
  }
  return names
}
