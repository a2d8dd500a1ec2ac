/** A client's connection against a peer that is only bytes: windows, limits, ends, violations, and a cut at every byte. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ClientConnection } from './client-connection.ts'
import type { Wire } from './connection.ts'
import { errorCode, FrameCutter, frameFlag, frameType, headBytes, type Http2Error, preface, setting, writeHead, writeUint32 } from './frames.ts'
import { encodeHeaders, type Header } from './hpack.ts'
import type { Stream, StreamSink } from './stream.ts'

const { data, headers, settings, windowUpdate, rstStream, goaway, ping, continuation, pushPromise } = frameType
const { endStream, endHeaders, ack, padded } = frameFlag

export const frame = (type: number, flags: number, stream: number, payload: Buffer | number[] = []): Buffer => {
  const b = Buffer.alloc(headBytes + payload.length)
  Buffer.from(payload).copy(b, writeHead(b, 0, payload.length, type, flags, stream))
  return b
}
const uint32 = (...values: number[]) => { const b = Buffer.alloc(values.length * 4); values.forEach((v, i) => writeUint32(b, i * 4, v)); return b }
const settingsFrame = (...pairs: [number, number][]) => frame(settings, 0, 0, Buffer.concat(pairs.map(([name, value]) => Buffer.concat([Buffer.from([0, name]), uint32(value)]))))
const ok = encodeHeaders([{ name: ':status', value: '200' }]), trailers = encodeHeaders([{ name: 'grpc-status', value: '0' }])

class FakeWire implements Wire {
  readonly sent: Buffer[] = []
  writableLength = 0
  state: 'open' | 'ended' | 'destroyed' = 'open'
  write(b: Buffer, done: () => void) { this.sent.push(Buffer.from(b)); queueMicrotask(done) }
  end() { this.state = 'ended' }
  destroy() { this.state = 'destroyed' }

  /** Frames sent so far and taken away; kinds by name. */
  frames(): { type: string, flags: number, stream: number, payload: Buffer }[] {
    const all = Buffer.concat(this.sent.splice(0)), out: ReturnType<FakeWire['frames']> = []
    const bytes = all.subarray(0, preface.length).equals(preface) ? all.subarray(preface.length) : all
    new FrameCutter().push(bytes, bytes.length, { frame: (type, flags, stream, b, start, end) => { out.push({ type: Object.keys(frameType)[type]!, flags, stream, payload: Buffer.from(b.subarray(start, end)) }); return true } })
    return out
  }
}

class Sink implements StreamSink {
  body = ''
  readonly fields: Header[] = []
  ends: (Http2Error | undefined)[] = []
  headers(h: readonly Header[]) { this.fields.push(...h) }
  data(b: Buffer, start: number, end: number) { this.body += b.toString('latin1', start, end) }
  closed(e: Http2Error | undefined) { this.ends.push(e) }
}

/** Unless `begin` is false the peer has sent its SETTINGS. */
function connected({ begin = true, ...o }: { windowBytes?: number, streamWindowBytes?: number, begin?: boolean } = {}) {
  const wire = new FakeWire()
  let unusable = 0
  const c = new ClientConnection(wire, { ...o, onUnusable: () => unusable++ })
  const receive = (...frames: Buffer[]) => { const b = Buffer.concat(frames); c.receive(b, b.length) }
  if (begin) receive(settingsFrame())
  return { c, wire, receive, unusable: () => unusable, turn: () => new Promise<void>((r) => { setImmediate(r) }) }
}
const block = encodeHeaders([{ name: ':method', value: 'POST' }, { name: ':path', value: '/x' }])
const asked = (c: ClientConnection, body: Buffer | string = 'hello'): { sink: Sink, stream: Stream } => { const sink = new Sink(); return { sink, stream: c.request(block, sink, Buffer.from(body)) } }
const answer = (stream: number, body = 'world') => [frame(headers, endHeaders, stream, ok), frame(data, 0, stream, Buffer.from(body)), frame(headers, endHeaders | endStream, stream, trailers)]

