import type { Deployment, ReplicaSet } from '@drydock/api'
import { scaled } from '../shared/intstr.ts'
import { byCreation, desiredSaid, maxSaid, sizesSaid } from './revisions.ts'

/** How many pods each ReplicaSet of a Deployment should have next. Pure; a plan lists only the sets whose size changes. */

export interface Resize { readonly set: ReplicaSet, readonly to: number }

export const replicas = (d: Deployment): number => d.spec?.replicas ?? 1
export const sizeOf = (rs: ReplicaSet | undefined): number => rs?.spec?.replicas ?? 0
const availableOf = (rs: ReplicaSet | undefined): number => rs?.status?.availableReplicas ?? 0
const sum = (sets: readonly ReplicaSet[], of: (rs: ReplicaSet) => number): number => sets.reduce((n, rs) => n + of(rs), 0)
export const totalSize = (sets: readonly ReplicaSet[]): number => sum(sets, sizeOf)
const isRolling = (d: Deployment): boolean => (d.spec?.strategy?.type ?? 'RollingUpdate') === 'RollingUpdate'

/** Surge is rounded up, unavailability down; when both come to nothing, one pod may be missing, or nothing could move. */
export function fences(d: Deployment): { surge: number, unavailable: number } {
  if (!isRolling(d)) return { surge: 0, unavailable: 0 }
  const r = d.spec?.strategy?.rollingUpdate
  const surge = scaled(r?.maxSurge, replicas(d), 'up', 1)
  const unavailable = scaled(r?.maxUnavailable, replicas(d), 'down', 0)
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable }
}
export const maxSurge = (d: Deployment): number => fences(d).surge
export const maxUnavailable = (d: Deployment): number => (replicas(d) === 0 ? 0 : Math.min(fences(d).unavailable, replicas(d)))

/** The size that the new set may have beside the others now. */
export function newSetSize(d: Deployment, all: readonly ReplicaSet[], newSet: ReplicaSet): number {
  if (!isRolling(d)) return replicas(d)
  const room = replicas(d) + maxSurge(d) - totalSize(all)
  if (room <= 0) return sizeOf(newSet)
  return sizeOf(newSet) + Math.min(room, replicas(d) - sizeOf(newSet))
}

export function planNewSet(d: Deployment, all: readonly ReplicaSet[], newSet: ReplicaSet): Resize | undefined {
  const size = sizeOf(newSet)
  const to = size > replicas(d) ? replicas(d) : size === replicas(d) ? size : newSetSize(d, all, newSet)
  return to === size ? undefined : { set: newSet, to }
}

/** Old sets shrink by what is not healthy first, then as far as enough pods stay available. */
export function planOldSets(d: Deployment, all: readonly ReplicaSet[], newSet: ReplicaSet | undefined, old: readonly ReplicaSet[]): Resize[] {
  if (totalSize(old) === 0) return []
  const minAvailable = replicas(d) - maxUnavailable(d)
  const most = totalSize(all) - minAvailable - (sizeOf(newSet) - availableOf(newSet))
  if (most <= 0) return []
  const sizes = new Map(old.map((rs) => [rs, sizeOf(rs)]))
  const inOrder = old.toSorted(byCreation)
  let cleaned = 0
  for (const rs of inOrder) {
    const unhealthy = sizeOf(rs) - availableOf(rs)
    if (cleaned >= most || sizeOf(rs) === 0 || unhealthy <= 0) continue
    const n = Math.min(most - cleaned, unhealthy)
    sizes.set(rs, sizeOf(rs) - n)
    cleaned += n
  }
  let spare = sum(all, availableOf) - minAvailable
  for (const rs of inOrder) {
    const size = sizes.get(rs)!
    if (spare <= 0 || size === 0) continue
    const n = Math.min(size, spare)
    sizes.set(rs, size - n)
    spare -= n
  }
  return changes(sizes)
}

const changes = (sizes: ReadonlyMap<ReplicaSet, number>): Resize[] => [...sizes].filter(([rs, to]) => sizeOf(rs) !== to).map(([set, to]) => ({ set, to }))
const active = (sets: readonly ReplicaSet[]): ReplicaSet[] => sets.filter((rs) => sizeOf(rs) > 0)

