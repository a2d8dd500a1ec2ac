/** What the runtime knows of a pod, in the kubelet's terms. Times in milliseconds since the epoch; 0 where there is none. */
import type { Container, EphemeralContainer, Pod } from '@drydock/api'

export interface RuntimeContainer {
  id: string
  name: string
  sandboxId: string
  /** Restarts before this instance: CRI's attempt. */
  restartCount: number
  state: 'created' | 'running' | 'exited' | 'unknown'
  createdAt: number
  startedAt: number
  finishedAt: number
  exitCode: number
  image: string
  imageRef: string
  reason: string
  message: string
  /** Of the spec's fields that make a container another one; '' if the label is missing. */
  hash: string
  logPath: string
  terminationMessagePath: string
  terminationMessagePolicy: string
  /** Host file behind the termination message; '' if there is none. */
  terminationMessageFile: string
}

export interface RuntimeSandbox {
  id: string
  attempt: number
  ready: boolean
  createdAt: number
  hostNetwork: boolean
  ips: string[]
}

export interface PodRuntime {
  uid: string
  name: string
  namespace: string
  /** Newest first. */ sandboxes: RuntimeSandbox[]
  /** Newest first, all attempts. */ containers: RuntimeContainer[]
}

export const emptyRuntime = (uid: string, name: string, namespace: string): PodRuntime => ({ uid, name, namespace, sandboxes: [], containers: [] })

/** The newest instance of a container. */
export const latest = (rt: PodRuntime, name: string): RuntimeContainer | undefined => rt.containers.find((c) => c.name === name)

export type AnyContainer = Container | (EphemeralContainer & { restartPolicy?: undefined })
export const isSidecar = (c: Container): boolean => c.restartPolicy === 'Always'
export const allContainers = (pod: Pod): AnyContainer[] => [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? []), ...((pod.spec?.ephemeralContainers ?? []) as AnyContainer[])]

/** Labels and annotations by which the kubelet knows its own again after a restart; upstream's names. */
export const labels = {
  podName: 'io.kubernetes.pod.name', podNamespace: 'io.kubernetes.pod.namespace', podUID: 'io.kubernetes.pod.uid', containerName: 'io.kubernetes.container.name',
} as const
export const annotations = {
  hash: 'io.kubernetes.container.hash', restartCount: 'io.kubernetes.container.restartCount',
  terminationMessagePath: 'io.kubernetes.container.terminationMessagePath', terminationMessagePolicy: 'io.kubernetes.container.terminationMessagePolicy',
  podTerminationGracePeriod: 'io.kubernetes.pod.terminationGracePeriod', podDeletionGracePeriod: 'io.kubernetes.pod.deletionGracePeriod', preStop: 'io.kubernetes.container.preStopHandler',
} as const
