import { invalid, invalidStatus } from '@drydock/api'
import type { FieldError, ServiceSpec } from '@drydock/api'
import type { Logger } from '@drydock/base'
import type { ApiObject } from '../../admission/types.ts'
import { isHeadless, needsClusterIP, needsHealthCheckPort, needsNodePorts } from '../../kinds/core/service/needs.ts'
import { clusterIPs } from '../../kinds/core/service/validate.ts'
import { Unavailable } from './addresses.ts'
import type { AddressPool, Owner } from './addresses.ts'
import { initFamilies } from './families.ts'
import type { PortPool } from './ports.ts'
import type { Finish, Reservation, ReserveOptions } from './types.ts'

export interface ServiceReservationOptions { /** By family, the default one first. */ addresses: readonly AddressPool[], ports: PortPool, log: Logger }

/** Cluster IPs and node ports of services (pkg/registry/core/service/storage/alloc.go). */
export function createServiceReservation(o: ServiceReservationOptions): Reservation {
  return {
    async create(object, c) {
      const s = specOf(object)
      if (s.clusterIP && !s.clusterIPs?.length) s.clusterIPs = [s.clusterIP]
      return reserve(o, object, s, undefined, c)
    },
    async update(object, old, c) {
      const s = specOf(object), was = specOf(old)
      patchAllocated(s, was)
      normalizeClusterIPs(s, was)
      return reserve(o, object, s, was, c)
    },
    async deleted(object) {
      const s = specOf(object)
      await giveBack(o, addressesOf(s), portsOf(s))
    },
  }
}

const specOf = (o: ApiObject): ServiceSpec => (o['spec'] ?? {}) as ServiceSpec
/** Cluster IPs that a service holds. */
export const addressesOf = (s: ServiceSpec): string[] => (needsClusterIP(s) && !isHeadless(s) ? s.clusterIPs ?? [] : [])
/** Node ports that a service holds, the one of its health check too. */
export const portsOf = (s: ServiceSpec): number[] => [...new Set([...(s.type === 'NodePort' || s.type === 'LoadBalancer' ? s.ports ?? [] : []).map((p) => p.nodePort ?? 0), (needsHealthCheckPort(s) && s.healthCheckNodePort) || 0])].filter(Boolean)
const refuse = (o: ApiObject, ...errors: FieldError[]) => invalidStatus({ group: '', kind: 'Service' }, String(o.metadata['name'] ?? ''), errors)

async function giveBack(o: ServiceReservationOptions, addresses: readonly string[], ports: readonly number[]): Promise<void> {
  try {
    await Promise.all([...addresses.map((a) => poolOf(o, a).release(a)), ...ports.map((p) => o.ports.release(p))])
  } catch (e) {
    o.log.warn({ err: e, addresses, ports }, 'not given back')
  }
}

const poolOf = (o: ServiceReservationOptions, address: string): AddressPool => o.addresses.find((a) => a.family === (address.includes(':') ? 'IPv6' : 'IPv4')) ?? o.addresses[0]!

/** Takes what the service lacks; what fails gives back what was taken. */
async function reserve(o: ServiceReservationOptions, object: ApiObject, s: ServiceSpec, old: ServiceSpec | undefined, c: ReserveOptions): Promise<Finish> {
  const taken = { addresses: [] as string[], ports: [] as number[] }
  const owner = { namespace: String(object.metadata['namespace'] ?? ''), name: String(object.metadata['name'] ?? '') }
  try {
    const errors = initFamilies(s, old, o.addresses.map((a) => a.family), clusterIPs)
    if (errors.length) throw refuse(object, ...errors)
    await reserveAddresses(o, object, s, old, owner, c, taken.addresses)
    await reservePorts(o, object, s, old, owner, c, taken.ports)
  } catch (e) {
    if (!c.dryRun) await giveBack(o, taken.addresses, taken.ports)
    throw e
  }
  const kept = { addresses: new Set(addressesOf(s)), ports: new Set(portsOf(s)) }
  return async (done) => {
    if (c.dryRun) return
    if (!done) await giveBack(o, taken.addresses, taken.ports)
    else if (old) await giveBack(o, addressesOf(old).filter((a) => !kept.addresses.has(a)), portsOf(old).filter((p) => !kept.ports.has(p)))
  }
}

