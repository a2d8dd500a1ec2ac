import { resources } from '@drydock/api'
import type { Service } from '@drydock/api'
import type { Clock, Logger } from '@drydock/base'
import type { Store } from '@drydock/storage'
import type { Reader } from '../../admission/types.ts'
import type { AddressPool } from './addresses.ts'
import { portKeyPrefix } from './ports.ts'
import type { PortPool } from './ports.ts'
import { addressesOf, portsOf } from './services.ts'

export interface RepairOptions { reader: Reader, store: Store, addresses: readonly AddressPool[], ports: PortPool, clock: Clock, log: Logger, /** Between looks; default 180,000. */ intervalMs?: number }

/** What was reserved for whom: `address` or `port`, and the namespace/name of the service. */
type Held = Map<string, string>

/**
 * Addresses and ports that a crash left reserved for no service, and services that hold what is not reserved (restored
 * data): found by comparing, put right when two looks in a row find the same, so that no write in flight is disturbed.
 */
export async function repairReservations(o: RepairOptions, suspects: Held, signal: AbortSignal): Promise<Held> {
  const held = await reservedNow(o, signal), used = new Map<string, string>()
  const options = { dryRun: false, signal }
  for (const s of o.reader.list(resources.services)) {
    const owner = ownerOf(s), key = `${owner.namespace}/${owner.name}`
    for (const a of addressesOf(s.spec ?? {})) { used.set(a, key); if (!held.has(a)) await take(o, `cluster IP ${a}`, () => poolOf(o, a)?.take(a, owner, options)) }
    for (const p of portsOf(s.spec ?? {})) { used.set(String(p), key); if (!held.has(String(p))) await take(o, `node port ${p}`, () => o.ports.take(p, owner, options)) }
  }
  const next: Held = new Map()
  for (const [what, owner] of held) {
    if (used.get(what) === owner) continue
    if (suspects.get(what) !== owner) { next.set(what, owner); continue }
    o.log.info({ reserved: what, owner }, 'reserved for a service that does not use it: given back')
    await (what.includes('.') || what.includes(':') ? poolOf(o, what)?.release(what) : o.ports.release(Number(what)))
  }
  return next
}

/** Looks again and again until the signal aborts. */
export async function keepReservations(o: RepairOptions, signal: AbortSignal): Promise<void> {
  let suspects: Held = new Map()
  while (!signal.aborted) {
    try {
      await o.clock.sleep(o.intervalMs ?? 180_000, signal)
      suspects = await repairReservations(o, suspects, signal)
    } catch (e) {
      if (!signal.aborted) o.log.warn({ err: e }, 'reservations not compared')
    }
  }
}

const ownerOf = (s: Service) => ({ namespace: s.metadata?.namespace ?? '', name: s.metadata?.name ?? '' })
const poolOf = (o: RepairOptions, a: string): AddressPool | undefined => o.addresses.find((p) => p.family === (a.includes(':') ? 'IPv6' : 'IPv4'))

async function take(o: RepairOptions, what: string, run: () => Promise<boolean> | undefined): Promise<void> {
  try { await run() } catch (e) { o.log.warn({ err: e, what }, 'held by a service and not to be reserved for it') }
}

async function reservedNow(o: RepairOptions, signal: AbortSignal): Promise<Held> {
  const held: Held = new Map()
  for (const a of o.reader.list(resources.ipaddresses)) {
    const p = a.spec?.parentRef
    if (p?.resource === 'services') held.set(a.metadata?.name ?? '', `${p.namespace ?? ''}/${p.name}`)
  }
  const { items } = await o.store.range({ prefix: portKeyPrefix, signal })
  for (const i of items) {
    const { namespace, name } = JSON.parse(i.value.toString()) as { namespace: string, name: string }
    held.set(i.key.slice(portKeyPrefix.length), `${namespace}/${name}`)
  }
  return held
}
