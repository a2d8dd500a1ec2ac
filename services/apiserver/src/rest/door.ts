/**
 * The REST door: HTTP/1.1 over TLS (node:https), requests made ApiRequests, replies written. It bounds what a client can make
 * it hold: bodies of 3 MiB, headers, idle time, what waits for a slow reader. Client certificates are asked for and checked by
 * authentication, so that a request with a bad one gets an answer.
 */
import type { X509Certificate } from 'node:crypto'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import https from 'node:https'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import { promisify } from 'node:util'
import zlib from 'node:zlib'
import { internalError, StatusError } from '@drydock/api'
import type { Clock, Logger } from '@drydock/base'
import { transcode } from '../protobuf/request.ts'
import type { Credentials, User } from '../auth/types.ts'
import { type ApiRequest, type Handle, noQuery, type Reply, type RequestInfo } from '../request.ts'
import { type Accepted, negotiate } from './negotiate.ts'
import { type Rendered, renderEntry, renderList, renderValue } from './render.ts'
import { requestInfo } from './request-info.ts'
import { includeObject, valueTable } from './table.ts'
import { errorEvent, streamWatch, watchType } from './watch-stream.ts'

export interface RestDoorOptions {
  handle: Handle
  cert: string | Buffer
  key: string | Buffer
  clientCa?: string | Buffer | undefined
  clock: Clock
  log: Logger
}

const maxBodyBytes = 3 * 1024 * 1024
/** Upstream's threshold for gzip. */
const gzipFromBytes = 128 * 1024

export function createRestDoor(o: RestDoorOptions): https.Server {
  const server = https.createServer({
    cert: o.cert, key: o.key, ...(o.clientCa && { ca: o.clientCa }), requestCert: true, rejectUnauthorized: false,
    ALPNProtocols: ['http/1.1'], keepAliveTimeout: 90_000, headersTimeout: 60_000, requestTimeout: 120_000, maxHeaderSize: 1 << 20,
  })
  server.on('request', (request: IncomingMessage, response: ServerResponse) => void serve(o, request, response))
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => void upgrade(o, request, socket, head))
  server.on('tlsClientError', (_e, socket) => socket.destroy())
  return server
}

async function serve(o: RestDoorOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const gone = new Gone()
  response.on('close', () => { if (!response.writableFinished) gone.abort() })
  response.on('error', ignore)
  try {
    const r = new RestRequest(request, gone)
    r.raw = { request, response }
    let reply: Reply
    if (hasBody(request) && !takesConnection(r)) {
      const body = await readBody(request, gone)
      if (!body) reply = { type: 'error', error: tooLargeBody() }
      else { takeBody(r, body); reply = await o.handle(r) }
    } else reply = await o.handle(r)
    const written = write(o, r, request, response, reply)
    if (written) await written
  } catch (e) {
    if (gone.aborted) return
    fail(o, response, e)
  }
}

function takeBody(r: ApiRequest, body: Buffer): void {
  const json = transcode(body, r.contentType)
  r.body = json ?? body
  if (json) r.contentType = 'application/json'
}

function fail(o: RestDoorOptions, response: ServerResponse, e: unknown): void {
  if (!(e instanceof StatusError)) o.log.error({ err: e }, 'an answer could not be written')
  if (response.headersSent) return void response.destroy()
  const error = e instanceof StatusError ? e : internalError(e)
  send(o.clock, response, error.code, renderValue(error.toStatus(), plainJson), [])
}
const plainJson: Accepted = { format: 'json', pretty: false, as: '', gzip: false }

async function upgrade(o: RestDoorOptions, request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
  const gone = new Gone()
  socket.on('close', () => gone.abort())
  socket.on('error', ignore)
  const r = new RestRequest(request, gone)
  r.raw = { request, socket, head }
  const reply = await o.handle(r)
  if (reply.type === 'connect') return reply.connect(r.raw).catch((e: unknown) => { o.log.debug({ err: e }, 'an upgraded connection ended'); socket.destroy() })
  const error = reply.type === 'error' ? reply.error : new StatusError({ reason: 'BadRequest', message: 'Upgrade request required' })
  const body = JSON.stringify(error.toStatus())
  socket.end(`HTTP/1.1 ${error.code} ${error.reason || 'Error'}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`)
}

const ignore = (): void => {}

/** Whether the client went away. Most requests never ask for the signal, so it is made only when somebody does. */
class Gone {
  #controller: AbortController | undefined
  aborted = false
  /** Called once, when it goes. */
  onGone: (() => void) | undefined

  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.aborted) this.#controller.abort(goneError())
    return this.#controller.signal
  }

  abort(): void {
    if (this.aborted) return
    this.aborted = true
    this.onGone?.()
    this.#controller?.abort(goneError())
  }
}
const goneError = () => new DOMException('the client went away', 'AbortError')

