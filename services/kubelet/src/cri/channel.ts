/** The connection to the runtime's socket, and a stream of its answers as an async iterable. */
import type { Clock } from '@drydock/base'
import { GrpcChannel, type ClientStream, type StreamOptions } from '@drydock/proto/channel'
import { frame } from '@drydock/proto/frame'
import type { Method } from '@drydock/proto/rpc-types'

/** Images and logs make long answers; upstream's limit. */
const maxMessageBytes = 16 << 20

/** Go's servers take pings of an idle connection for an attack; a socket on this machine needs none. */
export const runtimeChannel = (endpoint: string, clock: Clock): GrpcChannel =>
  new GrpcChannel({ servers: [endpoint], clock, name: 'runtime', keepaliveMs: Infinity, maxMessageBytes })

/** Answers that wait for a slow reader before the stream is paused. */
const queueLimit = 100

/** Throws GrpcError when the runtime ends it with one; ends by itself when the signal aborts. */
export async function* serverStream<Q, A>(channel: GrpcChannel, method: Method<Q, A>, request: Q, o: Pick<StreamOptions, 'headers'> & { signal: AbortSignal }): AsyncGenerator<A, void, void> {
  const queue: A[] = []
  let ended = false, failure: Error | undefined, wake = () => {}
  const stream: ClientStream = await channel.stream(method.path, {
    onMessage(b) {
      queue.push(method.response.decode(b))
      if (queue.length >= queueLimit) stream.pause()
      wake()
    },
    onEnd(e) { ended = true; failure = e; wake() },
  }, { ...o, message: frame(method.request.encode(request).finish()) })
  try {
    for (;;) {
      const next = queue.shift()
      if (next !== undefined) {
        if (queue.length === 0) stream.resume()
        yield next
      } else if (ended) {
        if (failure && !o.signal.aborted) throw failure
        return
      } else await new Promise<void>((resolve) => { wake = resolve })
    }
  } finally { stream.cancel() }
}