test('what is asked in one turn leaves in one write; answers come in any order', async () => {
  const { c, wire, receive, turn } = connected()
  const calls = [asked(c), asked(c), asked(c)]
  await turn()
  expect(wire.sent).toHaveLength(1)
  expect(wire.frames().map((f) => `${f.type} ${f.stream} ${f.flags}`)).toEqual(['settings 0 0', 'windowUpdate 0 0', 'settings 0 1', 'headers 1 4', 'data 1 1', 'headers 3 4', 'data 3 1', 'headers 5 4', 'data 5 1'])
  receive(...answer(5, 'c'), ...answer(1, 'a'), ...answer(3, 'b'))
  expect(calls.map(({ sink }) => [sink.body, sink.fields.map((h) => h.value), sink.ends])).toEqual([['a', ['200', '0'], [undefined]], ['b', ['200', '0'], [undefined]], ['c', ['200', '0'], [undefined]]])
  expect(c.openStreams).toBe(0)
})

test('settings and pings are answered', async () => {
  const { wire, receive, turn } = connected({ begin: false })
  receive(settingsFrame(), frame(ping, 0, 0, [1, 2, 3, 4, 5, 6, 7, 8]))
  await turn()
  expect(wire.frames().slice(2)).toEqual([{ type: 'settings', flags: ack, stream: 0, payload: Buffer.alloc(0) }, { type: 'ping', flags: ack, stream: 0, payload: Buffer.from([1, 2, 3, 4, 5, 6, 7, 8]) }])
})

test('pongs come to those who pinged', () => {
  const { c, receive } = connected(), seen: number[] = []
  c.ping(() => seen.push(1))
  c.ping(() => seen.push(2))
  receive(settingsFrame(), frame(ping, ack, 0, Buffer.alloc(8)))
  expect(seen).toEqual([1])
})

