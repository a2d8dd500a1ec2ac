/**
 * The gRPC door, for Drydock's components: component.proto over node:http2 with mutual TLS. It makes an ApiRequest of each
 * call, hands it to the chain and writes the reply; it decides nothing else. Errors are a gRPC status with the Kubernetes
 * Status as JSON in trailer `status-bin`. It bounds bodies, calls per connection and what waits for a slow watcher.
 */
import type { X509Certificate } from 'node:crypto'
import http2 from 'node:http2'
import type { TLSSocket } from 'node:tls'
import { badRequest, internalError, StatusError, type StatusReason } from '@drydock/api'
import type { Logger } from '@drydock/base'
import { FrameReader } from '@drydock/proto/frame'
import type { Credentials } from '../auth/types.ts'
import type { ApiRequest, Handle, Reply } from '../request.ts'
import { bookmarkFrame, bytesOf, eventFrame, listFrames, objectFrame } from './frames.ts'
import { wishes } from './requests.ts'

export interface GrpcDoorOptions {
  handle: Handle
  /** The watch cache: its revision right now, and when it has lost events. */
  cache: { readonly revision: number, onRefill(listener: () => void): () => void }
  cert: string | Buffer
  key: string | Buffer
  clientCa?: string | Buffer | undefined
  log: Logger
}

/** 3 MiB as at the REST door, and the message around it. */
const maxBodyBytes = (3 << 20) + 4096
/** What may wait for one slow watcher before it is cut off; it comes back from its last revision. */
const maxWaitingBytes = 16 << 20
/** Node ends a session that holds more. Slow watchers are cut off long before. */
const sessionMemoryMiB = 256
const prefix = '/drydock.component.v1.Api/'

export function createGrpcDoor(o: GrpcDoorOptions): http2.Http2SecureServer {
  const server = http2.createSecureServer({
    cert: o.cert, key: o.key, ...(o.clientCa && { ca: o.clientCa }), requestCert: true, rejectUnauthorized: false, maxSessionMemory: sessionMemoryMiB,
    settings: { initialWindowSize: 1 << 20, maxConcurrentStreams: 10_000 },
  })
  server.on('stream', (stream, headers) => serve(o, stream, headers))
  const sessions = new Set<http2.ServerHttp2Session>()
  server.on('session', (session) => {
    sessions.add(session)
    session.on('error', () => {}).on('close', () => sessions.delete(session))
  })
  server.on('tlsClientError', (_e, socket) => socket.destroy())
  // As node:https has it; watches would keep a closing server open for ever.
  return Object.assign(server, { closeAllConnections: () => { for (const s of sessions) s.destroy() } })
}

function serve(o: GrpcDoorOptions, stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders): void {
  const gone = new AbortController()
  stream.on('close', () => gone.abort(new DOMException('the client went away', 'AbortError')))
  stream.on('error', () => {})
  const reader = new FrameReader(maxBodyBytes)
  let message: Buffer | undefined
  stream.on('data', (data: Buffer) => {
    try { reader.push(data, (m) => { message = m }) } catch (e) { fail(stream, e instanceof RangeError ? tooLarge() : badRequest((e as Error).message)) }
  })
  stream.on('end', () => void answer(o, stream, headers, message, gone.signal).catch((e: unknown) => {
    if (gone.signal.aborted) return
    if (!(e instanceof StatusError)) o.log.error({ err: e }, 'an answer could not be written')
    fail(stream, e instanceof StatusError ? e : internalError(e))
  }))
}

const tooLarge = () => new StatusError({ reason: 'RequestEntityTooLarge', message: 'Request entity too large: limit is 3145728' })

async function answer(o: GrpcDoorOptions, stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders, message: Buffer | undefined, signal: AbortSignal): Promise<void> {
  const path = headers[':path'] ?? ''
  const wish = path.startsWith(prefix) ? wishes[path.slice(prefix.length)] : undefined
  if (!wish) return fail(stream, new StatusError({ reason: 'MethodNotAllowed', message: `no method ${path}` }))
  if (!message) return fail(stream, badRequest('the call has no message'))
  const request: ApiRequest = { ...wish(message), credentials: credentialsOf(stream, headers), userAgent: headers['user-agent'] ?? '', signal, warnings: [] }
  const reply = await o.handle(request)
  if (signal.aborted) return
  // What a deletecollection has deleted is of no use here.
  await write(o, stream, reply.type === 'list' && request.info.verb === 'deletecollection' ? { type: 'value', code: 200, value: {} } : reply, signal)
}

