import { describe, expect, it } from 'vitest'
import { CidrPool } from './plan.ts'

describe('ranges for nodes', () => {
  it('go out one after another, and none twice', () => {
    const p = new CidrPool('10.244.0.0/22', 24)
    p.occupy('10.244.1.0/24', 'there')
    expect(['a', 'b', 'c'].map((n) => p.allocate(n))).toEqual(['10.244.0.0/24', '10.244.2.0/24', '10.244.3.0/24'])
    expect(p.allocate('d')).toBeUndefined()
    p.release('b')
    expect(p.allocate('d')).toBe('10.244.2.0/24')
    expect(p.held('d')).toBe('10.244.2.0/24')
  })
  it('are taken from IPv6 too', () => expect(new CidrPool('fd00:1::/48', 64).allocate('a')).toBe('fd00:1::/64'))
  it('refuse a range that is too small', () => expect(() => new CidrPool('10.0.0.0/26', 24)).toThrow('holds no /24'))
})
