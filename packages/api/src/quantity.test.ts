import { describe, expect, it } from 'vitest'
import { addQuantities, formatQuantity, parseQuantity, quantityMilli, quantityValue } from './quantity.ts'

describe('quantity', () => {
  it.each([
    ['100m', '100m'], ['0.1', '100m'], ['1000m', '1'], ['1500m', '1500m'], ['1Gi', '1Gi'], ['1024Mi', '1Gi'], ['1.5Gi', '1536Mi'],
    ['1000k', '1M'], ['1e3', '1e3'], ['1E3', '1e3'], ['0', '0'], ['0Mi', '0'], ['-5', '-5'], ['1E', '1E'], ['500', '500'], ['512', '512'], ['.5', '500m'],
  ])('%s is canonically %s', (text, canonical) => expect(formatQuantity(parseQuantity(text)!)).toBe(canonical))
  it.each(['', 'x', '1 ', '1ki', '1Kib', '.', '--1'])('%j is no quantity', (text) => expect(parseQuantity(text)).toBeUndefined())
  it('rounds up', () => {
    expect(quantityMilli('0.0001')).toBe(1)
    expect(quantityValue('100m')).toBe(1)
    expect(quantityValue('64Gi')).toBe(64 * 2 ** 30)
  })
  it('adds in the first format', () => expect(formatQuantity(addQuantities(parseQuantity('1Gi')!, parseQuantity('1024Mi')!))).toBe('2Gi'))
})
