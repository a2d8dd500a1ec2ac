/** pods/exec and pods/attach: a client's WebSocket or SPDY connection, joined to the kubelet's gRPC stream. */
import { badRequest, type Pod, type Status } from '@drydock/api'
import { kubelet } from '@drydock/proto'
import type { ClientCall } from '@drydock/proto/rpc'
import type { SpdyConnection} from '@drydock/proto/spdy';
import { type SpdyStream } from '@drydock/proto/spdy'
import type { Clock } from '@drydock/base'
import type { ApiRequest, Connect, Reply } from '../request.ts'
import { accept, channels, choose, closeChannel, isSpdy, isWebSocket, sessionProtocols, type Channels } from './channels.ts'
import { containerOf, kubeletError, type Kubelets } from './kubelet-client.ts'
import { acceptSpdy } from './spdy.ts'

type Call = ClientCall<kubelet.SessionOutput, kubelet.SessionInput>
const yes = (v: string | null) => v === 'true' || v === '1'
const spdyProtocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io', 'v3.channel.k8s.io', 'v2.channel.k8s.io', 'channel.k8s.io']

function startOf(request: ApiRequest, pod: Pod, kind: 'exec' | 'attach', container: string): kubelet.SessionStart {
  const q = request.query, { namespace, name } = request.info, tty = yes(q.get('tty'))
  const start: kubelet.SessionStart = {
    namespace, pod: name, uid: pod.metadata?.uid ?? '', container, command: kind === 'exec' ? q.getAll('command') : [],
    stdin: yes(q.get('stdin')), stdout: yes(q.get('stdout')), stderr: yes(q.get('stderr')) && !tty, tty,
  }
  if (!start.stdin && !start.stdout && !start.stderr) throw badRequest('you must specify at least one of stdin, stdout, stderr')
  if (kind === 'exec' && start.command.length === 0) throw badRequest('you must specify at least 1 command for the container')
  return start
}

/** Resolves when the kubelet says that the session is up; rejects with its refusal. */
const started = (call: Call): Promise<void> => new Promise((resolve, reject) => {
  const done = (m: kubelet.SessionOutput) => { if (m.output?.$case === 'started') { call.off('error', reject); call.pause(); resolve() } }
  call.once('data', done)
  call.once('error', reject)
})

/** What a client's connection can do, whatever its protocol. */
interface Client {
  stdout(d: Buffer): Promise<void>
  stderr(d: Buffer): Promise<void>
  status(s: Status): Promise<void>
  close(): void
}

async function pump(call: Call, client: Client): Promise<void> {
  call.on('error', () => {}) // told by the loop
  let told = false
  try {
    for await (const m of call as AsyncIterable<kubelet.SessionOutput>) {
      const o = m.output
      if (o?.$case === 'stdout') await client.stdout(o.stdout)
      else if (o?.$case === 'stderr') await client.stderr(o.stderr)
      else if (o?.$case === 'status') { told = true; await client.status(JSON.parse(o.status.toString()) as Status) }
    }
  } catch (e) {
    if (!told) await client.status(kubeletError(e).toStatus())
  }
  client.close()
}

const send = (call: Call, input: kubelet.SessionInput['input']): Promise<void> => new Promise((resolve) => { if (call.destroyed || call.write({ input })) resolve(); else { call.once('drain', resolve); call.once('close', resolve) } })

function resize(call: Call, text: string): void {
  for (const line of text.split('\n')) {
    if (!line.trim()) continue
    try { const { Width, Height } = JSON.parse(line) as { Width: number, Height: number }; void send(call, { $case: 'resize', resize: { width: Width, height: Height } }) } catch { /* not a size */ }
  }
}

function overChannels(c: Channels, call: Call): void {
  c.onMessage(async (channel, data) => {
    if (channel === 0) await send(call, { $case: 'stdin', stdin: data })
    else if (channel === 4) resize(call, data.toString())
    else if (channel === closeChannel && data[0] === 0) await send(call, { $case: 'closeStdin', closeStdin: true })
  })
  c.onClose(() => call.cancel())
  void pump(call, { stdout: (d) => c.send(1, d), stderr: (d) => c.send(2, d), status: (s) => c.send(3, Buffer.from(JSON.stringify(s))), close: () => c.close() })
}

/** Streams come one by one; the session runs when all that the request asks for are there. */
function overSpdy(connection: SpdyConnection, streams: Map<string, SpdyStream>, call: Call): void {
  const write = (name: string) => (d: Buffer) => new Promise<void>((resolve) => { const s = streams.get(name); if (!s || s.destroyed) resolve(); else s.write(d, () => resolve()) })
  const stdin = streams.get('stdin'), sizes = streams.get('resize')
  if (stdin) void (async () => { try { for await (const d of stdin) await send(call, { $case: 'stdin', stdin: d as Buffer }) } catch { /* reset */ } await send(call, { $case: 'closeStdin', closeStdin: true }) })()
  sizes?.on('data', (d: Buffer) => resize(call, d.toString()))
  void pump(call, {
    stdout: write('stdout'), stderr: write('stderr'),
    status: async (s) => { if (s.status !== 'Success') await write('error')(Buffer.from(JSON.stringify(s))) },
    close() { for (const s of streams.values()) s.end(); setImmediate(() => connection.close()) },
  })
}

const expected = (s: kubelet.SessionStart) => ['error', ...(s.stdin ? ['stdin'] : []), ...(s.stdout ? ['stdout'] : []), ...(s.stderr ? ['stderr'] : []), ...(s.tty ? ['resize'] : [])]

export const session = (kubelets: Kubelets, clock: Clock, kind: 'exec' | 'attach'): Connect => async (request): Promise<Reply> => {
  const pod = kubelets.pod(request.info.namespace, request.info.name), container = containerOf(pod, request.query.get('container') ?? '')
  const client = kubelets.ofPod(pod), start = startOf(request, pod, kind, container)
  const raw = request.raw
  if (!raw?.socket) throw badRequest('Upgrade request required')
  const web = isWebSocket(raw.request), protocol = web ? choose(raw.request, sessionProtocols) : undefined
  if (web ? protocol === undefined : !isSpdy(raw.request)) throw badRequest('unable to upgrade: no protocol that both sides speak')
  let call: Call
  try {
    call = await client.stream(kubelet.methods[kind])
    call.write({ input: { $case: 'start', start } })
    await started(call)
  } catch (e) { throw kubeletError(e) }
  return { type: 'connect', connect: async ({ request: incoming, socket, head }) => {
    if (web) return overChannels(channels(await accept(incoming, socket!, head ?? Buffer.alloc(0), protocol!), protocol!), call)
    const streams = new Map<string, SpdyStream>(), wanted = expected(start)
    const cancel = clock.timer(30_000, () => { if (streams.size < wanted.length) connection.close() })
    const connection = acceptSpdy(incoming, socket!, head ?? Buffer.alloc(0), spdyProtocols, (s) => {
      streams.set(s.headers['streamtype'] ?? '', s)
      if (wanted.every((n) => streams.has(n))) { cancel(); overSpdy(connection, streams, call) }
    })
    socket!.once('close', () => { cancel(); call.cancel() })
  } }
}
