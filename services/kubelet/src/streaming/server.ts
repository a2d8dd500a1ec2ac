/** The kubelet's gRPC door (proto/kubelet.proto): what the apiserver asks of a node. Refusals are Kubernetes Statuses. */
import { readFileSync } from 'node:fs'
import { badRequest, isStatus, notFound, StatusError, type Pod, type PodStatus } from '@drydock/api'
import type { Clock, Logger } from '@drydock/base'
import * as proto from '@drydock/proto/kubelet'
import { answering, codes, handler, RpcError, serveRpc, type ServerCall } from '@drydock/proto/rpc'
import { isNotFound, type Cri } from '../cri/client.ts'
import { readLog } from '../logs/read.ts'
import type { PodManager } from '../pods/manager.ts'
import { inspectPod } from '../runtime/inspect.ts'
import { allContainers, type PodRuntime, type RuntimeContainer } from '../runtime/types.ts'
import { resourceMetrics } from '../stats/resource.ts'
import { summary, type SummaryDeps } from '../stats/summary.ts'
import { usage } from '../stats/usage.ts'
import { openSession, type Session } from './session.ts'
import { upgrade } from './upgrade.ts'

export interface DoorDeps extends SummaryDeps { cri: Cri, clock: Clock, log: Logger, pods: PodManager, nodeName: string, metrics?: () => Promise<string> }
export interface DoorOptions { address: string, port: number, certFile: string, keyFile: string, clientCaFile: string }

type SessionCall = ServerCall<proto.SessionInput, proto.SessionOutput>
type ForwardCall = ServerCall<proto.PortForwardInput, proto.PortForwardOutput>

/** What the apiserver is told: the Kubernetes Status goes with it. */
function refusal(e: unknown): RpcError {
  const error = e instanceof StatusError ? e : new StatusError({ reason: 'InternalError', message: e instanceof Error ? e.message : String(e), code: 500 })
  const code = isStatus(error, 'NotFound') ? codes.notFound : isStatus(error, 'BadRequest') ? codes.invalidArgument : codes.internal
  return new RpcError(code, error.message, { status: Buffer.from(JSON.stringify(error.toStatus())) })
}

export async function openDoor(o: DoorOptions, d: DoorDeps): Promise<{ port: number, close(): void }> {
  const { methods } = proto
  const answers = <Q, A>(m: Parameters<typeof answering<Q, A>>[0], run: (q: Q, call: ServerCall<Q, A>) => Promise<A | void>) =>
    answering(m, async (q, call) => { try { const a = await run(q, call); call.end(a ?? undefined) } catch (e) { throw refusal(e) } })
  return serveRpc({
    address: o.address, port: o.port, tls: { cert: readFileSync(o.certFile), key: readFileSync(o.keyFile), clientCa: readFileSync(o.clientCaFile) },
    handlers: [
      answers(methods.logs, (q, call) => logs(d, q, call)),
      handler(methods.exec, (call) => session(d, call, 'exec')),
      handler(methods.attach, (call) => session(d, call, 'attach')),
      handler(methods.portForward, (call) => portForward(d, call)),
      answers(methods.stats, async () => ({ json: Buffer.from(JSON.stringify(await summary(d))) })),
      answers(methods.http, (q) => answer(d, q)),
    ],
  })
}

async function look(d: DoorDeps, namespace: string, name: string, uid: string): Promise<{ pod: Pod, rt: PodRuntime }> {
  const w = d.pods.find(namespace, name)
  if (!w || (uid && w.uid !== uid)) throw notFound({ group: '', resource: 'pods' }, name)
  return { pod: w.pod, rt: await inspectPod(d.cri, { uid: w.uid, name, namespace }) }
}

