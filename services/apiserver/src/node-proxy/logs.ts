/** pods/log: options checked as upstream does, then the kubelet's stream as text. */
import { badRequest, StatusError } from '@drydock/api'
import { kubelet } from '@drydock/proto'
import type { ApiRequest, Connect, Reply } from '../request.ts'
import { containerOf, kubeletError, type Kubelets } from './kubelet-client.ts'

const yes = (v: string | null) => v !== null && v !== 'false' && v !== '0'

function number(q: URLSearchParams, name: string): number | undefined {
  const text = q.get(name)
  if (text === null || text === '') return undefined
  if (!/^-?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`)
  return Number(text)
}

export function logOptions(q: URLSearchParams, name: string): Omit<kubelet.LogsRequest, 'namespace' | 'pod' | 'container'> {
  const causes: { reason: string, message: string, field: string }[] = []
  const invalid = (field: string, value: unknown, why: string) => causes.push({ reason: 'FieldValueInvalid', message: `Invalid value: ${JSON.stringify(value)}: ${why}`, field })
  const tailLines = number(q, 'tailLines'), limitBytes = number(q, 'limitBytes'), sinceSeconds = number(q, 'sinceSeconds'), sinceTime = q.get('sinceTime') ?? ''
  if (tailLines !== undefined && tailLines < 0) invalid('tailLines', tailLines, 'must be greater than or equal to 0')
  if (limitBytes !== undefined && limitBytes < 1) invalid('limitBytes', limitBytes, 'must be greater than 0')
  if (sinceSeconds !== undefined && sinceTime) causes.push({ reason: 'FieldValueForbidden', message: 'Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified', field: '[]' })
  else if (sinceSeconds !== undefined && sinceSeconds < 1) invalid('sinceSeconds', sinceSeconds, 'must be greater than 0')
  // Upstream's gate PodLogsQuerySplitStreams is off.
  if (q.has('stream')) causes.push({ reason: 'FieldValueForbidden', message: 'Forbidden: may not be specified', field: 'stream' })
  if (causes.length) {
    const lines = causes.map((c) => `${c.field}: ${c.message}`), message = `PodLogOptions "${name}" is invalid: ${lines.length > 1 ? `[${lines.join(', ')}]` : lines[0]}`
    throw new StatusError({ reason: 'Invalid', message, details: { name, kind: 'PodLogOptions', causes } })
  }
  if (sinceTime && Number.isNaN(Date.parse(sinceTime))) throw badRequest(`parsing time ${JSON.stringify(sinceTime)} as "2006-01-02T15:04:05Z07:00": cannot parse ${JSON.stringify(sinceTime)} as "2006"`)
  return { follow: yes(q.get('follow')), previous: yes(q.get('previous')), timestamps: yes(q.get('timestamps')), tailLines, limitBytes, sinceSeconds, sinceTime, stream: '' }
}

export const logs = (kubelets: Kubelets): Connect => async (request: ApiRequest): Promise<Reply> => {
  const { namespace, name } = request.info
  if (request.method !== 'GET') throw new StatusError({ reason: 'MethodNotAllowed', message: 'the server does not allow this method on the requested resource', details: {} })
  const pod = kubelets.pod(namespace, name), options = logOptions(request.query, name), container = containerOf(pod, request.query.get('container') ?? '')
  if (!pod.spec?.nodeName) return { type: 'text', code: 200, contentType: 'text/plain', body: '' }
  const call = await kubelets.ofPod(pod).stream(kubelet.methods.logs, { signal: request.signal }).catch((e: unknown) => { throw kubeletError(e) })
  call.end({ namespace, pod: name, container, ...options })
  // A refusal comes before any text: it is a Status of its own.
  const chunks = call[Symbol.asyncIterator]() as AsyncIterator<kubelet.LogsChunk>
  let first: IteratorResult<kubelet.LogsChunk> | undefined
  const early = chunks.next().then((r) => { first = r; return r })
  if (!options.follow) try { await early } catch (e) { throw kubeletError(e) }
  else await Promise.race([early.catch((e: unknown) => { throw kubeletError(e) }), new Promise((resolve) => call.once('headers', resolve))])
  return { type: 'connect', connect: async ({ response }) => {
    if (!response) throw badRequest('logs are not served over an upgraded connection')
    response.writeHead(200, { 'content-type': 'text/plain', 'cache-control': 'no-cache, private' })
    response.flushHeaders()
    try {
      for (let r = first ?? await early; !r.done; r = await chunks.next()) {
        if (!response.write(r.value.data)) await new Promise<void>((resolve) => { response.once('drain', resolve); response.once('close', resolve) })
        if (response.destroyed) { call.cancel(); return }
      }
    } catch { /* the node went away: what there was has been sent */ }
    response.end()
  } }
}
