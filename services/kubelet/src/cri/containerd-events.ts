/**
 * Ends of containers from containerd's own events API, over the socket that also speaks CRI: containerd before 1.7 has no
 * CRI events. Names only the container; what became of it is asked of CRI.
 */
import type { Clock } from '@drydock/base'
import { Envelope, SubscribeRequest, TaskExit } from '@drydock/proto/containerd-events'
import { method } from '@drydock/proto/rpc-types'
import { runtimeChannel, serverStream } from './channel.ts'

export interface ContainerdExit { containerId: string }

const subscribe = method('/containerd.services.events.v1.Events/Subscribe', SubscribeRequest, Envelope)

/** Yields the exits of containers and sandboxes (not of exec'd processes) in containerd's CRI namespace until the signal aborts. */
export async function* containerdExits(endpoint: string, clock: Clock, signal: AbortSignal): AsyncIterable<ContainerdExit> {
  const channel = runtimeChannel(endpoint, clock)
  try {
    const headers = [{ name: 'containerd-namespace', value: 'k8s.io' }]
    for await (const e of serverStream(channel, subscribe, { filters: ['topic=="/tasks/exit",namespace=="k8s.io"'] }, { headers, signal })) {
      if (!e.event) continue
      const exit = TaskExit.decode(e.event.value)
      if (exit.id === exit.containerId || exit.id === '') yield { containerId: exit.containerId }
    }
  } catch (e) {
    if (!signal.aborted) throw e
  } finally { channel.close() }
}
