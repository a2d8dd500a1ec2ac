import http2 from 'node:http2'
import { type ConfigMap, resources } from '@drydock/api'
import { realClock } from '@drydock/base'
import * as pb from '@drydock/proto/component'
import { frame } from '@drydock/proto/frame'
import { afterEach, expect, test } from 'vitest'
import { createClient } from './client.ts'

type Answer = (stream: http2.ServerHttp2Stream, path: string) => void
const cleanup: (() => void)[] = []
afterEach(() => { for (const c of cleanup.splice(0)) c() })

/** A gRPC server that answers as told; plain HTTP/2. */
async function server(answer: Answer): Promise<{ address: string, calls: string[], close(): void }> {
  const calls: string[] = [], sessions = new Set<http2.ServerHttp2Session>()
  const s = http2.createServer().on('stream', (stream, headers) => { calls.push(headers[':path']!.split('/').pop()!); stream.on('error', () => {}); stream.on('end', () => answer(stream, headers[':path']!)).resume() })
  s.on('session', (x) => sessions.add(x))
  await new Promise<void>((resolve) => { s.listen(0, '127.0.0.1', resolve) })
  const close = () => { s.close(); for (const x of sessions) x.destroy() }
  cleanup.push(close)
  return { address: `127.0.0.1:${(s.address() as { port: number }).port}`, calls, close }
}
function client(servers: string[], timeoutMs = 5000) {
  const c = createClient({ servers, userAgent: 'test', clock: realClock, timeoutMs })
  cleanup.push(() => c.close())
  return c
}
const ok = (o: object): Answer => (stream) => {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
  stream.end(frame(pb.ObjectReply.encode({ object: Buffer.from(JSON.stringify(o)) }).finish()))
}
const refuse = (status: object, code = '2'): Answer => (stream) => stream.respond({ ':status': 200, 'grpc-status': code, 'status-bin': Buffer.from(JSON.stringify(status)).toString('base64') }, { endStream: true })
const map: ConfigMap = { metadata: { name: 'a', namespace: 'default' } }

test('objects come with kind and apiVersion', async () => {
  const s = await server(ok(map))
  expect(await client([s.address]).get(resources.configmaps, 'a', { namespace: 'default' })).toEqual({ ...map, kind: 'ConfigMap', apiVersion: 'v1' })
})

test('the next server is tried where one does not listen, for writes too', async () => {
  const gone = await server(ok(map)), s = await server(ok(map))
  gone.close()
  await client([gone.address, s.address]).create(resources.configmaps, map)
  expect(s.calls).toEqual(['Create'])
})

test('a lost connection: reads are repeated, writes are not', async () => {
  let n = 0
  const s = await server((stream, path) => { if (n++ === 0) stream.session!.destroy(); else ok(map)(stream, path) })
  const c = client([s.address])
  await c.get(resources.configmaps, 'a', { namespace: 'default' })
  expect(s.calls).toEqual(['Get', 'Get'])
  n = 0
  await expect(c.update(resources.configmaps, map)).rejects.toMatchObject({ reason: 'ServiceUnavailable' })
  expect(s.calls).toEqual(['Get', 'Get', 'Update'])
})

test('a server that asks to come back later is asked again', async () => {
  let n = 0
  const s = await server((stream, path) => (n++ === 0 ? refuse({ reason: 'TooManyRequests', code: 429, message: 'm', details: { retryAfterSeconds: 0 } }, '8') : ok(map))(stream, path))
  await client([s.address]).create(resources.configmaps, map)
  expect(s.calls).toEqual(['Create', 'Create'])
})

test.each([
  [refuse({ reason: 'Conflict', code: 409, message: 'old' }, '10'), { reason: 'Conflict', code: 409, message: 'old' }],
  [((s) => s.respond({ ':status': 200, 'grpc-status': '5', 'grpc-message': 'no%20such' }, { endStream: true })) as Answer, { reason: 'NotFound', message: 'no such' }],
  [((s) => s.respond({ ':status': 200 }, { endStream: true })) as Answer, { reason: 'ServiceUnavailable' }],
  [((s) => { s.respond({ ':status': 200 }); s.end(Buffer.from([1, 0, 0, 0, 0])) }) as Answer, { reason: 'InternalError' }],
])('what is refused is a StatusError %#', async (answer, want) => {
  const s = await server(answer)
  await expect(client([s.address], 300).update(resources.configmaps, map)).rejects.toMatchObject(want)
})

test('a call ends with its deadline and with its signal', async () => {
  const s = await server(() => {}), c = client([s.address], 200), stop = new AbortController()
  await expect(c.get(resources.configmaps, 'a')).rejects.toMatchObject({ reason: 'Timeout' })
  await expect(c.list(resources.configmaps)).rejects.toMatchObject({ reason: 'Timeout' })
  const waiting = c.get(resources.configmaps, 'a', { signal: stop.signal })
  stop.abort(new Error('enough'))
  await expect(waiting).rejects.toThrow('enough')
})

test('nobody listens: ServiceUnavailable, within the deadline', async () => {
  const gone = await server(ok(map))
  gone.close()
  await expect(client([gone.address], 300).get(resources.configmaps, 'a')).rejects.toMatchObject({ reason: 'ServiceUnavailable', code: 503 })
})
