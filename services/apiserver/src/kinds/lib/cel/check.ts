/**
 * What an expression names must be there: variables of its scope, and fields where their type is known. Types of results and
 * the overloads of functions are not checked.
 */
import { CelError } from './lexer.ts'
import type { Node } from './parser.ts'

/** `undefined` is dyn: anything. */
export type CelType = { fields: ReadonlyMap<string, CelType> } | { elements: CelType } | undefined

export type Scope = ReadonlyMap<string, CelType>

const typeNames = new Set(['bool', 'bytes', 'double', 'int', 'list', 'map', 'null_type', 'string', 'type', 'uint', 'dyn', 'google', 'net', 'kubernetes', 'optional', 'base64', 'cel', 'ip', 'cidr', 'format', 'math', 'lists', 'sets', 'strings'])
/** Macros over lists and maps: the first argument (or two) is a variable of the rest. */
const loops = new Set(['all', 'exists', 'exists_one', 'existsOne', 'filter', 'map', 'transformList', 'transformMap', 'transformMapEntry', 'optMap', 'optFlatMap'])

/** Errors in the order of the source. */
export function check(node: Node, scope: Scope): CelError[] {
  const errors: CelError[] = []
  typeOf(node, scope, errors)
  return errors.sort((a, b) => a.at - b.at)
}

/** True when the expression reads the variable. */
export function uses(node: Node, name: string): boolean {
  if (node.kind === 'ident') return node.name === name
  return childrenOf(node).some((n) => uses(n, name))
}

function childrenOf(n: Node): readonly Node[] {
  switch (n.kind) {
    case 'select': return [n.of]
    case 'call': return n.target ? [n.target, ...n.args] : n.args
    case 'index': return [n.of, n.index]
    case 'list': return n.items
    case 'map': return n.entries.flat()
    case 'struct': return n.values
    default: return []
  }
}

function typeOf(n: Node, scope: Scope, errors: CelError[]): CelType {
  switch (n.kind) {
    case 'ident':
      if (scope.has(n.name)) return scope.get(n.name)
      if (!typeNames.has(n.name)) errors.push(new CelError(n.at, `undeclared reference to '${n.name}' (in container '')`))
      return undefined
    case 'select': {
      const type = typeOf(n.of, scope, errors)
      if (type && 'fields' in type) {
        if (type.fields.has(n.field)) return type.fields.get(n.field)
        errors.push(new CelError(n.at, `undefined field '${n.field}'`))
      }
      return type && 'elements' in type ? type.elements : undefined
    }
    case 'index': {
      const type = typeOf(n.of, scope, errors)
      typeOf(n.index, scope, errors)
      return type && 'elements' in type ? type.elements : undefined
    }
    case 'call': return callType(n, scope, errors)
    default:
      for (const c of childrenOf(n)) typeOf(c, scope, errors)
      return undefined
  }
}

function callType(n: Extract<Node, { kind: 'call' }>, scope: Scope, errors: CelError[]): CelType {
  const type = n.target && typeOf(n.target, scope, errors)
  const bound = variables(n)
  if (bound.length === 0) {
    for (const a of n.args) typeOf(a, scope, errors)
    return undefined
  }
  const inner = new Map(scope)
  for (const name of bound) inner.set(name, type && 'elements' in type ? type.elements : undefined)
  for (const a of n.args.slice(bound.length)) typeOf(a, n.name === 'bind' && a === n.args[1] ? scope : inner, errors)
  return undefined
}

/** Variables that a macro declares. */
function variables(n: Extract<Node, { kind: 'call' }>): string[] {
  const first = n.args[0], second = n.args[1]
  if (!n.target || first?.kind !== 'ident') return []
  if (n.name === 'bind' && n.target.kind === 'ident' && n.target.name === 'cel') return [first.name]
  if (!loops.has(n.name) || n.args.length < 2) return []
  const two = n.args.length >= 3 && second?.kind === 'ident' && n.name !== 'map'
  return two ? [first.name, (second as { name: string }).name] : [first.name]
}