/** Classes rather than literals: an accessor in a literal makes every one of them a slow object. */
class RestRequest implements ApiRequest {
  readonly method: string
  readonly info: RequestInfo
  readonly query: URLSearchParams
  readonly credentials: Credentials
  body: Buffer = noBody
  contentType: string
  readonly userAgent: string
  readonly warnings: string[] = []
  user?: User
  raw?: NonNullable<ApiRequest['raw']>
  readonly #gone: Gone

  constructor(request: IncomingMessage, gone: Gone) {
    const url = request.url ?? '/', at = url.indexOf('?'), path = at < 0 ? url : url.slice(0, at)
    this.method = request.method ?? 'GET'
    this.query = at < 0 ? noQuery : new URLSearchParams(url.slice(at + 1))
    this.info = requestInfo(this.method, path, this.query)
    this.credentials = new RestCredentials(request)
    this.contentType = request.headers['content-type'] ?? ''
    this.userAgent = request.headers['user-agent'] ?? ''
    this.#gone = gone
  }

  get signal(): AbortSignal { return this.#gone.signal }
}

class RestCredentials implements Credentials {
  readonly headers: IncomingHttpHeaders
  readonly certificate: X509Certificate | undefined
  readonly #request: IncomingMessage

  constructor(request: IncomingMessage) {
    this.headers = request.headers
    this.certificate = certificateOf(request.socket as TLSSocket)
    this.#request = request
  }

  get headersDistinct(): Credentials['headersDistinct'] { return this.#request.headersDistinct }
}
const noBody = Buffer.alloc(0)

const certificates = new WeakMap<TLSSocket, X509Certificate | null>()
function certificateOf(socket: TLSSocket): X509Certificate | undefined {
  let known = certificates.get(socket)
  if (known === undefined) certificates.set(socket, known = socket.getPeerX509Certificate?.() ?? null)
  return known ?? undefined
}

const hasBody = (r: IncomingMessage): boolean => r.headers['transfer-encoding'] !== undefined || (r.headers['content-length'] !== undefined && r.headers['content-length'] !== '0')
const streamed = new Set(['proxy', 'exec', 'attach', 'portforward'])
const takesConnection = (r: ApiRequest): boolean => r.info.isResource && streamed.has(r.info.subresource)

const tooLargeBody = () => new StatusError({ reason: 'RequestEntityTooLarge', message: `Request entity too large: limit is ${maxBodyBytes}` })

/** Undefined: more than the limit; the rest is thrown away unread. Rejects when the client goes before the end. */
function readBody(request: IncomingMessage, gone: Gone): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const held: Buffer[] = []
    let size = 0
    request.on('data', (b: Buffer) => {
      size += b.length
      if (size > maxBodyBytes) { held.length = 0; resolve(undefined) } else held.push(b)
    })
    request.on('end', () => resolve(held.length === 1 ? held[0] : Buffer.concat(held)))
    gone.onGone = () => reject(goneError())
  })
}

/** A promise only where the answer is not written at once. */
function write(o: RestDoorOptions, r: ApiRequest, request: IncomingMessage, response: ServerResponse, reply: Reply): Promise<void> | void {
  if (response.destroyed) return
  if (reply.type === 'connect') return reply.connect(r.raw!)
  if (reply.type === 'text') {
    response.writeHead(reply.code, { 'content-type': reply.contentType, 'content-length': Buffer.byteLength(reply.body), ...reply.headers })
    return void response.end(request.method === 'HEAD' ? undefined : reply.body)
  }
  let accepted: Accepted
  try { accepted = accept(r, request, reply.type === 'watch') } catch (e) {
    // The refusal itself comes in a form that the client can read, if there is one.
    return writeError(o, r, response, reply.type === 'error' ? reply.error : e as StatusError, acceptAny(r, request))
  }
  const now = accepted.as === 'Table' ? o.clock.now() : 0, include = accepted.as === 'Table' ? includeObject(r.query) : 'Metadata'
  switch (reply.type) {
    case 'watch': return streamWatch(response, { watch: reply.watch, type: reply.resource, accepted, include, now: () => o.clock.now() })
    case 'error': return writeError(o, r, response, reply.error, accepted)
    case 'entry': return compressed(o, response, reply.code, renderEntry(reply.resource, reply.entry, accepted, include, now), r, accepted)
    case 'list': return compressed(o, response, 200, renderList(reply, accepted, include, now), r, accepted)
    case 'value': return compressed(o, response, reply.code, renderValue(accepted.as === 'Table' ? valueTable(reply.value, include, now) : reply.value, accepted), r, accepted)
  }
}

