import { clusterRoleAggregation } from './clusterrole-aggregation/controller.ts'
import { cronJob } from './cronjob/controller.ts'
import { daemonSet } from './daemonset/controller.ts'
import { deployment } from './deployment/controller.ts'
import { disruption } from './disruption/controller.ts'
import { endpoints } from './endpoints/controller.ts'
import { endpointSlice } from './endpointslice/controller.ts'
import { endpointSliceMirroring } from './endpointslicemirroring/controller.ts'
import { garbageCollector } from './garbage-collector/controller.ts'
import { job } from './job/controller.ts'
import { namespace } from './namespace/controller.ts'
import { nodeIpam } from './node-ipam/controller.ts'
import { nodeLifecycle } from './node-lifecycle/controller.ts'
import { volumeBinder } from './persistentvolume-binder/controller.ts'
import { podAutoscaler } from './podautoscaler/controller.ts'
import { podGc } from './pod-gc/controller.ts'
import { replicaSet, replicationController } from './replicaset/controller.ts'
import { resourceQuota } from './resourcequota/controller.ts'
import { rootCa } from './root-ca/controller.ts'
import { serviceAccount } from './serviceaccount/controller.ts'
import { statefulSet } from './statefulset/controller.ts'
import type { ControllerDefinition } from './shared/context.ts'
import { taintEviction } from './taint-eviction/controller.ts'
import { ttlAfterFinished } from './ttl-after-finished/controller.ts'
import { claimProtection, volumeProtection } from './volume-protection/controller.ts'

export type { ControllerContext, ControllerDefinition, Settings } from './shared/context.ts'

/** Every controller there is. What a node waits for comes first. */
export const controllers: readonly ControllerDefinition[] = [
  nodeIpam, nodeLifecycle, taintEviction, serviceAccount, rootCa, deployment, replicaSet, replicationController, daemonSet, statefulSet, job,
  endpointSlice, endpoints, namespace, garbageCollector, podGc, clusterRoleAggregation, disruption, resourceQuota,
  cronJob, ttlAfterFinished, endpointSliceMirroring, volumeBinder, claimProtection, volumeProtection, podAutoscaler,
]
