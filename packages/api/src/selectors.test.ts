import { describe, expect, it } from 'vitest'
import { formatSelector, matchesSelector, parseFieldSelector, parseSelector } from './selectors.ts'

describe('label selectors', () => {
  it.each([
    ['a=b', { a: 'b' }, true], ['a==b', { a: 'c' }, false], ['a!=b', {}, true], ['a in (b,c)', { a: 'c' }, true], ['a notin (b)', { a: 'b' }, false],
    ['a', { a: '' }, true], ['!a', { a: '' }, false], ['a>5', { a: '6' }, true], ['a<5', { a: 'x' }, false], ['in in (in)', { in: 'in' }, true],
    ['a in ()', { a: '' }, true], ['a=,b', { a: '', b: '1' }, true], [' a = b , c ', { a: 'b', c: '' }, true], ['', { x: 'y' }, true],
  ])('%j on %j is %s', (text, labels, matches) => expect(matchesSelector(parseSelector(text), labels)).toBe(matches))

  it.each([
    ['a=b,', "found '', expected: identifier after ','"], ['a b', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ['a>x', "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must be an integer"],
    ['(', "found '(', expected: !, identifier, or 'end of string'"], ['a in b', "unable to parse requirement: found 'b' expected: '('"],
    ['/a', 'unable to parse requirement: <nil>: Invalid value: "/a": prefix part must be non-empty'],
  ])('refuses %j', (text, message) => expect(() => parseSelector(text)).toThrow(message))

  it('writes itself', () => expect(formatSelector(parseSelector('b in (y,x),!c,a=1'))).toBe('a=1,b in (x,y),!c'))
})

describe('field selectors', () => {
  it('reads terms and escapes', () => expect(parseFieldSelector('b!=x,a=1\\,2')).toEqual([{ field: 'a', operator: '=', value: '1,2' }, { field: 'b', operator: '!=', value: 'x' }]))
  it.each([
    ['metadata.name', "invalid selector: 'metadata.name'; can't understand 'metadata.name'"], ['a=b=c', 'invalid field selector: unescaped character in value: 61'],
    ['a=\\x', 'invalid field selector: invalid escape sequence: \\x'],
  ])('refuses %j', (text, message) => expect(() => parseFieldSelector(text)).toThrow(message))
})
