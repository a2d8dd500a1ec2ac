/**
 * Watches over HTTP/1.1: each event is encoded once, as a ready chunk of the response, and that buffer goes to every watcher.
 * A watcher that does not read is bounded: past the limit its connection is closed, and it comes back from its last revision.
 */
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { StatusError } from '@drydock/api'
import type { ApiObject } from '../admission/types.ts'
import { encodings } from '../cache/encodings.ts'
import type { CacheEvent, EventType } from '../cache/resource-cache.ts'
import type { Entry } from '../cache/entry.ts'
import type { Watch, WatchSink } from '../cache/watch.ts'
import { encodeObject, encodeWatchFrame, protobufType } from '../protobuf/codec.ts'
import type { ResourceType } from '../registry/resource-type.ts'
import type { Accepted } from './negotiate.ts'
import { asBeta, entryChunks } from './render.ts'
import { type IncludeObject, partial, rowOf, table } from './table.ts'
import { versioned } from '../registry/update.ts'

/** What may wait for one slow watcher. */
const maxWaitingBytes = 16 << 20

export interface WatchStreamOptions { watch: Watch, type: ResourceType, accepted: Accepted, include: IncludeObject, now: () => number }

/** One chunk of a chunked response holding a line. */
function chunk(line: readonly Buffer[]): Buffer {
  const size = line.reduce((n, b) => n + b.length, 0)
  return Buffer.concat([Buffer.from(`${size.toString(16)}\r\n`), ...line, crlf])
}
const crlf = Buffer.from('\r\n'), eventEnd = Buffer.from('}\n')
const eventHeads: Readonly<Record<EventType, Buffer>> = {
  ADDED: Buffer.from('{"type":"ADDED","object":'), MODIFIED: Buffer.from('{"type":"MODIFIED","object":'), DELETED: Buffer.from('{"type":"DELETED","object":'),
}

export function streamWatch(response: ServerResponse, o: WatchStreamOptions): void {
  const { socket } = response
  // The answer before this one on the connection may not be through yet; the response gets the socket when it is.
  if (!socket) return void response.once('socket', () => streamWatch(response, o))
  response.writeHead(200, { 'content-type': watchType(o.accepted), 'cache-control': 'no-cache, private', 'transfer-encoding': 'chunked' })
  response.flushHeaders()
  const out = new Output(socket)
  const sink = createSink(o, out, () => { out.flush(); response.end() })
  const stop = o.watch.start(sink)
  out.onOverflow = () => { stop(); socket.destroy() }
  response.on('close', stop)
}

/** Collects what comes in one turn of the event loop into one write. */
class Output {
  readonly #socket: Socket
  #waiting: Buffer[] = []
  #scheduled = false
  onOverflow: () => void = () => {}

  constructor(socket: Socket) { this.#socket = socket }

  push(b: Buffer): void {
    this.#waiting.push(b)
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => this.flush())
  }

  flush(): void {
    this.#scheduled = false
    const waiting = this.#waiting
    if (!waiting.length || this.#socket.destroyed) return
    this.#waiting = []
    this.#socket.write(waiting.length === 1 ? waiting[0]! : Buffer.concat(waiting))
    if (this.#socket.writableLength > maxWaitingBytes) this.onOverflow()
  }
}

function createSink(o: WatchStreamOptions, out: Output, end: () => void): WatchSink {
  const { type, accepted, include } = o
  // Everything that changes the bytes is part of the key, so that all watchers that ask alike share them.
  const form = `${type.apiVersion}/${accepted.format}/${accepted.as}${accepted.beta ? '/beta' : ''}/${accepted.as === 'Table' ? include : ''}`
  let first = true
  const encode = (kind: EventType, entry: Entry): Buffer => {
    encodings.events++
    if (!accepted.as && accepted.format === 'json') return chunk([eventHeads[kind], ...entryChunks(type, entry), eventEnd])
    const object = versioned({ type }, entry)
    const shown = accepted.as === 'Table' ? table(type, { resourceVersion: String(entry.revision) }, [rowOf(type, object, include, o.now())], first) : accepted.as ? partial(object) : object
    return chunk([eventOf(kind, shown, accepted)])
  }
  return {
    event(kind, entry, event: CacheEvent | undefined) {
      // A table's columns come with the first event of a watch only.
      const shared = event && !(accepted.as === 'Table' && first) ? event.encoded ??= new Map() : undefined
      const key = `${form}/${kind}`
      let bytes = shared?.get(key)
      if (!bytes) {
        bytes = encode(kind, entry)
        shared?.set(key, bytes)
      }
      first = false
      out.push(bytes)
    },
    bookmark(revision, initialEventsEnd) {
      const metadata = { resourceVersion: String(revision), ...(initialEventsEnd && { annotations: { 'k8s.io/initial-events-end': 'true' } }) }
      out.push(chunk([eventOf('BOOKMARK', bookmarkOf(o, metadata, first), accepted)]))
      first = false
    },
    end,
  }
}

/** An object that has but a version. In a table it takes a row, as upstream's printers give every object one. */
function bookmarkOf({ type, accepted: a, include, now }: WatchStreamOptions, metadata: { resourceVersion: string }, first: boolean): object {
  const empty: ApiObject = { kind: type.kind, apiVersion: type.apiVersion, metadata: { ...metadata } }
  if (a.as === 'Table') return table(type, { resourceVersion: metadata.resourceVersion }, [emptyRow(type, empty, include, now())], first)
  return a.as ? partial(empty) : empty
}

function emptyRow(type: ResourceType, empty: ApiObject, include: IncludeObject, now: number): object {
  const zero: ApiObject = { ...empty, metadata: { ...empty.metadata, name: '', ...(!type.spec?.cells && { creationTimestamp: '0001-01-01T00:00:00Z' }) }, spec: {}, status: {} }
  const row = (o: ApiObject) => rowOf(type, o, 'None', now) as { cells: unknown[] }
  const object = include === 'None' ? null : include === 'Object' ? empty : partial(empty)
  try {
    return { cells: row(zero).cells.map((c) => c ?? ''), object }
  } catch {
    return { cells: [], object } // of a kind whose cells want more than an empty object
  }
}

/** An error that comes instead of events: a stream of one ERROR event. */
export const errorEvent = (e: StatusError, a: Accepted): Buffer => eventOf('ERROR', e.toStatus(), a)

/** One event: a line of JSON, or a frame of protobuf. */
function eventOf(type: string, given: object, a: Accepted): Buffer {
  const object = a.beta && type !== 'ERROR' ? asBeta(given) : given
  return a.format === 'protobuf' ? encodeWatchFrame(type, encodeObject(object)!) : Buffer.from(`{"type":"${type}","object":${JSON.stringify(object)}}\n`)
}

export const watchType = (a: Accepted): string => (a.format === 'protobuf' ? `${protobufType};stream=watch` : 'application/json')
