/** The channel against node:http2, which is another implementation of the protocol, and against peers that misbehave. */
import http2 from 'node:http2'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { realClock } from '@drydock/base'
import { frame, FrameReader } from '../frame.ts'
import { GrpcChannel, type GrpcChannelOptions } from './grpc-channel.ts'
import { type GrpcError, grpcCode } from './status.ts'

const cleanups: (() => void)[] = []
afterEach(() => { for (const c of cleanups.splice(0).reverse()) c() })

const listening = (server: Server | http2.Http2Server): Promise<string> => new Promise((resolve) => {
  server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
  cleanups.push(() => server.close())
})

type Handler = (stream: http2.ServerHttp2Stream, message: Buffer, headers: http2.IncomingHttpHeaders) => void
/** Calls `handle` for each message of each call. */
async function grpcServer(handle: Handler, settings: http2.Settings = {}) {
  const server = http2.createServer({ settings }), sessions = new Set<http2.ServerHttp2Session>()
  server.on('session', (s) => { sessions.add(s); s.on('error', () => {}).on('close', () => sessions.delete(s)) })
  server.on('stream', (stream, headers) => {
    const reader = new FrameReader(1 << 30)
    stream.on('error', () => {}).on('data', (d: Buffer) => reader.push(d, (m) => handle(stream, m, headers)))
  })
  cleanups.push(() => { for (const s of sessions) s.destroy() })
  return { url: await listening(server), sessions }
}
const reply = (stream: http2.ServerHttp2Stream, message: Uint8Array, trailers: http2.OutgoingHttpHeaders = { 'grpc-status': '0' }) => {
  if (stream.destroyed) return
  stream.respond({ 'content-type': 'application/grpc' }, { waitForTrailers: true })
  stream.on('wantTrailers', () => stream.sendTrailers(trailers))
  stream.end(frame(message))
}
const channel = (servers: string | string[], o: Partial<GrpcChannelOptions> = {}) => {
  const c = new GrpcChannel({ servers: [servers].flat(), clock: realClock, name: 'the server', ...o })
  cleanups.push(() => c.close())
  return c
}
const copy = (b: Buffer) => Buffer.from(b)
const call = (c: GrpcChannel, message: Uint8Array = Buffer.from('hello'), o: { timeoutMs?: number, signal?: AbortSignal } = {}) => c.unary('/s/Echo', frame(message), copy, { timeoutMs: 20_000, ...o })
const until = async (what: string, holds: () => boolean) => {
  for (const end = realClock.monotonic() + 10_000; !holds(); await realClock.sleep(5)) if (realClock.monotonic() > end) throw new Error(`not in time: ${what}`)
}
const failure = (p: Promise<unknown>): Promise<GrpcError> => p.then(() => { throw new Error('it did not fail') }, (e: GrpcError) => e)