describe('windows', () => {
  test('a body waits for the stream and for the connection, and goes on with either', async () => {
    const { c, wire, receive, turn } = connected()
    receive(settingsFrame([setting.initialWindowSize, 10]))
    asked(c, 'x'.repeat(25))
    asked(c, 'y'.repeat(10))
    const sizes = async () => { await turn(); return wire.frames().filter((f) => f.type === 'data').map((f) => `${f.stream}:${f.payload.length}:${f.flags}`) }
    expect(await sizes()).toEqual(['1:10:0', '3:10:1'])
    receive(frame(windowUpdate, 0, 1, uint32(3)))
    expect(await sizes()).toEqual(['1:3:0'])
    receive(settingsFrame([setting.initialWindowSize, 4])) // 6 less than before: the window is negative
    receive(frame(windowUpdate, 0, 1, uint32(6)))
    expect(await sizes()).toEqual([])
    receive(settingsFrame([setting.initialWindowSize, 100]))
    expect(await sizes()).toEqual(['1:12:1'])
  })

  test('the connection\'s window holds all streams, oldest first', async () => {
    const { c, wire, receive, turn } = connected()
    receive(settingsFrame([setting.initialWindowSize, 1 << 20]))
    const first = asked(c, 'x'.repeat(60_000)), second = asked(c, 'y'.repeat(10_000)), third = asked(c, '')
    await turn()
    const sent = (id: number, frames: ReturnType<FakeWire['frames']>) => frames.filter((f) => f.type === 'data' && f.stream === id).reduce((n, f) => n + f.payload.length, 0)
    const before = wire.frames()
    expect([first, second, third].map(({ stream }) => sent(stream.id, before))).toEqual([60_000, 5535, 0])
    expect(before.filter((f) => f.type === 'data').every((f) => f.payload.length <= 16_384)).toBe(true)
    expect(before.at(-1)).toMatchObject({ type: 'data', stream: third.stream.id, flags: endStream }) // nothing to send needs no window
    receive(frame(windowUpdate, 0, 0, uint32(100_000)))
    await turn()
    expect(sent(second.stream.id, wire.frames())).toBe(4465)
  })

  test('what is received is given back, half a window at a time; not while paused', async () => {
    const { c, wire, receive, turn } = connected({ streamWindowBytes: 100, windowBytes: 100_000 })
    const { sink, stream } = asked(c)
    receive(frame(headers, endHeaders, 1, ok), frame(data, 0, 1, Buffer.alloc(49)))
    await turn()
    wire.frames()
    receive(frame(data, padded, 1, Buffer.concat([Buffer.from([3]), Buffer.from('abc'), Buffer.alloc(3)])))
    await turn()
    expect(wire.frames()).toMatchObject([{ type: 'windowUpdate', stream: 1, payload: uint32(56) }])
    stream.pause()
    receive(frame(data, 0, 1, Buffer.from('d'.repeat(90))), frame(headers, endHeaders | endStream, 1, trailers))
    await turn()
    expect([wire.frames(), sink.body.length, sink.ends]).toEqual([[], 52, []])
    stream.resume()
    expect([sink.body.slice(-91), sink.ends, sink.fields.at(-1)?.name]).toEqual([`c${'d'.repeat(90)}`, [undefined], 'grpc-status'])
  })

  test('a peer that ignores a window loses the connection', () => {
    const { c, receive } = connected({ streamWindowBytes: 100 })
    const { sink, stream } = asked(c)
    stream.pause()
    receive(settingsFrame(), frame(headers, endHeaders, 1, ok), frame(data, 0, 1, Buffer.alloc(101)))
    expect(sink.ends).toMatchObject([{ code: errorCode.flowControlError }])
  })

  test('the connection\'s window is kept open by streams that nobody follows any more', async () => {
    const { c, wire, receive, turn } = connected({ windowBytes: 70_000 })
    asked(c).stream.reset(errorCode.cancel)
    receive(settingsFrame(), frame(headers, endHeaders, 1, ok), ...Array.from({ length: 3 }, () => frame(data, 0, 1, Buffer.alloc(16_000))))
    await turn()
    expect(wire.frames().filter((f) => f.type === 'windowUpdate').at(-1)).toMatchObject({ stream: 0, payload: uint32(48_000) })
  })
})

describe('how many streams', () => {
  test('none before the peer has said', async () => {
    const { c, wire, receive, turn } = connected({ begin: false })
    asked(c)
    await turn()
    expect(wire.frames().map((f) => f.type)).toEqual(['settings', 'windowUpdate'])
    receive(settingsFrame())
    await turn()
    expect(wire.frames().map((f) => f.type)).toEqual(['settings', 'headers', 'data'])
  })

  test('more than the peer allows wait their turn', async () => {
    const { c, wire, receive, turn } = connected()
    receive(settingsFrame([setting.maxConcurrentStreams, 2]))
    const calls = [asked(c), asked(c), asked(c), asked(c)]
    calls[2]!.stream.reset(errorCode.cancel)
    await turn()
    expect(wire.frames().filter((f) => f.type === 'headers').map((f) => f.stream)).toEqual([1, 3])
    receive(...answer(3))
    await turn()
    expect(wire.frames().map((f) => `${f.type} ${f.stream}`)).toEqual(['headers 5', 'data 5'])
    receive(...answer(1), ...answer(5))
    expect(calls.map(({ sink }) => sink.ends.length)).toEqual([1, 1, 0, 1])
  })

  test('who waits when the connection goes has sent nothing', () => {
    const { c, receive } = connected()
    receive(settingsFrame([setting.maxConcurrentStreams, 1]))
    const calls = [asked(c), asked(c)]
    c.ended(new Error('reset by peer'))
    expect(calls.map(({ sink }) => sink.ends.map((e) => e?.unprocessed))).toEqual([[false], [true]])
  })
})

