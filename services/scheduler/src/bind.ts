import { isStatus, resources, type Binding, type Pod, type PodCondition, type Resource } from '@drydock/api'
import { formatTime, type Clock } from '@drydock/base'
import type { Client } from '@drydock/client'
import type { PodInfo } from './snapshot/pod-info.ts'

/** What the scheduler writes: bindings, the PodScheduled condition of pods that wait, and the going of victims. */

const bindingOf = resources.pods as unknown as Resource<Binding>

/** Binds; the apiserver refuses a pod that is bound already, or that is another one of the same name. */
export async function bind(client: Client, pod: PodInfo, node: string, signal: AbortSignal): Promise<void> {
  const binding: Binding = {
    apiVersion: 'v1', kind: 'Binding',
    metadata: { name: pod.name, namespace: pod.namespace, uid: pod.uid },
    target: { kind: 'Node', name: node },
  }
  await client.create(bindingOf, binding, { namespace: pod.namespace, name: pod.name, subresource: 'binding', signal })
}

export interface Waiting { readonly reason: 'Unschedulable' | 'SchedulerError', readonly message: string, readonly nominatedNode?: string }

/** Says on the pod why it waits; writes nothing that is said already. */
export async function sayWaiting(client: Client, clock: Clock, pod: Pod, w: Waiting, signal: AbortSignal): Promise<void> {
  const before = pod.status?.conditions?.find((c) => c.type === 'PodScheduled')
  const same = before?.status === 'False' && before.reason === w.reason && before.message === w.message
  if (same && (w.nominatedNode === undefined || w.nominatedNode === (pod.status?.nominatedNodeName ?? ''))) return
  const condition: PodCondition = {
    type: 'PodScheduled', status: 'False', reason: w.reason, message: w.message, lastProbeTime: null as unknown as string,
    lastTransitionTime: before?.status === 'False' && before.lastTransitionTime ? before.lastTransitionTime : formatTime(clock.now()),
    ...(pod.metadata?.generation !== undefined && { observedGeneration: pod.metadata.generation }),
  }
  const status = { conditions: [condition], ...(w.nominatedNode !== undefined && { nominatedNodeName: w.nominatedNode || null }) }
  await patchStatus(client, pod, status, signal)
}

/** Marks a victim as disrupted and deletes it. One that is gone, or another of that name, is left alone. */
export async function evict(client: Client, clock: Clock, victim: PodInfo, by: string, signal: AbortSignal): Promise<void> {
  const condition: PodCondition = {
    type: 'DisruptionTarget', status: 'True', reason: 'PreemptionByScheduler', message: `${by}: preempting to accommodate a higher priority pod`,
    lastProbeTime: null as unknown as string, lastTransitionTime: formatTime(clock.now()),
    ...(victim.pod.metadata?.generation !== undefined && { observedGeneration: victim.pod.metadata.generation }),
  }
  try {
    await patchStatus(client, victim.pod, { conditions: [condition] }, signal)
    await client.delete(resources.pods, victim.name, { namespace: victim.namespace, preconditions: { uid: victim.uid }, signal })
  } catch (e) {
    if (!isStatus(e, 'NotFound') && !isStatus(e, 'Conflict')) throw e
  }
}

async function patchStatus(client: Client, pod: Pod, status: object, signal: AbortSignal): Promise<void> {
  const body = { metadata: { uid: pod.metadata?.uid }, status }
  await client.patch(resources.pods, pod.metadata?.name ?? '', { type: 'strategic', body }, { namespace: pod.metadata?.namespace ?? '', subresource: 'status', signal })
}
