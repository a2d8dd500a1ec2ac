/**
 * Ends of containers from containerd's own events API, over the socket that also speaks CRI: containerd before 1.7 has no
 * CRI events. Names only the container; what became of it is asked of CRI.
 */
import { containerdEvents } from '@drydock/proto'
import { credentials, Metadata } from '@grpc/grpc-js'

export interface ContainerdExit { containerId: string }

/** Yields the exits of containers and sandboxes (not of exec'd processes) in containerd's CRI namespace until the signal aborts. */
export async function* containerdExits(endpoint: string, signal: AbortSignal): AsyncIterable<ContainerdExit> {
  const client = new containerdEvents.EventsClient(endpoint, credentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1 })
  const metadata = new Metadata()
  metadata.set('containerd-namespace', 'k8s.io')
  const stream = client.subscribe({ filters: ['topic=="/tasks/exit",namespace=="k8s.io"'] }, metadata)
  const abort = () => stream.cancel()
  signal.addEventListener('abort', abort, { once: true })
  try {
    for await (const e of stream) {
      const value = (e as containerdEvents.Envelope).event?.value
      if (!value) continue
      const exit = containerdEvents.TaskExit.decode(value)
      if (exit.id === exit.containerId || exit.id === '') yield { containerId: exit.containerId }
    }
  } catch (e) {
    if (!signal.aborted) throw e
  } finally {
    signal.removeEventListener('abort', abort)
    stream.cancel()
    client.close()
  }
}
