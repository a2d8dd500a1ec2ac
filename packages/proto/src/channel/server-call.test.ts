import type { AddressInfo } from 'node:net'
import { realClock } from '@drydock/base'
import { afterEach, expect, test } from 'vitest'
import { frame } from '../frame.ts'
import { createHttp2Server } from '../http2/listen.ts'
import { GrpcChannel } from './grpc-channel.ts'
import { ServerCall } from './server-call.ts'
import type { GrpcError } from './status.ts'

const cleanups: (() => void)[] = []
afterEach(() => { for (const c of cleanups.splice(0).reverse()) c() })

async function serving(answer: (call: ServerCall, message: Buffer | undefined) => void): Promise<GrpcChannel> {
  const server = createHttp2Server({
    tls: undefined, maxStreams: 100, streamWindowBytes: 100_000,
    onStream: (stream, headers, socket) => new ServerCall(stream, headers, socket, {
      maxMessageBytes: 1_000_000, onRequest: answer, onBadRequest: (call, e) => call.end([{ name: 'grpc-status', value: '8' }, { name: 'grpc-message', value: encodeURIComponent(e.message) }]),
    }),
  })
  await new Promise<void>((r) => { server.listen(0, '127.0.0.1', r) })
  const channel = new GrpcChannel({ servers: [`http://127.0.0.1:${(server.address() as AddressInfo).port}`], clock: realClock, name: 'the server', userAgent: 'tester' })
  cleanups.push(() => { server.close(); server.closeAllConnections() }, () => channel.close())
  return channel
}
const ask = (c: GrpcChannel, message: Buffer) => c.unary('/s/M', frame(message), (m) => m.toString(), { timeoutMs: 10_000 })
const failure = (p: Promise<unknown>): Promise<GrpcError> => p.then(() => { throw new Error('it did not fail') }, (e: GrpcError) => e)

test('a message and its answer', async () => {
  const c = await serving((call, m) => { call.write(frame(Buffer.from(`${call.path} ${call.metadata['user-agent']!} ${m!.toString()}`))); call.end() })
  expect(await ask(c, Buffer.from('hello'))).toBe('/s/M tester hello')
  expect((await ask(c, Buffer.alloc(900_000, 120))).length).toBe(900_000 + '/s/M tester '.length)
})

test('a status, at once or behind messages, however long', async () => {
  const details = Buffer.alloc(40_000, 7), status = [{ name: 'grpc-status', value: '5' }, { name: 'grpc-message', value: 'no%20such' }, { name: 'status-bin', value: details.toString('base64') }]
  const c = await serving((call, m) => { if (m!.length) call.write(frame(m!)); call.end(status) })
  for (const m of ['', 'some']) expect(await failure(ask(c, Buffer.from(m)))).toMatchObject({ code: 5, message: 'no such', details })
})

test('a message that is too large is refused before it is whole; the connection goes on', async () => {
  const c = await serving((call, m) => { call.write(frame(m!)); call.end() })
  expect(await failure(ask(c, Buffer.alloc(2_000_000)))).toMatchObject({ code: 8, message: 'a message of 2000000 bytes is larger than 1000000' })
  expect(await ask(c, Buffer.from('x'))).toBe('x')
})

test('a client that goes away is told to the call; what is answered then is dropped', async () => {
  let aborted: () => void = () => {}, seen: ServerCall | undefined
  const gone = new Promise<void>((r) => { aborted = r })
  const c = await serving((call) => { seen = call; call.signal.addEventListener('abort', aborted); call.write(frame(Buffer.from('first'))) })
  const stream = await new Promise<{ cancel(): void }>((resolve) => { const s = c.stream('/s/W', { onMessage: () => void s.then(resolve), onEnd() {} }, { message: frame(Buffer.alloc(0)) }) })
  stream.cancel()
  await gone
  expect(seen!.over).toBe(true)
  seen!.write(frame(Buffer.from('late')))
  seen!.end()
  await seen!.drained()
})

test('who waits for a slow reader goes on when it reads', async () => {
  let waited = 0
  const c = await serving((call) => void (async () => {
    for (let i = 0; i < 200; i++) { call.write(frame(Buffer.alloc(100_000))); if (call.queuedBytes) waited++; await call.drained() }
    call.end()
  })())
  let bytes = 0, end: () => void = () => {}
  const ended = new Promise<void>((r) => { end = r })
  const stream = await c.stream('/s/W', { onMessage: (m) => { bytes += m.length }, onEnd: () => end() }, { message: frame(Buffer.alloc(0)) })
  stream.pause()
  await realClock.sleep(30)
  stream.resume()
  await ended
  expect([bytes, waited > 0]).toEqual([20_000_000, true])
})