/** Whether the Deployment's own size was changed since its sets were scaled. */
export const isScaling = (d: Deployment, all: readonly ReplicaSet[]): boolean => active(all).some((rs) => saysOther(rs, d))
const saysOther = (rs: ReplicaSet, d: Deployment): boolean => { const said = desiredSaid(rs); return said !== undefined && said !== replicas(d) }

/**
 * After a change of the Deployment's size: one set takes all of it, several share it by their sizes. A set whose size stays
 * is there too while it still says the size of before: as long as one does, this is a change that is not over.
 */
export function planScale(d: Deployment, newSet: ReplicaSet | undefined, old: readonly ReplicaSet[]): Resize[] {
  const all = newSet ? [...old, newSet] : [...old]
  const only = activeOrLatest(newSet, old)
  if (only) return sizeOf(only) === replicas(d) && !saysOther(only, d) ? [] : [{ set: only, to: replicas(d) }]
  if (saturated(d, newSet)) return active(old).map((set) => ({ set, to: 0 }))
  return isRolling(d) ? shares(d, active(all)) : []
}

function activeOrLatest(newSet: ReplicaSet | undefined, old: readonly ReplicaSet[]): ReplicaSet | undefined {
  const now = active(newSet ? [...old, newSet] : old)
  if (now.length === 0) return newSet ?? old.toSorted(byCreation).at(-1)
  return now.length === 1 ? now[0] : undefined
}

const saturated = (d: Deployment, rs: ReplicaSet | undefined): boolean => !!rs && sizeOf(rs) === replicas(d) && desiredSaid(rs) === replicas(d) && availableOf(rs) === replicas(d)

function shares(d: Deployment, sets: readonly ReplicaSet[]): Resize[] {
  const total = totalSize(sets)
  const allowed = replicas(d) > 0 ? replicas(d) + maxSurge(d) : 0
  const toAdd = allowed - total
  // The largest first; among equals the newest grows first and the oldest shrinks first.
  const inOrder = sets.toSorted((a, b) => sizeOf(b) - sizeOf(a) || (toAdd > 0 ? -1 : 1) * byCreation(a, b))
  let added = 0
  const sizes = new Map<ReplicaSet, number>()
  for (const rs of inOrder) {
    const part = toAdd === 0 ? 0 : share(rs, d, toAdd, added)
    sizes.set(rs, sizeOf(rs) + part)
    added += part
  }
  const largest = inOrder[0]
  if (largest && toAdd !== 0) sizes.set(largest, Math.max(0, sizes.get(largest)! + toAdd - added))
  return [...sizes].filter(([rs, to]) => sizeOf(rs) !== to || !sizesSaid(rs, d)).map(([set, to]) => ({ set, to }))
}

/** A set's part of what is added: as large as its part of the size that was allowed before. */
function share(rs: ReplicaSet, d: Deployment, toAdd: number, added: number): number {
  const allowedNow = toAdd - added
  const max = maxSaid(rs) ?? d.status?.replicas ?? 0
  const size = replicas(d) === 0 ? 0 : max === 0 ? 0 : Math.round((sizeOf(rs) * (replicas(d) + maxSurge(d))) / max)
  const fraction = size - sizeOf(rs)
  return toAdd > 0 ? Math.min(fraction, allowedNow) : Math.max(fraction, allowedNow)
}

/** Old sets beyond the history's limit that nothing depends on any more, oldest revision first. */
export function planCleanup(d: Deployment, old: readonly ReplicaSet[], revision: (rs: ReplicaSet) => number): ReplicaSet[] {
  const limit = d.spec?.revisionHistoryLimit
  if (limit === undefined || limit >= 2 ** 31 - 1) return []
  const alive = old.filter((rs) => rs.metadata?.deletionTimestamp === undefined)
  if (alive.length <= limit) return []
  return alive.toSorted((a, b) => revision(a) - revision(b)).slice(0, alive.length - limit)
    .filter((rs) => (rs.status?.replicas ?? 0) === 0 && sizeOf(rs) === 0 && (rs.metadata?.generation ?? 0) <= (rs.status?.observedGeneration ?? 0))
}
