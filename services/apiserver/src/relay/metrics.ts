import { Counter, Gauge, type Registry } from '@drydock/service'
import type { Relay } from './relay.ts'

/** What this apiserver has put on the bus, and whether it is the one that does. Read when asked. */
export function addRelayMetrics(registry: Registry, relay: Relay): void {
  const registers = [registry]
  new Gauge({ name: 'drydock_relay_leading', help: '1 while this apiserver relays events to the bus.', registers, collect() { this.set(relay.leading ? 1 : 0) } })
  new Counter({ name: 'drydock_relay_events_total', help: 'Events put on the bus, by what became of them: sent, or too large to be sent.', labelNames: ['result'], registers,
    collect() { this.reset(); this.inc({ result: 'sent' }, relay.counters.events); this.inc({ result: 'too_large' }, relay.counters.skipped) } })
  new Counter({ name: 'drydock_relay_bytes_total', help: 'Bytes of objects put on the bus, once each whatever the number of subscribers.', registers, collect() { this.reset(); this.inc(relay.counters.bytes) } })
}
