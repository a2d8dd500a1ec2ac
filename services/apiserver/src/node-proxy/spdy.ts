/** Takes over an upgraded connection as the server's side of SPDY/3.1, as kubectl before 1.30 and its fallback ask for. */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { SpdyConnection, type SpdyStream } from '@drydock/proto/spdy'

export function acceptSpdy(request: IncomingMessage, socket: Duplex, head: Buffer, known: readonly string[], onStream: (s: SpdyStream) => void): SpdyConnection {
  const wanted = (request.headersDistinct['x-stream-protocol-version'] ?? []).flatMap((v) => v.split(',')).map((v) => v.trim())
  const protocol = wanted.find((p) => known.includes(p)) ?? known[0]!
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: ${protocol}\r\n\r\n`)
  if (head.length) socket.unshift(head)
  return new SpdyConnection(socket, { side: 'server', onStream })
}
