import { createHash } from 'node:crypto'
import { isStatus, resources } from '@drydock/api'
import type { Endpoints, EndpointSlice, Lease, Resource } from '@drydock/api'
import { formatMicroTime } from '@drydock/base'
import type { Clock, Logger } from '@drydock/base'
import type { Reader, Writer } from '../admission/types.ts'
import { addressOf } from './addresses.ts'

/**
 * The `kubernetes` Service of namespace default, with the addresses of every apiserver that lives. Each apiserver renews a
 * Lease in kube-system that says where it is reached; each writes the endpoints from the leases that have not run out, so
 * that they agree whoever writes. One that stops in order takes itself out at once.
 */
export interface KubernetesServiceOptions {
  reader: Reader
  writer: Writer
  clock: Clock
  log: Logger
  /** --service-cluster-ip-range; its first address is the Service's. */
  serviceCidr: string
  /** --advertise-address and --secure-port: where pods and nodes reach this apiserver. */
  address: string
  port: number
  /** A name of this apiserver that outlives restarts (host name, instance). */
  identity: string
  /** A lease is renewed three times in this; default 15,000. */
  leaseMs?: number
}

const isLoopback = (address: string): boolean => address.startsWith('127.') || address === '::1'

const labelOfLease = 'apiserver.kubernetes.io/identity'
const addressOfLease = 'apiserver.drydock.dev/address'
const home = 'kube-system'
/** Upstream keeps leases of the dead for an hour, for whoever wonders. */
const forgetMs = 3_600_000

export const leaseName = (identity: string): string => `apiserver-${createHash('sha256').update(identity).digest('hex').slice(0, 26)}`

/** Makes what is missing and lists this apiserver: what must be there before it is ready. */
export async function ensureKubernetesService(o: KubernetesServiceOptions, signal?: AbortSignal): Promise<void> {
  await Promise.all([ensure(o, resources.servicecidrs, serviceCidr(o), signal), ensure(o, resources.services, service(o), signal), renew(o, signal)])
  await writeEndpoints(o, undefined, signal)
}

/** Keeps it so until the signal aborts, then takes this apiserver out. Failures are logged and tried again at the next turn. */
export async function keepKubernetesService(o: KubernetesServiceOptions, signal: AbortSignal): Promise<void> {
  const leaseMs = o.leaseMs ?? 15_000
  while (!signal.aborted) {
    try { await o.clock.sleep(leaseMs / 3, signal) } catch { break }
    try {
      await renew(o, signal)
      await ensure(o, resources.services, service(o), signal)
      await writeEndpoints(o, undefined, signal)
    } catch (e) {
      if (!signal.aborted) o.log.warn({ err: e }, 'kubernetes Service not reconciled')
    }
  }
  const limit = new AbortController()
  const cancel = o.clock.timer(2_000, () => limit.abort(new Error('not done in time')))
  try {
    await o.writer.delete(resources.leases, home, leaseName(o.identity), {}, { signal: limit.signal })
    await writeEndpoints(o, leaseName(o.identity), limit.signal)
  } catch (e) {
    o.log.warn({ err: e }, 'kubernetes Service still lists this apiserver until its lease runs out')
  } finally {
    cancel()
  }
}

async function ensure<T>(o: KubernetesServiceOptions, r: Resource<T>, wanted: T & { metadata?: { name?: string | undefined, namespace?: string | undefined } | undefined }, signal?: AbortSignal): Promise<void> {
  if (o.reader.get(r, wanted.metadata?.namespace ?? '', wanted.metadata?.name ?? '')) return
  try { await o.writer.create(r, wanted, { signal }) } catch (e) { if (!isStatus(e, 'AlreadyExists')) throw e }
}

async function renew(o: KubernetesServiceOptions, signal?: AbortSignal): Promise<void> {
  const name = leaseName(o.identity), renewTime = formatMicroTime(o.clock.now())
  const leaseDurationSeconds = Math.ceil((o.leaseMs ?? 15_000) / 1000)
  const annotations = { [addressOfLease]: JSON.stringify({ address: o.address, port: o.port }) }
  const fresh: Lease = {
    metadata: { name, namespace: home, labels: { [labelOfLease]: 'kube-apiserver', 'kubernetes.io/hostname': o.identity }, annotations },
    spec: { holderIdentity: `${name}_${o.identity}`, leaseDurationSeconds, renewTime, acquireTime: renewTime },
  }
  const again = (l: Lease): Lease => ({ ...l, metadata: { ...l.metadata, annotations: { ...l.metadata?.annotations, ...annotations } }, spec: { ...l.spec, leaseDurationSeconds, renewTime } })
  try {
    if (o.reader.get(resources.leases, home, name)) await o.writer.update(resources.leases, home, name, again, { signal })
    else await o.writer.create(resources.leases, fresh, { signal })
  } catch (e) {
    // The cache was wrong about whether it is there.
    if (isStatus(e, 'AlreadyExists')) await o.writer.update(resources.leases, home, name, again, { signal })
    else if (isStatus(e, 'NotFound')) await o.writer.create(resources.leases, fresh, { signal })
    else throw e
  }
}

