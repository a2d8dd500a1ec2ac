import { expect, test } from 'vitest'
import { encodeYaml } from './yaml.ts'

// The right-hand sides are what sigs.k8s.io/yaml v1.6 writes.
test.each([
  [{ b: 1, a: ['x', { c: 1 }] }, 'a:\n- x\n- c: 1\nb: 1\n'],
  [{ a: 'x: y' }, "a: 'x: y'\n"], [{ a: '#c' }, "a: '#c'\n"], [{ a: 'a"b: ' }, "a: 'a\"b: '\n"],
  [{ a: 'yes' }, 'a: "yes"\n'], [{ a: '1' }, 'a: "1"\n'], [{ a: '' }, 'a: ""\n'], [{ a: '2020-01-01' }, 'a: "2020-01-01"\n'], [{ n: '0x1f' }, '"n": "0x1f"\n'], [{ a: '1e3' }, 'a: "1e3"\n'], [{ a: '1.2.3' }, 'a: 1.2.3\n'],
  [{ a: 't\tb: c' }, 'a: "t\\tb: c"\n'], [{ a: 'a\nb\n' }, 'a: |\n  a\n  b\n'], [{ a: null, b: [], c: {} }, 'a: null\nb: []\nc: {}\n'],
  [{ message: 'only the following media types are accepted: application/json;stream=watch, application/x;stream=watch' }, "message: 'only the following media types are accepted: application/json;stream=watch,\n  application/x;stream=watch'\n"],
])('%j', (v, text) => { expect(encodeYaml(v).toString()).toBe(text) })
