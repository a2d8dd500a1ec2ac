import { open } from 'node:fs/promises'
import { parseLine } from './parse.ts'

/** The texts of the last `lines` lines of a CRI log, at most `bytes` from the end of it. */
export async function tailOfLog(path: string, lines: number, bytes: number): Promise<string> {
  const f = await open(path, 'r')
  try {
    const { size } = await f.stat(), window = Math.min(size, bytes * 4 + 16_384), buffer = Buffer.alloc(window)
    await f.read(buffer, 0, window, size - window)
    const all: Buffer[] = []
    for (let from = size > window ? buffer.indexOf(10) + 1 : 0; from < window;) {
      const end = buffer.indexOf(10, from)
      const line = parseLine(buffer.subarray(from, end < 0 ? window : end))
      if (line) all.push(line.full ? Buffer.concat([line.text, Buffer.from('\n')]) : line.text)
      if (end < 0) break
      from = end + 1
    }
    const text = Buffer.concat(all.slice(-lines))
    return text.subarray(Math.max(0, text.length - bytes)).toString()
  } finally {
    await f.close()
  }
}
