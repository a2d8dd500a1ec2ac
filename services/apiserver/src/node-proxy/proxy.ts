/**
 * nodes/proxy, pods/proxy and services/proxy. Pods are reached through the kubelet's port forwarding, so that the apiserver
 * needs no route into the pod network; HTTP and upgrades pass as they are.
 */
import { badRequest, notFound, resources, StatusError, type Pod } from '@drydock/api'
import { kubelet } from '@drydock/proto'
import http from 'node:http'
import https from 'node:https'
import type { Parts } from '../registry/parts.ts'
import type { ApiRequest, Connect, Reply } from '../request.ts'
import { kubeletError, type Kubelets } from './kubelet-client.ts'
import { PodConnection } from './port-forward.ts'

interface Where { pod: Pod, port: number, scheme: 'http' | 'https' }
const unavailable = (message: string) => new StatusError({ reason: 'ServiceUnavailable', message })

/** `[scheme:]name[:port]`. */
function split(what: string, text: string): { scheme: 'http' | 'https', name: string, port: string } {
  const p = text.split(':'), [scheme, name, port] = p.length === 3 ? p : ['', ...p]
  if (p.length > 3 || !name || !['', 'http', 'https'].includes(scheme!)) throw badRequest(`invalid ${what} request ${JSON.stringify(text)}`)
  return { scheme: scheme === 'https' ? 'https' : 'http', name, port: port ?? '' }
}

function podTarget(kubelets: Kubelets, r: ApiRequest): Where {
  const { scheme, name, port } = split('pod', r.info.name), pod = kubelets.pod(r.info.namespace, name)
  if (!pod.status?.podIP) throw badRequest('address not allowed')
  const named = port ? pod.spec?.containers.flatMap((c) => c.ports ?? []).find((p) => p.name === port)?.containerPort ?? Number(port) : pod.spec?.containers[0]?.ports?.[0]?.containerPort ?? 80
  if (!(named > 0)) throw badRequest(`invalid port ${JSON.stringify(port)}`)
  return { pod, port: named, scheme }
}

function serviceTarget(kubelets: Kubelets, parts: Parts, r: ApiRequest): Where {
  const { scheme, name, port } = split('service', r.info.name), ns = r.info.namespace
  const service = parts.reader.get(resources.services, ns, name)
  if (!service) throw notFound({ group: '', resource: 'services' }, name)
  const byNumber = /^\d+$/.test(port) ? service.spec?.ports?.find((p) => p.port === Number(port)) : undefined
  if (/^\d+$/.test(port) && !byNumber) throw unavailable(`no service port ${port} found for service ${JSON.stringify(name)}`)
  const slices = parts.reader.list(resources.endpointslices, ns).filter((s) => s.metadata?.labels?.['kubernetes.io/service-name'] === name)
  // A service that nobody has made slices for is as good as none.
  if (slices.length === 0) throw notFound({ group: '', resource: 'services' }, name)
  const wanted = byNumber ? byNumber.name ?? '' : port
  const portOf = (s: (typeof slices)[number]) => s.ports?.find((p) => (p.name ?? '') === wanted)?.port
  const ready = slices.flatMap((s) => (s.endpoints ?? []).filter((e) => e.conditions?.ready !== false && e.targetRef?.kind === 'Pod').map((e) => ({ e, port: portOf(s) })).filter((x) => x.port))
  const chosen = ready[Math.floor(parts.random.next() * ready.length)]
  if (!chosen?.port) throw unavailable(`no endpoints available for service ${JSON.stringify(name)}`)
  return { pod: kubelets.pod(ns, chosen.e.targetRef!.name!), port: chosen.port, scheme }
}

const hop = new Set(['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'te', 'trailer', 'transfer-encoding', 'authorization', 'x-remote-user', 'x-remote-group'])

function forward(kubelets: Kubelets, r: ApiRequest, w: Where): Reply {
  const path = `/${r.info.parts.slice(3).join('/')}${r.info.path.endsWith('/') && r.info.parts.length > 3 ? '/' : ''}`, query = r.query.toString()
  return { type: 'connect', connect: (raw) => new Promise((resolve) => {
    const headers = Object.fromEntries(Object.entries(raw.request.headers).filter(([k]) => !hop.has(k) || (raw.socket && k === 'connection')))
    let why = ''
    const m = w.pod.metadata!, connection = new PodConnection(kubelets.of(w.pod.spec?.nodeName ?? ''), { namespace: m.namespace!, pod: m.name!, uid: m.uid!, port: w.port }, (text) => { why = text })
    connection.on('error', () => {})
    const q = (w.scheme === 'https' ? https : http).request({ createConnection: () => connection as never, method: r.method, path: query ? `${path}?${query}` : path, headers: { ...headers, host: `${w.pod.status?.podIP}:${w.port}` }, rejectUnauthorized: false })
    const finish = () => { connection.destroy(); resolve() }
    q.on('error', (e) => {
      const body = JSON.stringify(unavailable(`error trying to reach service: ${why || e.message}`).toStatus())
      if (raw.response && !raw.response.headersSent) { raw.response.writeHead(503, { 'content-type': 'application/json' }); raw.response.end(body) } else { raw.socket?.destroy(); raw.response?.destroy() }
      finish()
    })
    q.on('response', (a) => {
      const answerHeaders = Object.fromEntries(Object.entries(a.headers).filter(([k]) => !hop.has(k)))
      if (!raw.response) { raw.socket?.end(`HTTP/1.1 ${a.statusCode} ${a.statusMessage}\r\nConnection: close\r\n\r\n`); return finish() }
      raw.response.writeHead(a.statusCode ?? 502, answerHeaders as http.OutgoingHttpHeaders)
      a.pipe(raw.response)
      raw.response.once('close', finish)
    })
    q.on('upgrade', (a, socket, head) => {
      raw.socket!.write(`HTTP/1.1 101 Switching Protocols\r\n${a.rawHeaders.reduce((s, h, i) => s + h + (i % 2 ? '\r\n' : ': '), '')}\r\n`)
      if (head.length) raw.socket!.write(head)
      socket.pipe(raw.socket!).pipe(socket)
      raw.socket!.once('close', finish)
    })
    if (raw.socket) q.end()
    else raw.request.pipe(q)
  }) }
}

export const podProxy = (kubelets: Kubelets): Connect => async (r) => forward(kubelets, r, podTarget(kubelets, r))
export const serviceProxy = (kubelets: Kubelets, parts: Parts): Connect => async (r) => forward(kubelets, r, serviceTarget(kubelets, parts, r))

export const nodeProxy = (kubelets: Kubelets): Connect => async (r) => {
  const client = kubelets.of(split('node', r.info.name).name), query = r.query.toString(), path = `/${r.info.parts.slice(3).join('/')}${query ? `?${query}` : ''}`
  try {
    const a = await client.unary(kubelet.methods.http, { method: r.method, path, body: Buffer.alloc(0) }, { timeoutMs: 30_000, signal: r.signal })
    return { type: 'text', code: a.status, contentType: a.contentType, body: a.body }
  } catch (e) { throw kubeletError(e) }
}