describe('answers', () => {
  test.each([[{}], [{ maxConcurrentStreams: 3 }], [{ initialWindowSize: 1000 }], [{ headerTableSize: 0 }]])('many calls of many sizes at once, server settings %j', async (settings) => {
    const { url } = await grpcServer((s, m) => reply(s, m, { 'grpc-status': '0', 'x-trailer': `${m.length}-é` }), settings)
    const c = channel(url), sizes = [0, 1, 4, 16_379, 16_380, 65_535, 300_000, 5_000_000, ...Array.from({ length: 40 }, (_, i) => i * 997)]
    const bodies = sizes.map((n, i) => Buffer.alloc(n, i))
    const answers = await Promise.all(bodies.map((b) => call(c, b)))
    answers.forEach((a, i) => expect(a.equals(bodies[i]!)).toBe(true))
  })

  test('headers: path, authority, user agent, token', async () => {
    let seen: http2.IncomingHttpHeaders = {}, token = 'one'
    const { url } = await grpcServer((s, m, h) => { seen = h; reply(s, m) })
    const c = channel(url, { userAgent: 'tester', token: () => token })
    await call(c)
    expect(seen).toMatchObject({ ':method': 'POST', ':path': '/s/Echo', ':scheme': 'http', ':authority': url.slice(7), te: 'trailers', 'content-type': 'application/grpc', 'user-agent': 'tester', authorization: 'Bearer one' })
    token = 'two'
    await call(c)
    expect(seen.authorization).toBe('Bearer two')
  })

  test('a status is an error with its text and details', async () => {
    const { url } = await grpcServer((s) => reply(s, Buffer.alloc(0), { 'grpc-status': '11', 'grpc-message': 'too %C3%A9 100%', 'status-bin': Buffer.from('{"a":1}').toString('base64') }))
    const plain = await failure(call(channel(url)))
    expect(plain).toMatchObject({ code: 11, message: 'too %C3%A9 100%', transport: false, details: Buffer.from('{"a":1}') })
    const other = await grpcServer((s) => reply(s, Buffer.alloc(0), { 'grpc-status': '5', 'grpc-message': 'caf%C3%A9' }))
    expect(await failure(call(channel(other.url)))).toMatchObject({ code: 5, message: 'café' })
  })

  test.each<[string, Handler, Partial<GrpcError>]>([
    ['no status', (s) => { s.respond({}); s.end() }, { transport: true, code: grpcCode.unavailable }],
    ['another HTTP status', (s) => { s.respond({ ':status': 503 }); s.end() }, { message: 'the server answered HTTP 503', transport: true }],
    ['OK without a message', (s) => { s.respond({ 'grpc-status': '0' }); s.end() }, { message: 'the server ended the call without an answer' }],
    ['half a message', (s) => { s.respond({}, { waitForTrailers: true }); s.on('wantTrailers', () => s.sendTrailers({ 'grpc-status': '0' })); s.end(frame(Buffer.alloc(9)).subarray(0, 8)) }, { code: grpcCode.internal }],
    ['a refused stream', (s) => s.close(http2.constants.NGHTTP2_REFUSED_STREAM), { sent: false, transport: true }],
    ['a reset stream', (s) => s.close(http2.constants.NGHTTP2_INTERNAL_ERROR), { sent: true, transport: true }],
  ])('%s', async (_name, handle, error) => {
    const { url } = await grpcServer(handle)
    expect(await failure(call(channel(url)))).toMatchObject(error)
  })

  test('what decode throws is the call\'s error; the connection goes on', async () => {
    const { url, sessions } = await grpcServer((s, m) => reply(s, m)), c = channel(url)
    expect(await failure(c.unary('/s/Echo', frame(Buffer.from('x')), () => { throw new RangeError('bad message') }, { timeoutMs: 1000 }))).toMatchObject({ code: grpcCode.internal, message: 'bad message' })
    await call(c)
    expect(sessions.size).toBe(1)
  })
})

describe('every call ends', () => {
  test('by its deadline', async () => {
    const { url } = await grpcServer(() => {}), c = channel(url), start = realClock.monotonic()
    expect(await failure(call(c, Buffer.from('x'), { timeoutMs: 100 }))).toMatchObject({ code: grpcCode.deadlineExceeded, transport: true })
    expect(realClock.monotonic() - start).toBeLessThan(3000)
  })

  test('by its signal, and the server hears of it', async () => {
    let closed = false
    const { url } = await grpcServer((s) => { s.on('close', () => { closed = true }) }), c = channel(url), stop = new AbortController()
    const waiting = failure(call(c, Buffer.from('x'), { signal: stop.signal }))
    await until('the call to be open', () => c !== undefined)
    await realClock.sleep(20)
    stop.abort(new Error('enough'))
    expect((await waiting).message).toBe('enough')
    await until('the server to hear', () => closed)
    expect((await failure(call(c, Buffer.from('x'), { signal: stop.signal }))).message).toBe('enough')
  })

  test('while connecting, by its deadline and by its signal', async () => {
    const silent = createServer(() => {}), url = (await listening(silent)).replace('http:', 'https:') // never shakes hands
    const c = channel(url, { connectTimeoutMs: 2000 }), stop = new AbortController()
    const aborted = failure(call(c, Buffer.from('x'), { signal: stop.signal })), late = failure(call(c, Buffer.from('x'), { timeoutMs: 50 }))
    stop.abort(new Error('enough'))
    expect((await aborted).message).toBe('enough')
    expect(await late).toMatchObject({ sent: false, transport: true })
    expect(await failure(call(c))).toMatchObject({ sent: false, message: expect.stringMatching(/connecting took too long/) })
  })

  test('by silence: a peer that answers no pings is dropped', async () => {
    const open: Socket[] = [], server = createServer((s) => { open.push(s.on('error', () => {})); s.write(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])) }) // SETTINGS, and never again
    cleanups.push(() => { for (const s of open) s.destroy() })
    const c = channel(await listening(server), { keepaliveMs: 200 })
    expect(await failure(call(c))).toMatchObject({ message: 'the peer does not answer pings', transport: true, sent: true })
  })

  test('by the channel\'s end', async () => {
    const { url } = await grpcServer(() => {}), c = channel(url), ended: unknown[] = []
    await c.stream('/s/Watch', { onMessage() {}, onEnd: (e) => ended.push(e?.message) })
    const waiting = failure(call(c))
    await realClock.sleep(20)
    c.close()
    expect(await waiting).toMatchObject({ transport: true })
    await until('the stream\'s end', () => ended.length === 1)
    expect(await failure(call(c))).toMatchObject({ sent: false })
  })
})

