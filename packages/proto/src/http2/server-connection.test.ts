/** A server's connection: against node:http2's client, against ours through memory, and against clients that misbehave. */
import http2 from 'node:http2'
import type { AddressInfo, Server } from 'node:net'
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { ClientConnection } from './client-connection.ts'
import type { Wire } from './connection.ts'
import { errorCode, FrameCutter, frameFlag, frameType, headBytes, type Http2Error, preface, setting, writeHead, writeUint32 } from './frames.ts'
import { encodeHeaders, type Header } from './hpack.ts'
import { createHttp2Server } from './listen.ts'
import { ServerConnection } from './server-connection.ts'
import type { Stream, StreamSink } from './stream.ts'

const cleanups: (() => void)[] = []
afterEach(() => { for (const c of cleanups.splice(0).reverse()) c() })

const ok = encodeHeaders([{ name: ':status', value: '200' }]), trailers = encodeHeaders([{ name: 'grpc-status', value: '0' }])

/** Answers each request with its own body. */
class Echo implements StreamSink {
  readonly stream: Stream
  readonly #parts: Buffer[] = []
  ends: (Http2Error | undefined)[] = []
  constructor(stream: Stream) { this.stream = stream }
  headers() {}
  data(b: Buffer, start: number, end: number) { this.#parts.push(Buffer.from(b.subarray(start, end))) }
  requested() {
    this.stream.respond(ok)
    this.stream.write(Buffer.concat(this.#parts))
    this.stream.end(trailers)
  }
  closed(e: Http2Error | undefined) { this.ends.push(e) }
}

async function listening(onStream: (stream: Stream, headers: readonly Header[]) => StreamSink, maxStreams = 100): Promise<string> {
  const server: Server & { closeAllConnections(): void } = createHttp2Server({ tls: undefined, maxStreams, streamWindowBytes: 100_000, onStream })
  cleanups.push(() => { server.close(); server.closeAllConnections() })
  await new Promise<void>((r) => { server.listen(0, '127.0.0.1', r) })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
const nodeClient = (url: string, settings: http2.Settings = {}) => {
  const session = http2.connect(url, { settings })
  session.on('error', () => {})
  cleanups.push(() => session.destroy())
  return session
}
const ask = (session: http2.ClientHttp2Session, body: Buffer) => new Promise<{ body: Buffer, trailers: http2.IncomingHttpHeaders }>((resolve, reject) => {
  const stream = session.request({ ':method': 'POST', ':path': '/x' }), parts: Buffer[] = []
  let end: http2.IncomingHttpHeaders = {}
  stream.on('trailers', (h) => { end = h }).on('data', (d: Buffer) => parts.push(d)).on('error', reject)
  stream.on('close', () => (stream.rstCode ? reject(new Error(`reset ${stream.rstCode}`)) : resolve({ body: Buffer.concat(parts), trailers: end }))).end(body)
})

describe('node:http2 as the client', () => {
  test.each([[{}], [{ initialWindowSize: 1000 }], [{ headerTableSize: 0 }], [{ maxFrameSize: 100_000 }]])('requests of many sizes at once, client settings %j', async (settings) => {
    const session = nodeClient(await listening((s) => new Echo(s)), settings)
    const bodies = [0, 1, 16_384, 65_535, 100_001, 3_000_000, ...Array.from({ length: 40 }, (_, i) => i * 1013)].map((n, i) => Buffer.alloc(n, i))
    const answers = await Promise.all(bodies.map((b) => ask(session, b)))
    answers.forEach((a, i) => { expect(a.body.equals(bodies[i]!)).toBe(true); expect(a.trailers['grpc-status']).toBe('0') })
  })

  test('headers and trailers of more than a frame', async () => {
    const long = 'v'.repeat(40_000)
    let seen = 0
    const session = nodeClient(await listening((s, h) => {
      seen = h.find((x) => x.name === 'long')!.value.length
      s.respond(encodeHeaders([{ name: ':status', value: '200' }, { name: 'grpc-status', value: '5' }, { name: 'long', value: long }]), true)
      return new Echo(s)
    }))
    const got = await new Promise<http2.IncomingHttpHeaders>((resolve) => { session.request({ ':method': 'POST', ':path': '/x', long }).on('response', resolve).resume() })
    expect([got['grpc-status'], (got['long'] as string).length, seen]).toEqual(['5', 40_000, 40_000])
  })

  test('it says how many streams it takes', async () => {
    const session = nodeClient(await listening((s) => new Echo(s), 2))
    await new Promise((r) => { session.once('remoteSettings', r) })
    expect(session.remoteSettings.maxConcurrentStreams).toBe(2)
  })

  test('a client that goes is the end of its streams', async () => {
    let told: () => void = () => {}
    const ended = new Promise<void>((r) => { told = r })
    const session = nodeClient(await listening((s) => { s.respond(ok); return { headers() {}, data() {}, closed: told } }))
    session.request({ ':method': 'POST', ':path': '/x' }).on('response', () => session.destroy()).on('error', () => {})
    await ended
  })

  test('a reader that stops holds back what is sent, not the process', async () => {
    let stream: Stream | undefined
    const session = nodeClient(await listening((s) => { stream = s; s.respond(ok); for (let i = 0; i < 100; i++) s.write(Buffer.alloc(50_000)); return new Echo(s) }))
    const request = session.request({ ':method': 'POST', ':path': '/x' })
    await new Promise((r) => { request.once('response', r) })
    request.pause()
    expect(stream!.queuedBytes).toBeGreaterThan(4_000_000)
    let drained = false
    stream!.drained = () => { drained = true }
    stream!.end(trailers)
    let n = 0
    for await (const d of request) n += (d as Buffer).length
    expect([n, drained, stream!.queuedBytes]).toEqual([5_000_000, true, 0])
  })
})

class Pipe implements Wire {
  other: { receive(b: Buffer, n: number): void } | undefined
  readonly sent: Buffer[] = []
  writableLength = 0
  gone = false
  write(b: Buffer, done: () => void) { this.sent.push(Buffer.from(b)); queueMicrotask(done) }
  end() { this.gone = true }
  destroy() { this.gone = true }
}
const turn = () => new Promise<void>((r) => { setImmediate(r) })
const frame = (type: number, flags: number, stream: number, payload: Buffer | number[] = []): Buffer => {
  const b = Buffer.alloc(headBytes + payload.length)
  Buffer.from(payload).copy(b, writeHead(b, 0, payload.length, type, flags, stream))
  return b
}
const settings = frame(frameType.settings, 0, 0)
const request = encodeHeaders([{ name: ':method', value: 'POST' }, { name: ':path', value: '/x' }])
const { endHeaders, endStream } = frameFlag

test('our client and our server, cut anywhere: every request is answered with its own body', async () => {
  await fc.assert(fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 70_000 }), { minLength: 1, maxLength: 12 }), fc.array(fc.integer({ min: 1, max: 30_000 }), { minLength: 1, maxLength: 20 }), async (sizes, cuts) => {
    const up = new Pipe(), down = new Pipe(), echoes: Echo[] = []
    const client = new ClientConnection(up, { onUnusable() {}, windowBytes: 70_000, streamWindowBytes: 20_000 })
    const server = new ServerConnection(down, { onUnusable() {}, maxStreams: 3, windowBytes: 70_000, streamWindowBytes: 5000, onStream: (s) => { echoes.push(new Echo(s)); return echoes.at(-1)! } })
    const got = sizes.map(() => ({ bytes: 0, good: true, ends: [] as unknown[] }))
    sizes.forEach((n, i) => client.request(request, { headers() {}, data: (b, start, end) => { got[i]!.bytes += end - start; got[i]!.good &&= b.subarray(start, end).every((x) => x === i) }, closed: (e) => got[i]!.ends.push(e) }, Buffer.alloc(n, i)))
    let c = 0
    const carry = (from: Pipe, to: { receive(b: Buffer, n: number): void }) => {
      const all = Buffer.concat(from.sent.splice(0))
      for (let at = 0; at < all.length;) { const n = Math.min(all.length - at, cuts[c++ % cuts.length]!); to.receive(Buffer.from(all.subarray(at, at + n)), n); at += n }
      return all.length
    }
    for (let idle = 0; idle < 3;) { await turn(); idle = carry(up, server) + carry(down, client) ? 0 : idle + 1 }
    expect(got).toEqual(sizes.map((bytes) => ({ bytes, good: true, ends: [undefined] })))
    expect(echoes.every((e) => e.ends.length === 1)).toBe(true)
    expect([client.openStreams, server.openStreams]).toEqual([0, 0])
  }), { numRuns: 60 })
})

