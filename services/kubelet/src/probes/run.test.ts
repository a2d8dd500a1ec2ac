/** Probes against servers of their own. */
import http from 'node:http'
import http2 from 'node:http2'
import net from 'node:net'
import type { AddressInfo } from 'node:net'
import { realClock } from '@drydock/base'
import { afterAll, expect, test } from 'vitest'
import { CriError, type Cri } from '../cri/client.ts'
import { box } from '../testing/builders.ts'
import { runHandler, type Handler, type Target } from './run.ts'

const open: { close(): void }[] = []
afterAll(() => { for (const s of open) s.close() })
const listen = (s: net.Server | http.Server | http2.Http2Server): Promise<number> => new Promise((resolve) => { open.push(s); s.listen(0, '127.0.0.1', () => resolve((s.address() as AddressInfo).port)) })

const target = (more: Partial<Target> = {}): Target => ({ cri: {} as Cri, container: box('a', { ports: [{ name: 'web', containerPort: 81 }] }), containerId: 'id', ip: '127.0.0.1', timeoutMs: 1_000, clock: realClock, ...more })
const run = async (h: Handler, more?: Partial<Target>) => { const v = await runHandler(h, target(more)); return `${v.result} ${v.warning ?? v.output}` }
const closed = async () => { const s = net.createServer(), port = await listen(s); await new Promise((r) => { s.close(r) }); return port }

const web = await listen(http.createServer((q, r) => {
  if (q.url === '/ok') r.end('fine')
  else if (q.url === '/headers') r.end(`${q.headers['user-agent']} ${q.headers['x']} ${q.headers.host}`)
  else if (q.url === '/moved') { r.writeHead(302, { location: '/ok' }).end() }
  else if (q.url === '/moved-to-none') { r.writeHead(302, { location: '/none' }).end() }
  else if (q.url === '/round') { r.writeHead(302, { location: '/round' }).end() }
  else if (q.url === '/elsewhere') { r.writeHead(307, { location: 'http://localhost.invalid/' }).end('over there') }
  else if (q.url === '/big') { r.write('x'.repeat(20_000)) } // and never ends
  else if (q.url === '/slow') { r.write('x') }
  else { r.statusCode = 404; r.end() }
}))
const url = `http://127.0.0.1:${web}`
test.each([
  ['/ok', 'success fine'], ['ok', 'success fine'], ['/none', 'failure HTTP probe failed with statuscode: 404'],
  ['/moved', 'success fine'], ['/moved-to-none', 'failure HTTP probe failed with statuscode: 404'], ['/round', `failure Get "${url}/round": stopped after 10 redirects`],
  ['/elsewhere', 'success Probe terminated redirects, Response body: over there'],
  ['/slow', `failure Get "${url}/slow": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`],
])('http %s', async (path, want) => { expect(await run({ httpGet: { path, port: web } }, { timeoutMs: 300 })).toBe(want) })
test('http: no more of a body than upstream reads, and no waiting for the rest', async () => { expect((await run({ httpGet: { path: '/big', port: web } })).length).toBe('success '.length + 10 * 1024) })
test('http: headers', async () => {
  expect(await run({ httpGet: { path: '/headers', port: web, httpHeaders: [{ name: 'X', value: 'y' }, { name: 'Host', value: 'h.example' }] } })).toBe('success kube-probe/1.35 y h.example')
})
test('http: a port by its name, and one that is not open', async () => {
  expect(await run({ httpGet: { port: 'none' } })).toBe('unknown invalid port: none')
  const port = await closed()
  expect(await run({ httpGet: { port } })).toBe(`failure Get "http://127.0.0.1:${port}/": dial tcp 127.0.0.1:${port}: connect: connection refused`)
})

test('tcp', async () => {
  const port = await closed()
  expect([await run({ tcpSocket: { port: web } }), await run({ tcpSocket: { port } })]).toEqual(['success ', `failure dial tcp 127.0.0.1:${port}: connect: connection refused`])
})

const exec = (answer: Cri['execSync']) => ({ cri: { execSync: answer } as unknown as Cri })
const said = (exitCode: number) => exec(async () => ({ exitCode, stdout: Buffer.from('out '), stderr: Buffer.from('err') }))
test('exec', async () => {
  const h = { exec: { command: ['sleep', '10'] } }, late = exec(async () => { throw new CriError(4, 'timeout 1s exceeded: context deadline exceeded') }), gone = exec(async () => { throw new CriError(5, 'no such container') })
  expect([await run(h, said(0)), await run(h, said(1)), await run(h, late), await run(h, gone)]).toEqual(['success out err', 'failure out err', 'failure command timed out: "sleep 10" timed out after 1s', 'unknown rpc error: code = NotFound desc = no such container'])
})

/** grpc.health.v1.Health, by what a service's name asks for. */
const health = http2.createServer()
health.on('stream', (s, headers) => {
  const parts: Buffer[] = []
  s.on('data', (d: Buffer) => parts.push(d))
  s.on('end', () => {
    const q = Buffer.concat(parts), name = q.length > 5 ? q.subarray(q.length > 135 ? 8 : 7).toString() : ''
    const trailers = (status: string, message = '') => { s.on('wantTrailers', () => s.sendTrailers({ 'grpc-status': status, 'grpc-message': message })) }
    const head = { ':status': 200, 'content-type': 'application/grpc' }
    if (name === 'hangs') return
    if (name === 'refuses') { s.respond({ ...head, 'grpc-status': '12', 'grpc-message': 'unknown service' }, { endStream: true }); return }
    if (name === 'unknown') { s.respond({ ...head, 'grpc-status': '5', 'grpc-message': 'unknown service' }, { endStream: true }); return }
    s.respond(head, { waitForTrailers: true })
    trailers(headers[':path'] === '/grpc.health.v1.Health/Check' ? '0' : '12')
    s.end(name === 'down' ? Buffer.from([0, 0, 0, 0, 2, 8, 2]) : name === '' || name === 'up' || name === 'n'.repeat(200) ? Buffer.from([0, 0, 0, 0, 2, 8, 1]) : Buffer.from([0, 0, 0, 0, 0]))
  })
})
const grpc = await listen(health)
test.each([
  [undefined, 'success service healthy'], ['up', 'success service healthy'], ['n'.repeat(200), 'success service healthy'],
  ['down', 'failure service unhealthy (responded with "NOT_SERVING")'], ['other', 'failure service unhealthy (responded with "UNKNOWN")'],
  ['refuses', 'failure error: this server does not implement the grpc health protocol (grpc.health.v1.Health): unknown service'],
  ['unknown', 'failure error: health rpc probe failed: rpc error: code = NotFound desc = unknown service'],
  ['hangs', 'failure timeout: health rpc did not complete within 1s'],
])('grpc: service %s', async (service, want) => { expect(await run({ grpc: { port: grpc, ...(service && { service }) } })).toBe(want) })
test('grpc: nobody there', async () => {
  const port = await closed()
  expect(await run({ grpc: { port } })).toBe(`failure timeout: failed to connect service "127.0.0.1:${port}" within 1s: context deadline exceeded`)
})
