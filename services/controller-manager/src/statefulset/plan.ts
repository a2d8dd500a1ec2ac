import { deepEqual, labelMatcher, type OwnerReference, type Pod, type PersistentVolumeClaim, type StatefulSet, type StatefulSetStatus } from '@drydock/api'
import { scaled } from '../shared/intstr.ts'
import { isAvailable, isFinished, isReady, isTerminating } from '../shared/pods.ts'

/** What a StatefulSet does next: one step after another, in order, unless it is told that order does not matter. Pure. */

export const REVISION = 'controller-revision-hash'
export const POD_NAME = 'statefulset.kubernetes.io/pod-name'
export const POD_INDEX = 'apps.kubernetes.io/pod-index'

export interface Revisions { readonly current: string, readonly update: string }
export type Step =
  | { readonly do: 'create', readonly ordinal: number, readonly revision: string }
  | { readonly do: 'claims', readonly ordinal: number }
  /** Claims of the pod go with it, with the set, or stay: as the retention policy says now. */
  | { readonly do: 'retain', readonly pod: Pod }
  | { readonly do: 'delete', readonly pod: Pod }

export const start = (s: StatefulSet): number => s.spec?.ordinals?.start ?? 0
const wanted = (s: StatefulSet): number => s.spec?.replicas ?? 1
const inOrder = (s: StatefulSet): boolean => (s.spec?.podManagementPolicy ?? 'OrderedReady') !== 'Parallel'
const strategy = (s: StatefulSet): string => s.spec?.updateStrategy?.type ?? 'RollingUpdate'
const partition = (s: StatefulSet): number => s.spec?.updateStrategy?.rollingUpdate?.partition ?? 0
const revisionOf = (p: Pod): string => p.metadata?.labels?.[REVISION] ?? ''
const runsReady = (p: Pod): boolean => p.status?.phase === 'Running' && isReady(p)

/** `web-3` is 3 of web; −1 where the name is another's. */
export function ordinalOf(s: StatefulSet, p: Pod): number {
  const name = p.metadata?.name ?? ''
  const prefix = `${s.metadata?.name}-`
  const tail = name.startsWith(prefix) ? name.slice(prefix.length) : ''
  return /^(0|[1-9]\d*)$/.test(tail) ? Number(tail) : -1
}

/** A pod that is made anew comes in the old revision as long as its turn has not come. */
function revisionFor(s: StatefulSet, ordinal: number, r: Revisions, currentReplicas: number): string {
  if (strategy(s) !== 'RollingUpdate') return r.update
  const old = s.spec?.updateStrategy?.rollingUpdate ? partition(s) : currentReplicas
  return ordinal < start(s) + old ? r.current : r.update
}

export interface PlanInput {
  set: StatefulSet
  pods: readonly Pod[]
  revisions: Revisions
  missingClaims(ordinal: number): boolean
  /** Whether claims of the ordinal still belong to a pod of that name that is gone: they go first, then the pod is made anew. */
  staleClaims(ordinal: number): boolean
  /** Whether the pod's claims have other owners than the retention policy wants. */
  wrongOwners(pod: Pod): boolean
  nowMs: number
}

export function planSteps(i: PlanInput): Step[] {
  const s = i.set
  if (s.metadata?.deletionTimestamp !== undefined) return []
  const byOrdinal = new Map(i.pods.map((p) => [ordinalOf(s, p), p]))
  const minReady = s.spec?.minReadySeconds ?? 0
  const available = (p: Pod) => runsReady(p) && isAvailable(p, minReady, i.nowMs)
  const steps: Step[] = []
  const currentReplicas = i.pods.filter((p) => !isTerminating(p) && revisionOf(p) === i.revisions.current).length
  const ordinals = Array.from({ length: wanted(s) }, (_, n) => start(s) + n)
  for (const ordinal of ordinals) {
    const pod = byOrdinal.get(ordinal)
    if (!pod) {
      if (!i.staleClaims(ordinal)) steps.push({ do: 'create', ordinal, revision: revisionFor(s, ordinal, i.revisions, currentReplicas) })
      if (inOrder(s)) return steps
      continue
    }
    if (isFinished(pod)) {
      if (!isTerminating(pod)) steps.push({ do: 'delete', pod })
      if (inOrder(s)) return steps
      continue
    }
    if (pod.status?.phase === 'Pending' && i.missingClaims(ordinal)) steps.push({ do: 'claims', ordinal })
    if (inOrder(s) && (isTerminating(pod) || !available(pod))) return steps
    if (i.wrongOwners(pod)) steps.push({ do: 'retain', pod })
  }
  const condemned = i.pods.filter((p) => { const o = ordinalOf(s, p); return o >= 0 && (o < start(s) || o >= start(s) + wanted(s)) }).toSorted((a, b) => ordinalOf(s, b) - ordinalOf(s, a))
  const unhealthy = [...ordinals.flatMap((o) => byOrdinal.get(o) ?? []), ...condemned.toReversed()].find((p) => !runsReady(p) || isTerminating(p))
  for (const pod of condemned) if (i.wrongOwners(pod)) steps.push({ do: 'retain', pod })
  for (const pod of condemned) {
    if (isTerminating(pod)) { if (inOrder(s)) return steps; continue }
    if (inOrder(s) && !runsReady(pod) && pod !== unhealthy) return steps
    steps.push({ do: 'delete', pod })
    if (inOrder(s)) return steps
  }
  if (strategy(s) === 'RollingUpdate' && (!inOrder(s) || steps.every((x) => x.do === 'retain'))) roll(i, ordinals, byOrdinal, available, steps)
  return steps
}

