/** Lines of CRI logs: `<RFC 3339 nano> <stdout|stderr> <tags> <text>`. Pure. */

export interface LogLine { time: string, stream: 'stdout' | 'stderr', /** The text ends here, with its newline. */ full: boolean, text: Buffer }

const space = 0x20

/** Undefined for what is no such line. `line` without its newline. */
export function parseLine(line: Buffer): LogLine | undefined {
  const a = line.indexOf(space), b = line.indexOf(space, a + 1), c = line.indexOf(space, b + 1)
  if (a < 0 || b < 0) return undefined
  const stream = line.toString('latin1', a + 1, b)
  if (stream !== 'stdout' && stream !== 'stderr') return undefined
  const tags = line.toString('latin1', b + 1, c < 0 ? line.length : c)
  return { time: line.toString('latin1', 0, a), stream, full: tags.split(':')[0] !== 'P', text: c < 0 ? Buffer.alloc(0) : line.subarray(c + 1) }
}