describe('ends', () => {
  test('GOAWAY: later streams were not processed, earlier ones go on, then it closes', async () => {
    const { c, wire, receive, turn, unusable } = connected()
    const calls = [asked(c), asked(c), asked(c)]
    receive(settingsFrame(), frame(goaway, 0, 0, uint32(2 ** 31 - 1, 0)), frame(goaway, 0, 0, uint32(3, 0)))
    expect([unusable(), c.usable, wire.state]).toEqual([1, false, 'open'])
    expect(calls[2]!.sink.ends).toMatchObject([{ unprocessed: true }])
    expect(() => asked(c)).toThrow(/no more requests/)
    receive(...answer(1), ...answer(3))
    await turn()
    expect([calls.map(({ sink }) => sink.ends.length), wire.state, wire.frames().at(-1)?.type]).toEqual([[1, 1, 1], 'ended', 'goaway'])
  })

  test('close lets calls end first', () => {
    const { c, wire, receive } = connected()
    const { sink } = asked(c)
    c.close()
    expect(wire.state).toBe('open')
    receive(...answer(1))
    expect([sink.ends, wire.state]).toEqual([[undefined], 'ended'])
  })

  test.each([[errorCode.refusedStream, true], [errorCode.internalError, false], [errorCode.cancel, false]])('RST_STREAM %i', (code, unprocessed) => {
    const { c, receive } = connected()
    const { sink } = asked(c)
    receive(settingsFrame(), frame(rstStream, 0, 1, uint32(code)), ...answer(1))
    expect(sink.ends).toMatchObject([{ code, unprocessed }])
    expect(c.closed).toBe(false)
  })

  test('an answer that comes before the end of the request ends it', async () => {
    const { c, wire, receive, turn } = connected(), sink = new Sink()
    const stream = c.request(block, sink)
    stream.write(Buffer.from('part'))
    receive(...answer(1))
    await turn()
    expect(sink.ends).toEqual([undefined])
    expect(wire.frames().at(-1)).toMatchObject({ type: 'rstStream', payload: uint32(errorCode.noError) })
  })

  test('a stream that was reset hears nothing more, its headers are still decoded', () => {
    const { c, receive } = connected(), { sink, stream } = asked(c), other = asked(c)
    stream.reset(errorCode.cancel)
    const indexed = Buffer.from(encodeHeaders([{ name: 'x', value: 'y' }]))
    indexed[0] = 0x40
    receive(settingsFrame(), frame(headers, endHeaders, 1, indexed), frame(headers, endHeaders | endStream, 3, [0xbe]))
    expect([sink.fields, sink.ends, other.sink.fields]).toEqual([[], [], [{ name: 'x', value: 'y' }]])
  })
})

