/**
 * One connection with the time that it lacks: deadlines of calls and pings of a connection that has fallen silent, both
 * looked at by one timer. Deadlines are kept to a second.
 */
import type { Cancel, Clock } from '@drydock/base'
import type { ClientConnection } from '../http2/client-connection.ts'
import { Http2Error, errorCode } from '../http2/frames.ts'
import { encodeHeaders, type Header } from '../http2/hpack.ts'

export interface SessionOptions {
  clock: Clock
  /** A connection that is in use and silent for so long is asked whether it lives, and dropped when it does not answer. */
  keepaliveMs: number
  /** Sent with every call. */
  headers: readonly Header[]
}

export interface Timed { expiresAt: number, expire(): void }

/** How often deadlines are looked at while calls are open, and otherwise the state of the connection. */
const callTickMs = 250, idleTickMs = 1000
/** With calls open, silence is suspicious earlier. */
const callSilenceMs = 1500
/** How long an answer to a ping may take, if that is less than the interval. */
const maxPongMs = 3000
/** One block per path; paths are few. */
const maxBlocks = 64

export class Session {
  readonly connection: ClientConnection
  readonly #o: SessionOptions
  readonly #blocks = new Map<string, Buffer>()
  readonly #calls = new Set<Timed>()
  #cancelTimer: Cancel
  #seen = -1
  #quietSince: number
  #pingedAt = -Infinity
  /** Looks at the connection since a ping went out; -1: none is out. A process that was stopped itself must read before it judges. */
  #looks = -1

  constructor(connection: ClientConnection, o: SessionOptions) {
    this.connection = connection
    this.#o = o
    this.#quietSince = o.clock.monotonic()
    this.#cancelTimer = o.clock.timer(idleTickMs, this.#tick)
  }

  get usable(): boolean { return this.connection.usable }

  /** The header block of a call of that path. */
  block(path: string, more: readonly Header[] = []): Buffer {
    const known = more.length ? undefined : this.#blocks.get(path)
    if (known) return known
    const block = encodeHeaders([{ name: ':method', value: 'POST' }, { name: ':path', value: path }, ...this.#o.headers, ...more])
    if (!more.length && this.#blocks.size < maxBlocks) this.#blocks.set(path, block)
    return block
  }

  add(call: Timed): void { this.#calls.add(call) }
  remove(call: Timed): void { this.#calls.delete(call) }

  /** A call got no answer in its time: it says at once whether the connection does. */
  suspect(): void { if (this.#looks < 0) this.#ping(this.#o.clock.monotonic()) }

  readonly #tick = (): void => {
    if (this.connection.closed) { this.#expire(Infinity); return }
    const now = this.#o.clock.monotonic()
    this.#expire(now)
    this.#keepAlive(now)
    this.#cancelTimer()
    this.#cancelTimer = this.#o.clock.timer(this.#calls.size ? callTickMs : idleTickMs, this.#tick)
  }

  #expire(now: number): void { for (const c of this.#calls) if (c.expiresAt <= now) c.expire() }

  #keepAlive(now: number): void {
    const { connection } = this, { keepaliveMs } = this.#o
    if (connection.received !== this.#seen) {
      this.#seen = connection.received
      this.#quietSince = now
      this.#looks = -1
    } else if (this.#looks >= 0) {
      if (++this.#looks > 2 && now - this.#pingedAt >= Math.min(maxPongMs, keepaliveMs)) connection.destroy(new Http2Error(errorCode.connectError, 'the peer does not answer pings'))
    } else if (connection.openStreams && now - this.#quietSince >= (this.#calls.size ? Math.min(callSilenceMs, keepaliveMs) : keepaliveMs) && now - this.#pingedAt >= keepaliveMs) this.#ping(now)
  }

  #ping(now: number): void {
    this.#looks = 0
    this.#pingedAt = now
    this.connection.ping(() => {})
  }
}
