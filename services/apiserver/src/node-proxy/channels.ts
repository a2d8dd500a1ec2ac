/** The WebSocket protocols of remote commands: one byte of channel number before each message, as a digit where the name says base64. */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'

export const sessionProtocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io', 'v4.base64.channel.k8s.io', 'base64.channel.k8s.io', 'channel.k8s.io', ''] as const
export const closeChannel = 255

export interface Channels {
  readonly protocol: string
  send(channel: number, data: Buffer): Promise<void>
  /** The promise holds the client back. */
  onMessage(handler: (channel: number, data: Buffer) => Promise<void>): void
  onClose(handler: () => void): void
  close(): void
}

const offered = (request: IncomingMessage): string[] => (request.headers['sec-websocket-protocol'] ?? '').split(',').map((s) => s.trim()).filter(Boolean)
/** The first of the client's protocols that is spoken here; '' if it names none; undefined if none will do. */
export const choose = (request: IncomingMessage, known: readonly string[]): string | undefined => {
  const l = offered(request)
  return l.length ? l.find((p) => known.includes(p)) : known.includes('') ? '' : undefined
}
export const isWebSocket = (request: IncomingMessage): boolean => /websocket/i.test(request.headers.upgrade ?? '')
export const isSpdy = (request: IncomingMessage): boolean => /^spdy\/3\.1$/i.test(request.headers.upgrade ?? '')

const server = (protocol: string) => new WebSocketServer({ noServer: true, handleProtocols: () => protocol || false, maxPayload: 32 << 20, perMessageDeflate: false })

export const accept = (request: IncomingMessage, socket: Duplex, head: Buffer, protocol: string): Promise<WebSocket> =>
  new Promise((resolve) => server(protocol).handleUpgrade(request, socket, head, (ws) => resolve(ws)))

export function channels(ws: WebSocket, protocol: string): Channels {
  const base64 = protocol.includes('base64')
  const decode = (d: Buffer): [number, Buffer] => (base64 ? [d[0]! - 48, Buffer.from(d.toString('latin1', 1), 'base64')] : [d[0]!, d.subarray(1)])
  return {
    protocol,
    send: (channel, data) => new Promise((resolve) => {
      const message = base64 ? String(channel) + data.toString('base64') : Buffer.concat([Buffer.from([channel]), data])
      ws.send(message, { binary: !base64 }, () => resolve())
    }),
    onMessage(handler) {
      ws.on('message', (raw: Buffer) => {
        if (raw.length === 0) return
        ws.pause()
        void handler(...decode(raw)).finally(() => ws.resume())
      })
    },
    onClose(handler) { ws.on('close', handler); ws.on('error', () => ws.terminate()) },
    close() { ws.close(1000) },
  }
}
