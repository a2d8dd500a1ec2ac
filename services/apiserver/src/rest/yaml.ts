/** Objects as YAML in the style of sigs.k8s.io/yaml: sorted keys, lists not indented, and its choice of quotes. */
import { Document, isScalar, Scalar, visit } from 'yaml'

/** Text that YAML 1.1 would read as something else than a string; Go's encoder puts it in double quotes, other text that needs quotes in single ones. */
const otherType = /^(?:|~|null|y|n|yes|no|on|off|true|false|[-+]?(?:0b[01_]+|0o?[0-7_]+|0x[\da-f_]+|(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:e[-+]?\d+)?|\.inf)|\.nan|[-+]?\d[\d_]*(?::[0-5]?\d)+(?:\.\d*)?|\d{4}-\d\d?-\d\d?(?:[Tt ]\S.*)?)$/i

export function encodeYaml(v: unknown): Buffer {
  const d = new Document(v, { version: '1.1', sortMapEntries: true, aliasDuplicateObjects: false })
  visit(d, { Scalar: (_k, node) => { if (isScalar(node) && typeof node.value === 'string' && (otherType.test(node.value) || node.value.includes('\t'))) node.type = Scalar.QUOTE_DOUBLE } })
  return Buffer.from(fold(d.toString({ lineWidth: 0, indentSeq: false, singleQuote: true })))
}

const bestWidth = 80

/** Breaks long lines where Go's encoder does: at the first lone space beyond column 80, never inside a block of `|`. */
function fold(text: string): string {
  let block = -1
  return text.split('\n').map((line) => {
    const indent = line.search(/\S/)
    if (block >= 0 && (indent > block || indent < 0)) return line
    const [, lead = '', key] = /^(\s*(?:- )*)("[^"]*": |'[^']*': |[^\s"'][^\s]*: )?/.exec(line) ?? []
    block = /[:-] [|>][-+\d]*$/.test(line) ? (key ? lead.length : lead.length - 2) : -1
    if (block >= 0 || line.length <= bestWidth) return line
    return foldScalar(line, lead.length + (key?.length ?? 0), ' '.repeat(key ? lead.length + 2 : Math.max(lead.length, 2)))
  }).join('\n')
}

function foldScalar(line: string, from: number, indent: string): string {
  let out = line.slice(0, from), column = from
  for (let i = from; i < line.length; i++) {
    const breaks = line[i] === ' ' && column > bestWidth && line[i - 1] !== ' ' && line[i + 1] !== ' ' && i < line.length - 2
    out += breaks ? `\n${indent}` : line[i]
    column = breaks ? indent.length : column + 1
  }
  return out
}
