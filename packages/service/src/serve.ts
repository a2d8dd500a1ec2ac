import { readFileSync } from 'node:fs'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer as createTlsServer, type TLSSocket } from 'node:tls'
import type { Registry } from 'prom-client'
import { StartError } from './errors.ts'
import type { HealthChecks } from './types.ts'

export interface ServeOptions {
  address: string
  port: number
  certFile: string
  keyFile: string
  /** Client certificates are asked for and, if given, must be from here; without one only the health paths answer. */
  clientCaFile: string
  health: HealthChecks
  metrics: Registry
}

/** Nothing here takes long to ask or to take. */
const slowClientMs = 60_000

/** Serves health and metrics over TLS. Answers the port it listens on and how to close. */
export async function serve(o: ServeOptions): Promise<{ port: number, close(): Promise<void> }> {
  if (!o.certFile || !o.keyFile) throw new StartError('--secure-port needs --tls-cert-file and --tls-private-key-file')
  // HTTP is loaded by the first who asks: nobody may for a long time.
  let http: Promise<Server> | undefined
  const load = () => import('node:http').then(({ createServer }) => createServer((request, response) => { void answer(o, request, response) }))
  const sockets = new Set<TLSSocket>()
  const server = createTlsServer({
    cert: readPem(o.certFile, '--tls-cert-file'), key: readPem(o.keyFile, '--tls-private-key-file'), ALPNProtocols: ['http/1.1'],
    ...(o.clientCaFile && { ca: readPem(o.clientCaFile, '--client-ca-file'), requestCert: true, rejectUnauthorized: false }),
  }, (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => {})
    socket.setTimeout(slowClientMs, () => socket.destroy())
    void (http ??= load()).then((h) => h.emit('connection', socket))
  })
  server.on('tlsClientError', (_e, socket) => socket.destroy())
  await new Promise<void>((resolve, reject) => {
    server.once('error', (e) => reject(listenError(e, o.address, o.port)))
    server.listen(o.port, o.address, resolve)
  })
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : o.port,
    close: () => new Promise((resolve) => { server.close(() => resolve()); for (const s of sockets) s.destroy() }),
  }
}

async function answer(o: ServeOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'https://localhost')
  const socket = request.socket as TLSSocket
  if (socket.getPeerCertificate?.()?.raw && !socket.authorized) return end(response, 401, 'the client certificate is not from the cluster CA\n')
  const health = await o.health.answer(url.pathname, url.searchParams)
  if (health) return end(response, health.code, health.body)
  if (url.pathname !== '/metrics') return end(response, 404, '404 page not found\n')
  if (o.clientCaFile && !socket.authorized) return end(response, 401, 'a client certificate is needed\n')
  end(response, 200, await o.metrics.metrics(), o.metrics.contentType)
}

function end(response: ServerResponse, code: number, body: string, type = 'text/plain; charset=utf-8'): void {
  response.writeHead(code, { 'content-type': type, 'x-content-type-options': 'nosniff', 'cache-control': 'no-cache, private' })
  response.end(body)
}

/** Reads a PEM file, or says in one line why not. */
export function readPem(file: string, flag: string): Buffer {
  try {
    return readFileSync(file)
  } catch (e) {
    const code = (e as NodeJS.ErrnoException).code
    throw new StartError(`cannot read ${flag} ${file}: ${code === 'ENOENT' ? 'no such file' : code === 'EACCES' ? 'no permission' : (e as Error).message}`, { cause: e })
  }
}

/** Says in one line why a listener could not be opened. */
export function listenError(e: unknown, address: string, port: number): StartError {
  const code = (e as NodeJS.ErrnoException).code
  const why = code === 'EADDRINUSE' ? 'the port is taken' : code === 'EACCES' ? 'no permission' : code === 'EADDRNOTAVAIL' ? 'no such address on this machine' : (e as Error).message
  return new StartError(`cannot listen on ${address}:${port}: ${why}`, { cause: e })
}