/** Addresses by port, sorted, of this apiserver (unless it is `gone`) and of every other whose lease is good; removes old leases. */
function living(o: KubernetesServiceOptions, gone: string | undefined): Map<number, string[]> {
  const found = new Map<number, Set<string>>()
  // Endpoints may not hold loopback addresses: an apiserver that only this machine reaches is not listed.
  const add = (address: string, port: number) => { if (!isLoopback(address)) found.set(port, (found.get(port) ?? new Set()).add(address)) }
  if (gone === undefined) add(o.address, o.port)
  for (const lease of o.reader.list(resources.leases, home)) {
    const where = lease.metadata?.annotations?.[addressOfLease]
    if (!where || lease.metadata?.labels?.[labelOfLease] !== 'kube-apiserver' || lease.metadata.name === leaseName(o.identity)) continue
    if (ageMs(lease, o.clock.now()) > (lease.spec?.leaseDurationSeconds ?? 15) * 1000) continue
    const { address, port } = JSON.parse(where) as { address: string, port: number }
    add(address, port)
  }
  return new Map([...found].sort(([a], [b]) => a - b).map(([port, addresses]) => [port, [...addresses].sort()]))
}

const ageMs = (lease: Lease, now: number): number => now - Date.parse(lease.spec?.renewTime ?? '1970-01-01T00:00:00Z')

async function writeEndpoints(o: KubernetesServiceOptions, gone: string | undefined, signal?: AbortSignal): Promise<void> {
  const ports = living(o, gone)
  // The last one leaves its address standing: an empty Service would help nobody (upstream refuses as well).
  if (ports.size === 0) return
  await Promise.all([put(o, resources.endpoints, endpoints(ports), 'subsets', signal), ...slices(o, ports).map((s) => put(o, resources.endpointslices, s, 'endpoints', signal))])
  const names = new Set(slices(o, ports).map((s) => s.metadata?.name))
  const old = o.reader.list(resources.endpointslices, 'default').filter((s) => s.metadata?.labels?.[serviceNameLabel] === 'kubernetes' && !names.has(s.metadata.name))
  const dead = o.reader.list(resources.leases, home).filter((l) => l.metadata?.labels?.[labelOfLease] === 'kube-apiserver' && ageMs(l, o.clock.now()) > forgetMs)
  await Promise.all([
    ...old.map((s) => forget(o, resources.endpointslices, 'default', s.metadata?.name ?? '', signal)),
    ...dead.map((l) => forget(o, resources.leases, home, l.metadata?.name ?? '', signal)),
  ])
}

async function forget(o: KubernetesServiceOptions, r: Resource<any>, namespace: string, name: string, signal?: AbortSignal): Promise<void> {
  try { await o.writer.delete(r, namespace, name, {}, { signal }) } catch (e) { if (!isStatus(e, 'NotFound')) throw e }
}

/** Writes only when what is there differs in labels or `field`. */
async function put<T extends Endpoints | EndpointSlice>(o: KubernetesServiceOptions, r: Resource<T>, wanted: T, field: 'subsets' | 'endpoints', signal?: AbortSignal): Promise<void> {
  const of = (x: T) => JSON.stringify([(x as Record<string, unknown>)[field] ?? [], 'ports' in x ? x.ports : undefined])
  const now = o.reader.get(r, 'default', wanted.metadata?.name ?? '')
  if (now && of(now) === of(wanted)) return
  try {
    if (!now) await o.writer.create(r, wanted, { signal })
    else await o.writer.update(r, 'default', wanted.metadata?.name ?? '', (x) => ({ ...x, ...wanted, metadata: { ...x.metadata, labels: { ...x.metadata?.labels, ...wanted.metadata?.labels } } }), { signal })
  } catch (e) {
    if (!isStatus(e, 'AlreadyExists') && !isStatus(e, 'NotFound')) throw e
  }
}

const serviceNameLabel = 'kubernetes.io/service-name'
const portOf = (port: number) => ({ name: 'https', port, protocol: 'TCP' })

function endpoints(ports: Map<number, string[]>): Endpoints {
  return {
    metadata: { name: 'kubernetes', namespace: 'default', labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
    subsets: [...ports].map(([port, addresses]) => ({ addresses: addresses.map((ip) => ({ ip })), ports: [portOf(port)] })),
  }
}

/** A slice has one set of ports: apiservers on several ports of a machine get a slice per port. The first is named as upstream's. */
function slices(o: KubernetesServiceOptions, ports: Map<number, string[]>): EndpointSlice[] {
  return [...ports].map(([port, addresses], i) => ({
    metadata: { name: i === 0 ? 'kubernetes' : `kubernetes-${port}`, namespace: 'default', labels: { [serviceNameLabel]: 'kubernetes' } },
    addressType: o.address.includes(':') ? 'IPv6' : 'IPv4',
    endpoints: addresses.map((a) => ({ addresses: [a], conditions: { ready: true } })),
    ports: [portOf(port)],
  }))
}

function service(o: KubernetesServiceOptions) {
  const clusterIP = addressOf(o.serviceCidr.split(',')[0]!, 1)
  return {
    metadata: { name: 'kubernetes', namespace: 'default', labels: { component: 'apiserver', provider: 'kubernetes' } },
    spec: {
      clusterIP, clusterIPs: [clusterIP], ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: o.port }],
      sessionAffinity: 'None', type: 'ClusterIP',
    },
  }
}

function serviceCidr(o: KubernetesServiceOptions) {
  return { metadata: { name: 'kubernetes' }, spec: { cidrs: o.serviceCidr.split(',') } }
}
