/** Takes sockets for server connections: TLS with ALPN h2, or (tests) plain TCP with prior knowledge. */
import { createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions, type TLSSocket } from 'node:tls'
import type { Header } from './hpack.ts'
import { ServerConnection } from './server-connection.ts'
import type { Stream, StreamSink } from './stream.ts'

export interface Http2ServerOptions {
  /** Undefined: plain TCP. */
  tls: TlsOptions | undefined
  maxStreams: number
  /** What a client may have sent of one request before it was taken. */
  streamWindowBytes: number
  onStream(stream: Stream, headers: readonly Header[], socket: Socket): StreamSink
}

/** A peer may be gone without a word. */
const keepAliveMs = 30_000

export function createHttp2Server(o: Http2ServerOptions): Server & { closeAllConnections(): void } {
  const open = new Set<ServerConnection>()
  const accept = (socket: Socket) => {
    socket.on('error', () => {}) // told by close
    if (o.tls && (socket as TLSSocket).alpnProtocol !== 'h2') return void socket.destroy()
    socket.setNoDelay(true).setKeepAlive(true, keepAliveMs)
    const wire = { get writableLength() { return socket.writableLength }, write: (b: Buffer, done: () => void) => socket.write(b, done), end: () => socket.end(() => socket.destroy()), destroy: () => socket.destroy() }
    const connection = new ServerConnection(wire, { maxStreams: o.maxStreams, streamWindowBytes: o.streamWindowBytes, onUnusable() {}, onStream: (stream, headers) => o.onStream(stream, headers, socket) })
    open.add(connection)
    socket.on('data', (b: Buffer) => connection.receive(b, b.length))
    socket.once('end', () => connection.ended(new Error('the peer closed it')))
    socket.once('close', () => { connection.ended(); open.delete(connection) })
  }
  const server = o.tls ? createTlsServer({ ...o.tls, ALPNProtocols: ['h2'] }, accept) : createTcpServer(accept)
  server.on('tlsClientError', (_e: Error, socket: TLSSocket) => socket.destroy())
  return Object.assign(server, { closeAllConnections: () => { for (const c of open) c.destroy() } })
}
