import { expect, test } from 'vitest'
import { formatSelector, humanDuration } from './print.ts'

const s = 1000
test.each([
  [-5 * s, '<invalid>'], [-1 * s, '0s'], [0, '0s'], [119 * s, '119s'], [120 * s, '2m'], [130 * s, '2m10s'], [600 * s, '10m'], [179 * 60 * s, '179m'], [180 * 60 * s, '3h'],
  [200 * 60 * s, '3h20m'], [47 * 3600 * s, '47h'], [48 * 3600 * s, '2d'], [50 * 3600 * s, '2d2h'], [9 * 86400 * s, '9d'], [800 * 86400 * s, '2y70d'], [3000 * 86400 * s, '8y'],
])('%d ms are %s', (ms, text) => {
  expect(humanDuration(ms)).toBe(text)
})

test('selectors', () => {
  expect(formatSelector(undefined)).toBe('<none>')
  expect(formatSelector({ matchLabels: { b: '2', a: '1' }, matchExpressions: [{ key: 'c', operator: 'NotIn', values: ['y', 'x'] }, { key: 'd', operator: 'DoesNotExist' }] })).toBe('a=1,b=2,c notin (x,y),!d')
})