/** The instance whose log is meant, with its runtime (`containerd://…`), by the status that is shown (validateContainerLogStatus). */
function loggedContainer(d: DoorDeps, pod: Pod, name: string, previous: boolean): string {
  if (!allContainers(pod).some((c) => c.name === name)) throw badRequest(`container ${name} is not valid for pod ${pod.metadata?.name}`)
  const shown = d.pods.status(pod.metadata!.uid!) ?? pod.status
  const s = [...(shown?.containerStatuses ?? []), ...(shown?.initContainerStatuses ?? []), ...(shown?.ephemeralContainerStatuses ?? [])].find((x) => x.name === name)
  const refuse = (text: string) => badRequest(text.replace('%', `container "${name}" in pod "${pod.metadata?.name}"`))
  const last = s?.lastState?.terminated
  if (previous) {
    if (!last?.containerID) throw badRequest(`previous terminated container "${name}" in pod "${pod.metadata?.name}" not found`)
    return last.containerID
  }
  if (!s) throw refuse('% is not available')
  if (s.state?.running) return s.containerID ?? ''
  if (s.state?.terminated?.containerID) return s.state.terminated.containerID
  if (last?.containerID) return last.containerID
  if (s.state?.terminated || last) throw refuse('% is terminated')
  const reason = s.state?.waiting?.reason
  throw refuse(!reason ? '% is waiting to start - no logs yet' : `% is waiting to start: ${reason === 'ErrImagePull' ? "image can't be pulled" : reason === 'ImagePullBackOff' ? 'trying and failing to pull image' : reason}`)
}

