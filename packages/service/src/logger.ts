/**
 * Log lines as JSON on stdout, each written at once: a line is never lost to a kill. An `err` among the fields is written
 * with its type, message, stack and causes. Writing never throws: a log that cannot be written stops no service.
 */
import { writeSync } from 'node:fs'
import type { Clock, Logger } from '@drydock/base'

const levels = { debug: 0, info: 1, warn: 2, error: 3 } as const
export type LogLevel = keyof typeof levels

export interface LoggerOptions {
  level: LogLevel
  clock: Clock
  /** In every line. */
  fields: object
  /** Default: stdout. */
  write?: (line: string) => void
}

export function createLogger(o: LoggerOptions): Logger {
  const write = o.write ?? toStdout, inner = members(o.fields)
  const line = (level: LogLevel) => (levels[level] < levels[o.level] ? () => {} : (fields: object, message: string) => {
    write(`{"level":"${level}","time":"${new Date(o.clock.now()).toISOString()}"${inner}${members(fields)},"msg":${JSON.stringify(message)}}\n`)
  })
  return { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error'), child: (fields) => createLogger({ ...o, fields: { ...o.fields, ...fields } }) }
}

/** `,"a":1,"b":2`; what JSON cannot say is said in words. */
function members(fields: object): string {
  let text: string
  try {
    text = JSON.stringify(fields, (_, v: unknown) => (v instanceof Error ? describe(v) : typeof v === 'bigint' ? String(v) : v))
  } catch (e) {
    text = JSON.stringify({ unprintable: String(e) })
  }
  return text.length > 2 ? `,${text.slice(1, -1)}` : ''
}

const maxCauses = 5

function describe(e: Error, depth = 0): object {
  return { type: e.name, message: e.message, stack: e.stack, ...(e.cause instanceof Error && depth < maxCauses && { cause: describe(e.cause, depth + 1) }) }
}

/** A pipe whose reader is slow says EAGAIN: it is waited for, but not for ever. */
const attempts = 100, pauseMs = 10

function toStdout(line: string): void {
  let rest = Buffer.from(line)
  for (let i = 0; rest.length && i < attempts; i++) {
    try { rest = rest.subarray(writeSync(1, rest)) } catch (e) {
      if ((e as NodeJS.ErrnoException).code !== 'EAGAIN') return
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs)
    }
  }
}
