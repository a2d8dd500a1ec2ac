import { expect, test } from 'vitest'
import { admissionScope, compile, type Scope } from './index.ts'

test.each([
  'true', '!("system:nodes" in request.userInfo.groups)', 'object.metadata.name.startsWith("a")', 'has(object.spec.count) ? object.spec.count : 0',
  'authorizer.group("").resource("pods").check("get").allowed()', 'object.metadata.?labels["a"].orValue("") != "b"', 'object.spec.list.all(x, x > 1 && x < 3)',
  'object.spec.map.exists(k, object.spec.map[k] == "x")', '[1, 2u, 3.5, -4, b"x"].map(i, i * 2)[0] == {"a": null}.a', 'cel.bind(x, object.a, x + x)', 'string(1) + r"\\d" == \'a\'',
  'type(object) == string', 'object.list.map(i, i > 1, i + 1)', 'object.a.transformMap(k, v, k + v)', 'quantity("1Gi").compareTo(quantity("2")) >= 0',
])('%s compiles', (e) => expect(compile(e, admissionScope).error).toBeUndefined())

test.each([
  ['', "ERROR: <input>:1:0: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}"],
  ['Not_A valid/Name!', "ERROR: <input>:1:7: Syntax error: mismatched input 'valid' expecting <EOF>\n | Not_A valid/Name!\n | ......^"],
  ['NoSuchValue', "ERROR: <input>:1:1: undeclared reference to 'NoSuchValue' (in container '')\n | NoSuchValue\n | ^"],
  ['params == null || params.max > 1', "ERROR: <input>:1:1: undeclared reference to 'params' (in container '')\n | params == null || params.max > 1\n | ^\nERROR: <input>:1:19: undeclared reference to 'params' (in container '')\n | params == null || params.max > 1\n | ..................^"],
  ['object.all(x, y)', "ERROR: <input>:1:15: undeclared reference to 'y' (in container '')\n | object.all(x, y)\n | ..............^"],
])('%j', (e, error) => expect(compile(e, admissionScope).error).toBe(error))

test('fields of a known type', () => {
  const scope: Scope = new Map([['variables', { fields: new Map([['count', undefined]]) }]])
  expect(compile('variables.count <= variables.limit', scope).error).toBe("ERROR: <input>:1:29: undefined field 'limit'\n | variables.count <= variables.limit\n | ............................^")
})

test('which variables it reads', () => {
  const c = compile('!oldSelf.hasValue() || self.size == oldSelf.value().size', new Map([['self', undefined], ['oldSelf', undefined]]))
  expect([c.uses('oldSelf'), c.uses('self'), c.uses('other')]).toEqual([true, true, false])
})
