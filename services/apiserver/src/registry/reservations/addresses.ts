import { internalError, isStatus, resources } from '@drydock/api'
import type { Random } from '@drydock/base'
import type { Reader, Writer } from '../../admission/types.ts'
import { addressOf } from '../../bootstrap/addresses.ts'
import type { ReserveOptions } from './types.ts'

/** Why a wanted address or port cannot be had, in upstream's words. */
export class Unavailable extends Error {}
export interface Owner { namespace: string, name: string }

/**
 * Cluster IPs: each one that is in use is an IPAddress object, whose creation is the reservation, so that any number of
 * apiservers give out none twice. Given out at random from above the low band, which is left for those that ask for an
 * address by name (KEP-3070).
 */
export interface AddressPool {
  readonly family: 'IPv4' | 'IPv6'
  /** True if it was reserved now; false if it was the owner's already. Throws Unavailable. */
  take(address: string, owner: Owner, c: ReserveOptions): Promise<boolean>
  next(owner: Owner, c: ReserveOptions): Promise<string>
  release(address: string): Promise<void>
}

const attempts = 64

export function createAddressPool(o: { cidr: string, reader: Reader, writer: Writer, random: Random }): AddressPool {
  const [base, bits] = o.cidr.split('/') as [string, string]
  const family = base.includes(':') ? 'IPv6' : 'IPv4'
  const hostBits = Math.min((family === 'IPv6' ? 128 : 32) - Number(bits), 24)
  // Without the network and, as upstream, the broadcast address.
  const size = 2 ** hostBits - (family === 'IPv4' ? 2 : 1)
  const reserved = size < 16 ? 0 : Math.min(Math.max(16, Math.floor(size / 16)), 256)

  async function take(address: string, owner: Owner, c: ReserveOptions): Promise<boolean> {
    if (!within(address)) throw new Unavailable('the provided network does not match the current range')
    const found = o.reader.get(resources.ipaddresses, '', address)
    if (found) return mine(found.spec?.parentRef, owner)
    if (c.dryRun) return true
    const labels = { 'ipaddress.kubernetes.io/ip-family': family, 'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io' }
    try {
      await o.writer.create(resources.ipaddresses, { metadata: { name: address, labels }, spec: { parentRef: { group: '', resource: 'services', ...owner } } }, { signal: c.signal })
      return true
    } catch (e) {
      if (!isStatus(e, 'AlreadyExists')) throw e
      const now = await o.writer.update(resources.ipaddresses, '', address, () => undefined, { signal: c.signal })
      return mine(now.spec?.parentRef, owner)
    }
  }

  const within = (address: string): boolean => {
    if (address.includes(':') !== (family === 'IPv6')) return false
    return addressOf(`${address}/${bits}`, 0) === addressOf(o.cidr, 0) && address !== addressOf(o.cidr, 0)
  }

  return {
    family, take,
    async next(owner, c) {
      for (let i = 0; i < attempts; i++) {
        // The low band last, when the rest seems full.
        const from = i < attempts / 2 ? reserved : 0
        const address = addressOf(o.cidr, 1 + from + Math.floor(o.random.next() * (size - from)))
        if (o.reader.get(resources.ipaddresses, '', address)) continue
        try { if (await take(address, owner, c)) return address } catch (e) { if (!(e instanceof Unavailable)) throw e }
      }
      throw internalError(new Error('failed to allocate a serviceIP: range is full'))
    },
    async release(address) {
      try { await o.writer.delete(resources.ipaddresses, '', address, {}) } catch (e) { if (!isStatus(e, 'NotFound')) throw e }
    },
  }
}

/** An address of the same service is no stranger's: it was left by a try that did not end, or another apiserver makes the same service. */
function mine(parent: { namespace?: string | undefined, name?: string | undefined } | undefined, owner: Owner): boolean {
  if (parent?.name === owner.name && (parent.namespace ?? '') === owner.namespace) return false
  throw new Unavailable('provided IP is already allocated')
}