async function write(o: GrpcDoorOptions, stream: http2.ServerHttp2Stream, reply: Reply, signal: AbortSignal): Promise<void> {
  switch (reply.type) {
    case 'entry':
      begin(stream)
      return void stream.end(objectFrame(bytesOf(reply.resource, reply.entry)))
    case 'value':
      begin(stream)
      return void stream.end(objectFrame(Buffer.from(JSON.stringify(reply.value))))
    case 'list':
      begin(stream)
      for (const frame of listFrames({ ...reply, type: reply.resource })) if (!stream.write(frame)) await drained(stream, signal)
      return void stream.end()
    case 'watch': return watch(o, stream, reply, signal)
    case 'error': return fail(stream, reply.error)
    case 'text': return fail(stream, new StatusError({ reason: reply.code === 404 ? 'NotFound' : 'InternalError', code: reply.code, message: 'the server could not find the requested resource' }))
    case 'connect': return fail(stream, new StatusError({ reason: 'MethodNotAllowed', message: 'connections of their own are served at the REST door' }))
  }
}

function watch(o: GrpcDoorOptions, stream: http2.ServerHttp2Stream, reply: Extract<Reply, { type: 'watch' }>, signal: AbortSignal): void {
  const end = begin(stream)
  const push = (frame: Buffer) => {
    if (stream.writableLength > maxWaitingBytes) {
      o.log.warn({ resource: reply.resource.resource }, 'a watcher does not keep up; it is cut off')
      stop?.()
      stream.close(http2.constants.NGHTTP2_CANCEL)
    } else if (!stream.writableEnded) stream.write(frame)
  }
  let stop: (() => void) | undefined = undefined
  stop = reply.watch.start({
    event: (type, entry, event) => push(eventFrame(reply.resource, type, entry, event)),
    bookmark: (revision) => push(bookmarkFrame(revision)),
    end: () => end(),
  }) as () => void
  // Says that the replay is over and how far it went: a subscriber of the bus joins on from there.
  push(bookmarkFrame(o.cache.revision))
  const forget = o.cache.onRefill(() => { stop?.(); end(expired) })
  const left = () => { stop?.(); forget() }
  if (signal.aborted) left()
  else signal.addEventListener('abort', left, { once: true })
}
const expired = new StatusError({ reason: 'Expired', message: 'too old resource version: the apiserver has lost events' })

/** Opens the answer; returns what ends it, with an error or well (as `stream.end` does). */
function begin(stream: http2.ServerHttp2Stream): (error?: StatusError) => void {
  let failure: StatusError | undefined
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
  stream.on('wantTrailers', () => stream.sendTrailers(failure ? statusHeaders(failure) : { 'grpc-status': '0' }))
  return (error) => { failure = error; stream.end() }
}

const drained = (stream: http2.ServerHttp2Stream, signal: AbortSignal): Promise<void> => new Promise((resolve, reject) => {
  const onAbort = () => { stream.off('drain', onDrain); reject(signal.reason as Error) }
  const onDrain = () => { signal.removeEventListener('abort', onAbort); resolve() }
  stream.once('drain', onDrain)
  signal.addEventListener('abort', onAbort, { once: true })
})

const codes: Partial<Record<StatusReason, number>> = {
  BadRequest: 3, Invalid: 3, NotFound: 5, AlreadyExists: 6, Forbidden: 7, TooManyRequests: 8, RequestEntityTooLarge: 8, Conflict: 10, Expired: 11, Gone: 11,
  MethodNotAllowed: 12, InternalError: 13, ServiceUnavailable: 14, Timeout: 4, ServerTimeout: 14, Unauthorized: 16,
}

function fail(stream: http2.ServerHttp2Stream, error: StatusError): void {
  if (stream.destroyed || stream.closed) return
  if (stream.headersSent) return stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR)
  stream.respond({ ':status': 200, 'content-type': 'application/grpc', ...statusHeaders(error) }, { endStream: true })
}

const statusHeaders = (error: StatusError) => ({
  'grpc-status': String(codes[error.reason] ?? 2), 'grpc-message': encodeURIComponent(error.message.slice(0, 1024)), 'status-bin': statusTrailer(error),
})

// Headers are bounded: of a very long status the causes go first.
function statusTrailer(error: StatusError): string {
  const status = error.toStatus()
  const text = JSON.stringify(status)
  if (text.length <= 12_000) return Buffer.from(text).toString('base64')
  const { details: _d, ...short } = status
  return Buffer.from(JSON.stringify({ ...short, message: error.message.slice(0, 8000) })).toString('base64')
}

const certificates = new WeakMap<http2.Http2Session, X509Certificate | null>()
function credentialsOf(stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders): Credentials {
  const session = stream.session!
  let certificate = certificates.get(session)
  if (certificate === undefined) certificates.set(session, certificate = (session.socket as TLSSocket).getPeerX509Certificate?.() ?? null)
  return { headers, certificate: certificate ?? undefined }
}