describe('servers come and go', () => {
  test('cut after any number of bytes: an answer or an error, and the next call finds a way', async () => {
    const { url } = await grpcServer((s, m) => reply(s, m))
    let left = Infinity
    const proxy = createServer((front) => {
      const back = connect(Number(new URL(url).port), '127.0.0.1')
      front.on('error', () => {}).pipe(back)
      back.on('error', () => {}).on('data', (d) => {
        front.write(d.subarray(0, Math.max(0, left)))
        left -= d.length
        if (left <= 0) { front.destroy(); back.destroy() }
      })
      front.on('close', () => back.destroy())
    })
    const through = await listening(proxy)
    for (let cut = 0; cut <= 140; cut += 3) {
      left = cut
      const c = channel(through), answers = await Promise.allSettled([call(c), call(c)])
      for (const a of answers) expect(a.status === 'fulfilled' ? a.value.toString() : (a.reason as GrpcError).transport).toBe(a.status === 'fulfilled' ? 'hello' : true)
      left = Infinity
      expect((await call(c)).toString()).toBe('hello')
      c.close()
    }
  })

  test('GOAWAY: what runs ends, the next call gets a new connection', async () => {
    const waiting: (() => void)[] = []
    const { url, sessions } = await grpcServer((s, m) => { if (m.toString() === 'slow') waiting.push(() => reply(s, m)); else reply(s, m) })
    const c = channel(url), slow = call(c, Buffer.from('slow'))
    await until('the slow call', () => waiting.length === 1)
    const first = [...sessions]
    first[0]!.close()
    await realClock.sleep(20)
    expect((await call(c)).toString()).toBe('hello')
    expect(sessions.size).toBe(2)
    waiting[0]!()
    expect((await slow).toString()).toBe('slow')
    await until('the old connection to close', () => !sessions.has(first[0]!))
  })

  test('the next server where one is not there; rotate leaves the present one', async () => {
    const gone = createServer(), dead = await listening(gone)
    await new Promise((r) => { gone.close(r) })
    const seen: string[] = [], make = async (name: string) => (await grpcServer((s, m) => { seen.push(name); reply(s, m) })).url
    const c = channel([dead, await make('a'), await make('b')])
    await call(c)
    await call(c)
    c.rotate()
    await call(c)
    expect(seen).toEqual(['a', 'a', 'b'])
    expect(await failure(call(channel(dead)))).toMatchObject({ sent: false, message: expect.stringMatching(/ECONNREFUSED/) })
  })

  test('a server that speaks no HTTP/2', async () => {
    const { url } = { url: await listening(createServer((s) => { s.on('error', () => {}).end('HTTP/1.1 400 Bad Request\r\n\r\n') })) }
    expect(await failure(call(channel(url)))).toMatchObject({ transport: true })
  })
})

describe('streams', () => {
  test('messages both ways, in order, until cancelled', async () => {
    let closed = false
    const { url } = await grpcServer((s, m) => { if (!s.headersSent) { s.respond({}); s.on('close', () => { closed = true }) } s.write(frame(Buffer.concat([m, m]))) })
    const seen: string[] = [], ends: unknown[] = []
    const stream = await channel(url).stream('/s/Watch', { onMessage: (m) => seen.push(m.toString()), onEnd: (e) => ends.push(e?.code) }, { headers: [{ name: 'x', value: 'y' }] })
    for (const m of ['a', 'b', 'c']) stream.send(frame(Buffer.from(m)))
    await until('three answers', () => seen.length === 3)
    expect(seen).toEqual(['aa', 'bb', 'cc'])
    stream.cancel()
    stream.cancel()
    await until('the server to hear', () => closed)
    expect(ends).toEqual([grpcCode.cancelled])
  })

  test('a paused reader stops the server, other calls go on', async () => {
    let written = 0
    const { url } = await grpcServer((s, m, h) => {
      if (h[':path'] !== '/s/Watch') return reply(s, m)
      s.respond({})
      const chunk = Buffer.alloc(100_000)
      const more = () => { while (written < 20_000_000 && !s.destroyed) { written += chunk.length; if (!s.write(frame(chunk))) { s.once('drain', more); return } } s.end() }
      more()
    })
    const c = channel(url)
    let read = 0, ended = 0
    const stream = await c.stream('/s/Watch', { onMessage: (m) => { read += m.length }, onEnd: () => ended++ }, { message: frame(Buffer.from('go')) })
    stream.pause()
    for (let i = 0; i < 50; i++) await call(c)
    expect([read, written < 8_000_000, ended]).toEqual([0, true, 0])
    stream.resume()
    await until('everything', () => ended === 1)
    expect(read).toBe(20_000_000)
  })
})
