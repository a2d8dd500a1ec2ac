import { readFileSync } from 'node:fs'
import { type Clock, type Logger, type Random, realClock, systemRandom } from '@drydock/base'
import { createBus } from './bus.ts'
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
  /** The component's name: user agent, name on the bus. */
  name: string
  log: Logger
  clock?: Clock
  random?: Random
}

/** What a component needs of the cluster. Nothing is connected before it is used. */
export interface Connection {
  client: Client
  /** On the bus while they run. */
  informers: InformerFactory
  recorder(component: string, host?: string): EventRecorder
  /** Waits until the signal aborts, then closes the client. */
  run(signal: AbortSignal): Promise<void>
}

/** The short way for a main that has one informer factory. */
export function connect(o: ConnectOptions): Connection {
  const { log, clock = realClock, random = systemRandom, name } = o
  const tls = { ca: readFileSync(o.caFile), cert: readFileSync(o.certFile), key: readFileSync(o.keyFile) }
  const client = createClient({ servers: o.server, tls, userAgent: name, clock, random })
  return {
    client,
    informers: createInformerFactory({ client, bus: createBus({ servers: o.natsServers, tls, name, clock, log }), log, clock, random }),
    recorder: (component, host) => createEventRecorder({ client, component, ...(host && { host }), log, clock }),
    async run(signal) {
      await new Promise<void>((resolve) => { if (signal.aborted) resolve(); else signal.addEventListener('abort', () => resolve(), { once: true }) })
      client.close()
    },
  }
}
