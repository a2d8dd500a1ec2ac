/** A call with many answers. */
import { Call } from './call.ts'
import type { StreamHandlers } from './grpc-channel.ts'
import type { GrpcError } from './status.ts'

export class StreamCall extends Call {
  readonly #handlers: StreamHandlers
  readonly #ended: () => void

  /** `ended` is called before the handlers' `onEnd`. */
  constructor(maxMessageBytes: number, handlers: StreamHandlers, ended: () => void) {
    super(maxMessageBytes)
    this.#handlers = handlers
    this.#ended = ended
  }

  message(message: Buffer, owned: boolean): void { this.#handlers.onMessage(message, owned) }

  protected over(error: GrpcError | undefined): void {
    this.#ended()
    this.#handlers.onEnd(error)
  }
}
