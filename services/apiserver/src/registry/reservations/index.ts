import type { Clock, Logger, Random } from '@drydock/base'
import type { Store } from '@drydock/storage'
import type { Reader, Writer } from '../../admission/types.ts'
import { createAddressPool } from './addresses.ts'
import { createPortPool } from './ports.ts'
import { keepReservations } from './repair.ts'
import { createServiceReservation } from './services.ts'
import type { Reservation } from './types.ts'

export interface ServiceNetworkOptions {
  reader: Reader
  writer: Writer
  store: Store
  clock: Clock
  random: Random
  log: Logger
  /** --service-cluster-ip-range: one CIDR, or one per family, the default one first. */
  clusterIpRange: string
  /** --service-node-port-range. */
  nodePortRange: string
}

/** Cluster IPs and node ports of the cluster: given out by `reservation`, kept tidy by `keep` until the signal aborts. */
export interface ServiceNetwork { reservation: Reservation, keep(signal: AbortSignal): Promise<void> }

export function createServiceNetwork(o: ServiceNetworkOptions): ServiceNetwork {
  const addresses = o.clusterIpRange.split(',').map((cidr) => createAddressPool({ cidr, reader: o.reader, writer: o.writer, random: o.random }))
  const ports = createPortPool({ range: o.nodePortRange, store: o.store, random: o.random })
  return {
    reservation: createServiceReservation({ addresses, ports, log: o.log }),
    keep: (signal) => keepReservations({ reader: o.reader, store: o.store, addresses, ports, clock: o.clock, log: o.log }, signal),
  }
}

export type * from './types.ts'
