/**
 * Reads container logs for clients (kuberuntime/logs): tail, since, timestamps, limits, and following over rotations until the
 * container is done. Memory is bounded by a chunk, whatever the log's size.
 */
import { open, stat, type FileHandle } from 'node:fs/promises'
import { watch } from 'node:fs'
import { dirname } from 'node:path'
import type { Clock } from '@drydock/base'
import { parseLine } from './parse.ts'

export interface LogOptions {
  follow: boolean
  timestamps: boolean
  tailLines?: number | undefined
  /** Milliseconds since the epoch. */ since?: number | undefined
  limitBytes?: number | undefined
  stream?: 'stdout' | 'stderr' | undefined
}
export interface LogSource { path: string, /** False once the container has ended: following stops at the end of the file. */ running(): Promise<boolean> }

const chunkBytes = 64 * 1024

export async function* readLog(source: LogSource, o: LogOptions, clock: Clock, signal: AbortSignal): AsyncIterable<Buffer> {
  let file = await open(source.path, 'r'), left = o.limitBytes ?? Infinity
  try {
    let at = o.tailLines !== undefined ? await tailOffset(file, o.tailLines) : 0, rest: Buffer = Buffer.alloc(0)
    const buffer = Buffer.alloc(chunkBytes)
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, chunkBytes, at)
      if (bytesRead > 0) {
        at += bytesRead
        const { out, tail } = format(rest.length ? Buffer.concat([rest, buffer.subarray(0, bytesRead)]) : Buffer.from(buffer.subarray(0, bytesRead)), o)
        rest = tail
        if (out.length) { yield out.length > left ? out.subarray(0, left) : out; left -= out.length }
        if (left <= 0) return
        continue
      }
      if (!o.follow || signal.aborted) return
      const rotated = await moved(file, source.path)
      if (rotated) { await file.close(); file = rotated; at = 0; rest = Buffer.alloc(0); continue }
      if (!await source.running()) {
        if ((await file.stat()).size > at) continue
        return
      }
      await change(source.path, clock, signal)
    }
  } finally {
    await file.close()
  }
}

/** Lines of a piece of the file; `tail` is the beginning of a line that is not whole yet. */
function format(data: Buffer, o: LogOptions): { out: Buffer, tail: Buffer } {
  const parts: Buffer[] = []
  let from = 0
  for (let end = data.indexOf(10); end >= 0; from = end + 1, end = data.indexOf(10, from)) {
    const line = parseLine(data.subarray(from, end))
    if (!line || (o.stream && line.stream !== o.stream)) continue
    if (o.since !== undefined && Date.parse(line.time) < o.since) continue
    if (o.timestamps) parts.push(Buffer.from(`${line.time} `))
    parts.push(line.text)
    if (line.full) parts.push(newline)
  }
  return { out: Buffer.concat(parts), tail: Buffer.from(data.subarray(from)) }
}
const newline = Buffer.from('\n')

/** Where the last `lines` lines begin; found from the end. */
async function tailOffset(file: FileHandle, lines: number): Promise<number> {
  const { size } = await file.stat()
  if (lines <= 0) return size
  const buffer = Buffer.alloc(chunkBytes)
  let seen = 0
  for (let end = size; end > 0;) {
    const from = Math.max(0, end - chunkBytes)
    await file.read(buffer, 0, end - from, from)
    for (let i = end - from - 1; i >= 0; i--) {
      if (buffer[i] === 10 && from + i !== size - 1 && ++seen === lines) return from + i + 1
    }
    end = from
  }
  return 0
}

async function moved(file: FileHandle, path: string): Promise<FileHandle | undefined> {
  const [own, now] = await Promise.all([file.stat(), stat(path).catch(() => undefined)])
  return now && now.ino !== own.ino ? open(path, 'r') : undefined
}

/** Until something happens in the log's directory, a second at most. */
async function change(path: string, clock: Clock, signal: AbortSignal): Promise<void> {
  const own = new AbortController(), any = AbortSignal.any([own.signal, signal])
  const w = watch(dirname(path), { persistent: false }, () => own.abort(new Error('changed')))
  w.on('error', () => {})
  try { await clock.sleep(1_000, any) } catch { /* changed, or over */ } finally { w.close() }
}
