/** Names of chains and sets: readable in `nft list`, unique by a hash, and within the kernel's bound of 128 bytes. */
import { hash as digestOf } from 'node:crypto'
import type { Endpoint, ServicePort } from './service-ports.ts'

const maxNameBytes = 120
const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** Eight characters, as upstream's hashAndTruncate makes them. */
function hash(s: string): string {
  const digest = digestOf('sha256', s, 'buffer')
  let out = ''
  for (let i = 0; i < 8; i++) out += base32[digest[i]! & 31]
  return out
}

export function named(prefix: string, rest: string): string {
  const full = `${prefix}-${hash(rest)}-${rest}`
  return full.length <= maxNameBytes ? full : full.slice(0, maxNameBytes - 3) + '...'
}

const portName = (p: ServicePort): string => `${p.service}/${p.protocol}/${p.port}`

export const chainName = (kind: 'service' | 'local' | 'external' | 'firewall', p: ServicePort): string => named(kind, portName(p))
export const endpointChain = (p: ServicePort, e: Endpoint): string => named('endpoint', `${portName(p)}__${e.ip}/${e.port}`)
// The timeout is part of the name: a set's definition cannot change while rules name it.
export const affinitySet = (p: ServicePort, e: Endpoint): string => named('affinity', `${portName(p)}__${e.ip}/${e.port}_${p.affinitySeconds}s`)
