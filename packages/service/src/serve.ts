import { readFileSync } from 'node:fs'
import { createServer as createTlsServer, type TLSSocket } from 'node:tls'
import type { Registry } from 'prom-client'
import type { Clock } from '@drydock/base'
import { StartError } from './errors.ts'
import { converse, type SmallReply } from './small-http.ts'
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
  clock: Clock
}

/** Serves health and metrics over TLS. Answers the port it listens on and how to close. */
export async function serve(o: ServeOptions): Promise<{ port: number, close(): Promise<void> }> {
  if (!o.certFile || !o.keyFile) throw new StartError('--secure-port needs --tls-cert-file and --tls-private-key-file')
  const sockets = new Set<TLSSocket>()
  const server = createTlsServer({
    cert: readPem(o.certFile, '--tls-cert-file'), key: readPem(o.keyFile, '--tls-private-key-file'), ALPNProtocols: ['http/1.1'],
    ...(o.clientCaFile && { ca: readPem(o.clientCaFile, '--client-ca-file'), requestCert: true, rejectUnauthorized: false }),
  }, (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    converse(socket, (path, query) => answer(o, socket, path, query), o.clock)
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

async function answer(o: ServeOptions, socket: TLSSocket, path: string, query: URLSearchParams): Promise<SmallReply> {
  if (socket.getPeerCertificate().raw && !socket.authorized) return text(401, 'the client certificate is not from the cluster CA\n')
  const health = await o.health.answer(path, query)
  if (health) return text(health.code, health.body)
  if (path !== '/metrics') return text(404, '404 page not found\n')
  if (o.clientCaFile && !socket.authorized) return text(401, 'a client certificate is needed\n')
  return { code: 200, body: await o.metrics.metrics(), type: o.metrics.contentType }
}

const text = (code: number, body: string): SmallReply => ({ code, body, type: 'text/plain; charset=utf-8' })

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
