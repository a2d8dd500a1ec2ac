import { afterEach, expect, test } from 'vitest'
import { realClock } from '@drydock/base'
import { HttpReply, HttpRequest, LogsChunk, LogsRequest, PortForwardInput, PortForwardOutput } from '../gen/kubelet.ts'
import { answering, codes, type Handler, handler, method, RpcClient, RpcError, serveRpc } from './index.ts'

const http = method('/t/Http', HttpRequest, HttpReply), logs = method('/t/Logs', LogsRequest, LogsChunk), both = method('/t/Both', PortForwardInput, PortForwardOutput)
const request: HttpRequest = { method: 'GET', path: '/x', body: Buffer.alloc(0) }
const logsRequest = LogsRequest.fromPartial({ pod: 'p' })
const data = (text: string): PortForwardInput => ({ input: { $case: 'data', data: Buffer.from(text) } })
const chunk = (text: string): LogsChunk => ({ data: Buffer.from(text) })

const open: { close(): void }[] = []
afterEach(() => { for (const x of open.splice(0)) x.close() })
async function serving(...handlers: Handler[]): Promise<RpcClient> {
  const server = await serveRpc({ address: '127.0.0.1', port: 0, handlers })
  const client = new RpcClient({ address: `127.0.0.1:${server.port}`, clock: realClock })
  open.push(client, server)
  return client
}
const failure = (p: Promise<unknown>) => p.then(() => { throw new Error('it did not fail') }, (e: unknown) => e as RpcError)

test('one message, one answer', async () => {
  const client = await serving(answering(http, async (q, call) => { call.end({ status: 200, contentType: 'text/plain', body: Buffer.from(q.path) }) }))
  expect((await client.unary(http, request)).body.toString()).toBe('/x')
})

test('a refusal brings its code, words and status', async () => {
  const client = await serving(answering(http, async () => { throw new RpcError(codes.notFound, 'no “pod” 100%', { status: Buffer.from('{"code":404}') }) }))
  const e = await failure(client.unary(http, request))
  expect(e).toMatchObject({ code: codes.notFound, details: 'no “pod” 100%' })
  expect(e.status?.toString()).toBe('{"code":404}')
})

test('an error comes after the messages before it', async () => {
  const client = await serving(answering(logs, async (_q, call) => { await call.send(chunk('a')); await call.send(chunk('b')); throw new RpcError(codes.internal, 'broken') }))
  const call = await client.stream(logs), seen: string[] = []
  call.end(logsRequest)
  const e = await failure((async () => { for await (const c of call) seen.push((c as LogsChunk).data.toString()) })())
  expect(seen).toEqual(['a', 'b'])
  expect(e.details).toBe('broken')
})

test('messages both ways, each side ending by itself', async () => {
  const client = await serving(handler(both, async (call) => {
    for await (const m of call.iterator({ destroyOnReturn: false })) {
      const { input } = m as PortForwardInput
      if (input?.$case === 'data') await call.send({ output: { $case: 'data', data: Buffer.from(input.data.toString().toUpperCase()) } })
    }
    call.end({ output: { $case: 'error', error: 'bye' } })
  }))
  const call = await client.stream(both), seen: string[] = []
  call.write(data('a')); call.write(data('b')); call.end()
  for await (const m of call) { const { output } = m as PortForwardOutput; seen.push(output?.$case === 'data' ? output.data.toString() : output?.$case === 'error' ? output.error : '') }
  expect(seen).toEqual(['A', 'B', 'bye'])
})

test('the server may end a call whose client goes on', async () => {
  const client = await serving(handler(both, (call) => { call.resume(); call.end({ output: { $case: 'error', error: 'enough' } }) }))
  const call = await client.stream(both), seen: PortForwardOutput[] = []
  call.write(data('a'))
  for await (const m of call) seen.push(m as PortForwardOutput)
  expect(seen).toHaveLength(1)
})

test('a slow reader holds the writer back', async () => {
  let sent = 0
  const client = await serving(answering(logs, async (_q, call) => { for (; sent < 1000 && !call.signal.aborted; sent++) await call.send({ data: Buffer.alloc(64 << 10) }); call.end() }))
  const call = await client.stream(logs)
  call.end(logsRequest)
  call.pause()
  let before = -1
  while (before !== sent) { before = sent; await realClock.sleep(50) }
  expect(sent).toBeLessThan(200)
  let bytes = 0
  for await (const c of call) bytes += (c as LogsChunk).data.length
  expect(bytes).toBe(1000 * (64 << 10))
})

test('what the client gives up ends at the server', async () => {
  let gone = () => {}
  const aborted = new Promise<void>((resolve) => { gone = resolve })
  const client = await serving(answering(logs, async (_q, call) => { call.signal.addEventListener('abort', gone); call.begin(); await new Promise(() => {}) }))
  const call = await client.stream(logs)
  call.end(logsRequest)
  await new Promise((resolve) => { call.once('headers', resolve) })
  call.cancel()
  await aborted
})

test('a deadline and a signal end a call that nobody answers', async () => {
  const client = await serving(answering(http, () => new Promise(() => {})))
  expect(await failure(client.unary(http, request, { timeoutMs: 50 }))).toMatchObject({ code: codes.deadlineExceeded })
  const stop = new AbortController(), given = failure(client.unary(http, request, { signal: stop.signal }))
  stop.abort(new Error('enough'))
  expect((await given).message).toBe('enough')
})

test('a method that is not there, a server that is not there, and one that comes back', async () => {
  const client = await serving()
  expect(await failure(client.unary(http, request))).toMatchObject({ code: codes.unimplemented })
  const server = await serveRpc({ address: '127.0.0.1', port: 0, handlers: [] }), address = `127.0.0.1:${server.port}`
  const other = new RpcClient({ address, clock: realClock })
  open.push(other)
  expect((await failure(other.unary(http, request))).code).toBe(codes.unimplemented)
  server.close()
  expect(await failure(other.unary(http, request))).toMatchObject({ code: codes.unavailable })
  const again = await serveRpc({ address: '127.0.0.1', port: server.port, handlers: [answering(http, async (_q, call) => { call.end({ status: 201, contentType: '', body: Buffer.alloc(0) }) })] })
  open.push(again)
  expect((await other.unary(http, request)).status).toBe(201)
})

test('a connection that breaks fails its calls', async () => {
  const server = await serveRpc({ address: '127.0.0.1', port: 0, handlers: [answering(logs, async (_q, call) => { call.begin(); await new Promise(() => {}) })] })
  const client = new RpcClient({ address: `127.0.0.1:${server.port}`, clock: realClock })
  open.push(client)
  const call = await client.stream(logs)
  call.end(logsRequest)
  await new Promise((resolve) => { call.once('headers', resolve) })
  server.close()
  expect(await failure((async () => { for await (const _ of call) { /* none */ } })())).toMatchObject({ code: codes.unavailable })
})
