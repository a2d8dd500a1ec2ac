import { isQuantity, milliValue, quantityValue } from '../quantity.ts'
import type { Quantity } from '../types.gen.ts'

/** Amounts by resource name: cpu in thousandths, everything else in whole units. */
export type Amounts = Record<string, number>

// Objects repeat few quantities many times over: a bounded memory of texts makes a look-up of most parses.
const MAX_SEEN = 10_000
const remembered = (of: (q: Quantity) => number) => {
  const seen = new Map<string, number>()
  return (q: Quantity | undefined): number => {
    if (q === undefined) return 0
    const known = seen.get(q)
    if (known !== undefined) return known
    const n = isQuantity(q) ? of(q) : 0
    if (seen.size >= MAX_SEEN) seen.clear()
    seen.set(q, n)
    return n
  }
}

/** In thousandths, rounded up (CPU). Nothing and nonsense are 0. */
export const milliAmount: (q: Quantity | undefined) => number = remembered(milliValue)
/** In whole units, rounded up (bytes, counts). Nothing and nonsense are 0. */
export const wholeAmount: (q: Quantity | undefined) => number = remembered(quantityValue)
export const amountOf = (resource: string, q: Quantity | undefined): number => (resource === 'cpu' ? milliAmount(q) : wholeAmount(q))
