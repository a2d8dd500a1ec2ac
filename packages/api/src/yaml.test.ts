import { describe, expect, it } from 'vitest'
import { parseYAML } from './yaml.ts'

describe('parseYAML', () => {
  it.each<[string, unknown]>([
    ['b: 1\na: {d: x, c: y}\n', { a: { c: true, d: 'x' }, b: 1 }], ['d: 2001-01-01\nt: 22:30\n', { d: '2001-01-01', t: '22:30' }],
    ['on: "x"\n1: one\n1.5: f\n', { 1: 'one', 1.5: 'f', true: 'x' }], ['b: !!binary AAEC\n', { b: '\0\x01\x02' }],
    ['x: &d {k: v}\ndata:\n  <<: *d\n  l: w\n', { data: { k: 'v', l: 'w' }, x: { k: 'v' } }], ['a: 1\n---\nb: 2\n', { a: 1 }],
  ])('%j', (text, value) => { expect(JSON.stringify(parseYAML(text).value)).toBe(JSON.stringify(value)) })
  it.each<[string, string]>([
    ['a: b: c\n', 'yaml: mapping values are not allowed in this context'], ['a:\n\tb: c\n', 'yaml: line 2: found character that cannot start any token'],
    ['a: [b\n', 'yaml: line 1: did not find expected \',\' or \']\''], ['a: {b\n', 'yaml: line 1: did not find expected \',\' or \'}\''],
    ['a: "x', 'yaml: found unexpected end of stream'], ['a: \'x\n', 'yaml: line 2: found unexpected end of stream'], ['...\n', 'yaml: did not find expected node content'],
    ['a: *x\n', 'yaml: unknown anchor \'x\' referenced'], ['~: x\n', 'unsupported map key of type: %!s(<nil>), key: <nil>, value: "x"'],
  ])('refuses %j', (text, message) => { expect(() => parseYAML(text)).toThrow(`error converting YAML to JSON: ${message}`) })
  it('names keys that stand twice', () => { expect(parseYAML('a: 1\na: 2\n')).toEqual({ value: { a: 2 }, duplicates: ['line 2: key "a" already set in map'] }) })
})