/** From the highest ordinal down, those that are not of the new revision go, as long as no more are missing than may be. */
function roll(i: PlanInput, ordinals: readonly number[], byOrdinal: ReadonlyMap<number, Pod>, available: (p: Pod) => boolean, steps: Step[]): void {
  const most = Math.max(1, scaled(i.set.spec?.updateStrategy?.rollingUpdate?.maxUnavailable, wanted(i.set), 'up', 1))
  const old = (p: Pod) => revisionOf(p) !== i.revisions.update && !isTerminating(p)
  const well = (p: Pod | undefined): p is Pod => !!p && !isTerminating(p) && available(p)
  const turn = ordinals.filter((o) => o >= start(i.set) + partition(i.set)).toReversed()
  let left = most - ordinals.filter((o) => !well(byOrdinal.get(o))).length
  for (const ordinal of turn) {
    const pod = byOrdinal.get(ordinal)
    if (!pod || !old(pod)) continue
    // One that is not well costs nothing that is not lost already.
    if (well(pod) && left-- <= 0) return
    steps.push({ do: 'delete', pod })
  }
}

/** Counts by revision; when all pods have the new one, it becomes the current one. */
export function statefulSetStatus(i: PlanInput): StatefulSetStatus {
  const live = i.pods.filter((p) => ordinalOf(i.set, p) >= 0)
  const here = live.filter((p) => !isTerminating(p))
  const ready = live.filter(runsReady).length
  const updated = here.filter((p) => revisionOf(p) === i.revisions.update).length
  let current = here.filter((p) => revisionOf(p) === i.revisions.current).length
  let currentRevision = i.revisions.current
  if (strategy(i.set) === 'RollingUpdate' && i.revisions.current !== i.revisions.update && updated === live.length && ready === live.length && updated === wanted(i.set)) {
    current = updated
    currentRevision = i.revisions.update
  }
  return {
    observedGeneration: i.set.metadata?.generation ?? 0, replicas: live.length, ...(ready > 0 && { readyReplicas: ready }), ...(current > 0 && { currentReplicas: current }), ...(updated > 0 && { updatedReplicas: updated }),
    availableReplicas: live.filter((p) => runsReady(p) && isAvailable(p, i.set.spec?.minReadySeconds ?? 0, i.nowMs)).length,
    currentRevision, updateRevision: i.revisions.update, collisionCount: i.set.status?.collisionCount ?? 0, ...(i.set.status?.conditions && { conditions: i.set.status.conditions }),
  }
}

/** The claims of one ordinal's pod. */
export function claimsFor(s: StatefulSet, ordinal: number): PersistentVolumeClaim[] {
  return (s.spec?.volumeClaimTemplates ?? []).map((t) => ({
    apiVersion: 'v1', kind: 'PersistentVolumeClaim',
    metadata: { ...t.metadata, name: `${t.metadata?.name}-${s.metadata?.name}-${ordinal}`, namespace: s.metadata?.namespace ?? '', labels: { ...t.metadata?.labels, ...s.spec?.selector.matchLabels } },
    spec: t.spec ?? {},
  }))
}

/** Whether a claim of this ordinal is one that the set wants now, not one that it was scaled away from. */
const isInRange = (s: StatefulSet, ordinal: number): boolean => ordinal >= start(s) && ordinal < start(s) + wanted(s)

/**
 * The owners that a claim should have: the set where claims go with it, the pod where they go when the set is scaled away
 * from it, none where they stay. Somebody else's claim (another controller owns it) is let go of. Undefined where nothing is
 * to change.
 */
export function claimOwners(s: StatefulSet, pod: Pod, claim: PersistentVolumeClaim): OwnerReference[] | undefined {
  const before = claim.metadata?.ownerReferences ?? []
  const refers = (r: OwnerReference, kind: string, o: { metadata?: { name?: string | undefined } | undefined }) => r.kind === kind && r.name === o.metadata?.name
  const others = before.filter((r) => !refers(r, 'StatefulSet', s) && !refers(r, 'Pod', pod))
  const policy = s.spec?.persistentVolumeClaimRetentionPolicy
  const scaledAway = !isInRange(s, ordinalOf(s, pod))
  const owner = others.some((r) => r.controller) ? undefined
    : policy?.whenScaled === 'Delete' && scaledAway ? { apiVersion: 'v1', kind: 'Pod', name: pod.metadata?.name ?? '', uid: pod.metadata?.uid ?? '' }
    : policy?.whenDeleted === 'Delete' ? { apiVersion: 'apps/v1', kind: 'StatefulSet', name: s.metadata?.name ?? '', uid: s.metadata?.uid ?? '' } : undefined
  const wantedOwners = owner ? [...others, { ...owner, controller: true, blockOwnerDeletion: true }] : others
  return deepEqual(before, wantedOwners) ? undefined : wantedOwners
}

/** A claim that still belongs to an earlier pod of this name goes with that one. */
export const isStale = (s: StatefulSet, ordinal: number, claim: PersistentVolumeClaim, pod: Pod | undefined): boolean =>
  !!claim.metadata?.ownerReferences?.some((r) => r.kind === 'Pod' && r.name === `${s.metadata?.name}-${ordinal}` && r.uid !== pod?.metadata?.uid)

export const selects = (s: StatefulSet) => labelMatcher(s.spec?.selector)
