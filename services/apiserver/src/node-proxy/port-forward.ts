/** pods/portforward: SPDY streams (direct, or tunneled in a WebSocket) or WebSocket channels, each pair a connection of the kubelet's. */
import { badRequest } from '@drydock/api'
import { kubelet } from '@drydock/proto'
import type { ClientCall, RpcClient } from '@drydock/proto/rpc'
import { SpdyConnection, type SpdyStream } from '@drydock/proto/spdy'
import { Duplex } from 'node:stream'
import { createWebSocketStream } from 'ws'
import type { Connect } from '../request.ts'
import { accept, channels, choose, isSpdy, isWebSocket } from './channels.ts'
import { kubeletError, type Kubelets } from './kubelet-client.ts'
import { acceptSpdy } from './spdy.ts'

export interface Target { namespace: string, pod: string, uid: string, port: number }
type Call = ClientCall<kubelet.PortForwardOutput, kubelet.PortForwardInput>

const tunnel = 'SPDY/3.1+portforward.k8s.io'
const channelProtocols = ['v4.channel.k8s.io', 'v4.base64.channel.k8s.io']

/** One connection into a pod, as a byte stream. `failed` is told what the kubelet says against it. */
export class PodConnection extends Duplex {
  #call: Call | undefined
  readonly #client: RpcClient
  readonly #target: Target
  readonly #failed: (text: string) => void
  constructor(client: RpcClient, t: Target, failed: (text: string) => void) {
    super({ allowHalfOpen: true })
    this.#client = client
    this.#target = t
    this.#failed = failed
  }
  override _construct(cb: (e?: Error | null) => void): void {
    this.#client.stream(kubelet.methods.portForward).then((call) => {
      this.#call = call
      call.on('data', (m: kubelet.PortForwardOutput) => {
        if (m.output?.$case === 'data') { if (!this.push(m.output.data)) call.pause() } else if (m.output?.$case === 'error') this.#failed(m.output.error)
      })
      call.on('end', () => this.push(null))
      call.on('error', (e) => { if (!this.destroyed) { this.#failed(kubeletError(e).message); this.push(null); this.destroy() } })
      call.write({ input: { $case: 'start', start: this.#target } })
      cb()
    }, (e: unknown) => { this.#failed(kubeletError(e).message); cb(e as Error) })
  }
  override _read(): void { this.#call?.resume() }
  override _write(chunk: Buffer, _e: BufferEncoding, cb: (e?: Error | null) => void): void { this.#call!.write({ input: { $case: 'data', data: chunk } }, () => cb()) }
  override _final(cb: (e?: Error | null) => void): void { this.#call!.write({ input: { $case: 'end', end: true } }); cb() }
  override _destroy(e: Error | null, cb: (e?: Error | null) => void): void { this.#call?.cancel(); cb(e) }
}

/** Joins the two streams of each request id to a connection. */
function pairs(open: (port: number, failed: (text: string) => void) => PodConnection): (s: SpdyStream) => void {
  const waiting = new Map<string, { error?: SpdyStream, data?: SpdyStream }>()
  return (s) => {
    const id = s.headers['requestid'] ?? s.headers['port'] ?? '', p = waiting.get(id) ?? {}
    if (s.headers['streamtype'] === 'error') p.error = s
    else p.data = s
    waiting.set(id, p)
    s.once('close', () => waiting.delete(id))
    const { error, data } = p
    if (!error || !data) return
    waiting.delete(id)
    error.resume()
    const to = open(Number(data.headers['port']), (text) => { if (!error.destroyed) error.write(text) })
    data.pipe(to).on('error', () => data.destroy())
    to.pipe(data)
    to.once('close', () => { error.end() })
    to.once('end', () => { error.end() })
    data.once('close', () => to.destroy())
    data.on('error', () => to.destroy())
  }
}

export const portForward = (kubelets: Kubelets): Connect => async (request) => {
  const { namespace, name } = request.info, pod = kubelets.pod(namespace, name), raw = request.raw
  const client = kubelets.ofPod(pod)
  if (!raw?.socket) throw badRequest('Upgrade request required')
  const uid = pod.metadata?.uid ?? ''
  const open = (port: number, failed: (text: string) => void) => new PodConnection(client, { namespace, pod: name, uid, port }, failed)
  const web = isWebSocket(raw.request), protocol = web ? choose(raw.request, [tunnel, ...channelProtocols]) : undefined
  if (web ? protocol === undefined : !isSpdy(raw.request)) throw badRequest('unable to upgrade: no protocol that both sides speak')
  const ports = request.query.getAll('ports').flatMap((p) => p.split(',')).map(Number)
  if (web && protocol !== tunnel && (ports.length === 0 || ports.some((p) => !(p > 0 && p < 65_536)))) throw badRequest('query parameter "ports" is required')
  return { type: 'connect', connect: async ({ request: incoming, socket, head }) => {
    const rest = head ?? Buffer.alloc(0)
    if (!web) { acceptSpdy(incoming, socket!, rest, ['portforward.k8s.io'], pairs(open)); return }
    const ws = await accept(incoming, socket!, rest, protocol!)
    if (protocol === tunnel) { const bytes = createWebSocketStream(ws); bytes.on('error', () => {}); new SpdyConnection(bytes, { side: 'server', onStream: pairs(open) }); return }
    const c = channels(ws, protocol!)
    const to = ports.map((port, i) => {
      const p = open(port, (text) => void c.send(2 * i + 1, Buffer.from(text)))
      const number = Buffer.alloc(2)
      number.writeUInt16LE(port)
      void c.send(2 * i, number)
      void c.send(2 * i + 1, number)
      p.on('data', (d: Buffer) => { p.pause(); void c.send(2 * i, d).then(() => p.resume()) })
      p.on('error', () => {})
      return p
    })
    c.onMessage((channel, data) => new Promise((resolve) => { const p = to[channel / 2]; if (p && !p.destroyed) p.write(data, () => resolve()); else resolve() }))
    c.onClose(() => { for (const p of to) p.destroy() })
  } }
}