describe('violations end the connection, once for everybody', () => {
  test.each<[string, Buffer[], number]>([
    ['a stream that was never opened', [frame(headers, endHeaders, 7, ok)], errorCode.protocolError],
    ['data of stream 0', [frame(data, 0, 0, [1])], errorCode.protocolError],
    ['an even stream', [frame(headers, endHeaders, 2, ok)], errorCode.protocolError],
    ['a push', [frame(pushPromise, endHeaders, 1, uint32(2))], errorCode.protocolError],
    ['an interrupted header block', [frame(headers, 0, 1, ok), frame(ping, 0, 0, Buffer.alloc(8))], errorCode.protocolError],
    ['CONTINUATION of nothing', [frame(continuation, endHeaders, 1, ok)], errorCode.protocolError],
    ['headers without end', [frame(headers, 0, 1, ok), ...Array.from({ length: 80 }, () => frame(continuation, 0, 1))], errorCode.enhanceYourCalm],
    ['bad HPACK', [frame(headers, endHeaders, 1, [0xff, 0xff, 0xff])], errorCode.compressionError],
    ['padding beyond the frame', [frame(data, padded, 1, [9, 1])], errorCode.protocolError],
    ['SETTINGS of a wrong size', [frame(settings, 0, 0, [1])], errorCode.frameSizeError],
    ['SETTINGS of a stream', [frame(settings, 0, 1)], errorCode.protocolError],
    ['a window above 2^31', [settingsFrame([setting.initialWindowSize, 2 ** 31])], errorCode.flowControlError],
    ['a window that grows above 2^31', [frame(windowUpdate, 0, 0, uint32(2 ** 31 - 1))], errorCode.flowControlError],
    ['a window that grows by nothing', [frame(windowUpdate, 0, 1, uint32(0))], errorCode.protocolError],
    ['PING of a wrong size', [frame(ping, 0, 0, [1])], errorCode.frameSizeError],
    ['RST_STREAM of a wrong size', [frame(rstStream, 0, 1, [1])], errorCode.frameSizeError],
    ['a frame that is too large', [Buffer.from([255, 255, 255, 0, 0, 0, 0, 0, 1])], errorCode.frameSizeError],
  ])('%s', (_name, bytes, code) => {
    const { c, wire, receive, unusable } = connected(), calls = [asked(c), asked(c)]
    receive(...bytes)
    expect([c.closed, wire.state, unusable()]).toEqual([true, 'destroyed', 1])
    expect(wire.frames().at(-1)).toMatchObject({ type: 'goaway', payload: uint32(0, code) })
    for (const { sink } of calls) expect(sink.ends).toMatchObject([{ code }])
    receive(...answer(1))
    expect(calls[0]!.sink.ends).toHaveLength(1)
  })
})

test('a peer that does not begin with SETTINGS is none', () => {
  const { c, receive, wire } = connected({ begin: false }), { sink } = asked(c)
  receive(frame(ping, 0, 0, Buffer.alloc(8)))
  expect([wire.state, sink.ends.map((e) => e?.unprocessed)]).toEqual(['destroyed', [true]])
})

test('cut at any byte: everyone hears of the end once, and only whole answers are whole', () => {
  const conversation = Buffer.concat([settingsFrame([setting.maxConcurrentStreams, 3]), ...answer(3, 'b'.repeat(40)), frame(ping, 0, 0, Buffer.alloc(8)), ...answer(1, 'a'), frame(headers, 0, 5, ok.subarray(0, 0)), frame(continuation, endHeaders, 5, ok), frame(headers, endHeaders | endStream, 5, trailers)])
  for (let cut = 0; cut <= conversation.length; cut++) {
    const { c, receive } = connected({ begin: false }), calls = [asked(c), asked(c), asked(c)]
    receive(conversation.subarray(0, cut))
    c.ended(new Error('cut'))
    for (const { sink } of calls) {
      expect(sink.ends).toHaveLength(1)
      const whole = sink.fields.some((h) => h.name === 'grpc-status')
      expect(sink.ends[0] === undefined).toBe(whole)
    }
  }
})

test('any bytes at all: no exception, no second end', () => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 30 }).map((b) => Buffer.from(b)),
    fc.record({ type: fc.integer({ min: 0, max: 10 }), flags: fc.constantFrom(0, 1, 4, 5, 8, 0x2d), stream: fc.constantFrom(0, 1, 3, 5, 7), payload: fc.uint8Array({ maxLength: 20 }) }).map((f) => frame(f.type, f.flags, f.stream, Buffer.from(f.payload))),
    fc.constantFrom(...answer(1), ...answer(3), settingsFrame([setting.initialWindowSize, 3]), frame(windowUpdate, 0, 0, uint32(5))),
  )
  fc.assert(fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
    const { c, receive } = connected(), calls = [asked(c), asked(c), asked(c, 'z'.repeat(100))]
    receive(settingsFrame())
    for (const p of pieces) receive(p)
    c.ended()
    for (const { sink } of calls) expect(sink.ends).toHaveLength(1)
  }), { numRuns: 1000 })
})
