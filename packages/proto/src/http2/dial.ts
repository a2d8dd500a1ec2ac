/** Opens the socket beneath a client's connection: TLS with ALPN h2, or (tests) plain TCP with prior knowledge. */
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { type ConnectionOptions as TlsOptions, connect as connectTls, type SecureContext, type TLSSocket } from 'node:tls'
import type { Clock } from '@drydock/base'
import { ClientConnection } from './client-connection.ts'
import type { ConnectionOptions } from './connection.ts'

export interface DialOptions extends Omit<ConnectionOptions, 'onUnusable'> {
  host: string
  port: number
  /** A unix socket instead of host and port, without TLS. */
  path?: string
  /** Undefined: plain TCP. */
  tls: SecureContext | undefined
  timeoutMs: number
  clock: Clock
  onUnusable(connection: ClientConnection): void
  /** Its socket is gone. */
  onClosed(connection: ClientConnection): void
}

/** One record of TLS; the socket reads into the same buffer every time. */
const readBytes = 16_384

export function dial(o: DialOptions): Promise<ClientConnection> {
  return new Promise((resolve, reject) => {
    let connection: ClientConnection | undefined = undefined, failure: Error | undefined
    const buffer = Buffer.allocUnsafeSlow(readBytes)
    const onread = { buffer, callback: (length: number) => { connection?.receive(buffer, length); return true } }
    const socket = open(o, onread)
    const cancel = o.clock.timer(o.timeoutMs, () => socket.destroy(new Error(`${o.path ?? `${o.host}:${o.port}`}: connecting took too long`)))
    if (!o.path) socket.setNoDelay(true)
    socket.once(o.tls ? 'secureConnect' : 'connect', () => {
      cancel()
      if (o.tls && (socket as TLSSocket).alpnProtocol !== 'h2') { socket.destroy(new Error(`${o.host}:${o.port} does not speak HTTP/2`)); return }
      const wire = { get writableLength() { return socket.writableLength }, write: (b: Buffer, done: () => void) => socket.write(b, done), end: () => socket.end(() => socket.destroy()), destroy: () => socket.destroy() }
      connection = new ClientConnection(wire, { ...o, onUnusable: () => { if (connection) o.onUnusable(connection) } })
      resolve(connection)
    })
    socket.on('error', (e) => { failure = e })
    socket.once('end', () => connection?.ended(new Error('the peer closed it')))
    socket.once('close', () => {
      cancel()
      connection?.ended(failure)
      if (connection) o.onClosed(connection)
      reject(failure ?? new Error(`${o.path ?? `${o.host}:${o.port}`} closed the connection`))
    })
  })
}

interface OnRead { buffer: Buffer, callback: (length: number) => boolean }
function open(o: DialOptions, onread: OnRead): Socket {
  const { host, port, tls } = o
  if (o.path) return connectTcp({ path: o.path, onread })
  if (!tls) return connectTcp({ host, port, onread })
  // Node's types do not know onread here.
  const options: TlsOptions & { onread: OnRead } = { host, port, secureContext: tls, ALPNProtocols: ['h2'], ...(!isIP(host) && { servername: host }), onread }
  return connectTls(options)
}
