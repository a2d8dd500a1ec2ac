import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { duplicateKeys, parseJSON, scanJSON } from './json.ts'

describe('parseJSON', () => {
  it.each([
    ['', 'unexpected end of JSON input'], ['{', 'unexpected end of JSON input'], ['{"a"}', "invalid character '}' after object key"],
    ['{"a":1 "b":2}', "invalid character '\"' after object key:value pair"], ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
    ["{'a':1}", "invalid character '\\'' looking for beginning of object key string"], ['[1 2]', "invalid character '2' after array element"],
    ['nope', "invalid character 'o' in literal null (expecting 'u')"], ['"\\x"', "invalid character 'x' in string escape code"],
    ['"\\u00"', "invalid character '\"' in \\u hexadecimal character escape"], ['{} {}', "invalid character '{' after top-level value"],
    ['-', 'unexpected end of JSON input'], ['1.x', "invalid character 'x' after decimal point in numeric literal"], ['\0', "invalid character '\\x00' looking for beginning of value"],
    ['['.repeat(20_000), "invalid character '[' exceeded max depth"],
  ])('%j fails as in Go', (text, message) => expect(() => parseJSON(text)).toThrow(message))

  it('sees keys that stand twice, and merges what they hold', () => {
    const { value, duplicates } = parseJSON('{"a":{"x":1,"x":2},"b":"1:\\"2\\":","a":{"y":3}}')
    expect(duplicates).toBe(true)
    expect(value).toEqual({ a: { x: 2, y: 3 }, b: '1:"2":' })
    expect(duplicateKeys.get(value as object)).toEqual(['a'])
  })

  it('keeps __proto__ a key like any other', () => expect(Object.keys(parseJSON('{"__proto__":1,"__proto__":2}').value as object)).toEqual(['__proto__']))
  it('makes half a surrogate pair U+FFFD', () => expect(parseJSON('{"k":"\\ud800"}').value).toEqual({ k: '\ufffd' }))

  it('reads what JSON.stringify writes', () => {
    fc.assert(fc.property(fc.jsonValue(), (v) => {
      const text = JSON.stringify(v)
      expect(scanJSON(text)).toEqual(JSON.parse(text))
      expect(parseJSON(text).duplicates).toBe(false)
    }))
  })

  it('fails where JSON.parse fails', () => {
    fc.assert(fc.property(fc.json(), fc.nat(), fc.string({ maxLength: 2 }), (text, at, junk) => {
      const cut = text.slice(0, at % (text.length + 1)) + junk + text.slice(at % (text.length + 1))
      const good = (f: () => unknown) => { try { f(); return true } catch { return false } }
      expect(good(() => scanJSON(cut))).toBe(good(() => JSON.parse(cut)))
    }))
  })
})
