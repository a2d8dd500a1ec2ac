/** CEL's grammar, by recursive descent; what is wrong is told in the words of upstream's generated parser where they are known. */
import { CelError, tokens, type Token } from './lexer.ts'

export type Node =
  | { kind: 'literal', type: 'bool' | 'null' | 'int' | 'uint' | 'double' | 'string' | 'bytes', at: number }
  | { kind: 'ident', name: string, at: number }
  | { kind: 'select', of: Node, field: string, optional: boolean, at: number }
  | { kind: 'call', name: string, target: Node | undefined, args: Node[], at: number }
  | { kind: 'index', of: Node, index: Node, at: number }
  | { kind: 'list', items: Node[], at: number }
  | { kind: 'map', entries: Array<[key: Node, value: Node]>, at: number }
  | { kind: 'struct', name: Node, values: Node[], at: number }

const START = "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}"
const levels: ReadonlyArray<readonly string[]> = [['||'], ['&&'], ['<', '<=', '>=', '>', '==', '!=', 'in'], ['+', '-'], ['*', '/', '%']]
/** Deeper expressions are refused, as upstream does. */
const MAX_DEPTH = 250

/** Throws CelError. */
export function parse(source: string): Node {
  const p = new Parser(tokens(source))
  const node = p.expression()
  p.end()
  return node
}

class Parser {
  private readonly list: readonly Token[]
  private i = 0
  private depth = 0

  constructor(list: readonly Token[]) { this.list = list }

  private get token(): Token { return this.list[this.i]! }
  private is(text: string): boolean { return this.token.kind === 'SYMBOL' && this.token.text === text }
  private take(text: string): boolean {
    if (!this.is(text)) return false
    this.i++
    return true
  }
  private fail(expecting: string): never {
    const t = this.token
    throw new CelError(t.kind === 'EOF' && t.at === 0 ? -1 : t.at, `Syntax error: mismatched input '${t.text}' expecting ${expecting}`)
  }
  private need(text: string): void { if (!this.take(text)) this.fail(`'${text}'`) }

  end(): void {
    if (this.token.kind === 'EOF') return
    // The generated parser passes over a single token before the end.
    if (this.list[this.i + 1]?.kind === 'EOF') throw new CelError(this.token.at, `Syntax error: extraneous input '${this.token.text}' expecting <EOF>`)
    this.fail('<EOF>')
  }

  expression(): Node {
    if (++this.depth > MAX_DEPTH) throw new CelError(this.token.at, `expression recursion limit exceeded: ${MAX_DEPTH}`)
    const condition = this.binary(0)
    const at = this.token.at
    if (!this.take('?')) {
      this.depth--
      return condition
    }
    const yes = this.binary(0)
    this.need(':')
    const no = this.expression()
    this.depth--
    return { kind: 'call', name: '_?_:_', target: undefined, args: [condition, yes, no], at }
  }

  private binary(level: number): Node {
    const ops = levels[level]
    if (!ops) return this.unary()
    let left = this.binary(level + 1)
    for (;;) {
      const { text, at } = this.token
      if (this.token.kind !== 'SYMBOL' || !ops.includes(text)) return left
      this.i++
      left = { kind: 'call', name: `_${text}_`, target: undefined, args: [left, this.binary(level + 1)], at }
    }
  }

  private unary(): Node {
    const { at } = this.token
    for (const op of ['!', '-']) {
      if (!this.take(op)) continue
      while (this.take(op)) { /* repeated: the same operator again */ }
      return { kind: 'call', name: `${op}_`, target: undefined, args: [this.member()], at }
    }
    return this.member()
  }

  private member(): Node {
    let node = this.primary()
    for (;;) {
      const { at } = this.token
      if (this.take('.')) {
        const optional = this.take('?')
        const field = this.identifier()
        if (!optional && this.is('(')) node = this.call(field, node)
        else node = { kind: 'select', of: node, field, optional, at }
      } else if (this.take('[')) {
        this.take('?')
        const index = this.expression()
        this.need(']')
        node = { kind: 'index', of: node, index, at }
      } else if (this.is('{') && isName(node)) node = { kind: 'struct', name: node, values: this.fields(), at }
      else return node
    }
  }

  private identifier(): string {
    const t = this.token
    if (t.kind !== 'IDENTIFIER') throw new CelError(t.at, `Syntax error: no viable alternative at input '.${t.text}'`)
    this.i++
    return t.text.replaceAll('`', '')
  }

  private call(name: string, target: Node | undefined): Node {
    const { at } = this.token
    this.need('(')
    const args: Node[] = []
    if (!this.is(')')) do args.push(this.expression()); while (this.take(','))
    this.need(')')
    return { kind: 'call', name, target, args, at }
  }

  private fields(): Node[] {
    const values: Node[] = []
    this.need('{')
    while (!this.is('}')) {
      this.take('?')
      this.identifier()
      this.need(':')
      values.push(this.expression())
      if (!this.take(',')) break
    }
    this.need('}')
    return values
  }

  private primary(): Node {
    const t = this.token
    if (t.kind === 'IDENTIFIER' || this.is('.')) {
      this.take('.')
      const at = this.token.at
      const name = this.identifier()
      return this.is('(') ? this.call(name, undefined) : { kind: 'ident', name, at }
    }
    const literal = literalOf(t)
    if (literal) {
      this.i++
      return { kind: 'literal', type: literal, at: t.at }
    }
    if (this.take('(')) {
      const inner = this.expression()
      this.need(')')
      return inner
    }
    if (this.take('[')) return this.rest(t.at)
    if (this.take('{')) return this.map(t.at)
    return this.fail(START)
  }

  private rest(at: number): Node {
    const items: Node[] = []
    while (!this.is(']')) {
      this.take('?')
      items.push(this.expression())
      if (!this.take(',')) break
    }
    this.need(']')
    return { kind: 'list', items, at }
  }

  private map(at: number): Node {
    const entries: Array<[Node, Node]> = []
    while (!this.is('}')) {
      this.take('?')
      const key = this.expression()
      this.need(':')
      entries.push([key, this.expression()])
      if (!this.take(',')) break
    }
    this.need('}')
    return { kind: 'map', entries, at }
  }
}

const isName = (n: Node): boolean => n.kind === 'ident' || (n.kind === 'select' && !n.optional && isName(n.of))

function literalOf(t: Token): Extract<Node, { kind: 'literal' }>['type'] | undefined {
  switch (t.kind) {
    case 'NUM_INT': return 'int'
    case 'NUM_UINT': return 'uint'
    case 'NUM_FLOAT': return 'double'
    case 'STRING': return 'string'
    case 'BYTES': return 'bytes'
    default: return t.kind !== 'SYMBOL' ? undefined : t.text === 'true' || t.text === 'false' ? 'bool' : t.text === 'null' ? 'null' : undefined
  }
}