function served(maxStreams = 10) {
  const wire = new Pipe(), echoes: Echo[] = []
  const c = new ServerConnection(wire, { onUnusable() {}, maxStreams, onStream: (s) => { echoes.push(new Echo(s)); return echoes.at(-1)! } })
  const frames = async () => {
    await turn()
    const all = Buffer.concat(wire.sent.splice(0)), out: string[] = []
    new FrameCutter().push(all, all.length, { frame: (type, flags, stream) => { out.push(`${Object.keys(frameType)[type]!} ${stream} ${flags}`); return true } })
    return out
  }
  return { c, wire, echoes, frames, receive: (...b: Buffer[]) => { const all = Buffer.concat(b); c.receive(all, all.length) } }
}

test('what a client says and hears', async () => {
  const { receive, frames, echoes } = served(1)
  receive(preface.subarray(0, 10))
  receive(preface.subarray(10), settings, frame(frameType.headers, endHeaders, 1, request))
  receive(frame(frameType.headers, endHeaders | endStream, 3, request), frame(frameType.data, endStream, 1, [1, 2]))
  expect(await frames()).toEqual(['settings 0 0', 'windowUpdate 0 0', 'settings 0 1', 'rstStream 3 0', 'headers 1 4', 'data 1 0', 'headers 1 5'])
  expect(echoes.map((e) => e.ends)).toEqual([[undefined]])
})

