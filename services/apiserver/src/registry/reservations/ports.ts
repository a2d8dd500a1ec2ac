import { internalError } from '@drydock/api'
import type { Random } from '@drydock/base'
import type { Store } from '@drydock/storage'
import { stored } from '../storage-errors.ts'
import { Unavailable } from './addresses.ts'
import type { Owner } from './addresses.ts'
import type { ReserveOptions } from './types.ts'

/**
 * Node ports: one key each beside the objects (no API shows them), made only if it is not there. Given out at random from
 * above the low band of the range, which is left for those that name a port.
 */
export interface PortPool {
  /** True if it was reserved now; false if it was the owner's already. Throws Unavailable. */
  take(port: number, owner: Owner, c: ReserveOptions): Promise<boolean>
  next(owner: Owner, c: ReserveOptions): Promise<number>
  release(port: number): Promise<void>
}

const attempts = 128
/** Not the shape of an object's key: the watch cache passes over it. */
export const portKeyPrefix = '/registry/ranges/servicenodeports/'
const keyOf = (port: number): string => `${portKeyPrefix}${port}`

export function createPortPool(o: { range: string, store: Store, random: Random }): PortPool {
  const [low, high] = o.range.split('-').map(Number) as [number, number]
  const size = high - low + 1
  const reserved = size < 16 ? 0 : Math.min(Math.max(16, Math.floor(size / 32)), 128)

  async function take(port: number, owner: Owner, c: ReserveOptions): Promise<boolean> {
    if (port < low || port > high) throw new Unavailable(`provided port is not in the valid range. The range of valid ports is ${o.range}`)
    const value = Buffer.from(JSON.stringify(owner))
    const result = c.dryRun ? await look(port, c) : await stored(o.store.create(keyOf(port), value))
    if (result.ok) return true
    if (result.current && JSON.stringify(JSON.parse(result.current.value.toString())) === value.toString()) return false
    throw new Unavailable('provided port is already allocated')
  }

  async function look(port: number, c: ReserveOptions) {
    const { stored: current } = await stored(o.store.get(keyOf(port), { signal: c.signal }))
    return { ok: current === undefined, current }
  }

  return {
    take,
    async next(owner, c) {
      for (let i = 0; i < attempts; i++) {
        const from = i < attempts / 2 ? reserved : 0
        const port = low + from + Math.floor(o.random.next() * (size - from))
        try { if (await take(port, owner, c)) return port } catch (e) { if (!(e instanceof Unavailable)) throw e }
      }
      throw internalError(new Error('failed to allocate a nodePort: range is full'))
    },
    async release(port) {
      const { stored: current } = await stored(o.store.get(keyOf(port)))
      if (current) await stored(o.store.delete(keyOf(port), current.revision))
    },
  }
}