function containerOf(pod: Pod, rt: PodRuntime, name: string): RuntimeContainer {
  const c = rt.containers.find((x) => x.name === name && x.state === 'running')
  if (c) return c
  if (pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') throw new Error(`cannot exec into a container in a completed pod; current phase is ${pod.status.phase}`)
  throw new Error(`unable to upgrade connection: container not found ("${name}")`)
}

async function logs(d: DoorDeps, q: proto.LogsRequest, call: ServerCall<proto.LogsRequest, proto.LogsChunk>): Promise<void> {
  const { signal } = call, { pod } = await look(d, q.namespace, q.pod, '')
  const instance = loggedContainer(d, pod, q.container, q.previous), id = instance.slice(instance.indexOf('://') + 3)
  const c = (await d.cri.containerStatus(id, { signal }).catch((e: unknown) => { throw isNotFound(e) ? badRequest(`unable to retrieve container logs for ${instance}`) : e })).status
  if (!c?.logPath) throw badRequest(`container "${q.container}" in pod "${q.pod}" has no log`)
  const since = q.sinceTime ? Date.parse(q.sinceTime) : q.sinceSeconds !== undefined ? d.clock.now() - q.sinceSeconds * 1000 : undefined
  const running = async () => {
    const now = await d.cri.containerStatus(id, { signal }).catch((e: unknown) => { if (isNotFound(e)) return undefined; throw e })
    return now?.status?.state === 0 || now?.status?.state === 1
  }
  const only = q.stream === 'Stdout' ? 'stdout' : q.stream === 'Stderr' ? 'stderr' : undefined
  call.begin()
  for await (const data of readLog({ path: c.logPath, running }, { follow: q.follow && !q.previous, timestamps: q.timestamps, tailLines: q.tailLines, since, limitBytes: q.limitBytes, stream: only }, d.clock, signal)) {
    if (signal.aborted) return
    await call.send({ data })
  }
}

function session(d: DoorDeps, s: SessionCall, kind: 'exec' | 'attach'): void {
  const { signal } = s, send = (m: proto.SessionOutput) => s.send(m)
  let opened: Promise<Session> | undefined, work: Promise<unknown> = Promise.resolve()
  const begin = async (start: proto.SessionStart): Promise<Session> => {
    const { pod, rt } = await look(d, start.namespace, start.pod, start.uid)
    const c = containerOf(pod, rt, start.container || pod.spec!.containers[0]!.name)
    const flags = { stdin: start.stdin, stdout: start.stdout, stderr: start.stderr && !start.tty, tty: start.tty }
    const url = kind === 'exec' ? await d.cri.exec({ containerId: c.id, cmd: start.command, ...flags }) : await d.cri.attach({ containerId: c.id, ...flags })
    const x = await openSession(url, flags, (name, data) => send({ output: name === 'stdout' ? { $case: 'stdout', stdout: data } : { $case: 'stderr', stderr: data } }), signal)
    await send({ output: { $case: 'started', started: true } })
    void x.done.then(async (status) => { await send({ output: { $case: 'status', status: Buffer.from(JSON.stringify(status)) } }); s.end() })
    return x
  }
  const bad = (e: unknown) => s.refuse(refusal(e))
  s.on('data', (m: proto.SessionInput) => {
    const input = m.input
    if (input?.$case === 'start') { opened = begin(input.start); opened.catch(bad); return }
    if (!opened || !input) return bad(badRequest('the first message must be start'))
    work = work.then(async () => {
      const x = await opened!
      if (input.$case === 'stdin') {
        s.pause() // stdin waits for the container
        await x.write(input.stdin)
        s.resume()
      } else if (input.$case === 'resize') x.resize(input.resize.width, input.resize.height)
      else if (input.$case === 'closeStdin') x.closeStdin()
    }).catch(() => {}) // the session's own failure is told by begin
  })
  s.on('end', () => { void work.then(() => opened).then((x) => x?.closeStdin(), () => {}) })
  signal.addEventListener('abort', () => { void opened?.then((x) => x.close(), () => {}) }, { once: true })
}

function portForward(d: DoorDeps, s: ForwardCall): void {
  const { signal } = s, send = (m: proto.PortForwardOutput) => s.send(m)
  let data: Promise<import('@drydock/proto/spdy').SpdyStream> | undefined
  const begin = async (start: proto.PortForwardStart) => {
    const { rt } = await look(d, start.namespace, start.pod, start.uid)
    const sandbox = rt.sandboxes.find((x) => x.ready)
    if (!sandbox) throw new Error(`unable to do port forwarding: pod is not running. Current status=Pending`)
    const { connection } = await upgrade(await d.cri.portForward(sandbox.id), ['portforward.k8s.io'], signal)
    const headers = { port: String(start.port), requestid: '0' }
    const errors = connection.open({ streamtype: 'error', ...headers }), bytes = connection.open({ streamtype: 'data', ...headers })
    errors.end()
    signal.addEventListener('abort', () => connection.close(), { once: true })
    await send({ output: { $case: 'started', started: true } })
    const copy = (async () => { try { for await (const b of bytes) await send({ output: { $case: 'data', data: b as Buffer } }) } catch { /* reset */ } })()
    const told = (async () => { let text = ''; try { for await (const b of errors) text += String(b) } catch { /* reset */ } if (text) await send({ output: { $case: 'error', error: text } }) })()
    void Promise.all([copy, told]).then(() => { connection.close(); s.end() })
    return bytes
  }
  s.on('data', (m: proto.PortForwardInput) => {
    const input = m.input
    if (input?.$case === 'start') { data = begin(input.start); data.catch((e: unknown) => s.refuse(refusal(e))); return }
    if (!data || !input) return
    if (input.$case === 'data') { s.pause(); void data.then((b) => { if (b.destroyed) s.resume(); else b.write(input.data, () => s.resume()) }, () => {}) } else if (input.$case === 'end') void data.then((b) => b.end(), () => {})
  })
  s.on('end', () => { void data?.then((b) => b.end(), () => {}) })
  s.on('close', () => { void data?.then((b) => b.destroy(), () => {}) })
}

async function answer(d: DoorDeps, q: proto.HttpRequest): Promise<proto.HttpReply> {
  const path = q.path.split('?')[0]!, reply = (status: number, contentType: string, body: string): proto.HttpReply => ({ status, contentType, body: Buffer.from(body) })
  if (path === '/healthz' || path === '/healthz/ping') return reply(200, 'text/plain; charset=utf-8', 'ok')
  if (path === '/pods' || path === '/pods/') return reply(200, 'application/json', JSON.stringify({ kind: 'PodList', apiVersion: 'v1', metadata: {}, items: d.pods.pods() }))
  if (path === '/stats/summary') return reply(200, 'application/json', JSON.stringify(await summary(d)))
  if (path === '/metrics/resource') return reply(200, 'text/plain; version=0.0.4; charset=utf-8', resourceMetrics(await usage(d.cri, d.clock), (uid, name) => startOf(d.pods.status(uid), name), d.clock.now()))
  if (path === '/metrics' && d.metrics) return reply(200, 'text/plain; version=0.0.4; charset=utf-8', await d.metrics())
  return reply(404, 'text/plain; charset=utf-8', '404 page not found\n')
}

const startOf = (s: PodStatus | undefined, container: string): number | undefined => {
  const at = [...(s?.containerStatuses ?? []), ...(s?.initContainerStatuses ?? []), ...(s?.ephemeralContainerStatuses ?? [])].find((c) => c.name === container)?.state?.running?.startedAt
  return at ? Date.parse(at) : undefined
}
