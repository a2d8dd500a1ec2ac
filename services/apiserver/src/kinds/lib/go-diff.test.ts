import fc from 'fast-check'
import { expect, test } from 'vitest'
import { unifiedDiff } from './go-diff.ts'

const lines = (s: string): string[] => s.split('')

test.each([
  ['no change', 'abc', 'abc', ''],
  ['one line changed', 'abcdefgh', 'abcdXfgh', '@@ -2,7 +2,7 @@\n b\n c\n d\n-e\n+X\n f\n g\n h\n'],
  ['at the start', 'abcdef', 'bcdef', '@@ -1,4 +1,3 @@\n-a\n b\n c\n d\n'],
  ['at the end', 'abcdef', 'abcdefg', '@@ -4,3 +4,4 @@\n d\n e\n f\n+g\n'],
  ['from nothing', '', 'a', '@@ -0,0 +1 @@\n+a\n'],
  ['far apart', 'Aabcdefghijk', 'Babcdefghijl', '@@ -1,4 +1,4 @@\n-A\n+B\n a\n b\n c\n@@ -9,4 +9,4 @@\n h\n i\n j\n-k\n+l\n'],
])('%s', (_, a, b, want) => {
  expect(unifiedDiff(lines(a), lines(b))).toBe(want)
})

/** Applies a diff to what it was made from. */
function patch(a: readonly string[], diff: string): string[] {
  const out: string[] = []
  let at = 0
  for (const line of diff.split('\n').slice(0, -1)) {
    const header = /^@@ -(\d+)(?:,(\d+))? /.exec(line)
    if (header) {
      const start = header[2] === '0' ? Number(header[1]) : Number(header[1]) - 1
      out.push(...a.slice(at, start))
      at = start
    } else if (line[0] === '+') out.push(line.slice(1))
    else {
      if (line[0] === ' ') out.push(a[at]!)
      at++
    }
  }
  return [...out, ...a.slice(at)]
}

test('a diff leads from the one text to the other', () => {
  const text = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 40 })
  fc.assert(fc.property(text, text, (a, b) => {
    expect(patch(a, unifiedDiff(a, b))).toEqual(b)
  }))
})
