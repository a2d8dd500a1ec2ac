/**
 * The gRPC door, for Drydock's components: component.proto over our own HTTP/2 with mutual TLS. It makes an ApiRequest of each
 * call, hands it to the chain and writes the reply; it decides nothing else. Errors are a gRPC status with the Kubernetes
 * Status as JSON in trailer `status-bin`. It bounds bodies, calls per connection and what waits for a slow watcher.
 */
import type { X509Certificate } from 'node:crypto'
import type { Server, Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { badRequest, internalError, StatusError, type StatusReason } from '@drydock/api'
import type { Logger } from '@drydock/base'
import { createHttp2Server, GrpcError, grpcCode, ServerCall } from '@drydock/proto/channel'
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
/** Of one connection; more are refused, and cost their sender another try. */
const maxCalls = 10_000
/** What a client may have sent of one request before it was read. */
const streamWindowBytes = 1 << 20
const prefix = '/drydock.component.v1.Api/'

export function createGrpcDoor(o: GrpcDoorOptions): Server {
  return createHttp2Server({
    tls: { cert: o.cert, key: o.key, ...(o.clientCa && { ca: o.clientCa }), requestCert: true, rejectUnauthorized: false },
    maxStreams: maxCalls, streamWindowBytes,
    onStream: (stream, headers, socket) => new ServerCall(stream, headers, socket, {
      maxMessageBytes: maxBodyBytes,
      onBadRequest: (call, e) => fail(call, e instanceof GrpcError && e.code === grpcCode.resourceExhausted ? tooLarge() : badRequest(e.message)),
      onRequest: (call, message) => void answer(o, call, message).catch((e: unknown) => {
        if (call.over) return
        if (!(e instanceof StatusError)) o.log.error({ err: e }, 'an answer could not be written')
        fail(call, e instanceof StatusError ? e : internalError(e))
      }),
    }),
  })
}

const tooLarge = () => new StatusError({ reason: 'RequestEntityTooLarge', message: 'Request entity too large: limit is 3145728' })

async function answer(o: GrpcDoorOptions, call: ServerCall, message: Buffer | undefined): Promise<void> {
  const { path, metadata } = call
  const wish = path.startsWith(prefix) ? wishes[path.slice(prefix.length)] : undefined
  if (!wish) return fail(call, new StatusError({ reason: 'MethodNotAllowed', message: `no method ${path}` }))
  if (!message) return fail(call, badRequest('the call has no message'))
  const request: ApiRequest = { ...wish(message), credentials: { headers: metadata, certificate: certificateOf(call.socket) }, userAgent: metadata['user-agent'] ?? '', signal: call.signal, warnings: [] }
  const reply = await o.handle(request)
  if (call.over) return
  // What a deletecollection has deleted is of no use here.
  await write(o, call, reply.type === 'list' && request.info.verb === 'deletecollection' ? { type: 'value', code: 200, value: {} } : reply)
}

async function write(o: GrpcDoorOptions, call: ServerCall, reply: Reply): Promise<void> {
  switch (reply.type) {
    case 'entry':
      call.write(objectFrame(bytesOf(reply.resource, reply.entry)))
      return call.end()
    case 'value':
      call.write(objectFrame(Buffer.from(JSON.stringify(reply.value))))
      return call.end()
    case 'list':
      for (const frame of listFrames({ ...reply, type: reply.resource })) {
        call.write(frame)
        await call.drained()
        if (call.over) return
      }
      return call.end()
    case 'watch': return watch(o, call, reply)
    case 'error': return fail(call, reply.error)
    case 'text': return fail(call, new StatusError({ reason: reply.code === 404 ? 'NotFound' : 'InternalError', code: reply.code, message: 'the server could not find the requested resource' }))
    case 'connect': return fail(call, new StatusError({ reason: 'MethodNotAllowed', message: 'connections of their own are served at the REST door' }))
  }
}

function watch(o: GrpcDoorOptions, call: ServerCall, reply: Extract<Reply, { type: 'watch' }>): void {
  const push = (frame: Buffer) => {
    if (call.queuedBytes > maxWaitingBytes) {
      o.log.warn({ resource: reply.resource.resource }, 'a watcher does not keep up; it is cut off')
      call.cancel()
    } else call.write(frame)
  }
  const stop = reply.watch.start({
    event: (type, entry, event) => push(eventFrame(reply.resource, type, entry, event)),
    bookmark: (revision) => push(bookmarkFrame(revision)),
    end: () => call.end(),
  })
  // Says that the replay is over and how far it went: a subscriber of the bus joins on from there.
  push(bookmarkFrame(o.cache.revision))
  const forget = o.cache.onRefill(() => { stop(); fail(call, expired) })
  const left = () => { stop(); forget() }
  if (call.over) left()
  else call.signal.addEventListener('abort', left, { once: true })
}
const expired = new StatusError({ reason: 'Expired', message: 'too old resource version: the apiserver has lost events' })

const codes: Partial<Record<StatusReason, number>> = {
  BadRequest: 3, Invalid: 3, NotFound: 5, AlreadyExists: 6, Forbidden: 7, TooManyRequests: 8, RequestEntityTooLarge: 8, Conflict: 10, Expired: 11, Gone: 11,
  MethodNotAllowed: 12, InternalError: 13, ServiceUnavailable: 14, Timeout: 4, ServerTimeout: 14, Unauthorized: 16,
}

const fail = (call: ServerCall, error: StatusError): void => call.end([
  { name: 'grpc-status', value: String(codes[error.reason] ?? 2) }, { name: 'grpc-message', value: encodeURIComponent(error.message.slice(0, 1024)) }, { name: 'status-bin', value: statusTrailer(error) },
])

// Headers are bounded: of a very long status the causes go first.
function statusTrailer(error: StatusError): string {
  const status = error.toStatus()
  const text = JSON.stringify(status)
  if (text.length <= 12_000) return Buffer.from(text).toString('base64')
  const { details: _d, ...short } = status
  return Buffer.from(JSON.stringify({ ...short, message: error.message.slice(0, 8000) })).toString('base64')
}

const certificates = new WeakMap<Socket, X509Certificate | null>()
function certificateOf(socket: Socket): X509Certificate | undefined {
  let certificate = certificates.get(socket)
  if (certificate === undefined) certificates.set(socket, certificate = (socket as Partial<TLSSocket>).getPeerX509Certificate?.() ?? null)
  return certificate ?? undefined
}
