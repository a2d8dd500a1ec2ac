import { invalid } from '@drydock/api'
import type { ApiObject } from '../../admission/types.ts'
import { nonNegative, type Errors } from './validate.ts'

/** Checks of what controllers report, shared by workloads: counts that are not negative, and not above others. */

const REPLICAS = 'cannot be greater than status.replicas'
const count = (o: ApiObject, field: string): number | undefined => o.status?.[field] as number | undefined

export const counts = (o: ApiObject, ...fields: readonly string[]): Errors => fields.flatMap((f) => nonNegative(`status.${f}`, count(o, f)))

export const atMost = (o: ApiObject, limit: string, fields: readonly string[], detail: string): Errors =>
  fields.flatMap((f) => ((count(o, f) ?? 0) > (count(o, limit) ?? 0) ? [invalid(`status.${f}`, count(o, f) ?? 0, detail)] : []))

/** A count of collisions only grows. */
export function collisionsKept(o: ApiObject, old: ApiObject): Errors {
  const was = count(old, 'collisionCount'), now = count(o, 'collisionCount')
  return was !== undefined && (now === undefined || now < was) ? [invalid('status.collisionCount', now ?? 0, 'cannot be decremented')] : []
}

/** Of sets of replicas and replication controllers. */
export const replicaSetStatus = (o: ApiObject): Errors => [
  ...counts(o, 'replicas', 'fullyLabeledReplicas', 'readyReplicas', 'availableReplicas', 'terminatingReplicas', 'observedGeneration'),
  ...atMost(o, 'replicas', ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'], REPLICAS),
  ...atMost(o, 'readyReplicas', ['availableReplicas'], 'cannot be greater than readyReplicas'),
]

export const deploymentStatus = (o: ApiObject, old: ApiObject): Errors => [
  ...counts(o, 'observedGeneration', 'replicas', 'updatedReplicas', 'readyReplicas', 'availableReplicas', 'unavailableReplicas', 'terminatingReplicas', 'collisionCount'),
  ...atMost(o, 'replicas', ['updatedReplicas', 'readyReplicas', 'availableReplicas'], REPLICAS),
  ...atMost(o, 'readyReplicas', ['availableReplicas'], 'cannot be greater than readyReplicas'),
  ...collisionsKept(o, old),
]

export const statefulSetStatus = (o: ApiObject, old: ApiObject): Errors => [
  ...counts(o, 'replicas', 'readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas', 'observedGeneration', 'collisionCount'),
  ...atMost(o, 'replicas', ['readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas'], REPLICAS),
  ...atMost(o, 'readyReplicas', ['availableReplicas'], 'cannot be greater than status.readyReplicas'),
  ...collisionsKept(o, old),
]

export const daemonSetStatus = (o: ApiObject, old: ApiObject): Errors => [
  ...counts(o, 'currentNumberScheduled', 'numberMisscheduled', 'desiredNumberScheduled', 'numberReady', 'observedGeneration', 'updatedNumberScheduled', 'numberAvailable', 'numberUnavailable', 'collisionCount'),
  ...collisionsKept(o, old),
]