test('an answer before the end of the request cuts the rest off', async () => {
  const { receive, frames, echoes } = served()
  receive(preface, settings, frame(frameType.headers, endHeaders, 1, request))
  echoes[0]!.stream.respond(trailers, true)
  receive(frame(frameType.data, endStream, 1, [1]))
  expect((await frames()).slice(3)).toEqual(['headers 1 5', 'rstStream 1 0'])
  expect(echoes[0]!.ends).toEqual([undefined])
})

const uint32 = (v: number) => { const b = Buffer.alloc(4); writeUint32(b, 0, v); return b }
test.each<[string, Buffer[], number]>([
  ['no preface', [Buffer.from('GET / HTTP/1.1\r\n\r\n')], errorCode.protocolError],
  ['no SETTINGS', [preface, frame(frameType.headers, endHeaders, 1, request)], errorCode.protocolError],
  ['an even stream', [preface, settings, frame(frameType.headers, endHeaders, 2, request)], errorCode.protocolError],
  ['data before headers', [preface, settings, frame(frameType.data, 0, 5, [1])], errorCode.protocolError],
  ['headers in the middle', [preface, settings, frame(frameType.headers, endHeaders, 1, request), frame(frameType.headers, endHeaders, 1, request)], errorCode.protocolError],
  ['a window of nothing', [preface, settings, frame(frameType.windowUpdate, 0, 0, uint32(0))], errorCode.protocolError],
  ['a window too large', [preface, frame(frameType.settings, 0, 0, Buffer.concat([Buffer.from([0, setting.initialWindowSize]), uint32(2 ** 31)]))], errorCode.flowControlError],
  ['bad HPACK', [preface, settings, frame(frameType.headers, endHeaders, 1, [0xff, 0xff, 0xff])], errorCode.compressionError],
])('%s ends the connection', async (_name, bytes, code) => {
  const { c, wire, receive } = served()
  receive(...bytes)
  expect([c.closed, wire.gone]).toEqual([true, true])
  const all = Buffer.concat(wire.sent)
  expect([all.readUInt32BE(all.length - 4), all[all.length - 17 + 3]]).toEqual([code, frameType.goaway])
})

test('any bytes at all: no exception, no second end', () => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 30 }).map((b) => Buffer.from(b)),
    fc.record({ type: fc.integer({ min: 0, max: 10 }), flags: fc.constantFrom(0, 1, 4, 5, 8, 0x2d), stream: fc.constantFrom(0, 1, 3, 5, 2), payload: fc.uint8Array({ maxLength: 20 }) }).map((f) => frame(f.type, f.flags, f.stream, Buffer.from(f.payload))),
    fc.constantFrom(1, 3, 5).map((id) => frame(frameType.headers, endHeaders, id, request)), fc.constantFrom(1, 3, 5).map((id) => frame(frameType.data, endStream, id, [1, 2, 3])),
  )
  fc.assert(fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
    const { c, receive, echoes } = served(2)
    receive(preface, settings)
    for (const p of pieces) receive(p)
    c.ended()
    for (const e of echoes) expect(e.ends).toHaveLength(1)
  }), { numRuns: 1000 })
})
