/** Opens the runtime's streaming URL as a SPDY connection: the one protocol that all CRI runtimes speak. */
import http from 'node:http'
import type { Duplex } from 'node:stream'
import { SpdyConnection } from '@drydock/proto/spdy'

export function upgrade(url: string, protocols: readonly string[], signal: AbortSignal): Promise<{ connection: SpdyConnection, protocol: string }> {
  return new Promise((resolve, reject) => {
    const headers = { Connection: 'Upgrade', Upgrade: 'SPDY/3.1', 'X-Stream-Protocol-Version': [...protocols] }
    const q = http.request(url, { method: 'POST', headers, agent: false, signal })
    q.on('upgrade', (r, socket: Duplex, head) => {
      if (head.length) socket.unshift(head)
      resolve({ connection: new SpdyConnection(socket, { side: 'client' }), protocol: String(r.headers['x-stream-protocol-version'] ?? '') })
    })
    q.on('response', (r) => {
      let text = ''
      r.setEncoding('utf8').on('data', (d: string) => { text += d.slice(0, 4_096 - text.length) }).on('end', () => reject(new Error(`the runtime did not open the stream: ${r.statusCode} ${text.trim()}`)))
    })
    q.on('error', reject)
    q.end()
  })
}
