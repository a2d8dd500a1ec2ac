/** Expressions (CEL) as they are compiled at admission: their grammar, and that what they name is there. */
import { check, type Scope, uses } from './check.ts'
import { CelError } from './lexer.ts'
import { type Node, parse } from './parser.ts'

export type { CelType, Scope } from './check.ts'

export interface Compiled { /** In upstream's words, nothing when it compiles. */ error: string | undefined, uses(name: string): boolean }

/** Longer expressions are not looked into. */
const MAX_LENGTH = 100_000

export function compile(source: string, scope: Scope): Compiled {
  if (source.length > MAX_LENGTH) return { error: `Syntax error: expression code point size exceeds limit: size: ${source.length}, limit ${MAX_LENGTH}`, uses: () => false }
  let node: Node
  try {
    node = parse(source)
  } catch (e) {
    if (e instanceof CelError) return { error: shown(source, [e]), uses: () => false }
    throw e
  }
  const errors = check(node, scope)
  return { error: errors.length ? shown(source, errors) : undefined, uses: (name) => uses(node, name) }
}

function shown(source: string, errors: readonly CelError[]): string {
  return errors.map((e) => {
    if (e.at < 0) return `ERROR: <input>:1:0: ${e.message}`
    const before = source.slice(0, e.at).split('\n')
    const column = before.at(-1)!.length
    const line = source.split('\n')[before.length - 1]!
    return `ERROR: <input>:${before.length}:${column + 1}: ${e.message}\n | ${line}\n | ${'.'.repeat(column)}^`
  }).join('\n')
}

const dyn = (...names: string[]): Scope => new Map(names.map((n) => [n, undefined]))
/** What admission policies and webhooks' conditions may name. */
export const admissionScope: Scope = dyn('object', 'oldObject', 'request', 'namespaceObject', 'authorizer')
export const deviceScope: Scope = dyn('device')
