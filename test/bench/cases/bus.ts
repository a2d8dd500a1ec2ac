/**
 * Fan-out over the bus to 10, 100 and 1,000 subscribers against raw NATS in the same run: the same bytes, the same number of
 * messages, subscribers and connections, the same nats-server. The bus side is the real one: the relay of the apiserver,
 * headers, revision chains; what it delivers is in order and without gaps. Encodings of objects are counted.
 */
import { spawn } from 'node:child_process'
import { realClock, silentLogger } from '@drydock/base'
import { BusConnection, type BusEvent, RevisionChain } from '@drydock/bus'
import { connect, type NatsConnection } from '@nats-io/transport-node'
import type { CacheEvent } from '../../../services/apiserver/src/cache/resource-cache.ts'
import { encodings } from '../../../services/apiserver/src/cache/encodings.ts'
import { encodeStored, Entry } from '../../../services/apiserver/src/cache/entry.ts'
import { createResourceTypes } from '../../../services/apiserver/src/registry/resource-type.ts'
import { Relay } from '../../../services/apiserver/src/relay/relay.ts'
import type { WatchCache } from '../../../services/apiserver/src/cache/watch-cache.ts'
import { type Bench, type Figure, median } from '../measure.ts'
import { freePort } from '../../free-port.ts'

/** Deliveries per round, whatever the number of subscribers. */
const deliveries = 50_000
const rounds = 5, batch = 50, maxConnections = 50
const pad = 'x'.repeat(1700)

export const bench: Bench = async (say) => {
  const port = await freePort()
  const nats = spawn('nats-server', ['-a', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' })
  try {
    const out: Figure[] = []
    for (const subscribers of [10, 100, 1000]) out.push(...await fanOut(port, subscribers, say))
    return out
  } finally {
    nats.kill('SIGKILL')
  }
}

async function fanOut(port: number, subscribers: number, say: (l: string) => void): Promise<Figure[]> {
  const events = Math.max(50, Math.round(deliveries / subscribers)), connections = Math.min(subscribers, maxConnections)
  const before = encodings.objects
  const bus = await busSide(port, subscribers, connections), raw = await rawSide(port, subscribers, connections)
  const relayed: number[] = [], plain: number[] = []
  for (let i = 0; i < rounds; i++) {
    relayed.push(await bus.round(events))
    plain.push(await raw.round(events))
  }
  const encoded = encodings.objects - before, gaps = bus.gaps()
  await Promise.all([bus.stop(), raw.stop()])
  say(`${subscribers} subscribers: ${median(relayed).toFixed(0)} per s over the bus, ${median(plain).toFixed(0)} raw, ${gaps} gaps`)
  return [
    { name: `deliveries to ${subscribers} subscribers`, value: median(relayed), unit: 'per s', limit: { name: 'raw NATS', value: median(plain) }, target: { atLeast: 0.5 } },
    { name: `encodings per event, ${subscribers} subscribers`, value: encoded / (events * rounds), unit: '', target: { atMost: 1 } },
  ]
}

interface Side { round(events: number): Promise<number>, stop(): Promise<void> }

/** The real relay, fed with events as the watch cache feeds it. */
async function busSide(port: number, subscribers: number, connections: number): Promise<Side & { gaps(): number }> {
  const stop = new AbortController(), servers = [`127.0.0.1:${port}`], clock = realClock, log = silentLogger
  const type = createResourceTypes().find('', 'v1', 'configmaps')!
  let emit: (e: CacheEvent) => void = () => {}, revision = 10, delivered = 0, gaps = 0
  const cache = { get revision() { return revision }, whenReady: async () => {}, onRefill: () => () => {}, onProgress: () => () => {}, resources: () => [{ type, listen(l: typeof emit) { emit = l; return () => {} } }] }
  const relayBus = new BusConnection({ servers, name: 'relay', clock, log })
  const relay = new Relay({ cache: cache as unknown as WatchCache, bus: relayBus, identity: 'a', clock, log })
  const running: Promise<void>[] = [relay.run(stop.signal)]
  const chains: RevisionChain<BusEvent>[] = []
  for (let c = 0; c < connections; c++) {
    const connection = new BusConnection({ servers, name: `subscriber-${c}`, clock, log })
    for (let s = c; s < subscribers; s += connections) {
      const chain = new RevisionChain<BusEvent>()
      chain.listed(revision)
      chains.push(chain)
      connection.subscribe({
        group: '', resource: 'configmaps', onSilence: () => {},
        onMessage: (m) => {
          const d = chain.fromBus(m)
          delivered += d.apply.length
          if (d.direct === 'open') gaps++
        },
      })
    }
    running.push(connection.run(stop.signal))
  }
  while (!relay.leading || chains.some((c) => c.mode !== 'bus')) await clock.sleep(50)
  return {
    gaps: () => gaps,
    async round(events) {
      const until = delivered + events * subscribers, t = clock.monotonic()
      for (let i = 0; i < events; i++) {
        const stored = encodeStored({ metadata: { name: `c${i}`, namespace: 'default' }, data: { pad } })
        const entry = Entry.fromStored(type, 'default', `c${i}`, ++revision, stored)
        emit({ type: 'MODIFIED', revision, previousRevision: revision - 1, entry, previous: undefined })
        if (i % batch === batch - 1) await relayBus.flush()
      }
      while (delivered < until && gaps === 0) await clock.sleep(1)
      return (events * subscribers) / ((clock.monotonic() - t) / 1000)
    },
    async stop() { stop.abort(new Error('over')); await Promise.all(running) },
  }
}

async function rawSide(port: number, subscribers: number, connections: number): Promise<Side> {
  const servers = `127.0.0.1:${port}`, publisher = await connect({ servers }), all: NatsConnection[] = [publisher]
  const payload = Buffer.from(JSON.stringify({ metadata: { resourceVersion: '1', name: 'c0', namespace: 'default' }, data: { pad } }))
  let delivered = 0
  for (let c = 0; c < connections; c++) {
    const n = await connect({ servers })
    all.push(n)
    for (let s = c; s < subscribers; s += connections) n.subscribe('raw.>', { callback: (_e, m) => { if (m.data.length) delivered++ } })
    await n.flush()
  }
  return {
    async round(events) {
      const until = delivered + events * subscribers, t = realClock.monotonic()
      for (let i = 0; i < events; i++) {
        publisher.publish(`raw.core.configmaps.-.default.c${i}`, payload)
        if (i % batch === batch - 1) await publisher.flush()
      }
      while (delivered < until) await realClock.sleep(1)
      return (events * subscribers) / ((realClock.monotonic() - t) / 1000)
    },
    async stop() { await Promise.all(all.map((n) => n.close())) },
  }
}
