import { Agent, request, type RequestOptions } from 'node:https'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Cluster } from '../e2e/cluster.ts'

/** The REST door of a cluster, as its admin, over connections that are kept. `call` answers the status; with `onData` the body goes there. */
export function connect(c: Cluster): { call(method: string, path: string, body?: object, onData?: (s: string) => void): Promise<number> } {
  const pki = (f: string) => readFileSync(join(c.folder, 'pki', f)), { slot } = JSON.parse(readFileSync(join(c.folder, 'cluster.json'), 'utf8')) as { slot: number }
  const agent = new Agent({ keepAlive: true, maxSockets: 64, ca: pki('ca.crt'), cert: pki('admin.crt'), key: pki('admin.key') })
  return {
    call: (method, path, body, onData) => new Promise((resolve, reject) => {
      const data = body && Buffer.from(JSON.stringify(body)), o: RequestOptions = { host: '127.0.0.1', port: 10_000 + slot * 40, method, path, agent, ...(data && { headers: { 'content-type': 'application/json', 'content-length': data.length } }) }
      const r = request(o, (res) => {
        res.setEncoding('utf8')
        if (onData) { res.on('data', onData); res.on('error', () => undefined); resolve(res.statusCode ?? 0); return }
        res.resume(); res.on('end', () => resolve(res.statusCode ?? 0))
      })
      r.on('error', (e) => { if (!onData) reject(e) }); r.end(data)
    }),
  }
}
