import type { Namespace, NamespaceCondition, NamespaceStatus, Resource } from '@drydock/api'
import { condition } from '../shared/conditions.ts'

/** What is left of a kind in a namespace after asking for its deletion. */
export interface Remaining { readonly resource: Resource, readonly count: number, readonly finalizers: ReadonlyMap<string, number> }
export interface Outcome { readonly remaining: readonly Remaining[], readonly errors: readonly string[] }

/** The conditions with which a namespace says how its emptying gets on, in upstream's words. */
export function deletionStatus(ns: Namespace, o: Outcome, nowMs: number): NamespaceStatus {
  const left = o.remaining.filter((r) => r.count > 0)
  const finalizers = new Map<string, number>()
  for (const r of left) for (const [f, n] of r.finalizers) finalizers.set(f, (finalizers.get(f) ?? 0) + n)
  const next: NamespaceCondition[] = [
    condition('NamespaceDeletionDiscoveryFailure', 'False', 'ResourcesDiscovered', 'All resources successfully discovered', nowMs),
    condition('NamespaceDeletionGroupVersionParsingFailure', 'False', 'ParsedGroupVersions', 'All legacy kube types successfully parsed', nowMs),
    o.errors.length > 0
      ? condition('NamespaceDeletionContentFailure', 'True', 'ContentDeletionFailed', `Failed to delete all resource types, ${o.errors.length} remaining: ${o.errors.join(', ')}`, nowMs)
      : condition('NamespaceDeletionContentFailure', 'False', 'ContentDeleted', 'All content successfully deleted, may be waiting on finalization', nowMs),
    left.length > 0
      ? condition('NamespaceContentRemaining', 'True', 'SomeResourcesRemain', `Some resources are remaining: ${left.map((r) => `${r.resource.resource}.${r.resource.group} has ${r.count} resource instances`).sort().join(', ')}`, nowMs)
      : condition('NamespaceContentRemaining', 'False', 'ContentRemoved', 'All content successfully removed', nowMs),
    finalizers.size > 0
      ? condition('NamespaceFinalizersRemaining', 'True', 'SomeFinalizersRemain', `Some content in the namespace has finalizers remaining: ${[...finalizers].map(([f, n]) => `${f} in ${n} resource instances`).sort().join(', ')}`, nowMs)
      : condition('NamespaceFinalizersRemaining', 'False', 'ContentHasNoFinalizers', 'All content-preserving finalizers finished', nowMs),
  ]
  return { ...ns.status, conditions: next.map((c) => keepTransition(ns.status?.conditions?.find((b) => b.type === c.type), c)) }
}

const keepTransition = (before: NamespaceCondition | undefined, c: NamespaceCondition): NamespaceCondition =>
  before && before.status === c.status && before.reason === c.reason && before.message === c.message ? before : before?.status === c.status ? { ...c, lastTransitionTime: before.lastTransitionTime ?? c.lastTransitionTime } : c
