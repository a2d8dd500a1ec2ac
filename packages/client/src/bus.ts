import { type Clock, type Logger, realClock } from '@drydock/base'
import { BusConnection, type BusSubscriber } from '@drydock/bus'
import type { TlsMaterial } from './channel.ts'

export interface BusOptions {
  /** `host:port` or URLs of the NATS servers; none: there is no bus, informers watch over gRPC. */
  servers: readonly string[]
  tls: TlsMaterial
  /** The component's name, for NATS's own listings. */
  name: string
  log: Logger
  clock?: Clock
}

/** A bus for an informer factory, which keeps its connection while it runs. */
export interface Bus extends BusSubscriber { run(signal: AbortSignal): Promise<void> }

/** A component comes up on its gRPC watches; loading NATS's client can wait until it has begun its work. */
const connectAfterMs = 3000

export function createBus(o: BusOptions): Bus | undefined {
  return o.servers.length ? new BusConnection({ clock: realClock, connectAfterMs, ...o }) : undefined
}
