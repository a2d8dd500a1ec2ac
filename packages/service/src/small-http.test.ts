import { Agent, get } from 'node:http'
import { type AddressInfo, connect, createServer } from 'node:net'
import { realClock } from '@drydock/base'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { converse } from './small-http.ts'

const server = createServer((socket) => converse(socket, async (path, query) => {
  if (path === '/broken') throw new Error('secret')
  return { code: path === '/ok' ? 200 : 404, body: `${path} ${query.get('q') ?? ''} ü\n`, type: 'text/plain; charset=utf-8' }
}, realClock))
let port = 0
beforeAll(() => new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', () => { port = (server.address() as AddressInfo).port; resolve() }) }))
afterAll(() => { server.close() })

/** What comes back for raw text until the server closes. */
const raw = (...parts: string[]): Promise<string> => new Promise((resolve) => {
  const s = connect(port, '127.0.0.1')
  let text = ''
  s.on('data', (d) => { text += d.toString() }).on('close', () => resolve(text)).on('error', () => {})
  s.on('connect', () => { void (async () => { for (const p of parts) { s.write(p); await realClock.sleep(5) } })() })
})

test('a client of node:http keeps its connection', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 }), sockets = new Set<unknown>()
  const ask = (path: string) => new Promise<[number, string]>((resolve, reject) => {
    get({ host: '127.0.0.1', port, path, agent }, (r) => { let t = ''; sockets.add(r.socket); r.on('data', (d: Buffer) => { t += d.toString() }).on('end', () => resolve([r.statusCode!, t])) }).on('error', reject)
  })
  expect(await ask('/ok?q=1')).toEqual([200, '/ok 1 ü\n'])
  expect(await ask('/other')).toEqual([404, '/other  ü\n'])
  expect(await ask('/broken')).toEqual([500, 'Internal Server Error\n'])
  expect(sockets.size).toBe(1)
  agent.destroy()
})

test.each<[string, string[], RegExp]>([
  ['in pieces', ['GET /ok HT', 'TP/1.1\r\nhost: x\r\nconne', 'ction: close\r\n\r\n'], /^HTTP\/1\.1 200 OK\r\n[^]*connection: close\r\n\r\n\/ok  ü\n$/],
  ['two at once', ['GET /ok HTTP/1.1\r\n\r\nGET /a HTTP/1.0\r\n\r\n'], /200 OK[^]*404 Not Found/],
  ['HEAD', ['HEAD /ok HTTP/1.0\r\n\r\n'], /content-length: 8\r\nconnection: close\r\n\r\n$/],
  ['another method', ['DELETE /ok HTTP/1.1\r\n\r\n'], /^HTTP\/1\.1 405 /],
  ['a body', ['GET /ok HTTP/1.1\r\ncontent-length: 3\r\n\r\nabc'], /^HTTP\/1\.1 400 /],
  ['no HTTP', ['hello\r\n\r\n'], /^HTTP\/1\.1 400 /],
  ['a head without end', ['GET /ok HTTP/1.1\r\n', `x: ${'y'.repeat(20_000)}`], /^HTTP\/1\.1 431 /],
])('%s', async (_name, parts, want) => expect(await raw(...parts)).toMatch(want))
