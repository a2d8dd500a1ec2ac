/** Tokens of CEL (google/cel-spec). */
export type TokenKind = 'IDENTIFIER' | 'NUM_INT' | 'NUM_UINT' | 'NUM_FLOAT' | 'STRING' | 'BYTES' | 'SYMBOL' | 'EOF'
export interface Token { kind: TokenKind, text: string, /** Offset in the source. */ at: number }

/** What is wrong at an offset. */
export class CelError extends Error {
  readonly at: number
  constructor(at: number, message: string) {
    super(message)
    this.at = at
  }
}

const forms: ReadonlyArray<readonly [kind: TokenKind | 'SKIP', form: RegExp]> = [
  ['SKIP', /[\t \r\n\f]+|\/\/[^\n]*/y],
  ['BYTES', /[bB][rR]?(?:"""[\s\S]*?"""|'''[\s\S]*?'''|"(?:\\.|[^"\\\n\r])*"|'(?:\\.|[^'\\\n\r])*')/y],
  ['STRING', /[rR]"[^"\n\r]*"|[rR]'[^'\n\r]*'|"""[\s\S]*?"""|'''[\s\S]*?'''|"(?:\\.|[^"\\\n\r])*"|'(?:\\.|[^'\\\n\r])*'/y],
  ['NUM_FLOAT', /\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?/y],
  ['NUM_UINT', /(?:0x[0-9a-fA-F]+|\d+)[uU]/y],
  ['NUM_INT', /0x[0-9a-fA-F]+|\d+/y],
  ['IDENTIFIER', /[A-Za-z_][A-Za-z0-9_]*|`[A-Za-z0-9_.\-/ ]+`/y],
  ['SYMBOL', /==|!=|<=|>=|&&|\|\||[<>()[\]{}.,?:+\-*/%!]/y],
]
const reserved = new Set(['true', 'false', 'null', 'in'])

/** All tokens and the end. Throws CelError at the first character that starts none. */
export function tokens(source: string): Token[] {
  const out: Token[] = []
  let at = 0
  while (at < source.length) {
    const found = next(source, at)
    if (!found) throw new CelError(at, `Syntax error: token recognition error at: '${source[at]}'`)
    const [kind, text] = found
    if (kind !== 'SKIP') out.push({ kind: reserved.has(text) ? 'SYMBOL' : kind, text, at })
    at += text.length
  }
  out.push({ kind: 'EOF', text: '<EOF>', at })
  return out
}

function next(source: string, at: number): [TokenKind | 'SKIP', string] | undefined {
  for (const [kind, form] of forms) {
    form.lastIndex = at
    const m = form.exec(source)
    if (m) return [kind, m[0]]
  }
  return undefined
}
