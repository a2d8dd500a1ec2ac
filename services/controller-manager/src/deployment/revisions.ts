import type { Deployment, PodTemplateSpec, ReplicaSet } from '@drydock/api'
import { canonicalJSON, templateHash } from '../shared/template-hash.ts'
import { controllerRef } from '../shared/owner.ts'
import { resources } from '@drydock/api'
import { maxSurge } from './plan.ts'

/** Which ReplicaSet is a Deployment's new one, and the annotations that tell revisions apart. */

export const REVISION = 'deployment.kubernetes.io/revision'
const HISTORY = 'deployment.kubernetes.io/revision-history'
const DESIRED = 'deployment.kubernetes.io/desired-replicas'
const MAX = 'deployment.kubernetes.io/max-replicas'
const HASH = 'pod-template-hash'
const notCopied = new Set(['kubectl.kubernetes.io/last-applied-configuration', REVISION, HISTORY, DESIRED, MAX, 'deprecated.deployment.rollback.to'])

const withoutHash = (t: PodTemplateSpec | undefined): string => {
  const { [HASH]: _, ...labels } = t?.metadata?.labels ?? {}
  return canonicalJSON({ ...t, metadata: { ...t?.metadata, creationTimestamp: undefined, labels } })
}
export const sameTemplate = (a: PodTemplateSpec | undefined, b: PodTemplateSpec | undefined): boolean => withoutHash(a) === withoutHash(b)

export const byCreation = (a: ReplicaSet, b: ReplicaSet): number =>
  (a.metadata?.creationTimestamp ?? '') < (b.metadata?.creationTimestamp ?? '') ? -1 : (a.metadata?.creationTimestamp ?? '') > (b.metadata?.creationTimestamp ?? '') ? 1 : (a.metadata?.name ?? '') < (b.metadata?.name ?? '') ? -1 : 1

/** The oldest with the Deployment's template: two can be there after a downgrade, and the choice must be stable. */
export const findNew = (d: Deployment, sets: readonly ReplicaSet[]): ReplicaSet | undefined => sets.toSorted(byCreation).find((rs) => sameTemplate(rs.spec?.template, d.spec?.template))

export const revisionOf = (rs: ReplicaSet): number => Number(rs.metadata?.annotations?.[REVISION] ?? 0) || 0

/** What a new ReplicaSet's annotations should be; the same object where nothing is to change. */
export function newSetAnnotations(d: Deployment, rs: ReplicaSet, revision: number, exists: boolean): Record<string, string> {
  const before = rs.metadata?.annotations ?? {}
  const next = { ...before }
  for (const [k, v] of Object.entries(d.metadata?.annotations ?? {})) if (!notCopied.has(k)) next[k] = v
  const old = revisionOf(rs)
  if (old < revision) {
    next[REVISION] = String(revision)
    if (before[REVISION] !== undefined) next[HISTORY] = before[HISTORY] ? `${before[HISTORY]},${before[REVISION]}` : before[REVISION]
  }
  if (!exists) Object.assign(next, sizeAnnotations(d))
  return Object.keys(next).length === Object.keys(before).length && Object.keys(next).every((k) => next[k] === before[k]) ? before : next
}

/** Sizes as they were when the set was last scaled: how a change of the Deployment's own size is noticed. */
export const sizeAnnotations = (d: Deployment): Record<string, string> => ({ [DESIRED]: String(d.spec?.replicas ?? 1), [MAX]: String((d.spec?.replicas ?? 1) + maxSurge(d)) })
export const sizesSaid = (rs: ReplicaSet, d: Deployment): boolean => Object.entries(sizeAnnotations(d)).every(([k, v]) => rs.metadata?.annotations?.[k] === v)
export const desiredSaid = (rs: ReplicaSet): number | undefined => { const v = rs.metadata?.annotations?.[DESIRED]; return v === undefined ? undefined : Number(v) }
export const maxSaid = (rs: ReplicaSet): number | undefined => { const v = rs.metadata?.annotations?.[MAX]; return v === undefined ? undefined : Number(v) }

export function buildNew(d: Deployment, revision: number, replicasOf: (rs: ReplicaSet) => number): ReplicaSet {
  const hash = templateHash(d.spec?.template, d.status?.collisionCount)
  const template = structuredClone(d.spec?.template ?? {})
  template.metadata = { ...template.metadata, labels: { ...template.metadata?.labels, [HASH]: hash } }
  const rs: ReplicaSet = {
    apiVersion: 'apps/v1', kind: 'ReplicaSet',
    metadata: { name: `${d.metadata?.name}-${hash}`, namespace: d.metadata?.namespace ?? '', labels: template.metadata.labels!, ownerReferences: [controllerRef(resources.deployments, d)] },
    spec: {
      replicas: 0, ...(d.spec?.minReadySeconds && { minReadySeconds: d.spec.minReadySeconds }),
      selector: { ...d.spec?.selector, matchLabels: { ...d.spec?.selector.matchLabels, [HASH]: hash } }, template,
    },
  }
  rs.spec!.replicas = replicasOf(rs)
  rs.metadata!.annotations = newSetAnnotations(d, rs, revision, false)
  return rs
}