function accept(r: ApiRequest, request: IncomingMessage, watch: boolean): Accepted {
  const pretty = r.query.size > 0 && /^(true|1|t|yes)$/i.test(r.query.get('pretty') ?? '')
  return negotiate({ accept: request.headers.accept, acceptEncoding: request.headers['accept-encoding'] as string | undefined, pretty, watch })
}

function acceptAny(r: ApiRequest, request: IncomingMessage): Accepted {
  try { return accept(r, request, false) } catch { return plainJson }
}

function writeError(o: RestDoorOptions, r: ApiRequest, response: ServerResponse, e: StatusError, accepted: Accepted): void {
  // A watch that cannot start where it should says so inside the stream, as upstream does.
  if (r.info.verb === 'watch' && e.reason === 'Expired') {
    response.writeHead(200, { 'content-type': watchType(accepted) })
    return void response.end(errorEvent(e, accepted))
  }
  if (e.details?.retryAfterSeconds) response.setHeader('retry-after', String(e.details.retryAfterSeconds))
  if (e.reason === 'RequestEntityTooLarge') response.setHeader('connection', 'close')
  if (e.reason === 'Unauthorized') response.setHeader('www-authenticate', 'Basic realm="kubernetes-master"')
  send(o.clock, response, e.code, renderValue(e.toStatus(), { ...accepted, as: '' }), r.warnings)
}

const gzip = promisify(zlib.gzip)

function compressed(o: RestDoorOptions, response: ServerResponse, code: number, rendered: Rendered, r: ApiRequest, a: Accepted): Promise<void> | void {
  if (!a.gzip || sizeOf(rendered.chunks) < gzipFromBytes) return send(o.clock, response, code, rendered, r.warnings)
  return sendCompressed(o, response, code, rendered, r)
}

async function sendCompressed(o: RestDoorOptions, response: ServerResponse, code: number, rendered: Rendered, r: ApiRequest): Promise<void> {
  const body = await gzip(Buffer.concat(rendered.chunks), { level: 1 })
  response.setHeader('content-encoding', 'gzip')
  response.setHeader('vary', 'Accept-Encoding')
  send(o.clock, response, code, { ...rendered, chunks: [body] }, r.warnings)
}

function sizeOf(chunks: readonly Buffer[]): number {
  let n = 0
  for (const b of chunks) n += b.length
  return n
}

/** Small answers in one write; large ones piece by piece at the reader's speed, never copied as a whole. */
function send(clock: Clock, response: ServerResponse, code: number, { contentType, chunks }: Rendered, warnings: readonly string[]): void {
  const size = sizeOf(chunks)
  if (warnings.length) response.setHeader('warning', warnings.map((w) => `299 - ${quoted(w)}`))
  response.writeHead(code, { 'cache-control': 'no-cache, private', 'content-type': contentType, 'content-length': size })
  if (response.req.method === 'HEAD') return void response.end()
  if (size <= wholeBytes) return void response.end(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks, size))
  sendPieces(clock, response, chunks)
}

/** Up to so much is sent as one buffer. */
const wholeBytes = 64 * 1024
const pieceBytes = 128 * 1024

/** A reader that takes nothing of a large answer for so long is cut off. */
const stalledMs = 60_000

/** Through one piece of memory, written again when all of it is through: a list costs neither its size nor the collector's time. */
function sendPieces(clock: Clock, response: ServerResponse, chunks: readonly Buffer[]): void {
  const piece = Buffer.allocUnsafeSlow(pieceBytes)
  let i = 0, at = 0, cancel = (): void => {}
  const fill = (): number => {
    let size = 0
    while (i < chunks.length && size < pieceBytes) {
      const chunk = chunks[i]!, copied = chunk.copy(piece, size, at)
      size += copied
      at += copied
      if (at === chunk.length) { i++; at = 0 }
    }
    return size
  }
  const more = (error?: Error | null): void => {
    cancel()
    if (error || response.destroyed) return
    const size = fill()
    if (size === 0) return void response.end()
    cancel = clock.timer(stalledMs, () => response.destroy())
    response.write(size === pieceBytes ? piece : piece.subarray(0, size), more)
  }
  response.once('close', () => cancel())
  more()
}

const quoted = (text: string): string => `"${text.replace(/[\\"]/g, (c) => `\\${c}`).replace(/[\r\n]/g, ' ')}"`
