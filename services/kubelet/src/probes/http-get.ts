/** The http probe: one GET within its time, redirects to the same host followed, upstream's verdicts and words (pkg/probe/http). */
import http from 'node:http'
import https from 'node:https'
import type { HTTPGetAction } from '@drydock/api'
import { dialWords, portOf, type Target, type Verdict } from './run.ts'

const maxBody = 10 * 1024, maxRedirects = 10

export async function httpGet(a: HTTPGetAction, t: Target): Promise<Verdict> {
  const scheme = (a.scheme ?? 'HTTP').toLowerCase(), host = a.host || t.ip, port = portOf(a.port, t.container)
  const path = a.path ? (a.path.startsWith('/') ? a.path : `/${a.path}`) : '/', first = `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}${path}`
  const headers: Record<string, string> = { 'User-Agent': 'kube-probe/1.35', Accept: '*/*', Connection: 'close' }
  for (const h of a.httpHeaders ?? []) headers[h.name] = h.value
  const late = new AbortController(), cancel = t.clock.timer(t.timeoutMs, () => late.abort(new Error('context deadline exceeded (Client.Timeout exceeded while awaiting headers)')))
  const signal = t.signal ? AbortSignal.any([late.signal, t.signal]) : late.signal
  try {
    for (let url = first, n = 0; ; n++) {
      const r = await get(url, headers, signal).catch((e: NodeJS.ErrnoException) => late.signal.aborted ? (late.signal.reason as Error) : e)
      if (r instanceof Error) return { result: 'failure', output: `Get "${url}": ${r === late.signal.reason ? r.message : dialWords(r, host, port)}` }
      if (r.code < 200 || r.code >= 400) return { result: 'failure', output: `HTTP probe failed with statuscode: ${r.code}` }
      if (r.code < 300 || !r.location) return r.code < 300 ? { result: 'success', output: r.body } : elsewhere(r.body)
      const next = new URL(r.location, url)
      if (next.hostname !== new URL(first).hostname) return elsewhere(r.body)
      if (n + 1 >= maxRedirects) return { result: 'failure', output: `Get "${next.href}": stopped after ${maxRedirects} redirects` }
      url = next.href
    }
  } finally {
    cancel()
  }
}

/** It answered, but who answers in the end is not known. */
const elsewhere = (body: string): Verdict => ({ result: 'success', output: body, warning: `Probe terminated redirects, Response body: ${body}` })

/** No more of the body than upstream reads. */
function get(url: string, headers: Record<string, string>, signal: AbortSignal): Promise<{ code: number, location: string | undefined, body: string }> {
  return new Promise((resolve, reject) => {
    const q = (url.startsWith('https:') ? https : http).request(url, { headers, agent: false, rejectUnauthorized: false, signal }, (r) => {
      const parts: Buffer[] = []
      let size = 0
      const end = () => { resolve({ code: r.statusCode ?? 0, location: r.headers.location, body: Buffer.concat(parts).subarray(0, maxBody).toString() }); q.destroy() }
      r.on('data', (d: Buffer) => { parts.push(d); size += d.length; if (size >= maxBody) end() })
      r.on('end', end)
      r.on('error', reject)
    })
    q.on('error', reject)
    q.end()
  })
}
