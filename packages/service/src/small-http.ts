/**
 * The little of HTTP/1.1 that probes and scrapes speak: GET and HEAD without a body, one after another on a connection.
 * node:http would cost each process 4 MiB for it. Everything else is refused and the connection closed; heads are bounded,
 * and so is the time that a client may take.
 */
import type { Socket } from 'node:net'
import type { Clock } from '@drydock/base'

export interface SmallReply { code: number, body: string, type: string }
export type Answer = (path: string, query: URLSearchParams) => Promise<SmallReply>

const maxHeadBytes = 16 << 10
/** Nothing here takes long to ask or to take. */
const slowClientMs = 60_000
const reasons: Record<number, string> = { 200: 'OK', 400: 'Bad Request', 401: 'Unauthorized', 404: 'Not Found', 405: 'Method Not Allowed', 431: 'Request Header Fields Too Large', 500: 'Internal Server Error' }
const plain = (code: number): SmallReply => ({ code, body: `${reasons[code]}\n`, type: 'text/plain; charset=utf-8' })

interface Request { head: boolean, path: string, query: URLSearchParams, last: boolean }

/** Answers requests until one side ends the connection. */
export function converse(socket: Socket, answer: Answer, clock: Clock): void {
  let held = '', busy = false
  const send = (r: SmallReply, o: { last: boolean, head?: boolean }) => {
    const head = `HTTP/1.1 ${r.code} ${reasons[r.code] ?? ''}\r\ncontent-type: ${r.type}\r\nx-content-type-options: nosniff\r\ncache-control: no-cache, private\r\n`
      + `date: ${new Date(clock.now()).toUTCString()}\r\ncontent-length: ${Buffer.byteLength(r.body)}\r\nconnection: ${o.last ? 'close' : 'keep-alive'}\r\n\r\n`
    const text = o.head ? head : head + r.body
    if (o.last) socket.end(text)
    else socket.write(text)
  }
  const next = async (): Promise<void> => {
    if (busy) return
    busy = true
    for (let end = held.indexOf('\r\n\r\n'); end >= 0 && socket.writable; end = held.indexOf('\r\n\r\n')) {
      const request = parse(held.slice(0, end))
      held = held.slice(end + 4)
      if (typeof request === 'number') return send(plain(request), { last: true })
      const reply = await answer(request.path, request.query).catch(() => plain(500))
      send(reply, request)
      if (request.last) return
    }
    busy = false
    if (held.length > maxHeadBytes) { busy = true; send(plain(431), { last: true }) }
  }
  socket.setTimeout(slowClientMs, () => socket.destroy())
  socket.on('data', (d: Buffer) => {
    if (held.length <= maxHeadBytes) held += d.toString('latin1')
    void next()
  })
  socket.on('error', () => {})
}

/** The status of the refusal where it is none that is spoken here. */
function parse(text: string): Request | number {
  const [line = '', ...headers] = text.split('\r\n'), m = /^([A-Z]+) (\/\S*) HTTP\/1\.([01])$/.exec(line)
  if (!m) return 400
  if (m[1] !== 'GET' && m[1] !== 'HEAD') return 405
  let last = m[3] === '0'
  for (const h of headers) {
    const at = h.indexOf(':'), name = h.slice(0, at).toLowerCase(), value = h.slice(at + 1).trim().toLowerCase()
    if (at < 1 || name === 'transfer-encoding' || (name === 'content-length' && value !== '0')) return 400
    if (name === 'connection' && value.includes('close')) last = true
  }
  const [path = '/', query = ''] = m[2]!.split('?', 2)
  return { head: m[1] === 'HEAD', path, query: new URLSearchParams(query), last }
}
