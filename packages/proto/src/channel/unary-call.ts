/** A call of one message and one answer, with its deadline and its signal. */
import { Call } from './call.ts'
import type { Session, Timed } from './session.ts'
import { GrpcError, grpcCode, transportError } from './status.ts'

export interface UnaryCallOptions<T> {
  session: Session
  resolve(answer: T): void
  reject(error: Error): void
  decode(answer: Buffer, owned: boolean): T
  /** What errors call the server. */
  name: string
  timeoutMs: number
  expiresAt: number
  signal: AbortSignal | undefined
  maxMessageBytes: number
}

export const cancelled = (): GrpcError => new GrpcError(grpcCode.cancelled, 'the call was cancelled', { transport: true })
export const late = (name: string, timeoutMs: number): string => `${name} did not answer within ${Math.round(timeoutMs)} ms`

export class UnaryCall<T> extends Call implements Timed {
  readonly #o: UnaryCallOptions<T>
  readonly expiresAt: number
  #answer: T | undefined
  #answered = false
  #onAbort: (() => void) | undefined

  constructor(o: UnaryCallOptions<T>) {
    super(o.maxMessageBytes)
    this.#o = o
    this.expiresAt = o.expiresAt
  }

  /** The request is on its way. */
  begun(): void {
    const { session, signal } = this.#o
    session.add(this)
    if (!signal) return
    this.#onAbort = () => { this.#o.reject(signal.reason as Error); this.end(cancelled()) }
    signal.addEventListener('abort', this.#onAbort, { once: true })
  }

  expire(): void {
    this.#o.session.suspect()
    this.end(new GrpcError(grpcCode.deadlineExceeded, late(this.#o.name, this.#o.timeoutMs), { transport: true }))
  }

  message(message: Buffer, owned: boolean): void {
    this.#answer = this.#o.decode(message, owned)
    this.#answered = true
  }

  protected over(error: GrpcError | undefined): void {
    const { session, signal, resolve, reject, name } = this.#o
    session.remove(this)
    if (this.#onAbort) signal!.removeEventListener('abort', this.#onAbort)
    if (error) reject(error)
    else if (this.#answered) resolve(this.#answer!)
    else reject(transportError(`${name} ended the call without an answer`, { sent: true }))
  }
}
