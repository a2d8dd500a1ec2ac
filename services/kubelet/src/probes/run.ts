/** One probe, one hook: exec by CRI, http, tcp, grpc from the node, with upstream's verdicts and words. */
import net from 'node:net'
import type { Clock } from '@drydock/base'
import { GrpcChannel, grpcCode, GrpcError } from '@drydock/proto/channel'
import { frame } from '@drydock/proto/frame'
import type { Container, ExecAction, GRPCAction, HTTPGetAction, IntOrString, TCPSocketAction } from '@drydock/api'
import { CriError, rpcError, type Cri } from '../cri/client.ts'
import { goDuration } from '../runtime/backoff.ts'

export interface Verdict { result: 'success' | 'failure' | 'unknown', output: string, /** Of a success that is to be looked into. */ warning?: string }
export interface Handler { exec?: ExecAction | undefined, httpGet?: HTTPGetAction | undefined, tcpSocket?: TCPSocketAction | undefined, grpc?: GRPCAction | undefined }
export interface Target { cri: Cri, container: Container, containerId: string, ip: string, timeoutMs: number, clock: Clock, kind?: 'probe' | 'hook', signal?: AbortSignal }

const maxBody = 10 * 1024

export function portOf(port: IntOrString, c: Container): number {
  if (typeof port === 'number') return port
  const named = c.ports?.find((p) => p.name === port)?.containerPort ?? Number(port)
  if (!(named > 0 && named < 65_536)) throw new Error(`invalid port: ${port}`)
  return named
}

export async function runHandler(h: Handler, t: Target): Promise<Verdict> {
  try {
    if (h.exec) return await exec(h.exec, t)
    if (h.httpGet) return await (await import('./http-get.ts')).httpGet(h.httpGet, t)
    if (h.tcpSocket) return await tcp(h.tcpSocket.host || t.ip, portOf(h.tcpSocket.port, t.container), t)
    if (h.grpc) return await grpcHealth(h.grpc, t)
    return { result: 'unknown', output: `missing probe handler for ${t.container.name}` }
  } catch (e) {
    return { result: 'unknown', output: e instanceof Error ? e.message : String(e) }
  }
}

async function exec(a: ExecAction, t: Target): Promise<Verdict> {
  const timeout = Math.ceil(t.timeoutMs / 1000)
  try {
    const r = await t.cri.execSync(t.containerId, a.command ?? [], timeout, { ...(t.signal && { signal: t.signal }) })
    const output = Buffer.concat([r.stdout, r.stderr]).subarray(0, maxBody).toString()
    return { result: r.exitCode === 0 ? 'success' : 'failure', output }
  } catch (e) {
    // A command that outlives its time is a failure; a runtime that cannot run it says nothing of the container.
    if (e instanceof CriError && (e.code === 4 || /timeout .* exceeded|timed out/.test(e.desc))) return { result: 'failure', output: `command timed out: "${(a.command ?? []).join(' ')}" timed out after ${timeout}s` }
    throw e
  }
}

/** As Go's net package says it. */
export function dialWords(e: NodeJS.ErrnoException, host: string, port: number): string {
  const to = `dial tcp ${host.includes(':') ? `[${host}]` : host}:${port}: `
  const words: Record<string, string> = { ECONNREFUSED: 'connect: connection refused', EHOSTUNREACH: 'connect: no route to host', ENETUNREACH: 'connect: network is unreachable', ETIMEDOUT: 'i/o timeout' }
  if (e.code && words[e.code]) return to + words[e.code]
  if (e.code === 'ENOTFOUND') return `dial tcp: lookup ${host}: no such host`
  return e.code === 'ECONNRESET' ? 'EOF' : e.message
}

function tcp(host: string, port: number, t: Target): Promise<Verdict> {
  return new Promise((resolve) => {
    const s = net.connect({ host, port, timeout: t.timeoutMs })
    const end = (v: Verdict) => { s.destroy(); resolve(v) }
    s.on('connect', () => end({ result: 'success', output: '' }))
    s.on('timeout', () => end({ result: 'failure', output: `dial tcp ${host}:${port}: i/o timeout` }))
    s.on('error', (e) => end({ result: 'failure', output: dialWords(e, host, port) }))
  })
}

/** grpc.health.v1.Health/Check: a request with one string, an answer with one enum (pkg/probe/grpc). */
async function grpcHealth(a: GRPCAction, t: Target): Promise<Verdict> {
  const address = `${t.ip.includes(':') ? `[${t.ip}]` : t.ip}:${a.port}`, timeout = goDuration(t.timeoutMs), failure = (output: string): Verdict => ({ result: 'failure', output })
  const channel = new GrpcChannel({ servers: [`http://${address}`], clock: t.clock, name: address, connectTimeoutMs: t.timeoutMs, userAgent: 'kube-probe/1.35' })
  try {
    const status = await channel.unary('/grpc.health.v1.Health/Check', frame(healthRequest(a.service ?? '')), (b) => (b[0] === 8 ? b[1]! : 0), { timeoutMs: t.timeoutMs, signal: t.signal })
    if (status === 1) return { result: 'success', output: 'service healthy' }
    return failure(`service unhealthy (responded with "${['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'][status] ?? status}")`)
  } catch (e) {
    if (!(e instanceof GrpcError)) throw e
    if (!e.sent && (e.code === grpcCode.deadlineExceeded || e.code === grpcCode.unavailable)) return failure(`timeout: failed to connect service "${address}" within ${timeout}: context deadline exceeded`)
    if (e.code === grpcCode.deadlineExceeded) return failure(`timeout: health rpc did not complete within ${timeout}`)
    if (e.code === grpcCode.unimplemented) return failure(`error: this server does not implement the grpc health protocol (grpc.health.v1.Health): ${e.message}`)
    return failure(`error: health rpc probe failed: ${rpcError(e.code, e.message)}`)
  } finally { channel.close() }
}

function healthRequest(service: string): Buffer {
  const text = Buffer.from(service), length: number[] = []
  for (let n = text.length; ; n >>>= 7) { length.push(n > 127 ? (n & 127) | 128 : n); if (n <= 127) break }
  return text.length ? Buffer.concat([Buffer.from([0x0a, ...length]), text]) : text
}
