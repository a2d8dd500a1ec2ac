import { readFileSync } from 'node:fs'
import { type Clock, type Logger, type Random, realClock, systemRandom } from '@drydock/base'
import { BusConnection } from '@drydock/bus'
import { createClient } from './client.ts'
import { createEventRecorder } from './event-recorder.ts'
import { createInformerFactory } from './informer-factory.ts'
import type { Client, EventRecorder, InformerFactory } from './types.ts'

/** Takes the connection flags of packages/service as they are. */
export interface ConnectOptions {
  server: readonly string[]
  natsServers: readonly string[]
  caFile: string
  certFile: string
  keyFile: string
  /** The component's name: user agent, event source, name on the bus. */
  name: string
  log: Logger
  clock?: Clock
  random?: Random
}

/** Everything that a component needs of the cluster. Nothing is connected before it is used. */
export interface Connection {
  client: Client
  informers: InformerFactory
  recorder(component: string, host?: string): EventRecorder
  /** Keeps the bus until the signal aborts, then closes the client. Informers have a `run` of their own. */
  run(signal: AbortSignal): Promise<void>
}

export function connect(o: ConnectOptions): Connection {
  const { log, clock = realClock, random = systemRandom, name } = o
  const tls = { ca: readFileSync(o.caFile), cert: readFileSync(o.certFile), key: readFileSync(o.keyFile) }
  const client = createClient({ servers: o.server, tls, userAgent: `${name}/v1.35`, clock, random })
  const bus = o.natsServers.length ? new BusConnection({ servers: o.natsServers, tls, name, clock, log }) : undefined
  return {
    client,
    informers: createInformerFactory({ client, bus, log, clock, random }),
    recorder: (component, host) => createEventRecorder({ client, component, ...(host && { host }), log, clock }),
    async run(signal) {
      try {
        if (bus) await bus.run(signal)
        else await new Promise<void>((resolve) => { if (signal.aborted) resolve(); else signal.addEventListener('abort', () => resolve(), { once: true }) })
      } finally {
        client.close()
      }
    },
  }
}
