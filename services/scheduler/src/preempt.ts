import { labelMatcher, type PodDisruptionBudget } from '@drydock/api'
import type { Random } from '@drydock/base'
import { fitMessage } from './framework/fit-error.ts'
import { prepareFilters, runFiltersWithNominated, type Profile } from './framework/profile.ts'
import type { Rejection } from './framework/types.ts'
import type { Cluster } from './snapshot/cluster.ts'
import type { NodeInfo } from './snapshot/node-info.ts'
import type { PodInfo } from './snapshot/pod-info.ts'

/** Which node to make room on, and who has to go; as upstream's DefaultPreemption. */
export interface Preemption { readonly node: string, readonly victims: readonly PodInfo[] }

export interface PreemptOptions { profile: Profile, refused: ReadonlyMap<NodeInfo, Rejection>, random: Random }

interface Candidate extends Preemption { readonly violations: number }

/** Finds the node where making room costs least. Tries pods off and on again; leaves the cluster as it was. */
export function preempt(pod: PodInfo, cluster: Cluster, o: PreemptOptions): Preemption | { readonly message: string } {
  if (pod.spec.preemptionPolicy === 'Never') return { message: 'not eligible due to preemptionPolicy=Never.' }
  if (waitsForVictims(pod, cluster)) return { message: 'not eligible due to a terminating pod on the nominated node.' }
  const reasons: string[][] = []
  const hopeful: NodeInfo[] = []
  for (const node of cluster.nodes) {
    if (o.refused.get(node)?.resolvable) hopeful.push(node)
    else reasons.push(['Preemption is not helpful for scheduling'])
  }
  const candidates: Candidate[] = []
  const enough = Math.max(Math.floor(hopeful.length / 10), 100)
  const start = Math.floor(o.random.next() * hopeful.length)
  for (let i = 0; i < hopeful.length && candidates.length < enough; i++) {
    const node = hopeful[(start + i) % hopeful.length]!
    const found = victimsOn(node, pod, cluster, o.profile)
    if ('victims' in found) candidates.push(found)
    else reasons.push([...found.reasons])
  }
  if (candidates.length > 0) return cheapest(candidates)
  return { message: fitMessage(cluster.nodes.length, { reasons }) }
}

/** Room is being made for it already: lower pods on its nominated node are on their way out. */
function waitsForVictims(pod: PodInfo, cluster: Cluster): boolean {
  const node = pod.nominatedNode ? cluster.node(pod.nominatedNode) : undefined
  return !!node && [...node.pods.values()].some((p) => p.priority < pod.priority && p.terminating)
}

// Most important first: by priority, then by how long it runs.
const startOf = (p: PodInfo): string => p.pod.status?.startTime ?? p.pod.metadata?.creationTimestamp ?? ''
const byImportance = (a: PodInfo, b: PodInfo): number => b.priority - a.priority || (startOf(a) < startOf(b) ? -1 : startOf(a) > startOf(b) ? 1 : 0)

/** Takes every lower pod away; if that helps, puts back, most important first, all that can stay. */
function victimsOn(node: NodeInfo, pod: PodInfo, cluster: Cluster, profile: Profile): Candidate | { reasons: readonly string[] } {
  const lower = [...node.pods.values()].filter((p) => p.priority < pod.priority)
  if (lower.length === 0) return { reasons: ['No preemption victims found for incoming pod'] }
  const refusal = () => {
    const prepared = prepareFilters(profile, pod, cluster)
    return prepared.every ?? runFiltersWithNominated(profile, prepared, pod, node, cluster)
  }
  for (const p of lower) cluster.displace(p, node)
  const refused = refusal()
  if (refused) {
    for (const p of lower) cluster.place(p, node)
    return { reasons: refused.reasons }
  }
  const { protectedPods, others } = splitByBudget(lower.sort(byImportance), cluster)
  const victims: PodInfo[] = []
  const reprieve = (p: PodInfo): boolean => {
    cluster.place(p, node)
    if (!refusal()) return true
    cluster.displace(p, node)
    victims.push(p)
    return false
  }
  let violations = 0
  for (const p of protectedPods) if (!reprieve(p)) violations++
  for (const p of others) reprieve(p)
  for (const p of victims) cluster.place(p, node)
  return { node: node.name, victims: victims.sort(byImportance), violations }
}

/** Pods whose going would break a budget, each budget counted down as its pods are met. */
function splitByBudget(pods: readonly PodInfo[], cluster: Cluster): { protectedPods: PodInfo[], others: PodInfo[] } {
  const allowed = new Map<PodDisruptionBudget, number>()
  const protectedPods: PodInfo[] = []
  const others: PodInfo[] = []
  for (const p of pods) {
    let breaks = false
    for (const b of cluster.lookups.disruptionBudgets(p.namespace)) {
      if (!p.labels || !labelMatcher(b.spec?.selector)(p.labels) || b.status?.disruptedPods?.[p.name]) continue
      const left = (allowed.get(b) ?? b.status?.disruptionsAllowed ?? 0) - 1
      allowed.set(b, left)
      if (left < 0) breaks = true
    }
    (breaks ? protectedPods : others).push(p)
  }
  return { protectedPods, others }
}

const prioritySum = (c: Candidate): number => c.victims.reduce((s, p) => s + p.priority + 2 ** 31, 0)
const earliestTopStart = (c: Candidate): string => c.victims.filter((p) => p.priority === c.victims[0]!.priority).map(startOf).sort()[0] ?? ''

/** Fewest broken budgets, then the lowest top victim, the lowest sum, the fewest, and those that started last. */
function cheapest(candidates: readonly Candidate[]): Candidate {
  const orders: ((a: Candidate, b: Candidate) => number)[] = [
    (a, b) => a.violations - b.violations,
    (a, b) => (a.victims[0]?.priority ?? -Infinity) - (b.victims[0]?.priority ?? -Infinity) || 0,
    (a, b) => prioritySum(a) - prioritySum(b),
    (a, b) => a.victims.length - b.victims.length,
    (a, b) => (earliestTopStart(a) > earliestTopStart(b) ? -1 : earliestTopStart(a) < earliestTopStart(b) ? 1 : 0),
  ]
  return candidates.reduce((best, c) => {
    for (const order of orders) { const d = order(c, best); if (d !== 0) return d < 0 ? c : best }
    return best
  })
}