async function reserveAddresses(o: ServiceReservationOptions, object: ApiObject, s: ServiceSpec, old: ServiceSpec | undefined, owner: Owner, c: ReserveOptions, taken: string[]): Promise<void> {
  if (!needsClusterIP(s) || isHeadless(s)) return
  const had = new Set(old ? addressesOf(old) : [])
  const list: string[] = []
  for (const [i, family] of (s.ipFamilies ?? []).entries()) {
    const wanted = s.clusterIPs?.[i], pool = o.addresses.find((a) => a.family === family)
    if (!pool) continue
    // A changed address is validation's to refuse: nothing is taken for it.
    if (wanted && (had.has(wanted) || had.size)) { list.push(wanted); continue }
    if (!wanted) { const next = await pool.next(owner, c); taken.push(next); list.push(next); continue }
    try {
      if (await pool.take(wanted, owner, c)) taken.push(wanted)
    } catch (e) {
      if (e instanceof Unavailable) throw refuse(object, invalid('spec.clusterIPs', s.clusterIPs, `failed to allocate IP ${wanted}: ${e.message}`))
      throw e
    }
    list.push(wanted)
  }
  s.clusterIPs = list
  if (list[0] !== undefined) s.clusterIP = list[0]
}

const DUMMY_PORT = 32768

async function reservePorts(o: ServiceReservationOptions, object: ApiObject, s: ServiceSpec, old: ServiceSpec | undefined, owner: Owner, c: ReserveOptions, taken: number[]): Promise<void> {
  const had = new Set(old ? portsOf(old) : [])
  /** Node port → protocols that share it in this service; port number → node port. */
  const used = new Map<number, Set<string>>(), byPort = new Map<number, number>()
  const take = async (port: number, field: string): Promise<void> => {
    if (had.has(port)) return
    try {
      if (await o.ports.take(port, owner, c)) taken.push(port)
    } catch (e) {
      if (e instanceof Unavailable) throw refuse(object, invalid(field, port, e.message))
      throw e
    }
  }
  // In a dry run a dummy stands for what would be given out, as upstream's.
  const next = async (): Promise<number> => { const port = c.dryRun ? Math.max(DUMMY_PORT, ...taken) + 1 : await o.ports.next(owner, c); taken.push(port); return port }
  if (s.type === 'NodePort' || s.type === 'LoadBalancer') for (const [i, p] of (s.ports ?? []).entries()) {
    const field = `spec.ports[${i}].nodePort`, protocol = p.protocol ?? 'TCP'
    const shared = p.nodePort || byPort.get(p.port)
    // A second port of the same number gets the same node port, and validation refuses what is really double.
    if (shared && used.has(shared) && (!p.nodePort || !used.get(shared)!.has(protocol))) p.nodePort = shared
    else if (p.nodePort && used.has(p.nodePort)) throw refuse(object, invalid(field, p.nodePort, 'provided port is already allocated'))
    else if (p.nodePort) await take(p.nodePort, field)
    else if (needsNodePorts(s)) p.nodePort = await next()
    if (!p.nodePort) continue
    used.set(p.nodePort, (used.get(p.nodePort) ?? new Set()).add(protocol))
    byPort.set(p.port, p.nodePort)
  }
  if (!needsHealthCheckPort(s)) return
  if (s.healthCheckNodePort) await take(s.healthCheckNodePort, 'spec.healthCheckNodePort')
  else s.healthCheckNodePort = await next()
}

/** Fills in what was given out before and the client left out, so that what was read before stays good to write. */
function patchAllocated(s: ServiceSpec, old: ServiceSpec): void {
  if (needsClusterIP(old) && needsClusterIP(s)) {
    if (!s.clusterIP && old.clusterIP) s.clusterIP = old.clusterIP
    if (!s.clusterIPs?.length && s.clusterIP === old.clusterIP && old.clusterIPs) s.clusterIPs = [...old.clusterIPs]
  }
  if (needsNodePorts(old) && needsNodePorts(s)) {
    const before = new Map(old.ports?.map((p) => [p.name ?? '', p.nodePort ?? 0]))
    const used = new Set(s.ports?.map((p) => p.nodePort ?? 0).filter((n) => old.ports?.some((p) => p.nodePort === n)))
    for (const p of s.ports ?? []) {
      const was = before.get(p.name ?? '')
      if (p.nodePort || !was || used.has(was)) continue
      p.nodePort = was
      used.add(was)
    }
  }
  if (needsHealthCheckPort(old) && needsHealthCheckPort(s) && !s.healthCheckNodePort && old.healthCheckNodePort) s.healthCheckNodePort = old.healthCheckNodePort
}

/** clusterIP and clusterIPs agree, whichever of them an older client knows. */
function normalizeClusterIPs(s: ServiceSpec, old: ServiceSpec): void {
  const same = JSON.stringify(s.clusterIPs ?? []) === JSON.stringify(old.clusterIPs ?? [])
  if (old.clusterIPs?.length && !s.clusterIPs?.length && (old.clusterIP ?? '') === (s.clusterIP ?? '')) s.clusterIPs = [...old.clusterIPs]
  if ((old.clusterIP ?? '') === (s.clusterIP ?? '')) return
  if (old.clusterIP && !s.clusterIP) { if (same) delete s.clusterIPs } else if (s.clusterIP && (same || !s.clusterIPs?.length)) s.clusterIPs = [s.clusterIP]
}
